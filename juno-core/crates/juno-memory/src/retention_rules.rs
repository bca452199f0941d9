use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{Memory, MemoryError, MemoryKind};

/// How long memories are kept, by kind.
///
/// | field | default | range |
/// | --- | --- | --- |
/// | `days` | 365 | 1 to 36,500 days |
/// | `by_kind` | empty: `days` for every kind | the same, for one kind |
///
/// The days count from when a memory was written down or, where it was of use later, from its last use: what is needed
/// stays. Working memory has its own, much shorter time to live and is not asked about here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionRules {
    /// How many days a memory is kept.
    pub days: u32,
    /// Other days for some kinds.
    #[serde(default)]
    pub by_kind: BTreeMap<MemoryKind, u32>,
}

impl RetentionRules {
    /// The most days.
    pub const MAX_DAYS: u32 = 36_500;

    /// So many days for every kind.
    #[must_use]
    pub const fn days(days: u32) -> Self {
        Self { days, by_kind: BTreeMap::new() }
    }

    /// Checks every number.
    ///
    /// # Errors
    /// If one is not from 1 to 36,500.
    pub fn check(&self) -> Result<(), MemoryError> {
        let wrong = |days: &&u32| !(1..=Self::MAX_DAYS).contains(*days);
        match std::iter::once(&self.days).chain(self.by_kind.values()).find(wrong) {
            Some(days) => Err(MemoryError::Retention { days: *days, max: Self::MAX_DAYS }),
            None => Ok(()),
        }
    }

    /// How long memories of a kind are kept.
    #[must_use]
    pub fn of(&self, kind: MemoryKind) -> TimeDelta {
        TimeDelta::days(i64::from(*self.by_kind.get(&kind).unwrap_or(&self.days)))
    }

    /// Whether a memory has been kept long enough at `now`.
    #[must_use]
    pub fn is_over(&self, memory: &Memory, now: DateTime<Utc>) -> bool {
        if memory.kind == MemoryKind::Working {
            return false;
        }
        let over = last_needed(memory).checked_add_signed(self.of(memory.kind));
        over.is_some_and(|over| over <= now)
    }
}

impl Default for RetentionRules {
    fn default() -> Self {
        Self::days(365)
    }
}

/// When a memory was written down or, if later, was of use last.
pub(crate) fn last_needed(memory: &Memory) -> DateTime<Utc> {
    memory.used.map_or(memory.recorded_at, |used| used.last_at.max(memory.recorded_at))
}

#[cfg(test)]
mod tests {
    use juno_domain::{MemoryId, TenantId};

    use super::*;
    use crate::{MemoryScope, Usage};

    #[test]
    fn days_count_from_the_last_use_and_go_by_kind() {
        let scope = MemoryScope::tenant_wide(TenantId::new("acme").unwrap());
        let day = |day: i64| DateTime::UNIX_EPOCH + TimeDelta::days(day);
        let mut memory =
            Memory::new(MemoryId::new("m").unwrap(), MemoryKind::Episodic, scope, "x", "test", day(0));
        let mut rules = RetentionRules::default();
        assert!(!rules.is_over(&memory, day(364)) && rules.is_over(&memory, day(365)));
        memory.used = Some(Usage::after(None, memory.recorded_at, day(300)));
        assert!(!rules.is_over(&memory, day(664)) && rules.is_over(&memory, day(665)));
        rules.by_kind.insert(MemoryKind::Episodic, 10);
        assert!(rules.is_over(&memory, day(310)));
        memory.kind = MemoryKind::Working;
        assert!(!rules.is_over(&memory, day(900)));
        assert!(rules.check().is_ok() && RetentionRules::days(0).check().is_err());
        assert!(RetentionRules::days(36_501).check().is_err());
    }
}
