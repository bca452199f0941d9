use juno_domain::Digest;
use serde::{Deserialize, Serialize};

use crate::hash::empty_root;

/// The whole log in two values: how many records it has, and the Merkle root over them. Kept elsewhere, an older
/// head shows later whether history was cut off or rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeHead {
    /// The number of records.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
}

impl TreeHead {
    /// The head of a log without records.
    #[must_use]
    pub fn empty() -> Self {
        Self { size: 0, root: empty_root() }
    }
}
