use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{
    Confidence, DecidedBy, Decision, Outcome, OutcomeResult, Probability, ProposalId, TeamId, Verdict,
};
use juno_memory::{Memory, MemoryFilter};
use juno_reasoning::Experience;
use serde::de::DeserializeOwned;

use crate::AgentError;
use crate::core::Core;
use crate::experience::{AUTO_APPROVED, BY_PERSON, DECISION, MadeWith, OUTCOME};
use crate::memory_ids::{decision_memory, outcome_memory};

/// How long the effect of an automatic approval has to stand before it counts as right: two weeks, as long as people get
/// to react to what JUNO did to a ticket.
const STANDS_FOR: TimeDelta = TimeDelta::days(14);

/// A proposal of which it is known whether it was right.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judged {
    pub(crate) action: String,
    /// With what it was made; `None` in memories of versions that did not keep it.
    pub(crate) made_with: Option<MadeWith>,
    pub(crate) right: bool,
}

impl Judged {
    /// The confidence that was decided on.
    pub(crate) fn confidence(&self) -> Option<&Confidence> {
        self.made_with.as_ref().map(|made_with| &made_with.confidence)
    }

    fn score(&self) -> Option<(&str, Probability)> {
        let score = self.made_with.as_ref()?.score.as_ref()?;
        Some((score.ground.as_str(), score.value))
    }
}

/// Whether a proposal was right, as far as anything tells by `at`: see [`Experience`].
fn was_right(decision: &Decision, outcome: Option<&Outcome>, at: DateTime<Utc>) -> Option<bool> {
    let ended_badly = |outcome: &Outcome| match outcome.result {
        OutcomeResult::Failed | OutcomeResult::Reversed => Some(true),
        OutcomeResult::Succeeded => Some(false),
        OutcomeResult::DryRun | OutcomeResult::Unknown => None,
    };
    let ended_badly = outcome.and_then(ended_badly);
    match (decision.verdict, &decision.by) {
        (Verdict::Approved, DecidedBy::Person { .. }) => Some(ended_badly != Some(true)),
        (Verdict::Denied, DecidedBy::Person { .. }) => Some(false),
        (Verdict::AutoApproved, _) if ended_badly == Some(true) => Some(false),
        (Verdict::AutoApproved, _) if ended_badly == Some(false) => {
            let since = at.checked_sub_signed(STANDS_FOR)?;
            outcome.is_some_and(|outcome| outcome.at <= since).then_some(true)
        }
        _ => None,
    }
}

impl Core {
    /// What proposals came to by `as_of`, over these teams' own decisions, oldest first in each team: of each team, at most
    /// the newest 10,000 that people decided and as many that policies approved. What happened later is not looked at.
    pub(crate) async fn judged(
        &self,
        teams: &BTreeSet<TeamId>,
        as_of: DateTime<Utc>,
    ) -> Result<Vec<Judged>, AgentError> {
        let mut judged = Vec::new();
        if !self.config.memory_enabled {
            return Ok(judged);
        }
        for team in teams {
            let mut outcomes: BTreeMap<ProposalId, Outcome> = BTreeMap::new();
            for memory in self.known(team, &[OUTCOME], as_of).await? {
                let outcome: Option<Outcome> = part(&memory, OUTCOME);
                let own =
                    |outcome: &Outcome| outcome_memory(&outcome.proposal).is_ok_and(|id| id == memory.id);
                outcomes.extend(outcome.filter(own).map(|outcome| (outcome.proposal.clone(), outcome)));
            }
            for tags in [[DECISION, BY_PERSON], [DECISION, AUTO_APPROVED]] {
                for memory in self.known(team, &tags, as_of).await?.into_iter().rev() {
                    judged.extend(judge(&memory, &outcomes, as_of));
                }
            }
        }
        Ok(judged)
    }

    /// The same for reasoners.
    pub(crate) async fn experience(
        &self,
        teams: &BTreeSet<TeamId>,
        as_of: DateTime<Utc>,
    ) -> Result<Experience, AgentError> {
        let mut experience = Experience::default();
        for judged in self.judged(teams, as_of).await? {
            experience.add(&judged.action, judged.score(), judged.right);
        }
        Ok(experience)
    }

