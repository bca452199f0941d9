use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, EventKind, MemoryId, PrincipalId, TenantId};

use crate::event::written_event;
use crate::{
    Embedder, FactOutcome, HealthCheck, LegalHold, Memory, MemoryError, MemoryFilter, MemoryHealth,
    MemoryPage, MemoryRemoval, MemoryScope, MemoryVectors, RecallQuery, Recalled, Reencrypted,
};

const NOT_ENCRYPTED: MemoryError = MemoryError::Unsupported {
    what: "encrypting again",
    hint: "open a store that encrypts, with `memory.encryption.keys`",
};

/// Keeps memories and finds them again.
///
/// # To be correct, an implementation
/// - checks its input first ([`Memory::check`], [`RecallQuery::check`], [`MemoryFilter::check`],
///   [`check_events`]); what is refused changes nothing and leaves later calls unharmed;
/// - commits a change together with its events, all or nothing; each event id enters its outbox once;
/// - never gives a memory of another scope than those [`MemoryFilter::scopes`] names, nor one that has expired
///   at `now`;
/// - applies the limit after every other condition;
/// - gives what is in quarantine to `recall` and `list` only where the filter asks for it;
/// - in the transaction of a change refuses, with [`MemoryError::Held`], to remove a memory whose
///   [`subject`](Memory::subject) is under legal hold, and to let another take its place that does not
///   [say the same](Memory::says_the_same); `purge_expired` and the bounds on working memory pass over it;
/// - reports a failure as an error, never as "nothing there"; a damaged memory is passed over by `recall` and
///   `list`, named by `health`, and an error of `get`;
/// - gives the same answer to the same call on the same content, in the same order;
/// - hands the calls about keys on where it wraps another store: their defaults are those of a store that does not encrypt.
///
/// Ids are unique in a tenant. Two tenants can use one id without meeting.
#[async_trait]
pub trait MemoryStore: Send + Sync {
    /// Writes a memory and its events. The same id in the same scope again replaces the whole memory, expired
    /// or not; so a repeated write changes nothing. Of working memory the oldest beyond
    /// [`WorkingLimits`](crate::WorkingLimits) is forgotten in the same transaction.
    ///
    /// `events` holds at least one `memory_written` event about this id; [`written_event`](crate::written_event)
    /// makes it.
    ///
    /// # Errors
    /// If the memory breaks a limit, its event is missing, or the id is taken in another scope of the tenant
    /// (a conflict); or if the store fails.
    async fn put(&self, memory: &Memory, events: &[DomainEvent]) -> Result<(), MemoryError>;

    /// Writes many memories with their events in one transaction: all of them, or none. Otherwise as
    /// [`put`](Self::put), one after the other, and much quicker.
    ///
    /// # Errors
    /// As `put`, for the first that is refused.
    async fn put_all(&self, writes: &[MemoryWrite]) -> Result<(), MemoryError>;

    /// Puts `new` in the place of `old`, with its events, if `old` is still what is stored, expired or not: of several
    /// who change one memory at once, each builds on what the one before left.
    ///
    /// `events` holds at least one `memory_written` event about this id, of `new`.
    ///
    /// # Errors
    /// A conflict, [`MemoryError::Changed`], if what is stored is not `old`, or nothing is. If `new` breaks a limit, has
    /// another id or scope, says something else under legal hold, or its event is missing; or if the store fails.
    async fn update(&self, old: &Memory, new: &Memory, events: &[DomainEvent]) -> Result<(), MemoryError>;

    /// Writes a memory that states a [`Fact`](crate::Fact) to its place among the values that are known of the same
    /// subject and predicate in its scope, by [`arrange`](crate::arrange), with the records of all that changes, by
    /// `actor`. Values may arrive in any order, and again.
    ///
    /// # Errors
    /// If the memory states no fact, breaks a limit or its id is taken in another scope; if a known value is damaged;
    /// or if the store fails.
    async fn record_fact(&self, memory: &Memory, actor: &PrincipalId) -> Result<FactOutcome, MemoryError>;

    /// The memory with that id in exactly that scope, in quarantine or not; `None` where there is none or it has expired.
    ///
    /// # Errors
    /// If the stored memory is damaged, or the store fails.
    async fn get(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        now: DateTime<Utc>,
    ) -> Result<Option<Memory>, MemoryError>;

    /// The memories that match the words best, best first; equal ones newest first. A query without a content
    /// word gives the newest.
    ///
    /// # Errors
    /// If the query breaks a limit, or the store fails.
    async fn recall(&self, query: &RecallQuery, now: DateTime<Utc>) -> Result<Vec<Recalled>, MemoryError>;

