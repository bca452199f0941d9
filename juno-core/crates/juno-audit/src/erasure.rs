use chrono::{DateTime, Datelike, Months, NaiveTime, SecondsFormat, Utc};
use juno_domain::{EventKind, PrincipalId, Whose};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::audit_log::AuditLog;
use crate::error::AuditError;
use crate::hold::Hold;
use crate::holding::{event_of, holds};
use crate::kept::Kept;
use crate::personal_texts::PersonalTexts;
use crate::places::Places;

/// How often to begin anew where others append between the looking and the erasing.
const ATTEMPTS: u32 = 32;

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// The index of the record that says what was erased; None if there was nothing to erase.
    pub receipt: Option<u64>,
    /// The records whose personal part is gone.
    pub records: Places,
    /// How many texts are gone beside the log: in requests, in executions, and in events that wait.
    #[serde(default)]
    pub texts: u64,
    /// The holds that kept others of those it was asked for.
    pub held: Vec<Hold>,
    /// Whether nothing of it is left in the files. False where another process was reading: ask again, which erases
    /// nothing anew and cleans up.
    pub clean: bool,
}

/// Whose parts to erase, and who wants it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureOrder {
    /// The person.
    pub person: String,
    /// Who decided it.
    pub by: PrincipalId,
    /// Why: it stands in the receipt, so it should not say what is erased.
    pub reason: String,
}

/// How long personal parts are kept: whole months, six at least (EU AI Act, articles 19 and 26).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Retention(u32);

impl Retention {
    /// The fewest months.
    pub const LEAST: u32 = 6;

    /// So many months.
    ///
    /// # Errors
    /// If there are fewer than six.
    pub const fn months(months: u32) -> Result<Self, AuditError> {
        if months < Self::LEAST { Err(AuditError::Retention(months)) } else { Ok(Self(months)) }
    }

    /// The time before which parts need not be kept any longer: the first of a month, so that what was encrypted under
    /// the key of a month goes together. None before the beginning of time.
    #[must_use]
    pub fn cutoff(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let then = now.checked_sub_months(Months::new(self.0))?;
        Some(then.date_naive().with_day(1)?.and_time(NaiveTime::MIN).and_utc())
    }
}

impl TryFrom<u32> for Retention {
    type Error = AuditError;
    fn try_from(months: u32) -> Result<Self, AuditError> {
        Self::months(months)
    }
}

impl From<Retention> for u32 {
    fn from(retention: Retention) -> Self {
        retention.0
    }
}

/// Erases every personal part of a person's records, and leaves a receipt in the log. The records stay, and so does
/// every proof.
///
/// # Errors
/// `Denied` while a legal hold covers the person; `Unsupported` if the log keeps nothing apart; `Unavailable` if others
/// kept appending all the time.
pub async fn erase(
    log: &dyn AuditLog,
    order: &ErasureOrder,
    now: DateTime<Utc>,
) -> Result<Erasure, AuditError> {
    erase_with(log, None, order, now).await
}

/// As [`erase`], in what lies beside the log too. If that fails the log is erased already: call again, which completes it.
///
/// # Errors
/// As `erase`, and if `beside` fails.
pub async fn erase_with(
    log: &dyn AuditLog,
    beside: Option<&dyn PersonalTexts>,
    order: &ErasureOrder,
    now: DateTime<Utc>,
) -> Result<Erasure, AuditError> {
    for _ in 0..ATTEMPTS {
        let size = log.head().await?.size;
        if let Some(hold) = holds(log).await?.into_iter().find(|hold| hold.covers(&order.person)) {
            return Err(AuditError::Held(Box::new(hold)));
        }
        let kept = log.kept(Some(&order.person), None).await?;
        let what = json!({ "cause": "request", "reason": order.reason });
        if let Some(done) = forget(log, size, kept, &order.person, &order.by, now, what).await? {
            return clean_up(log, beside, Some(&Whose::Person(order.person.clone())), done).await;
        }
    }
    Err(AuditError::Unavailable("others append all the time".into()))
}

