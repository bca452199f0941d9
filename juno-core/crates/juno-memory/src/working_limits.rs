use chrono::TimeDelta;

/// Bounds on the working memory of one session. Stores keep them.
///
/// A working memory needs a session in its scope and an expiry no later than `ttl` after it was recorded;
/// another is refused. When a session holds more than `max_entries`, the store forgets the oldest in the same
/// transaction as the write that exceeds it, and records that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkingLimits {
    /// Most working memories of one session. Default 1,000.
    pub max_entries: usize,
    /// How long one lives after it was recorded. Default 30 minutes.
    pub ttl: TimeDelta,
}

impl WorkingLimits {
    /// The limits unless told otherwise: 1,000 entries for 30 minutes.
    pub const DEFAULT: Self = Self { max_entries: 1_000, ttl: TimeDelta::minutes(30) };
}

impl Default for WorkingLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
