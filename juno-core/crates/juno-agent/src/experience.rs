use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_domain::{
    Confidence, DecidedBy, Decision, ErrorKind, MemoryId, Outcome, Proposal, RawScore, TeamId, Verdict,
};
use juno_governance::ApprovalRequest;
use juno_memory::{Memory, MemoryKind, MemoryScope, written_event};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::core::Core;
use crate::memory_ids::{decision_memory, outcome_memory};
use crate::{AgentError, Suppressed};

/// Tags by which a run finds what earlier runs learnt.
pub(crate) const DECISION: &str = "decision";
pub(crate) const OUTCOME: &str = "outcome";
pub(crate) const BY_PERSON: &str = "by:person";
pub(crate) const AUTO_APPROVED: &str = "verdict:auto_approved";
/// How much of one text a memory keeps; the request and its records keep all of it. A reason as long as a book must
/// not make a decision unmemorable.
const MAX_TEXT: usize = 2_000;
/// How many reasons a memory keeps.
const MAX_REASONS: usize = 10;

/// What the memory of a decision keeps of the proposal, so that later scores can be held against it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct MadeWith {
    /// The action's name.
    pub(crate) action: String,
    /// The confidence that was decided on.
    pub(crate) confidence: Confidence,
    /// The score behind it, where the proposer told it.
    #[serde(default)]
    pub(crate) score: Option<RawScore>,
}

impl Core {
    /// Remembers how a request was settled; one memory per proposal, so repeating it changes nothing.
    pub(crate) async fn remember_decision(&self, request: &ApprovalRequest) -> Result<(), AgentError> {
        let decision = request.decision();
        if decision.verdict == Verdict::ApprovalRequired || !self.config.memory_enabled {
            return Ok(());
        }
        let proposal = request.proposal();
        let verdict = word(decision.verdict);
        let action = proposal.action.name();
        let mut tags =
            BTreeSet::from([DECISION.to_owned(), format!("verdict:{verdict}"), action_tag(action)]);
        if matches!(decision.by, DecidedBy::Person { .. }) {
            tags.insert(BY_PERSON.to_owned());
        }
        // What people wrote is kept once, in the request, where it can be erased.
        let decision = wordless(decision);
        let text = format!(
            "{action} on {}: {verdict}{}",
            proposal.action.target(),
            decision.reasons.first().map(|reason| format!(", because {reason}")).unwrap_or_default()
        );
        let id = decision_memory(&proposal.id)?;
        let at = decision.at;
        let (confidence, score) = (proposal.confidence.clone(), proposal.score.clone());
        let made_with = MadeWith { action: action.to_owned(), confidence, score };
        let data = json!({ "decision": shortened(decision), "proposal": made_with });
        self.remember(id, &proposal.team, &text, data, tags, at).await
    }

    /// Remembers what came of a request.
    pub(crate) async fn remember_outcome(&self, outcome: &Outcome) -> Result<(), AgentError> {
        if !self.config.memory_enabled {
            return Ok(());
        }
        let request = self.gate().get(&outcome.request).await?;
        let action = request.action().name();
        let tags = BTreeSet::from([OUTCOME.to_owned(), action_tag(action)]);
        let execution = self.parts.stores.executions.get(&outcome.request).await?;
        // What a person said stays in the execution, where it can be erased.
        let by_person = execution.filter(|execution| execution.said_by.is_some());
        let detail = by_person.map_or(outcome.detail.as_str(), |execution| execution.state.as_str());
        let text = format!("{action} on {}: {detail}", request.action().target());
        let id = outcome_memory(&outcome.proposal)?;
        let kept = Outcome { detail: clipped(detail, MAX_TEXT), ..outcome.clone() };
        self.remember(id, request.team(), &text, json!({ "outcome": kept }), tags, outcome.at).await
    }

    pub(crate) fn scope_of(&self, team: &TeamId) -> MemoryScope {
        MemoryScope::tenant_wide(self.config.tenant.clone()).with_team(team.clone())
    }

    async fn remember(
        &self,
        id: MemoryId,
        team: &TeamId,
        text: &str,
        data: Value,
        tags: BTreeSet<String>,
        at: DateTime<Utc>,
    ) -> Result<(), AgentError> {
        let text = clipped(text, MAX_TEXT);
        let mut memory = Memory::new(id, MemoryKind::Episodic, self.scope_of(team), text, "governance", at);
        memory.data = data;
        memory.tags = tags;
        memory.expires_at = at.checked_add_signed(self.config.retention.of(MemoryKind::Episodic));
        if !memory.is_live(self.parts.clock.now()) {
            return Ok(());
        }
        let event = written_event(&memory, &self.config.instance)?;
        Ok(self.parts.stores.memory.put(&memory, &[event]).await?)
    }

