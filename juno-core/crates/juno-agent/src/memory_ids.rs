use juno_crypto::digest;
use juno_domain::{DomainError, MemoryId, ProposalId};

/// The longest proposal id that becomes part of a memory's id as it is.
const MAX_ID: usize = 400;

/// The memory of how a proposal was decided.
pub(crate) fn decision_memory(proposal: &ProposalId) -> Result<MemoryId, DomainError> {
    memory_id("decision", proposal)
}

/// The memory of what came of a proposal.
pub(crate) fn outcome_memory(proposal: &ProposalId) -> Result<MemoryId, DomainError> {
    memory_id("outcome", proposal)
}

fn memory_id(what: &str, proposal: &ProposalId) -> Result<MemoryId, DomainError> {
    let id = proposal.as_str();
    if id.len() <= MAX_ID {
        return MemoryId::new(format!("{what}-{id}"));
    }
    MemoryId::new(format!("{what}-{}", digest(id.as_bytes())))
}
