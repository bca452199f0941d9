use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ConnectorError;

/// Column names of a sprint table that differ from the usual ones.
///
/// The key is the usual name, the value the table's own. In a column of a progress stage `{T}` stands for the
/// elapsed percentage, in both names: `t{T}_added_n` → `added at {T} %`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct TableMapping(BTreeMap<String, String>);

/// Columns of the sprint itself.
const SPRINT_COLUMNS: [&str; 10] = [
    "project",
    "sprint_id",
    "board_id",
    "name",
    "planned_days",
    "start_n",
    "start_pts",
    "delivered_n",
    "delivered_pts",
    "split",
];

/// Columns of each progress stage, without their prefix.
pub(crate) const STAGE_COLUMNS: [&str; 13] = [
    "members",
    "added_n",
    "added_pts",
    "removed_n",
    "removed_pts",
    "todo_n",
    "todo_pts",
    "inprog_n",
    "inprog_pts",
    "done_n",
    "done_pts",
    "committed_n",
    "committed_pts",
];

impl TableMapping {
    /// Takes pairs of usual name and own name.
    ///
    /// # Errors
    /// If a usual name does not exist, or a name of a stage column lacks its `{T}`.
    pub fn new<A: Into<String>, B: Into<String>>(
        pairs: impl IntoIterator<Item = (A, B)>,
    ) -> Result<Self, ConnectorError> {
        let mut columns = BTreeMap::new();
        for (usual, own) in pairs {
            let (usual, own) = (usual.into(), own.into());
            let stage = usual.strip_prefix("t{T}_");
            let known =
                stage.map_or(SPRINT_COLUMNS.contains(&usual.as_str()), |rest| STAGE_COLUMNS.contains(&rest));
            if !known {
                let stages = STAGE_COLUMNS.map(|c| format!("t{{T}}_{c}")).join(", ");
                let rule = format!("use one of {}, {stages}", SPRINT_COLUMNS.join(", "));
                return Err(ConnectorError::Setting { name: "table", value: usual, rule });
            }
            if stage.is_some() && !own.contains("{T}") {
                let rule = "write `{T}` where the column name has the elapsed percentage".to_owned();
                return Err(ConnectorError::Setting { name: "table", value: own, rule });
            }
            columns.insert(usual, own);
        }
        Ok(Self(columns))
    }

    /// The table's name of a column of the sprint.
    pub(crate) fn sprint_column<'a>(&'a self, usual: &'a str) -> &'a str {
        self.0.get(usual).map_or(usual, String::as_str)
    }

    /// The elapsed percentage and the stage column that a header names.
    pub(crate) fn stage_column(&self, header: &str) -> Option<(u8, &'static str)> {
        STAGE_COLUMNS.into_iter().find_map(|column| {
            let usual = format!("t{{T}}_{column}");
            let pattern = self.0.get(&usual).unwrap_or(&usual);
            let (before, after) = pattern.split_once("{T}")?;
            let percent = header.strip_prefix(before)?.strip_suffix(after)?;
            let plain = !percent.is_empty() && percent.bytes().all(|b| b.is_ascii_digit());
            let percent = plain.then(|| percent.parse::<u8>().ok()).flatten()?;
            (percent <= 100).then_some((percent, column))
        })
    }
}

impl TryFrom<BTreeMap<String, String>> for TableMapping {
    type Error = ConnectorError;
    fn try_from(columns: BTreeMap<String, String>) -> Result<Self, ConnectorError> {
        Self::new(columns)
    }
}

impl From<TableMapping> for BTreeMap<String, String> {
    fn from(mapping: TableMapping) -> Self {
        mapping.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stage_columns_are_found_under_usual_and_own_names() {
        let usual = TableMapping::default();
        assert_eq!(usual.stage_column("t30_added_pts"), Some((30, "added_pts")));
        assert_eq!(usual.stage_column("t0_members"), Some((0, "members")));
        for other in ["t101_members", "t_members", "t3x_members", "t30_velocity_diff", "start_pts"] {
            assert_eq!(usual.stage_column(other), None, "{other}");
        }
        let own = TableMapping::new([("t{T}_added_n", "new after {T} %"), ("project", "team")]).unwrap();
        assert_eq!(own.stage_column("new after 45 %"), Some((45, "added_n")));
        assert_eq!((own.sprint_column("project"), own.sprint_column("name")), ("team", "name"));
    }

    #[test]
    fn a_mapping_of_an_unknown_column_is_refused() {
        assert!(TableMapping::new([("velocity", "v")]).unwrap_err().to_string().contains("`velocity`"));
        assert!(TableMapping::new([("t{T}_added_n", "added")]).is_err());
        assert!(serde_json::from_str::<TableMapping>("{\"t30_added_n\": \"x\"}").is_err());
    }
}
