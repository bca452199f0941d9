//! The store of memories in memory does what the contract says, and the suite notices a store that does not.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, EventBuffer, EventKind, MemoryId, PrincipalId, TenantId};
use juno_memory::{
    FactOutcome, InMemoryMemoryStore, LegalHold, Memory, MemoryError, MemoryFilter, MemoryPage,
    MemoryRemoval, MemoryScope, MemoryStore, MemoryWrite, Reach, RecallQuery, Recalled, check_hold_events,
};
use juno_testkit::conformance::memory_store::{MemoryFixture, SUITE_LIMITS};
use juno_testkit::conformance::{memory_recall, memory_store, memory_upkeep};

fn in_memory() -> MemoryFixture {
    let outbox = Arc::new(EventBuffer::default());
    let store = InMemoryMemoryStore::new(Arc::clone(&outbox)).with_working_limits(SUITE_LIMITS);
    MemoryFixture { store: Arc::new(store), outbox, guard: Arc::new(()) }
}

juno_testkit::memory_store_tests!(in_memory());
juno_testkit::memory_vector_tests!(in_memory());

/// A thousand chains of two to six values that arrive in any order, with every answer exact.
#[tokio::test]
async fn of_a_thousand_chains_of_values_the_current_one_is_first_and_no_stale_one_near() {
    juno_testkit::conformance::memory_facts::chains_of_values(in_memory(), 1_000).await;
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    TagsWithinTags,
    LimitsFirst,
    ReadsUpwardsUnasked,
    NeverExpires,
    RecordsRefusals,
    ErrorsAreNothing,
    ShowsQuarantine,
    LastWriterWins,
    HoldsOnPaper,
}

/// A store with one fault.
struct Faulty {
    inner: Arc<dyn MemoryStore>,
    outbox: Arc<EventBuffer>,
    fault: Fault,
}

fn faulty(fault: Fault) -> MemoryFixture {
    let outbox = Arc::new(EventBuffer::default());
    let inner = InMemoryMemoryStore::new(Arc::clone(&outbox)).with_working_limits(SUITE_LIMITS);
    let store = Faulty { inner: Arc::new(inner), outbox: Arc::clone(&outbox), fault };
    MemoryFixture { store: Arc::new(store), outbox, guard: Arc::new(()) }
}

#[async_trait]
impl MemoryStore for Faulty {
    async fn put(&self, memory: &Memory, events: &[DomainEvent]) -> Result<(), MemoryError> {
        if self.fault == Fault::RecordsRefusals {
            self.outbox.push_all(events);
        }
        self.inner.put(memory, events).await
    }

    async fn put_all(&self, writes: &[MemoryWrite]) -> Result<(), MemoryError> {
        self.inner.put_all(writes).await
    }

    async fn record_fact(&self, memory: &Memory, actor: &PrincipalId) -> Result<FactOutcome, MemoryError> {
        self.inner.record_fact(memory, actor).await
    }

    async fn get(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        now: DateTime<Utc>,
    ) -> Result<Option<Memory>, MemoryError> {
        self.inner.get(scope, id, now).await
    }

    async fn recall(&self, query: &RecallQuery, now: DateTime<Utc>) -> Result<Vec<Recalled>, MemoryError> {
        self.inner.recall(query, now).await
    }

    async fn list(&self, filter: &MemoryFilter, now: DateTime<Utc>) -> Result<Vec<Memory>, MemoryError> {
        let everything =
            MemoryFilter { limit: MemoryFilter::MAX_LIMIT, ..MemoryFilter::new(filter.scope.clone()) };
        match self.fault {
            Fault::TagsWithinTags => {
                let mut found = self.inner.list(&everything, now).await?;
                found.retain(|memory| {
                    filter
                        .all_tags
                        .iter()
                        .all(|tag| memory.tags.iter().any(|other| other.contains(tag.as_str())))
                });
                Ok(found)
            }
            Fault::LimitsFirst => {
                let first = MemoryFilter { limit: filter.limit, ..everything };
                let mut found = self.inner.list(&first, now).await?;
                found.retain(|memory| filter.accepts(memory));
                Ok(found)
            }
            Fault::ReadsUpwardsUnasked => {
                self.inner.list(&MemoryFilter { reach: Reach::Upwards, ..filter.clone() }, now).await
            }
            Fault::NeverExpires => self.inner.list(filter, DateTime::<Utc>::MIN_UTC).await,
            Fault::ErrorsAreNothing => Ok(self.inner.list(filter, now).await.unwrap_or_default()),
            Fault::ShowsQuarantine => {
                self.inner.list(&MemoryFilter { with_quarantined: true, ..filter.clone() }, now).await
            }
            Fault::RecordsRefusals | Fault::LastWriterWins | Fault::HoldsOnPaper => {
                self.inner.list(filter, now).await
            }
        }
    }

