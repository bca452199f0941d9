use async_trait::async_trait;
use juno_domain::RequestId;

use crate::GovernanceError;

/// Knows whether anything was ever begun for a request. `juno-action` implements it over its execution store.
///
/// The execution store is also what keeps a second authorization harmless: it takes one execution per request, and
/// the runner writes it before the effect.
#[async_trait]
pub trait ExecutionWitness: Send + Sync {
    /// Whether an execution of this request is on record, in any state.
    ///
    /// # Errors
    /// If the record cannot be read; an error is never "nothing was begun".
    async fn has_execution(&self, request: &RequestId) -> Result<bool, GovernanceError>;
}