    /// The newest memories the filter accepts: by `recorded_at`, then id, both descending.
    ///
    /// # Errors
    /// If the filter breaks a limit, or the store fails.
    async fn list(&self, filter: &MemoryFilter, now: DateTime<Utc>) -> Result<Vec<Memory>, MemoryError>;

    /// Removes a memory, live, expired or damaged, and commits its events. `false` where there was none; the
    /// events are then not committed.
    ///
    /// `events` holds at least one `memory_forgotten` event about this id;
    /// [`forgotten_event`](crate::forgotten_event) makes it.
    ///
    /// # Errors
    /// If the event is missing, or the store fails.
    async fn forget(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        events: &[DomainEvent],
    ) -> Result<bool, MemoryError>;

    /// Removes many memories with their events in one transaction: all of them, or none; says how many there were. What
    /// is not there is passed over, and its events are not committed. Otherwise as [`forget`](Self::forget).
    ///
    /// # Errors
    /// As `forget`, for the first that is refused.
    async fn forget_all(&self, removals: &[MemoryRemoval]) -> Result<u64, MemoryError>;

    /// Removes what has expired at `now`, in every tenant, each with a `memory_forgotten` event by `actor`, and
    /// says how many. The store commits in batches: after a failure a part may be gone, with its records.
    ///
    /// # Errors
    /// If the store fails.
    async fn purge_expired(&self, now: DateTime<Utc>, actor: &PrincipalId) -> Result<u64, MemoryError>;

    /// At most `limit` of a tenant's memories, in every scope, in order of id (by bytes), those after `after`: live and
    /// expired, current and superseded, in quarantine or not, and what is damaged. Each page is one state of the store.
    /// What is written or removed between two pages is seen or not; everything else is seen once.
    ///
    /// Health, export, erasure, archive and encryption anew are made of it.
    ///
    /// # Errors
    /// If the limit is not from 1 to 10,000, or the store fails.
    async fn scan(
        &self,
        tenant: &TenantId,
        after: Option<&MemoryId>,
        limit: usize,
    ) -> Result<MemoryPage, MemoryError>;

    /// The legal holds of a tenant, in order of subject.
    ///
    /// # Errors
    /// If the store fails.
    async fn holds(&self, tenant: &TenantId) -> Result<Vec<LegalHold>, MemoryError>;

    /// Places a legal hold and commits its events: from then on nothing that is remembered about the subject is removed
    /// or loses what it says. A subject has one hold; placing another takes the place of the first.
    ///
    /// `events` holds at least one `memory_held` event about the subject's [`subject_mark`](crate::subject_mark);
    /// [`held_event`](crate::held_event) makes it.
    ///
    /// # Errors
    /// If the hold breaks a limit or its event is missing; or if the store fails.
    async fn hold(&self, hold: &LegalHold, events: &[DomainEvent]) -> Result<(), MemoryError>;

    /// Lifts a legal hold and commits its events. `false` where there was none; the events are then not committed.
    ///
    /// `events` holds at least one `memory_hold_lifted` event about the subject's [`subject_mark`](crate::subject_mark);
    /// [`hold_lifted_event`](crate::hold_lifted_event) makes it.
    ///
    /// # Errors
    /// If the event is missing, or the store fails.
    async fn release(
        &self,
        tenant: &TenantId,
        subject: &str,
        events: &[DomainEvent],
    ) -> Result<bool, MemoryError>;

    /// Sees to it that nothing of what was removed or replaced is left where the store keeps it, free pages, logs and
    /// indexes included. It can take long. `false` if others were at work, so that a part had to stay: call again.
    ///
    /// # Errors
    /// If the store fails.
    async fn compact(&self) -> Result<bool, MemoryError>;

    /// Destroys every key under which an encrypted store keeps memories of a subject, and says how many there were: what is
    /// left of them, in backups and logs too, cannot be read again. `get` of one that is still there is an error,
    /// [`MemoryError::Erased`]; `recall` and `list` pass over it, `health` names it, and `forget` removes it. What is
    /// remembered about the subject later has new keys. 0 where the store does not encrypt.
    ///
    /// To erase a subject, forget its memories first, then destroy its keys, then [`compact`](Self::compact).
    ///
    /// # Errors
    /// If the subject is under legal hold, or the store or the keeper of the keys fails: then call again.
    async fn destroy_keys(&self, tenant: &TenantId, subject: &str) -> Result<u64, MemoryError> {
        let _ = (tenant, subject);
        Ok(0)
    }