    /// The newest memories of a team with these tags that were there at `as_of`.
    pub(crate) async fn known(
        &self,
        team: &TeamId,
        tags: &[&str],
        as_of: DateTime<Utc>,
    ) -> Result<Vec<Memory>, AgentError> {
        let mut filter = MemoryFilter::new(self.scope_of(team));
        filter.all_tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        filter.limit = MemoryFilter::MAX_LIMIT;
        let mut memories = self.parts.stores.memory.list(&filter, self.parts.clock.now()).await?;
        memories.retain(|memory| memory.recorded_at <= as_of);
        Ok(memories)
    }
}

/// What a memory of a decision tells. One that is not what its id says (somebody else wrote it) tells nothing.
fn judge(memory: &Memory, outcomes: &BTreeMap<ProposalId, Outcome>, at: DateTime<Utc>) -> Option<Judged> {
    let decision: Decision = part(memory, DECISION)?;
    if decision_memory(&decision.proposal).ok()? != memory.id {
        return None;
    }
    let right = was_right(&decision, outcomes.get(&decision.proposal), at)?;
    let made_with: Option<MadeWith> = part(memory, "proposal");
    let tagged = || memory.tags.iter().find_map(|tag| tag.strip_prefix("action:")).map(str::to_owned);
    let action = made_with.as_ref().map(|made_with| made_with.action.clone()).or_else(tagged)?;
    Some(Judged { action, made_with, right })
}

pub(crate) fn part<T: DeserializeOwned>(memory: &Memory, name: &str) -> Option<T> {
    memory.data.get(name).and_then(|value| T::deserialize(value).ok())
}

#[cfg(test)]
mod tests {
    use juno_domain::{PrincipalId, RequestId, Role};

    use super::*;

    fn day(n: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(n)
    }

    fn person() -> DecidedBy {
        DecidedBy::Person { principal: PrincipalId::new("lea").unwrap(), role: Role::TeamLead }
    }

    fn policy() -> DecidedBy {
        DecidedBy::Policy { version: "default@1".into() }
    }

    /// Whether a proposal decided on day 0, and ended on day 1 if it did, was right by a day.
    fn right(verdict: Verdict, by: &DecidedBy, ended: Option<OutcomeResult>, on: i64) -> Option<bool> {
        let (proposal, request) = (ProposalId::new("p1").unwrap(), RequestId::new("r1").unwrap());
        let outcome = ended.map(|result| Outcome {
            proposal: proposal.clone(),
            request: request.clone(),
            result,
            detail: String::new(),
            at: day(1),
        });
        let decision =
            Decision { proposal, request, verdict, by: by.clone(), reasons: Vec::new(), at: day(0) };
        was_right(&decision, outcome.as_ref(), day(on))
    }

    #[test]
    fn what_people_said_counts_and_an_end_that_undoes_it() {
        use OutcomeResult::{DryRun, Failed, Reversed, Succeeded, Unknown};
        for ended in [None, Some(DryRun), Some(Succeeded), Some(Unknown)] {
            assert_eq!(right(Verdict::Approved, &person(), ended, 1), Some(true), "{ended:?}");
        }
        for ended in [Failed, Reversed] {
            assert_eq!(right(Verdict::Approved, &person(), Some(ended), 1), Some(false), "{ended:?}");
        }
        assert_eq!(right(Verdict::Denied, &person(), None, 1), Some(false));
    }

    #[test]
    fn what_nobody_judged_is_no_evidence() {
        for (verdict, by) in [
            (Verdict::Denied, policy()),
            (Verdict::Denied, DecidedBy::Deadline),
            (Verdict::Expired, DecidedBy::Deadline),
            (Verdict::Cancelled, DecidedBy::Proposer { principal: PrincipalId::new("juno").unwrap() }),
            (Verdict::Cancelled, person()),
            (Verdict::ApprovalRequired, policy()),
            (Verdict::AutoApproved, policy()),
        ] {
            assert_eq!(right(verdict, &by, None, 100), None, "{verdict:?} by {by:?}");
        }
    }

    #[test]
    fn an_automatic_approval_counts_by_its_outcome_alone_and_as_right_only_once_it_has_stood() {
        use OutcomeResult::{DryRun, Failed, Reversed, Succeeded, Unknown};
        let auto = |ended, on| right(Verdict::AutoApproved, &policy(), Some(ended), on);
        for nothing in [DryRun, Unknown] {
            assert_eq!(auto(nothing, 100), None);
        }
        assert_eq!((auto(Succeeded, 14), auto(Succeeded, 15)), (None, Some(true)));
        assert_eq!((auto(Failed, 1), auto(Reversed, 1)), (Some(false), Some(false)));
    }
}
