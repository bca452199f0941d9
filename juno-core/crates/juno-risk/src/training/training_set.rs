use std::collections::{BTreeMap, BTreeSet};

use juno_domain::{FinishedSprint, ProjectKey, SprintId, SprintSnapshot, TableRow, TeamId};

use crate::RiskError;
use crate::history::{concerns, is_known_before};

/// Finished sprints, each once and in a fixed order, with the history each of them had.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrainingSet {
    /// By project, then by end, then by id.
    sprints: Vec<FinishedSprint>,
    /// Where the sprints of teams are that have some in more than one project.
    roaming: BTreeMap<TeamId, Vec<usize>>,
}

impl TrainingSet {
    /// From finished sprints in any order.
    ///
    /// # Errors
    /// If two of them are the same sprint of the same project.
    pub fn new(sprints: Vec<FinishedSprint>) -> Result<Self, RiskError> {
        let set = Self::of_distinct(sprints);
        let mut seen: BTreeSet<(&ProjectKey, SprintId)> = BTreeSet::new();
        match set.sprints.iter().find(|sprint| !seen.insert((&sprint.project, sprint.sprint))) {
            Some(again) => Err(RiskError::Duplicate { project: again.project.clone(), sprint: again.sprint }),
            None => Ok(set),
        }
    }

    /// From sprints that are known to be different ones.
    pub(super) fn of_distinct(mut sprints: Vec<FinishedSprint>) -> Self {
        sprints.sort_by(|a, b| key(a).cmp(&key(b)));
        let roaming = roaming(&sprints);
        Self { sprints, roaming }
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

    /// The sprints of the same project that were over when `snapshot` was taken, by end, then by id, and behind them those
    /// of its team in other projects, where dates tell that they were over: what a forecast made at that moment had to go
    /// by.
    #[must_use]
    pub fn known_before(&self, snapshot: &SprintSnapshot) -> Vec<&FinishedSprint> {
        let elsewhere = self.roaming.get(&snapshot.team).into_iter().flatten();
        let elsewhere = elsewhere
            .filter_map(|i| self.sprints.get(*i))
            .filter(|past| past.project != snapshot.project && concerns(snapshot, past));
        let of_project = self.of_project(&snapshot.project);
        let mut known = Vec::with_capacity(of_project.len());
        known.extend(of_project.iter().chain(elsewhere).filter(|past| is_known_before(snapshot, past)));
        known
    }
}

fn roaming(sprints: &[FinishedSprint]) -> BTreeMap<TeamId, Vec<usize>> {
    let mut teams: BTreeMap<&TeamId, Vec<usize>> = BTreeMap::new();
    for (i, sprint) in sprints.iter().enumerate() {
        teams.entry(&sprint.team).or_default().push(i);
    }
    let project = |i: Option<&usize>| i.and_then(|i| sprints.get(*i)).map(|sprint| &sprint.project);
    // By project: the first and the last are of one only where all are.
    teams.retain(|_, of| project(of.first()) != project(of.last()));
    teams.into_iter().map(|(team, of)| (team.clone(), of)).collect()
}

fn key(sprint: &FinishedSprint) -> impl Ord + '_ {
    (&sprint.project, sprint.closed_at, sprint.sprint, &sprint.team)
}
