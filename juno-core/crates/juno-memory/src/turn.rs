use serde::{Deserialize, Serialize};

/// Where a memory stands among others that were said or done one after the other: a conversation, a meeting, a thread
/// of comments.
///
/// Recall lets what stands close in one thread speak for its neighbours: an answer often shares no word with the
/// question, and the line before it does. A thread belongs to one scope; the same name in another scope is another
/// thread.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// The thread's name: 1 to 256 bytes.
    pub thread: String,
    /// The place in it, from 0 on. Neighbours are those whose places differ by six at most.
    pub place: u32,
}

impl Turn {
    /// The longest name of a thread in bytes.
    pub const MAX_THREAD_BYTES: usize = 256;

    /// The place `place` of the thread `thread`.
    #[must_use]
    pub fn new(thread: impl Into<String>, place: u32) -> Self {
        Self { thread: thread.into(), place }
    }
}
