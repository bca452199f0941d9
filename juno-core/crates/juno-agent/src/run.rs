use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{Member, MemberId, Progress, Proposal};
use juno_reasoning::{Finding, explain};

use crate::{Advice, AgentError, Juno, Records, Review};

/// An execution that began so recently may still be running in another process.
const STILL_RUNNING: TimeDelta = TimeDelta::hours(1);

impl Juno {
    /// Runs the main job once: fires due deadlines, forecasts, triages, submits each proposal, carries out what is
    /// approved, and verifies the log.
    ///
    /// Running it again on the same data proposes nothing twice and does nothing twice.
    ///
    /// # Errors
    /// If a history or a store cannot answer, or `progress` was cancelled. What was decided before the error stays.
    pub async fn review(
        &self,
        records: &Records,
        as_of: DateTime<Utc>,
        progress: &Progress,
    ) -> Result<Review, AgentError> {
        let now = self.core.parts.clock.now();
        self.gate.recover(now - STILL_RUNNING).await?;
        let fired = self.gate.tick().await?;
        let forecasts = self.forecast.open_sprints(records, as_of)?;
        let found = self.triage.find(records, &forecasts.forecasts, as_of, progress).await?;

        let (mut proposals, mut requests, mut decisions) = (vec![], vec![], vec![]);
        let (mut advice, mut suppressed, mut explanations) = (vec![], vec![], BTreeMap::new());
        for finding in found.findings {
            if let Some(said) = self.only_said(&finding) {
                advice.push(said);
                continue;
            }
            let Some(proposal) = finding.proposal else { continue };
            if let Some(before) = self.core.refused_before(&proposal).await? {
                suppressed.push(before);
                continue;
            }
            explanations.insert(proposal.id.clone(), explain(&finding.trace, self.core.config.depth));
            requests.push(self.gate.submit(&proposal).await?.request.id().clone());
            proposals.push(proposal);
        }
        let executed = self.gate.execute_approved().await?;
        for id in &requests {
            let request = self.gate.request(id).await?;
            self.core.remember_decision(&request).await?;
            decisions.push(request.decision());
        }
        let dataset = records.dataset();
        Ok(Review {
            as_of,
            loaded: records.summary(),
            quarantined: dataset.quarantined.clone(),
            notes: records.notes(),
            teams: dataset.teams.clone(),
            people: named(&proposals, &dataset.members),
            forecasts: forecasts.forecasts,
            unforecast: forecasts.unforecast,
            proposals,
            explanations,
            advice,
            suppressed,
            skipped: found.skipped,
            decisions,
            executed,
            fired,
            pending: self.gate.pending().await?,
            audit: self.audit.summary().await?,
        })
    }

    /// The advice a finding is, if it must not become a proposal.
    fn only_said(&self, finding: &Finding) -> Option<Advice> {
        let confidence = &finding.trace.confidence().confidence;
        let threshold = self.core.config.confidence_threshold;
        let reason = if finding.proposal.is_none() {
            "nothing needs to be done".to_owned()
        } else if self.core.config.policy.phase < 2 {
            "in phase 1 JUNO only reads".to_owned()
        } else if confidence.value < threshold {
            format!(
                "the confidence {:.2} is below the threshold {:.2}",
                confidence.value.get(),
                threshold.get()
            )
        } else {
            return None;
        };
        Some(Advice {
            subject: finding.subject.clone(),
            conclusion: finding.trace.conclusion().text.clone(),
            confidence: confidence.clone(),
            reason,
        })
    }
}

/// The people that actions name.
fn named(proposals: &[Proposal], members: &[Member]) -> Vec<Member> {
    let ids: BTreeSet<&MemberId> = proposals.iter().flat_map(|proposal| proposal.action.people()).collect();
    members.iter().filter(|member| ids.contains(&member.id)).cloned().collect()
}
