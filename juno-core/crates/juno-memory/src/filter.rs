use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::card::nanos;
use crate::{Card, Memory, MemoryError, MemoryKind, MemoryScope, Trust};

/// How far a read reaches from the scope it names. Never sideways, never downwards.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// That scope alone.
    #[default]
    Exact,
    /// That scope and those that enclose it: session, agent, team, tenant.
    Upwards,
}

/// Which memories to read.
///
/// | field | default of [`MemoryFilter::new`] | range |
/// | --- | --- | --- |
/// | `scope` | – | any |
/// | `reach` | exact | exact, upwards |
/// | `kinds` | empty: all kinds | |
/// | `all_tags` | empty: no condition | tags, matched whole and byte by byte |
/// | `any_tags` | empty: no condition | the same |
/// | `as_of` | none: what is not over by the time of the reading | what was true at an instant |
/// | `known_at` | none: what is known at the time of the reading | what was known at an instant |
/// | `min_trust` | none: whatever it is | the least trust |
/// | `with_quarantined` | false: what is in quarantine is not given | also what is in quarantine |
/// | `limit` | 20 | 1 to 10,000; counted after every other condition |
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemoryFilter {
    /// The scope to read.
    pub scope: MemoryScope,
    /// How far to reach from it.
    #[serde(default)]
    pub reach: Reach,
    /// Wanted kinds; empty means all.
    #[serde(default)]
    pub kinds: BTreeSet<MemoryKind>,
    /// Tags a memory must all carry.
    #[serde(default)]
    pub all_tags: BTreeSet<String>,
    /// Tags of which a memory must carry at least one; empty means no condition.
    #[serde(default)]
    pub any_tags: BTreeSet<String>,
    /// Only what was true at this instant: since [`Memory::valid_from`], and before [`Memory::valid_to`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<DateTime<Utc>>,
    /// Only what was known at this instant: recorded by then, and not superseded by then. What was true is then asked
    /// for the same instant, unless `as_of` names another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<DateTime<Utc>>,
    /// Only what is trusted at least so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_trust: Option<Trust>,
    /// Also what is in quarantine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_quarantined: bool,
    /// The most memories to give.
    #[serde(default = "default_limit")]
    pub limit: usize,
}

const fn default_limit() -> usize {
    MemoryFilter::DEFAULT_LIMIT
}

impl MemoryFilter {
    /// How many memories a read gives unless told otherwise.
    pub const DEFAULT_LIMIT: usize = 20;
    /// The most memories one read gives.
    pub const MAX_LIMIT: usize = 10_000;
    /// The most tags one condition may name.
    pub const MAX_TAGS: usize = 64;

    /// Everything in one scope, twenty at most.
    #[must_use]
    pub const fn new(scope: MemoryScope) -> Self {
        Self {
            scope,
            reach: Reach::Exact,
            kinds: BTreeSet::new(),
            all_tags: BTreeSet::new(),
            any_tags: BTreeSet::new(),
            as_of: None,
            known_at: None,
            min_trust: None,
            with_quarantined: false,
            limit: Self::DEFAULT_LIMIT,
        }
    }

    /// Checks the limit and the tag conditions.
    ///
    /// # Errors
    /// If the limit is 0 or above 10,000, or a condition names more than 64 tags.
    pub fn check(&self) -> Result<(), MemoryError> {
        if !(1..=Self::MAX_LIMIT).contains(&self.limit) {
            return Err(MemoryError::Limit { given: self.limit, max: Self::MAX_LIMIT });
        }
        for tags in [&self.all_tags, &self.any_tags] {
            if tags.len() > Self::MAX_TAGS {
                return Err(MemoryError::TooManyTags { count: tags.len(), max: Self::MAX_TAGS });
            }
        }
        Ok(())
    }

    /// The scopes the read reaches, the named one first.
    #[must_use]
    pub fn scopes(&self) -> Vec<MemoryScope> {
        match self.reach {
            Reach::Exact => vec![self.scope.clone()],
            Reach::Upwards => self.scope.path_upwards(),
        }
    }

    /// Whether a memory meets the conditions on what was true and known when, at a reading at `now`, and those on trust and
    /// quarantine.
    #[must_use]
    pub fn sees(&self, memory: &Memory, now: DateTime<Utc>) -> bool {
        let (known, true_at) = (self.known_at.unwrap_or(now), self.as_of.or(self.known_at).unwrap_or(now));
        self.trusts(memory.trust, memory.quarantined.is_some())
            && memory.superseded_at.is_none_or(|superseded| known < superseded)
            && self.known_at.is_none_or(|known| memory.recorded_at <= known)
            && memory.valid_to.is_none_or(|over| true_at < over)
            && self.as_of.is_none_or(|as_of| memory.valid_from <= as_of)
    }

    /// As [`MemoryFilter::sees`], and whether the kind is a wanted one, told from a memory's card.
    #[must_use]
    pub fn sees_card(&self, card: &Card, now: DateTime<Utc>) -> bool {
        let (known, true_at) = (self.known_at.unwrap_or(now), self.as_of.or(self.known_at).unwrap_or(now));
        (self.kinds.is_empty() || self.kinds.contains(&card.kind))
            && self.trusts(card.trust, card.quarantined)
            && nanos(known) < card.superseded_at
            && self.known_at.is_none_or(|known| card.recorded_at <= nanos(known))
            && nanos(true_at) < card.valid_to
            && self.as_of.is_none_or(|as_of| card.valid_from <= nanos(as_of))
    }

    fn trusts(&self, trust: Trust, quarantined: bool) -> bool {
        self.min_trust.is_none_or(|least| trust >= least) && (self.with_quarantined || !quarantined)
    }

    /// Whether a memory meets the conditions on kind and tags; the scope and the times are the store's part.
    #[must_use]
    pub fn accepts(&self, memory: &Memory) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&memory.kind))
            && self.all_tags.is_subset(&memory.tags)
            && (self.any_tags.is_empty() || !self.any_tags.is_disjoint(&memory.tags))
    }
}
