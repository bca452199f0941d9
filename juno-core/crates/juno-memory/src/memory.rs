use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_domain::{MemoryId, Probability};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Fact, MemoryError, MemoryKind, MemoryScope, Quarantine, Trust, Turn, Usage, WorkingLimits};

/// Something remembered.
///
/// Made with [`Memory::new`]; the fields are then set as wanted, and every store calls [`Memory::check`] before
/// it writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Memory {
    /// Its id, unique in its tenant. Writing the same id in the same scope again replaces the memory.
    pub id: MemoryId,
    /// What sort of thing it is.
    pub kind: MemoryKind,
    /// Whose it is.
    pub scope: MemoryScope,
    /// What it says, the part that recall searches: 1 byte to 64 KiB, not blank.
    pub text: String,
    /// What it says, as data: at most 256 KiB of JSON and 64 levels. `Null` where the text says it all.
    #[serde(default)]
    pub data: Value,
    /// Labels, matched whole and byte by byte: at most 64, each of 1 to 128 bytes.
    #[serde(default)]
    pub tags: BTreeSet<String>,
    /// How much it matters: 0 to 1, 0.5 unless set.
    pub importance: Probability,
    /// How sure it is, where somebody said so.
    #[serde(default)]
    pub confidence: Option<Probability>,
    /// Where it comes from, in words: 1 to 512 bytes.
    pub source: String,
    /// Who said or did it, where that is known: 1 to 256 bytes. A question that names one of the people who speak in
    /// a scope prefers what they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// Whose personal data it is, where it is somebody's: 1 to 256 bytes, matched whole. Export, erasure and legal hold
    /// go by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// How far its source is trusted; unverified unless set.
    #[serde(default, skip_serializing_if = "Trust::is_default")]
    pub trust: Trust,
    /// Set where it is in quarantine: reads pass over it unless they ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantined: Option<Quarantine>,
    /// How often it was of use, where it ever was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Usage>,
    /// Its place in a conversation or another thread, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Turn>,
    /// The fact it states, where it states one that a later one can end; see
    /// [`MemoryStore::record_fact`](crate::MemoryStore::record_fact).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<Fact>,
    /// The memories it was made from: at most 256.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub derived_from: BTreeSet<MemoryId>,
    /// Since when it is true; of something that happened, when. Dates in a question are held against it.
    pub valid_from: DateTime<Utc>,
    /// Until when it is true, this instant not included; as long as is known, where `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<DateTime<Utc>>,
    /// When it was learnt that it is not so, or not any more; nobody did, where `None`. What is superseded stays, for
    /// questions about what was known at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_at: Option<DateTime<Utc>>,
    /// When it was written down.
    pub recorded_at: DateTime<Utc>,
    /// From when on no read gives it any more; never, where `None`.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
}

impl Memory {
    /// The longest text in bytes.
    pub const MAX_TEXT_BYTES: usize = 64 * 1024;
    /// The largest data in bytes of JSON.
    pub const MAX_DATA_BYTES: usize = 256 * 1024;
    /// The deepest data.
    pub const MAX_DATA_DEPTH: usize = 64;
    /// The most tags.
    pub const MAX_TAGS: usize = 64;
    /// The longest tag in bytes.
    pub const MAX_TAG_BYTES: usize = 128;
    /// The longest source in bytes.
    pub const MAX_SOURCE_BYTES: usize = 512;
    /// The longest name of who said it in bytes.
    pub const MAX_WHO_BYTES: usize = 256;
    /// The longest name of whose data it is in bytes.
    pub const MAX_SUBJECT_BYTES: usize = 256;
    /// The most memories one can be made from.
    pub const MAX_DERIVED_FROM: usize = 256;

    /// A memory of `text`, true and recorded since `now`: no data, no tags, importance 0.5, no stated
    /// confidence. It does not expire, except working memory, which does after 30 minutes.
    #[must_use]
    pub fn new(
        id: MemoryId,
        kind: MemoryKind,
        scope: MemoryScope,
        text: impl Into<String>,
        source: impl Into<String>,
        now: DateTime<Utc>,
    ) -> Self {
        let expires_at = match kind {
            MemoryKind::Working => now.checked_add_signed(WorkingLimits::DEFAULT.ttl),
            _ => None,
        };
        Self {
            id,
            kind,
            scope,
            text: text.into(),
            data: Value::Null,
            tags: BTreeSet::new(),
            importance: Probability::saturating(0.5).unwrap_or(Probability::ZERO),
            confidence: None,
            source: source.into(),
            who: None,
            subject: None,
            trust: Trust::default(),
            quarantined: None,
            used: None,
            turn: None,
            fact: None,
            derived_from: BTreeSet::new(),
            valid_from: now,
            valid_to: None,
            superseded_at: None,
            recorded_at: now,
            expires_at,
        }
    }

