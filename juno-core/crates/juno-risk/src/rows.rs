use std::collections::BTreeMap;

use juno_domain::{FinishedSprint, ProjectKey, SprintId, TableRow};

use crate::{Forecast, RiskAssessor, RiskError};

impl RiskAssessor {
    /// A forecast for every stage of every row of sprint tables, in the order of the rows and their stages.
    ///
    /// The history of a row is its project's rows with a smaller sprint id and a known outcome. Tables carry no dates, and ids
    /// of different projects are no common order, so nothing is pooled across projects. Of the row itself only the stage at
    /// hand is seen: neither its outcome nor a later stage. A row without points at a stage is counted in issues, and where the
    /// table does not tell delivered issues the answer is
    /// [`Outlook::NotEnoughHistory`](crate::Outlook::NotEnoughHistory).
    ///
    /// # Errors
    /// If the model breaks its contract or fails otherwise than for want of data.
    pub fn assess_rows(&self, rows: &[TableRow]) -> Result<Vec<Forecast>, RiskError> {
        let mut finished: BTreeMap<&ProjectKey, Vec<FinishedSprint>> = BTreeMap::new();
        for row in rows {
            if let (Some(stage), Some(sprint)) = (row.stages.first(), row.finished()) {
                finished.entry(&stage.project).or_default().push(sprint);
            }
        }
        for sprints in finished.values_mut() {
            sprints.sort_by_key(|sprint| sprint.sprint);
        }
        let before = |project: &ProjectKey, sprint: SprintId| -> &[FinishedSprint] {
            let all = finished.get(project).map_or(&[][..], Vec::as_slice);
            all.get(..all.partition_point(|past| past.sprint < sprint)).unwrap_or_default()
        };
        let prepared: BTreeMap<_, _> =
            finished.iter().map(|(project, sprints)| (*project, self.prepare(sprints))).collect();
        let nothing = self.prepare(&[]);
        rows.iter()
            .flat_map(|row| &row.stages)
            .map(|stage| {
                let model = prepared.get(&stage.project).unwrap_or(&nothing);
                self.assess_by(stage, before(&stage.project, stage.sprint), || model.predict(stage))
            })
            .collect()
    }
}

#[cfg(test)]
#[path = "rows/tests.rs"]
mod tests;