    /// Has everything that a tenant writes from now on encrypted under new keys. The keys of [marks](crate::MemoryMarks)
    /// stay.
    ///
    /// # Errors
    /// Unsupported where the store does not encrypt; or if the store fails.
    async fn rotate_keys(&self, tenant: &TenantId) -> Result<(), MemoryError> {
        let _ = tenant;
        Err(NOT_ENCRYPTED)
    }

    /// Writes at most `limit` of a tenant's memories anew, in order of id, those after `after`, under the newest keys; what
    /// is not encrypted yet is then. Nothing else about them changes, and nothing is recorded. [`reencrypt`](crate::reencrypt)
    /// calls it for all.
    ///
    /// # Errors
    /// Unsupported where the store does not encrypt; or if the limit is not from 1 to 10,000, or the store fails.
    async fn reencrypt_page(
        &self,
        tenant: &TenantId,
        after: Option<&MemoryId>,
        limit: usize,
    ) -> Result<Reencrypted, MemoryError> {
        let _ = (tenant, after, limit);
        Err(NOT_ENCRYPTED)
    }

    /// Destroys those of a tenant's keys that newer ones replace and that nothing is encrypted under, and says how many.
    ///
    /// # Errors
    /// Unsupported where the store does not encrypt; or if the store or the keeper of the keys fails.
    async fn drop_old_keys(&self, tenant: &TenantId) -> Result<u64, MemoryError> {
        let _ = tenant;
        Err(NOT_ENCRYPTED)
    }

    /// The vectors of its memories, where it can keep any.
    fn vectors(&self) -> Option<&dyn MemoryVectors> {
        None
    }

    /// What makes vectors of what is written here and asked, where anything does.
    fn embedder(&self) -> Option<&dyn Embedder> {
        None
    }

    /// What a tenant's memory holds, and what is wrong with it, read page by page with [`scan`](Self::scan).
    ///
    /// # Errors
    /// If the store fails.
    async fn health(&self, tenant: &TenantId, now: DateTime<Utc>) -> Result<MemoryHealth, MemoryError> {
        let mut check = HealthCheck::new(now);
        let mut after = None;
        loop {
            let page = self.scan(tenant, after.as_ref(), HEALTH_PAGE).await?;
            check.add(&page.memories, page.corrupt);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(check.finish()),
            }
        }
    }
}

/// Memories looked at together: few enough not to hold a store up, many enough not to ask it all the time.
const HEALTH_PAGE: usize = 1_000;

/// A memory to write, and its events.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryWrite {
    /// The memory.
    pub memory: Memory,
    /// Its events: at least one `memory_written` about its id.
    pub events: Vec<DomainEvent>,
}

impl MemoryWrite {
    /// A write of a memory by `actor`, with its record.
    ///
    /// # Errors
    /// If the memory has no JSON form, which a checked memory always has.
    pub fn new(memory: Memory, actor: &PrincipalId) -> Result<Self, MemoryError> {
        let events = vec![written_event(&memory, actor)?];
        Ok(Self { memory, events })
    }
}

/// Checks an update before anything is looked up. For stores.
///
/// # Errors
/// If `new` has another id or scope than `old`.
pub fn check_same_place(old: &Memory, new: &Memory) -> Result<(), MemoryError> {
    match old.id == new.id && old.scope == new.scope {
        true => Ok(()),
        false => Err(MemoryError::Moved { id: old.id.clone() }),
    }
}

/// Checks how many memories a page may hold. For stores.
///
/// # Errors
/// If it is not from 1 to 10,000.
pub fn check_page(limit: usize) -> Result<(), MemoryError> {
    match (1..=MemoryFilter::MAX_LIMIT).contains(&limit) {
        true => Ok(()),
        false => Err(MemoryError::Limit { given: limit, max: MemoryFilter::MAX_LIMIT }),
    }
}

/// Checks that a change to a memory brings its record, an event of that kind about that id, and gives it. For
/// stores.
///
/// # Errors
/// If there is none.
pub fn check_events<'a>(
    id: &MemoryId,
    kind: EventKind,
    events: &'a [DomainEvent],
) -> Result<&'a DomainEvent, MemoryError> {
    let wanted = match kind {
        EventKind::MemoryForgotten => "memory_forgotten",
        _ => "memory_written",
    };
    events
        .iter()
        .find(|event| event.kind == kind && event.subject == id.as_str())
        .ok_or_else(|| MemoryError::NoEvent { id: id.clone(), wanted })
}
