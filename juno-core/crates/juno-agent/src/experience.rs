use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use juno_confidence::Outcomes;
use juno_domain::{DecidedBy, Decision, MemoryId, Outcome, Proposal, TeamId, Verdict};
use juno_governance::ApprovalRequest;
use juno_memory::{Memory, MemoryFilter, MemoryKind, MemoryScope, written_event};
use serde_json::{Value, json};

use crate::juno::Core;
use crate::{AgentError, Suppressed};

/// Tags by which a run finds what earlier runs learnt.
const DECISION: &str = "decision";
const OUTCOME: &str = "outcome";
const BY_PERSON: &str = "by:person";

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
            BTreeSet::from([DECISION.to_owned(), format!("verdict:{verdict}"), format!("action:{action}")]);
        if matches!(decision.by, DecidedBy::Person { .. }) {
            tags.insert(BY_PERSON.to_owned());
        }
        let text = format!(
            "{action} on {}: {verdict}{}",
            proposal.action.target(),
            decision.reasons.first().map(|reason| format!(", because {reason}")).unwrap_or_default()
        );
        let id = decision_memory(proposal)?;
        let data = json!({ "decision": decision, "action": proposal.action });
        self.remember(id, &proposal.team, text, data, tags, decision.at).await
    }

    /// Remembers what came of a request.
    pub(crate) async fn remember_outcome(&self, outcome: &Outcome) -> Result<(), AgentError> {
        if !self.config.memory_enabled {
            return Ok(());
        }
        let request = self.gate.get(&outcome.request).await?;
        let action = request.action().name();
        let tags = BTreeSet::from([OUTCOME.to_owned(), format!("action:{action}")]);
        let text = format!("{action} on {}: {}", request.action().target(), outcome.detail);
        let id = MemoryId::new(format!("outcome-{}", outcome.proposal))?;
        self.remember(id, request.team(), text, json!({ "outcome": outcome }), tags, outcome.at).await
    }

    async fn remember(
        &self,
        id: MemoryId,
        team: &TeamId,
        text: String,
        data: Value,
        tags: BTreeSet<String>,
        at: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), AgentError> {
        let scope = MemoryScope::tenant_wide(self.config.tenant.clone()).with_team(team.clone());
        let mut memory = Memory::new(id, MemoryKind::Episodic, scope, text, "governance", at);
        memory.data = data;
        memory.tags = tags;
        memory.expires_at = at.checked_add_signed(TimeDelta::days(i64::from(self.config.retention_days)));
        let event = written_event(&memory, &self.config.instance)?;
        Ok(self.parts.stores.memory.put(&memory, &[event]).await?)
    }

    /// Whether this very proposal was refused before; its id changes with the situation.
    pub(crate) async fn refused_before(&self, proposal: &Proposal) -> Result<Option<Suppressed>, AgentError> {
        if !self.config.memory_enabled {
            return Ok(None);
        }
        let scope = MemoryScope::tenant_wide(self.config.tenant.clone()).with_team(proposal.team.clone());
        let id = decision_memory(proposal)?;
        let Some(memory) = self.parts.stores.memory.get(&scope, &id, self.parts.clock.now()).await? else {
            return Ok(None);
        };
        let decision: Option<Decision> =
            memory.data.get("decision").and_then(|value| serde_json::from_value(value.clone()).ok());
        let refused = decision.filter(|decision| {
            matches!(decision.verdict, Verdict::Denied | Verdict::Expired | Verdict::Cancelled)
                && !matches!(decision.by, DecidedBy::Policy { .. })
        });
        Ok(refused.map(|decision| Suppressed {
            proposal: proposal.id.clone(),
            target: proposal.action.target().to_owned(),
            action: proposal.action.name().to_owned(),
            reason: refusal(&decision),
        }))
    }

    /// How often people agreed with each action, over all teams' own decisions.
    pub(crate) async fn agreement(
        &self,
        teams: &BTreeSet<TeamId>,
    ) -> Result<BTreeMap<String, Outcomes>, AgentError> {
        let mut agreed: BTreeMap<String, Outcomes> = BTreeMap::new();
        if !self.config.memory_enabled {
            return Ok(agreed);
        }
        let now = self.parts.clock.now();
        for team in teams {
            let scope = MemoryScope::tenant_wide(self.config.tenant.clone()).with_team(team.clone());
            let mut filter = MemoryFilter::new(scope);
            filter.all_tags = BTreeSet::from([DECISION.to_owned(), BY_PERSON.to_owned()]);
            filter.limit = MemoryFilter::MAX_LIMIT;
            for memory in self.parts.stores.memory.list(&filter, now).await? {
                let Some(action) = memory.tags.iter().find_map(|tag| tag.strip_prefix("action:")) else {
                    continue;
                };
                let outcomes = agreed.entry(action.to_owned()).or_default();
                outcomes.total += 1;
                outcomes.right += u32::from(memory.tags.contains("verdict:approved"));
            }
        }
        Ok(agreed)
    }
}

fn decision_memory(proposal: &Proposal) -> Result<MemoryId, AgentError> {
    Ok(MemoryId::new(format!("decision-{}", proposal.id))?)
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
