use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use juno_domain::{
    Confidence, Decision, Digest, Member, Outcome, PrincipalId, Proposal, ProposalId, Quarantined, RequestId,
    Role, Team, TeamId,
};
use juno_governance::{Fired, Seen};
use juno_reasoning::Skipped;
use juno_risk::Forecast;
use serde::{Deserialize, Serialize};

use crate::{ComplianceSummary, LoadSummary, SprintChanges, Unforecast};

/// What one run of the main job gives; its JSON is the same in every language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// The instant of the question; nothing later was used.
    pub as_of: DateTime<Utc>,
    /// How much was read.
    pub loaded: LoadSummary,
    /// What could not be read.
    pub quarantined: Vec<Quarantined>,
    /// What was assumed while reading.
    pub notes: Vec<String>,
    /// The teams, to read their ids by.
    pub teams: Vec<Team>,
    /// The people the proposals name, to read their ids by.
    pub people: Vec<Member>,
    /// Forecasts: of the open sprints, or of every row and stage of a sprint table.
    pub forecasts: Vec<Forecast>,
    /// Sprints without a forecast, and why.
    pub unforecast: Vec<Unforecast>,
    /// What would change the forecast of an open sprint, from a model that can tell what its forecasts rest on.
    pub changes: Vec<SprintChanges>,
    /// What should be done, with reasons; each made once for one situation.
    pub proposals: Vec<Proposal>,
    /// Why each proposal was made, for people, as deep as `reasoning.level` says.
    pub explanations: BTreeMap<ProposalId, String>,
    /// What was found and is only said.
    pub advice: Vec<Advice>,
    /// What was not proposed again, because it was refused before.
    pub suppressed: Vec<Suppressed>,
    /// What could not be judged, decided or carried out.
    pub skipped: Vec<Skipped>,
    /// What was decided about the proposals.
    pub decisions: Vec<Decision>,
    /// What was carried out.
    pub executed: Vec<Outcome>,
    /// Deadlines that passed.
    pub fired: Vec<Fired>,
    /// What waits for a person.
    pub pending: Vec<Pending>,
    /// Whether what happened keeps the compliance rules; `None` where the settings do not ask for it.
    #[serde(default)]
    pub compliance: Option<ComplianceSummary>,
    /// The audit log after the run.
    pub audit: AuditSummary,
}

/// Something worth knowing that is not proposed, with the reason why not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// What it is about.
    pub subject: String,
    /// What was concluded.
    pub conclusion: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// Why it is not a proposal.
    pub reason: String,
}

/// A proposal that was not made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppressed {
    /// Its id.
    pub proposal: ProposalId,
    /// What it acts on.
    pub target: String,
    /// The action's name.
    pub action: String,
    /// Who refused it, when and why.
    pub reason: String,
}

/// A request that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The request.
    pub request: RequestId,
    /// The digest of the action as it was listed here: a [vote](crate::GateHandle::vote) is for it and no other.
    pub digest: Digest,
    /// Its proposal.
    pub proposal: ProposalId,
    /// What it acts on.
    pub target: String,
    /// The action's name.
    pub action: String,
    /// Why it was proposed, for people.
    pub rationale: String,
    /// The team.
    pub team: TeamId,
    /// The role that decides now.
    pub role: Role,
    /// Who may decide: the people of the team who hold that role; empty where nobody does yet.
    pub people: Vec<PrincipalId>,
    /// Until when; then it goes one role up, or is denied past the last.
    pub deadline: DateTime<Utc>,
}

/// The state of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditSummary {
    /// Number of records.
    pub size: u64,
    /// Root of the Merkle tree over them (RFC 9162).
    pub root: Digest,
    /// Whether every record still is what was appended.
    pub verified: bool,
}

impl From<&Pending> for Seen {
    fn from(pending: &Pending) -> Self {
        Self { request: pending.request.clone(), digest: pending.digest }
    }
}

/// What came of looking after what was begun.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Recovered {
    /// What changed: looked up, taken for unknown, checked or undone.
    pub outcomes: Vec<Outcome>,
    /// What could not be looked after, by request, and why; it is due still.
    pub failed: Vec<Skipped>,
}
