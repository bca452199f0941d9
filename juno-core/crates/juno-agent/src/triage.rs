use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_domain::{Progress, ProjectKey, TeamId};
use juno_reasoning::{Findings, Situation};
use juno_risk::Forecast;

use crate::core::Core;
use crate::{AgentError, Records};

/// What should be done, and why.
#[derive(Clone)]
pub struct TriageHandle(pub(crate) Arc<Core>);

impl TriageHandle {
    /// What every reasoner finds at `as_of`, from what was known then. Nothing is submitted.
    ///
    /// # Errors
    /// If a history or a store cannot answer, or `progress` was cancelled. One bad ticket is no error.
    pub async fn find(
        &self,
        records: &Records,
        forecasts: &[Forecast],
        as_of: DateTime<Utc>,
        progress: &Progress,
    ) -> Result<Findings, AgentError> {
        let experience = self.0.experience(&teams(records), as_of).await?;
        let situation = Situation {
            history: records.history(),
            dataset: records.dataset(),
            as_of,
            forecasts,
            experience: &experience,
            proposer: &self.0.config.instance,
        };
        let mut all = Findings::default();
        for reasoner in &self.0.parts.reasoners {
            let found = reasoner.reason(&situation, progress)?;
            all.findings.extend(found.findings);
            all.skipped.extend(found.skipped);
        }
        Ok(all)
    }
}

/// Every team a proposal about these records can belong to. Where nothing tells a board, a team is named like its
/// project.
pub(crate) fn teams(records: &Records) -> BTreeSet<TeamId> {
    let (dataset, history) = (records.dataset(), records.history());
    let listed = dataset.teams.iter().map(|team| team.id.clone());
    let of_sprints = dataset.sprints.iter().filter_map(|sprint| history.team_of(sprint.id).cloned());
    let mut projects: Vec<&ProjectKey> = dataset.issues.iter().map(|issue| &issue.project).collect();
    projects.dedup();
    let of_projects = projects.into_iter().filter_map(|project| TeamId::new(project.as_str()).ok());
    listed.chain(of_sprints).chain(of_projects).collect()
}