    async fn forget(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        events: &[DomainEvent],
    ) -> Result<bool, MemoryError> {
        self.inner.forget(scope, id, events).await
    }

    async fn purge_expired(&self, now: DateTime<Utc>, actor: &PrincipalId) -> Result<u64, MemoryError> {
        self.inner.purge_expired(now, actor).await
    }

    async fn update(&self, old: &Memory, new: &Memory, events: &[DomainEvent]) -> Result<(), MemoryError> {
        match self.fault {
            Fault::LastWriterWins
                if self.inner.get(&old.scope, &old.id, old.recorded_at).await?.is_some() =>
            {
                self.inner.put(new, events).await
            }
            _ => self.inner.update(old, new, events).await,
        }
    }

    async fn forget_all(&self, removals: &[MemoryRemoval]) -> Result<u64, MemoryError> {
        self.inner.forget_all(removals).await
    }

    async fn scan(
        &self,
        tenant: &TenantId,
        after: Option<&MemoryId>,
        limit: usize,
    ) -> Result<MemoryPage, MemoryError> {
        self.inner.scan(tenant, after, limit).await
    }

    async fn holds(&self, tenant: &TenantId) -> Result<Vec<LegalHold>, MemoryError> {
        self.inner.holds(tenant).await
    }

    async fn hold(&self, hold: &LegalHold, events: &[DomainEvent]) -> Result<(), MemoryError> {
        match self.fault {
            Fault::HoldsOnPaper => {
                check_hold_events(&hold.tenant, &hold.subject, EventKind::MemoryHeld, events)?;
                self.outbox.push_all(events);
                Ok(())
            }
            _ => self.inner.hold(hold, events).await,
        }
    }

    async fn release(
        &self,
        tenant: &TenantId,
        subject: &str,
        events: &[DomainEvent],
    ) -> Result<bool, MemoryError> {
        self.inner.release(tenant, subject, events).await
    }

    async fn compact(&self) -> Result<bool, MemoryError> {
        self.inner.compact().await
    }
}

#[tokio::test]
#[should_panic(expected = "assertion")]
async fn a_store_that_matches_tags_as_text_fails() {
    memory_store::tag_team_1_does_not_match_team_10(faulty(Fault::TagsWithinTags)).await;
}

#[tokio::test]
#[should_panic(expected = "assertion")]
async fn a_store_that_limits_before_it_filters_fails() {
    memory_store::the_limit_counts_after_scope_tags_and_kinds(faulty(Fault::LimitsFirst)).await;
}

/// control: ASI06, SOC2-CC6.1
#[tokio::test]
#[should_panic(expected = "assertion")]
async fn a_store_that_reads_other_scopes_unasked_fails() {
    memory_store::nothing_crosses_sideways(faulty(Fault::ReadsUpwardsUnasked)).await;
}

#[tokio::test]
#[should_panic(expected = "assertion")]
async fn a_store_that_forgets_the_time_fails() {
    memory_store::expiry_compares_instants_across_zones(faulty(Fault::NeverExpires)).await;
}

#[tokio::test]
#[should_panic(expected = "a refused write leaves no record")]
async fn a_store_that_records_what_it_refused_fails() {
    memory_store::a_rejected_write_poisons_no_later_one(faulty(Fault::RecordsRefusals)).await;
}

#[tokio::test]
#[should_panic(expected = "a limit out of range")]
async fn a_store_that_takes_errors_for_nothing_fails() {
    memory_store::nothing_and_failure_are_told_apart(faulty(Fault::ErrorsAreNothing)).await;
}

#[tokio::test]
#[should_panic(expected = "assertion")]
async fn a_store_that_drifts_from_the_reference_fails() {
    memory_recall::random_steps_agree_with_the_reference(faulty(Fault::NeverExpires)).await;
}

#[tokio::test]
#[should_panic(expected = "assertion")]
async fn a_store_that_shows_what_is_in_quarantine_fails() {
    memory_upkeep::what_is_in_quarantine_or_not_trusted_is_not_read(faulty(Fault::ShowsQuarantine)).await;
}

#[tokio::test]
#[should_panic(expected = "changed meanwhile")]
async fn a_store_where_the_last_writer_wins_fails() {
    memory_upkeep::an_update_builds_on_what_is_stored_or_is_refused(faulty(Fault::LastWriterWins)).await;
}

#[tokio::test]
#[should_panic(expected = "held")]
async fn a_store_that_only_writes_down_holds_fails() {
    memory_upkeep::what_is_under_legal_hold_stays(faulty(Fault::HoldsOnPaper)).await;
}
