use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Action, Confidence, Evidence, Impact, Instant, PrincipalId, ProposalId, RawScore, TeamId};

/// Something JUNO suggests to do, with why and how sure it is. It does nothing by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// The digest of action and situation: the same situation gives the same id.
    pub id: ProposalId,
    /// What to do.
    pub action: Action,
    /// How much it can change.
    pub impact: Impact,
    /// The team it concerns.
    pub team: TeamId,
    /// Who proposes; a proposer never votes on its own proposal.
    pub proposer: PrincipalId,
    /// How sure the proposer is that this is right.
    pub confidence: Confidence,
    /// The score behind the confidence, before outcomes had a say in it; `None` where the proposer does not tell, and then
    /// what comes of the proposal calibrates nothing.
    #[serde(default)]
    pub score: Option<RawScore>,
    /// Why, in one or two sentences.
    pub rationale: String,
    /// What the rationale rests on.
    pub evidence: Vec<Evidence>,
    /// When it was made.
    #[serde(serialize_with = "Instant::write")]
    pub proposed_at: DateTime<Utc>,
}
