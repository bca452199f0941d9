use std::collections::BTreeMap;

use juno_domain::{FinishedSprint, ProjectKey, SprintId, SprintSnapshot, TableRow};

use crate::RiskError;
use crate::history::is_known_before;

/// Finished sprints, each once and in a fixed order, with the history each of them had.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrainingSet {
    /// By project, then by end, then by id.
    sprints: Vec<FinishedSprint>,
}

impl TrainingSet {
    /// From finished sprints in any order.
    ///
    /// # Errors
    /// If two of them are the same sprint of the same project.
    pub fn new(mut sprints: Vec<FinishedSprint>) -> Result<Self, RiskError> {
        sprints.sort_by(|a, b| key(a).cmp(&key(b)));
        let mut seen: BTreeMap<(&ProjectKey, SprintId), ()> = BTreeMap::new();
        for sprint in &sprints {
            if seen.insert((&sprint.project, sprint.sprint), ()).is_some() {
                return Err(RiskError::Duplicate { project: sprint.project.clone(), sprint: sprint.sprint });
            }
        }
        Ok(Self { sprints })
    }

    /// From the rows of sprint tables; rows without an outcome are left out.
    ///
    /// # Errors
    /// If two rows are the same sprint of the same project.
    pub fn from_rows(rows: &[TableRow]) -> Result<Self, RiskError> {
        Self::new(rows.iter().filter_map(TableRow::finished).collect())
    }

    /// The sprints, by project, then by end, then by id.
    #[must_use]
    pub fn sprints(&self) -> &[FinishedSprint] {
        &self.sprints
    }

    /// How many sprints there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sprints.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sprints.is_empty()
    }

    /// The sprints of a project, by end, then by id.
    #[must_use]
    pub fn of_project(&self, project: &ProjectKey) -> &[FinishedSprint] {
        let from = self.sprints.partition_point(|s| s.project < *project);
        let to = self.sprints.partition_point(|s| s.project <= *project);
        self.sprints.get(from..to).unwrap_or_default()
    }

    /// The sprints of the same project that were over when `snapshot` was taken, by end, then by id: what a forecast made at
    /// that moment had to go by.
    #[must_use]
    pub fn known_before(&self, snapshot: &SprintSnapshot) -> Vec<&FinishedSprint> {
        self.of_project(&snapshot.project).iter().filter(|past| is_known_before(snapshot, past)).collect()
    }
}

fn key(sprint: &FinishedSprint) -> impl Ord + '_ {
    (&sprint.project, sprint.closed_at, sprint.sprint, &sprint.team)
}
