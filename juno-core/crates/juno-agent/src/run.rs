use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use juno_domain::{Member, MemberId, Progress, Proposal, ProposalId, RequestId};
use juno_reasoning::{Finding, Skipped, explain};

use crate::experience::suppressed;
use crate::gate::is_about_this_request;
use crate::{Advice, AgentError, Juno, Records, Recovered, Review, Suppressed};

/// What became of the findings of a run.
#[derive(Default)]
struct Submitted {
    proposals: Vec<Proposal>,
    explanations: BTreeMap<ProposalId, String>,
    /// The requests of the proposals, in their order.
    requests: Vec<RequestId>,
    advice: Vec<Advice>,
    suppressed: Vec<Suppressed>,
    skipped: Vec<Skipped>,
}

impl Juno {
    /// Runs the main job once: finishes what an earlier run began and did not finish, fires due deadlines, forecasts,
    /// triages, submits each proposal, carries out what is approved, and verifies the log.
    ///
    /// Running it again on the same data proposes nothing twice and does nothing twice. What concerns one ticket or
    /// one request only ([`Review::skipped`]) stops nothing else.
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
        let Recovered { outcomes: mut executed, failed: unrecovered } = self.gate.recover().await?;
        let fired = self.gate.tick().await?;
        let lost = self.core.catch_up().await?;
        let notes = records.notes().into_iter().chain(self.core.later_records(now)).collect();
        let (forecasts, changes, unchanged) = self.forecast.open_sprints_and_changes(records, as_of)?;
        let found = self.triage.find(records, &forecasts.forecasts, as_of, progress).await?;
        let submitted = self.submit_all(found.findings).await?;
        let (carried_out, not_run) = self.gate.carry_out(lost).await?;
        executed.extend(carried_out);
        let mut decisions = Vec::new();
        for id in &submitted.requests {
            decisions.push(self.gate.request(id).await?.decision());
        }
        let dataset = records.dataset();
        let proposals = submitted.proposals;
        Ok(Review {
            as_of,
            loaded: records.summary(),
            quarantined: dataset.quarantined.clone(),
            notes,
            teams: dataset.teams.clone(),
            people: named(&proposals, &dataset.members),
            forecasts: forecasts.forecasts,
            unforecast: forecasts.unforecast,
            changes,
            proposals,
            explanations: submitted.explanations,
            advice: submitted.advice,
            suppressed: submitted.suppressed,
            skipped: [unchanged, unrecovered, found.skipped, submitted.skipped, not_run].concat(),
            decisions,
            executed,
            fired,
            pending: self.gate.pending().await?,
            compliance: self.audit.monitored().await?,
            audit: self.audit.summary().await?,
        })
    }

    /// Submits what was found, each for itself: one that cannot be decided stops no other.
    async fn submit_all(&self, findings: Vec<Finding>) -> Result<Submitted, AgentError> {
        let mut out = Submitted::default();
        for finding in findings {
            // What people refused is not said again either, now that JUNO is less sure of it.
            if let Some(proposal) = &finding.proposal
                && let Some(before) = self.core.refused_before(proposal).await?
            {
                out.suppressed.push(before);
                continue;
            }
            if let Some(said) = self.only_said(&finding) {
                out.advice.push(said);
                continue;
            }
            let Some(proposal) = finding.proposal else { continue };
            let submission = match self.gate.submit(&proposal).await {
                Ok(submission) => submission,
                Err(error) if is_about_this_request(error.kind()) => {
                    out.skipped.push(Skipped { subject: finding.subject, reason: error.to_string() });
                    continue;
                }
                Err(error) => return Err(error),
            };
            // Memory may be off, may have expired, or somebody had it forgotten: what people decided stands.
            if let Some(before) = suppressed(&proposal, &submission.decision) {
                out.suppressed.push(before);
                continue;
            }
            // Only what is new. Earlier decisions have been remembered; if that was forgotten since, it was on purpose.
            if !submission.already_known {
                self.core.remember_decision(&submission.request).await?;
            }
            out.explanations.insert(proposal.id.clone(), explain(&finding.trace, self.core.config.depth));
            out.requests.push(submission.request.id().clone());
            out.proposals.push(proposal);
        }
        Ok(out)
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
