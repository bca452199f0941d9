use std::time::Duration;

use juno_memory::WorkingLimits;

/// What a commit survives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Durability {
    /// A crash or kill of the process, at any instant. A power loss can take back the last commits, and leaves the
    /// file sound. The start of an execution is flushed to disk all the same, before its effect.
    #[default]
    Process,
    /// A power loss too: every commit waits for the disk.
    Full,
}

/// How a store uses its file.
///
/// | field | default | meaning |
/// | --- | --- | --- |
/// | `durability` | process | what a commit survives |
/// | `busy_timeout` | 5 s | how long to wait for another process's write before giving up as unavailable |
/// | `idle_readers` | 4 | read connections kept open; more are opened when needed |
/// | `working` | 1,000 entries, 30 minutes | bounds on the working memory of a session |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteConfig {
    /// What a commit survives.
    pub durability: Durability,
    /// How long to wait for another process's write.
    pub busy_timeout: Duration,
    /// Read connections kept open.
    pub idle_readers: usize,
    /// Bounds on the working memory of a session.
    pub working: WorkingLimits,
}

impl Default for SqliteConfig {
    fn default() -> Self {
        Self {
            durability: Durability::Process,
            busy_timeout: Duration::from_secs(5),
            idle_readers: 4,
            working: WorkingLimits::DEFAULT,
        }
    }
}
