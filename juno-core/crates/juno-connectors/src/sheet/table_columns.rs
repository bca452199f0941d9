use std::collections::BTreeMap;

use crate::TableMapping;

/// Where the columns of a sprint table stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableColumns {
    pub(crate) project: usize,
    pub(crate) sprint_id: usize,
    pub(crate) board_id: Option<usize>,
    pub(crate) name: Option<usize>,
    pub(crate) split: Option<usize>,
    pub(crate) planned_days: Option<usize>,
    pub(crate) start_n: Option<usize>,
    pub(crate) start_pts: Option<usize>,
    pub(crate) delivered_n: Option<usize>,
    pub(crate) delivered_pts: Option<usize>,
    /// The stages by elapsed percentage, each with its columns by their usual names.
    pub(crate) stages: BTreeMap<u8, BTreeMap<&'static str, usize>>,
}

impl TableColumns {
    /// Finds the columns; `None` if the header is not that of a sprint table: it needs project, sprint id and
    /// a scope, be it at the start or at a stage.
    pub(crate) fn of(header: &[String], mapping: &TableMapping) -> Option<Self> {
        let find = |usual: &str| {
            let own = mapping.sprint_column(usual);
            header.iter().position(|column| column.eq_ignore_ascii_case(own))
        };
        let mut stages: BTreeMap<u8, BTreeMap<&'static str, usize>> = BTreeMap::new();
        for (index, column) in header.iter().enumerate() {
            if let Some((percent, stage)) = mapping.stage_column(column) {
                stages.entry(percent).or_default().entry(stage).or_insert(index);
            }
        }
        let columns = Self {
            project: find("project")?,
            sprint_id: find("sprint_id")?,
            board_id: find("board_id"),
            name: find("name"),
            split: find("split"),
            planned_days: find("planned_days"),
            start_n: find("start_n"),
            start_pts: find("start_pts"),
            delivered_n: find("delivered_n"),
            delivered_pts: find("delivered_pts"),
            stages,
        };
        let has_scope =
            columns.start_n.is_some() || columns.start_pts.is_some() || !columns.stages.is_empty();
        has_scope.then_some(columns)
    }
}
