use juno_domain::MemoryId;
use serde::{Deserialize, Serialize};

use crate::CorruptMemory;

/// What was encrypted anew.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reencrypted {
    /// Memories that were written anew.
    pub done: u64,
    /// Memories that cannot be read and stay as they are.
    pub corrupt: Vec<CorruptMemory>,
    /// Keys that were destroyed because nothing needs them any more.
    pub dropped: u64,
    /// After which memory to go on; `None` when all is done.
    pub next: Option<MemoryId>,
}