    /// Whether a read at `now` gives it: instants are compared, so an offset in the input makes no difference.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|expires| now < expires)
    }

    /// Whether it says the same as `other`: everything but trust, quarantine, use, importance, confidence, and the times
    /// at which it ends, is superseded or expires. What is under legal hold may change in these alone.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let Self { trust, quarantined, used, importance, confidence, .. } = other.clone();
        let (valid_to, superseded_at, expires_at) = (other.valid_to, other.superseded_at, other.expires_at);
        let marked = Self {
            trust,
            quarantined,
            used,
            importance,
            confidence,
            valid_to,
            superseded_at,
            expires_at,
            ..self.clone()
        };
        marked == *other
    }

    /// Its JSON text, the form that stores keep and records digest: fields in declared order, object keys sorted.
    ///
    /// # Errors
    /// Never for a checked memory.
    pub fn to_json(&self) -> Result<String, MemoryError> {
        serde_json::to_string(self).map_err(|error| MemoryError::Internal { reason: error.to_string() })
    }

    /// Checks every limit.
    ///
    /// # Errors
    /// If the text, source, speaker, subject, thread or reason of quarantine is blank or too long, the data too large or
    /// too deep, there are too many tags or one is empty or too long, the use is no use, or an instant lies outside the
    /// years 1678 to 2261.
    pub fn check(&self) -> Result<(), MemoryError> {
        let texts = [
            ("text", Some(&self.text), Self::MAX_TEXT_BYTES),
            ("source", Some(&self.source), Self::MAX_SOURCE_BYTES),
            ("name of who said it", self.who.as_ref(), Self::MAX_WHO_BYTES),
            ("subject", self.subject.as_ref(), Self::MAX_SUBJECT_BYTES),
            (
                "reason of the quarantine",
                self.quarantined.as_ref().map(|quarantine| &quarantine.reason),
                Quarantine::MAX_REASON_BYTES,
            ),
            ("name of the thread", self.turn.as_ref().map(|turn| &turn.thread), Turn::MAX_THREAD_BYTES),
        ];
        for (what, text, max) in texts {
            text.map_or(Ok(()), |text| check_text(what, text, max))?;
        }
        self.used.as_ref().map_or(Ok(()), Usage::check)?;
        if self.tags.len() > Self::MAX_TAGS {
            return Err(MemoryError::TooManyTags { count: self.tags.len(), max: Self::MAX_TAGS });
        }
        if let Some(tag) = self.tags.iter().find(|t| t.is_empty() || t.len() > Self::MAX_TAG_BYTES) {
            return Err(MemoryError::Tag { tag: tag.chars().take(40).collect() });
        }
        if self.derived_from.len() > Self::MAX_DERIVED_FROM {
            let count = self.derived_from.len();
            return Err(MemoryError::TooManySources { count, max: Self::MAX_DERIVED_FROM });
        }
        self.fact.as_ref().map_or(Ok(()), Fact::check)?;
        if let Some(over) = self.valid_to.filter(|over| *over <= self.valid_from) {
            return Err(MemoryError::Ends { at: over.to_rfc3339() });
        }
        let instants = [
            ("valid_from", Some(self.valid_from)),
            ("recorded_at", Some(self.recorded_at)),
            ("valid_to", self.valid_to),
            ("superseded_at", self.superseded_at),
            ("expires_at", self.expires_at),
            ("quarantined.at", self.quarantined.as_ref().map(|quarantine| quarantine.at)),
            ("used.last_at", self.used.map(|used| used.last_at)),
        ];
        for (what, at) in instants {
            // Stores order by nanoseconds since 1970 in 64 bits.
            if let Some(at) = at.filter(|at| at.timestamp_nanos_opt().is_none()) {
                return Err(MemoryError::Time { what, at: at.to_rfc3339() });
            }
        }
        self.check_data()
    }

    fn check_data(&self) -> Result<(), MemoryError> {
        // A loop, not recursion: what is too deep must not end the process before it is refused.
        let mut open = vec![(&self.data, 1)];
        while let Some((value, depth)) = open.pop() {
            if depth > Self::MAX_DATA_DEPTH {
                return Err(MemoryError::TooDeep { max: Self::MAX_DATA_DEPTH });
            }
            match value {
                Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
                Value::Object(fields) => open.extend(fields.values().map(|field| (field, depth + 1))),
                _ => {}
            }
        }
        let mut counter = ByteCounter(0);
        serde_json::to_writer(&mut counter, &self.data)
            .map_err(|error| MemoryError::Internal { reason: error.to_string() })?;
        if counter.0 > Self::MAX_DATA_BYTES {
            return Err(MemoryError::TooLong { what: "data", bytes: counter.0, max: Self::MAX_DATA_BYTES });
        }
        Ok(())
    }
}

/// Checks that a text is neither blank nor too long.
pub(crate) fn check_text(what: &'static str, text: &str, max: usize) -> Result<(), MemoryError> {
    if text.trim().is_empty() {
        return Err(MemoryError::Blank { what });
    }
    match text.len() > max {
        true => Err(MemoryError::TooLong { what, bytes: text.len(), max }),
        false => Ok(()),
    }
}

/// Counts what is written to it, so that checking data costs no copy of it.
struct ByteCounter(usize);

