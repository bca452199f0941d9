use chrono::{DateTime, TimeDelta, Utc};

use crate::{Memory, MemoryKind};

/// When a memory moves to the archive.
///
/// | field | default | meaning |
/// | --- | --- | --- |
/// | `idle` | 90 days | how long nobody wrote or used it |
/// | `batch` | 500 | how many are moved at a time, 1 to 10,000 |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TierPolicy {
    /// How long it has lain unused, by the later of when it was recorded and when it was of use last.
    pub idle: TimeDelta,
    /// How many are moved at a time.
    pub batch: usize,
}

impl TierPolicy {
    /// After 90 days, 500 at a time.
    pub const DEFAULT: Self = Self { idle: TimeDelta::days(90), batch: 500 };

    /// Whether a memory is to be moved at `now`.
    ///
    /// Never what has expired, which is removed instead; working memory; what is in quarantine, as somebody has to look
    /// at it; and what states a fact, as later values have to find it and questions about the past are answered from it.
    #[must_use]
    pub fn is_due(&self, memory: &Memory, now: DateTime<Utc>) -> bool {
        let last = memory.used.map_or(memory.recorded_at, |used| used.last_at.max(memory.recorded_at));
        memory.kind != MemoryKind::Working
            && memory.fact.is_none()
            && memory.quarantined.is_none()
            && memory.is_live(now)
            && last.checked_add_signed(self.idle).is_some_and(|due| due <= now)
    }
}

impl Default for TierPolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}