    /// Whether this very proposal was refused before; its id changes with the situation.
    pub(crate) async fn refused_before(&self, proposal: &Proposal) -> Result<Option<Suppressed>, AgentError> {
        if !self.config.memory_enabled {
            return Ok(None);
        }
        let (scope, id) = (self.scope_of(&proposal.team), decision_memory(&proposal.id)?);
        let memory = match self.parts.stores.memory.get(&scope, &id, self.parts.clock.now()).await {
            Ok(memory) => memory,
            // A damaged memory stops no review: the gate still knows what was decided.
            Err(error) if error.kind() == ErrorKind::Corrupt => None,
            Err(error) => return Err(error.into()),
        };
        let decision: Option<Decision> = memory.and_then(|memory| {
            memory.data.get("decision").and_then(|value| serde_json::from_value(value.clone()).ok())
        });
        let Some(mut decision) = decision else { return Ok(None) };
        if is_by_people(&decision.by)
            && let Ok(Some(request)) = self.parts.stores.approvals.get(&decision.request).await
        {
            decision.reasons = shortened(request.decision()).reasons;
        }
        Ok(suppressed(proposal, &decision))
    }
}

pub(crate) fn action_tag(action: &str) -> String {
    clipped(&format!("action:{action}"), Memory::MAX_TAG_BYTES)
}

/// At most `max` bytes of a text, cut between characters.
fn clipped(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        // Three bytes for the mark that something is missing.
        if kept.len() + character.len_utf8() + 3 > max {
            break;
        }
        kept.push(character);
    }
    kept.push('…');
    kept
}

/// Whether its reasons are somebody's own words.
const fn is_by_people(by: &DecidedBy) -> bool {
    matches!(by, DecidedBy::Person { .. } | DecidedBy::Proposer { .. })
}

/// A decision without what people wrote.
fn wordless(mut decision: Decision) -> Decision {
    if is_by_people(&decision.by) {
        decision.reasons.clear();
    }
    decision
}

fn shortened(decision: Decision) -> Decision {
    let reasons = decision.reasons.iter().take(MAX_REASONS).map(|reason| clipped(reason, MAX_TEXT)).collect();
    Decision { reasons, ..decision }
}

/// The proposal as one not to be made again, if `decision` refused it. What only a policy refused is asked anew each
/// time: policies change without the situation changing.
pub(crate) fn suppressed(proposal: &Proposal, decision: &Decision) -> Option<Suppressed> {
    let refused = matches!(decision.verdict, Verdict::Denied | Verdict::Expired | Verdict::Cancelled)
        && !matches!(decision.by, DecidedBy::Policy { .. });
    refused.then(|| Suppressed {
        proposal: proposal.id.clone(),
        target: proposal.action.target().to_owned(),
        action: proposal.action.name().to_owned(),
        reason: refusal(decision),
    })
}

fn refusal(decision: &Decision) -> String {
    let who = match &decision.by {
        DecidedBy::Person { principal, role } => format!("{principal} ({role})"),
        DecidedBy::Proposer { principal } => format!("{principal}, who proposed it,"),
        DecidedBy::Policy { version } => format!("policy {version}"),
        DecidedBy::Deadline => "the deadline".to_owned(),
    };
    let why = decision.reasons.first().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("{} by {who} on {}{why}", word(decision.verdict), decision.at.format("%Y-%m-%d"))
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::AutoApproved => "auto_approved",
        Verdict::ApprovalRequired => "approval_required",
        Verdict::Approved => "approved",
        Verdict::Denied => "denied",
        Verdict::Expired => "expired",
        Verdict::Cancelled => "cancelled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters_and_says_so() {
        assert_eq!(clipped("short", 5), "short");
        for max in 3..40 {
            let cut = clipped("ärger ☃ mit \u{1F600} vielen Zeichen und mehr", max);
            assert!(cut.len() <= max && cut.ends_with('…'), "{max}: {cut}");
        }
        assert!(action_tag(&"x".repeat(500)).len() <= Memory::MAX_TAG_BYTES);
    }
}
