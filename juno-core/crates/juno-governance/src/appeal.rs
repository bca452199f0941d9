use std::collections::BTreeSet;

use juno_domain::{PrincipalId, RequestId, Role};
use serde::{Deserialize, Serialize};

/// What an appeal is against, and who may not decide it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appeal {
    /// The request that was refused; it stays refused.
    pub of: RequestId,
    /// Who appeals; they have no vote on it.
    pub by: PrincipalId,
    /// Why; empty in a record it was erased from.
    #[serde(default)]
    pub reason: String,
    /// The role that refused it, or did not decide in time. Only higher ones decide on the appeal.
    pub above: Role,
    /// Whoever took part in the case before; they have no vote on it.
    pub not_by: BTreeSet<PrincipalId>,
}
