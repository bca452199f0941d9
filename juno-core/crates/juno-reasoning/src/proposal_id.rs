use juno_crypto::digest_of;
use juno_domain::{Action, ProposalId};
use serde::Serialize;

use crate::ReasoningError;

/// The id of a proposal: a digest of the action and of what about the situation made it right.
///
/// `situation` must hold what, when it changes, makes it a new question (status, assignee, last activity), and
/// nothing that changes by itself (the time of the run).
///
/// # Errors
/// If the situation cannot be written as canonical JSON.
pub fn proposal_id(action: &Action, situation: &impl Serialize) -> Result<ProposalId, ReasoningError> {
    #[derive(Serialize)]
    struct Key<'a, S> {
        action: &'a Action,
        situation: &'a S,
    }
    let digest = digest_of(&Key { action, situation })?.to_string();
    // 128 bits of the digest: short enough to read aloud in parts, too many to collide.
    let short: String = digest.chars().take(32).collect();
    Ok(ProposalId::new(format!("p-{short}"))?)
}