/// Erases the personal parts of all records that are older than the retention, but for those under a legal hold, and
/// leaves a receipt in the log.
///
/// # Errors
/// `Denied` while a legal hold covers everybody, or everybody it would concern; as [`erase`] for the rest.
pub async fn expire(
    log: &dyn AuditLog,
    retention: Retention,
    by: &PrincipalId,
    now: DateTime<Utc>,
) -> Result<Erasure, AuditError> {
    expire_with(log, None, retention, by, now).await
}

/// As [`expire`], in what lies beside the log too.
///
/// # Errors
/// As `expire`, and if `beside` fails: call again.
pub async fn expire_with(
    log: &dyn AuditLog,
    beside: Option<&dyn PersonalTexts>,
    retention: Retention,
    by: &PrincipalId,
    now: DateTime<Utc>,
) -> Result<Erasure, AuditError> {
    let Some(before) = retention.cutoff(now) else {
        let (records, held) = (Places::default(), Vec::new());
        return Ok(Erasure { receipt: None, records, texts: 0, held, clean: true });
    };
    for _ in 0..ATTEMPTS {
        let size = log.head().await?.size;
        let all_holds = holds(log).await?;
        let kept = log.kept(None, Some(before)).await?;
        let covering = |kept: &Kept| all_holds.iter().find(|hold| hold.covers(&kept.person));
        let concerned = !kept.is_empty();
        let mut held: Vec<Hold> = kept.iter().filter_map(covering).cloned().collect();
        held.sort_by(|a, b| a.name.cmp(&b.name));
        held.dedup();
        let free: Vec<Kept> = kept.iter().filter(|kept| covering(kept).is_none()).cloned().collect();
        // Whoever is held by name keeps what lies beside the log too, and everybody does where everybody is held.
        let all = all_holds.iter().all(|hold| hold.person.is_some());
        let except = all_holds.iter().filter_map(|hold| hold.person.clone()).collect();
        let whose = all.then_some(Whose::Before { time: before, except });
        if let Some(hold) = held.first().filter(|_| concerned && free.is_empty()) {
            // A run that failed after the log was done may have left what lies beside it.
            if let (Some(beside), Some(whose)) = (beside, &whose) {
                beside.forget(whose).await?;
                log.scrub().await?;
            }
            return Err(AuditError::Held(Box::new(hold.clone())));
        }
        let what = json!({
            "before": before.to_rfc3339_opts(SecondsFormat::Secs, true),
            "cause": "retention",
            "months": retention.0,
        });
        if let Some(done) = forget(log, size, free, "retention", by, now, what).await? {
            return clean_up(log, beside, whose.as_ref(), Erasure { held, ..done }).await;
        }
    }
    Err(AuditError::Unavailable("others append all the time".into()))
}

/// One attempt; None if somebody appended since the log had `size` records.
async fn forget(
    log: &dyn AuditLog,
    size: u64,
    kept: Vec<Kept>,
    subject: &str,
    by: &PrincipalId,
    now: DateTime<Utc>,
    mut what: Value,
) -> Result<Option<Erasure>, AuditError> {
    let mut indices: Vec<u64> = kept.into_iter().map(|kept| kept.index).collect();
    indices.sort_unstable();
    let records: Places = indices.iter().copied().collect();
    let mut receipt = None;
    if !indices.is_empty() {
        if let Some(what) = what.as_object_mut() {
            what.insert("count".into(), json!(records.count()));
            what.insert("records".into(), json!(records));
        }
        let event = event_of(EventKind::PayloadErased, subject, by, now, what)?;
        receipt = log.forget(size, &indices, &event).await?;
        if receipt.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(Erasure { receipt, records, texts: 0, held: Vec::new(), clean: false }))
}

/// Erases what lies beside the log, and sees to it that nothing is left of either.
async fn clean_up(
    log: &dyn AuditLog,
    beside: Option<&dyn PersonalTexts>,
    whose: Option<&Whose>,
    done: Erasure,
) -> Result<Erasure, AuditError> {
    let texts = match (beside, whose) {
        (Some(beside), Some(whose)) => beside.forget(whose).await?,
        _ => 0,
    };
    Ok(Erasure { texts, clean: log.scrub().await?, ..done })
}
