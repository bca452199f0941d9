use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_crypto::digest;
use juno_domain::{Digest, ProjectKey, SprintId, TeamId};
use serde::{Deserialize, Serialize};

use super::training_set::TrainingSet;
use crate::RiskError;

/// What a model was fitted on, in a few numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSummary {
    /// Finished sprints.
    pub sprints: u32,
    /// Projects.
    pub projects: u32,
    /// Teams.
    pub teams: u32,
    /// When the first sprint started (or closed, where only that is known); `None` without dates.
    pub first: Option<DateTime<Utc>>,
    /// When the last sprint closed; `None` without dates.
    pub last: Option<DateTime<Utc>>,
    /// The lowest and the highest sprint id of each project: what there is in place of dates where there are none.
    pub ids: Vec<(ProjectKey, SprintId, SprintId)>,
    /// SHA-256 of all sprints in their fixed order: equal data, equal digest.
    pub digest: Digest,
}

impl TrainingSet {
    /// What it holds, in a few numbers.
    ///
    /// # Errors
    /// None for sprints as they are; the type is there for what writes JSON.
    pub fn summary(&self) -> Result<DataSummary, RiskError> {
        let sprints = self.sprints();
        let teams: BTreeSet<&TeamId> = sprints.iter().map(|sprint| &sprint.team).collect();
        let ids: Vec<_> = sprints
            .chunk_by(|a, b| a.project == b.project)
            .filter_map(|of| {
                let ids = || of.iter().map(|sprint| sprint.sprint);
                Some((of.first()?.project.clone(), ids().min()?, ids().max()?))
            })
            .collect();
        let json = serde_json::to_vec(sprints).map_err(|error| RiskError::Saved(error.to_string()))?;
        Ok(DataSummary {
            sprints: count(sprints.len()),
            projects: count(ids.len()),
            teams: count(teams.len()),
            first: sprints.iter().filter_map(|sprint| sprint.started_at.or(sprint.closed_at)).min(),
            last: sprints.iter().filter_map(|sprint| sprint.closed_at).max(),
            ids,
            digest: digest(&json),
        })
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{drawn, ten};

    #[test]
    fn it_counts_and_tells_every_change_but_not_the_order() {
        let set = TrainingSet::new(drawn(3, 20, 1)).unwrap();
        let summary = set.summary().unwrap();
        assert_eq!((summary.sprints, summary.projects, summary.teams), (60, 3, 6));
        assert_eq!((summary.first, summary.last, summary.ids.len()), (None, None, 3));
        assert_eq!(summary.ids[1], (ProjectKey::new("P1").unwrap(), SprintId(1), SprintId(20)));
        let mut sprints = drawn(3, 20, 1);
        sprints.reverse();
        assert_eq!(TrainingSet::new(sprints.clone()).unwrap().summary().unwrap(), summary);
        sprints[7].stages[2].members += 1;
        assert_ne!(TrainingSet::new(sprints).unwrap().summary().unwrap().digest, summary.digest);
        let mut dated = ten();
        dated[3].closed_at = Some(DateTime::UNIX_EPOCH);
        let dated = TrainingSet::new(dated).unwrap().summary().unwrap();
        assert_eq!((dated.first, dated.last), (Some(DateTime::UNIX_EPOCH), Some(DateTime::UNIX_EPOCH)));
    }
}
