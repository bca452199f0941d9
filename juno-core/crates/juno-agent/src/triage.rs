use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_domain::{Progress, TeamId};
use juno_reasoning::{Experience, Findings, Situation};
use juno_risk::Forecast;

use crate::juno::Core;
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
        let teams: BTreeSet<TeamId> = records.dataset().teams.iter().map(|team| team.id.clone()).collect();
        let experience = Experience { outcomes: self.0.agreement(&teams).await? };
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