impl std::io::Write for ByteCounter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use juno_domain::{ErrorKind, TenantId};
    use serde_json::json;

    use super::*;

    fn memory() -> Memory {
        let scope = MemoryScope::tenant_wide(TenantId::new("acme").unwrap());
        let id = MemoryId::new("m1").unwrap();
        Memory::new(
            id,
            MemoryKind::Semantic,
            scope,
            "the API freeze is on Friday",
            "test",
            DateTime::UNIX_EPOCH,
        )
    }

    fn refused(change: impl FnOnce(&mut Memory)) -> bool {
        let mut changed = memory();
        change(&mut changed);
        changed.check().is_err_and(|error| error.kind() == ErrorKind::InvalidInput)
    }

    #[test]
    fn every_limit_is_kept() {
        assert_eq!(memory().check(), Ok(()));
        assert!(refused(|m| m.text = "x".repeat(Memory::MAX_TEXT_BYTES + 1)));
        assert!(refused(|m| m.text = " \n".into()));
        assert!(refused(|m| m.source = String::new()));
        assert!(refused(|m| m.who = Some(" ".into())));
        assert!(refused(|m| m.subject = Some("x".repeat(257))));
        assert!(refused(|m| m.quarantined = Some(Quarantine::new(m.recorded_at, "\t"))));
        assert!(refused(|m| m.used = Some(Usage { count: 0, last_at: m.recorded_at, stability_days: 1.0 })));
        assert!(refused(|m| m.turn = Some(Turn::new("x".repeat(257), 0))));
        assert!(refused(|m| m.data = json!("x".repeat(Memory::MAX_DATA_BYTES))));
        assert!(refused(|m| m.tags = (0..65).map(|i| i.to_string()).collect()));
        assert!(refused(|m| m.tags = [String::new()].into()));
        assert!(refused(|m| m.tags = ["é".repeat(65)].into()));
        assert!(refused(|m| m.valid_from = DateTime::<Utc>::MIN_UTC));
        assert!(refused(|m| m.valid_to = Some(m.valid_from)));
        assert!(refused(|m| m.fact = Some(Fact::new("billing", " ", "ada"))));
        assert!(refused(|m| m.expires_at = Some(DateTime::<Utc>::MAX_UTC)));
    }

    #[test]
    fn data_that_could_not_be_read_back_is_refused() {
        let nested = |levels| (1..levels).fold(json!(1), |inner, _| json!([inner]));
        assert!(!refused(|m| m.data = nested(Memory::MAX_DATA_DEPTH)));
        assert!(refused(|m| m.data = nested(Memory::MAX_DATA_DEPTH + 1)));
    }

    #[test]
    fn confidence_seven_and_nan_are_no_memory() {
        let good = serde_json::to_value(memory()).unwrap();
        for bad in [json!(7.0), json!(-5.0), json!("NaN")] {
            let mut changed = good.clone();
            changed["confidence"] = bad;
            assert!(serde_json::from_value::<Memory>(changed).is_err());
        }
        assert_eq!(serde_json::from_value::<Memory>(good).unwrap(), memory());
    }

    /// What was written before these fields were there reads as it did, and has the digest it had.
    #[test]
    fn a_memory_without_marks_has_the_json_it_always_had() {
        let json = memory().to_json().unwrap();
        let old = r#"{"id":"m1","kind":"semantic","scope":{"tenant":"acme","team":null,"agent":null,"session":null},"text":"the API freeze is on Friday","data":null,"tags":[],"importance":0.5,"confidence":null,"source":"test","valid_from":"1970-01-01T00:00:00Z","recorded_at":"1970-01-01T00:00:00Z","expires_at":null}"#;
        assert_eq!(json, old);
        assert!(
            serde_json::from_str::<Memory>(&old.replace("\"source\"", "\"trust\":\"a bit\",\"source\""))
                .is_err()
        );
    }

    #[test]
    fn marks_change_without_what_it_says_changing() {
        let mut marked = memory();
        marked.trust = Trust::Trusted;
        marked.quarantined = Some(Quarantine::new(marked.recorded_at, "poisoned"));
        marked.used = Some(Usage::after(None, marked.recorded_at, marked.recorded_at));
        marked.importance = Probability::ONE;
        marked.superseded_at = Some(marked.recorded_at);
        marked.expires_at = Some(marked.recorded_at);
        assert!(marked.says_the_same(&memory()) && memory().says_the_same(&marked));
        for change in [
            |m: &mut Memory| m.text.push('!'),
            |m: &mut Memory| m.data = json!(1),
            |m: &mut Memory| m.subject = Some("ada".into()),
            |m: &mut Memory| m.tags = ["x".into()].into(),
        ] {
            let mut other = marked.clone();
            change(&mut other);
            assert!(!other.says_the_same(&memory()));
        }
    }

    #[test]
    fn expiry_compares_instants_not_text() {
        let mut early = memory();
        early.expires_at = Some("2026-03-01T00:30:00-09:00".parse().unwrap());
        assert!(early.is_live("2026-03-01T09:00:00Z".parse().unwrap()));
        assert!(!early.is_live("2026-03-01T09:30:00Z".parse().unwrap()));
    }
}
