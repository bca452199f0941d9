//! Moves between tiers that are broken off anywhere.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{ErrorKind, EventKind, MemoryId, TenantId};
use juno_memory::{
    ForgetReason, InMemoryMemoryStore, Memory, MemoryArchive, MemoryFilter, MemoryScope, MemoryStore,
    TieredMemoryStore, forgotten_event,
};
use juno_object_store::ObjectArchive;
use juno_testkit::faults::{Faults, FaultyMemoryArchive, FaultyMemoryStore, When};

use crate::common::{
    DAY, ada, archive_in, everything, fact, hold_ada, id, in_memory, later, mixed, put, start, team, tenant,
    text,
};
use crate::s3;

async fn moves_and_comes_back(archive: Arc<dyn MemoryArchive>) {
    let (warm, outbox) = in_memory();
    let tiers = TieredMemoryStore::new(warm.clone()).with_archive(archive.clone());
    for memory in mixed() {
        put(&tiers, &memory).await.expect("written");
    }
    hold_ada(&tiers).await;
    let done = tiers.tier(&tenant(), later(), &ada()).await.expect("moved");
    assert_eq!((done.seen, done.archived, done.changed), (30, 14, 0));
    let again = tiers.tier(&tenant(), later(), &ada()).await.expect("again");
    assert_eq!((again.archived, again.resolved), (0, 0));
    assert_eq!(archive.tenants().await, Ok(vec![tenant()]));
    assert_eq!(archive.scan(&tenant(), Some(&team()), None, 100).await.expect("scanned").memories.len(), 14);
    assert_eq!(everything(&tiers).await, mixed(), "nothing is lost and nothing changed");
    // Listed no more, read by id all the same.
    let filter = MemoryFilter { limit: 100, ..MemoryFilter::new(team()) };
    assert_eq!(tiers.list(&filter, later()).await.expect("listed").len(), 16);
    for memory in mixed() {
        assert_eq!(tiers.get(&team(), &memory.id, later()).await, Ok(Some(memory)));
    }
    let mut elsewhere = fact("m00", "taken", 0);
    elsewhere.scope = MemoryScope::tenant_wide(tenant());
    assert_eq!(put(&tiers, &elsewhere).await, Err(ErrorKind::Conflict), "archived ids are taken too");
    // Back, and gone from the archive.
    let back = tiers.restore(&team(), &id("m00"), later(), &ada()).await.expect("restored");
    assert_eq!(back.as_ref(), mixed().first());
    assert_eq!(archive.get(&team(), &id("m00")).await, Ok(None));
    assert_eq!(tiers.list(&filter, later()).await.expect("listed").len(), 17);
    // Written again while it is archived, the new one counts, and no forgotten one comes back.
    put(&tiers, &fact("m06", "new", 199 * DAY)).await.expect("written");
    assert_eq!(text(&tiers, "m06").await.as_deref(), Some("new"));
    assert_eq!(
        tiers.tier(&tenant(), start() + TimeDelta::days(1), &ada()).await.expect("resolved").resolved,
        1
    );
    for name in ["m06", "m08"] {
        let gone =
            forgotten_event(&team(), &id(name), &ada(), later(), ForgetReason::Asked).expect("an event");
        assert_eq!(tiers.forget(&team(), &id(name), std::slice::from_ref(&gone)).await, Ok(true));
        assert_eq!(tiers.forget(&team(), &id(name), &[gone]).await, Ok(false));
        assert_eq!(tiers.get(&team(), &id(name), later()).await, Ok(None));
    }
    // What expires in the archive goes with its record.
    assert_eq!(tiers.purge_expired(later() + TimeDelta::days(2), &ada()).await, Ok(1));
    assert_eq!(archive.get(&team(), &id("m04")).await, Ok(None));
    let records = outbox.waiting(1_000);
    let reason = |name: &str, reason: &str| {
        records
            .iter()
            .filter(|event| event.kind == EventKind::MemoryForgotten && event.subject == name)
            .filter(|event| event.payload.value()["reason"] == serde_json::json!(reason))
            .count()
    };
    assert_eq!((reason("m06", "asked"), reason("m08", "asked"), reason("m04", "expired")), (1, 1, 2));
    let moved =
        records.iter().filter(|event| event.payload.value()["tier"] == serde_json::json!("archived")).count();
    assert_eq!(moved, 14);
    assert!(tiers.compact().await.expect("compacted"));
}

#[tokio::test]
async fn memories_move_by_age_and_come_back_whole_from_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    moves_and_comes_back(archive_in(folder.path())).await;
}

#[tokio::test]
async fn memories_move_by_age_and_come_back_whole_from_s3() {
    let server = s3::S3Server::start();
    moves_and_comes_back(Arc::new(server.archive())).await;
}

#[tokio::test]
async fn use_keeps_a_memory_warm() {
    let folder = tempfile::tempdir().expect("a folder");
    let (warm, _) = in_memory();
    let tiers = TieredMemoryStore::new(warm).with_archive(archive_in(folder.path()));
    let mut used = fact("used", "of use last week", 0);
    used.used = Some(juno_memory::Usage::after(None, start(), later() - TimeDelta::days(7)));
    put(&tiers, &used).await.expect("written");
    put(&tiers, &fact("unused", "never", 0)).await.expect("written");
    assert_eq!(tiers.tier(&tenant(), later(), &ada()).await.expect("moved").archived, 1);
    assert_eq!(tiers.list(&MemoryFilter::new(team()), later()).await, Ok(vec![used]));
}

/// Whatever call of the stores is the last, everything is still there, once, and the next run ends the work.
#[tokio::test]
async fn a_move_that_ends_at_any_call_loses_nothing_and_the_next_run_resolves_it() {
    let calls = {
        let (faults, tiers, _warm, _folder) = faulty().await;
        faults.heal();
        tiers.tier(&tenant(), later(), &ada()).await.expect("moved");
        faults.calls()
    };
    assert!(calls > 20);
    for call in 1..=calls {
        for when in [When::Before, When::After] {
            let (faults, tiers, warm, folder) = faulty().await;
            faults.die_at_call(call, when);
            let died = tiers.tier(&tenant(), later(), &ada()).await;
            assert!(died.is_err(), "{call} {when:?}");
            // The next process, which has read nothing yet.
            let tiers = TieredMemoryStore::new(warm).with_archive(archive_in(folder.path()));
            assert_eq!(everything(&tiers).await, mixed(), "{call} {when:?}");
            for memory in mixed() {
                assert_eq!(
                    tiers.get(&team(), &memory.id, later()).await,
                    Ok(Some(memory)),
                    "{call} {when:?}"
                );
            }
            tiers.tier(&tenant(), later(), &ada()).await.expect("moved");
            let archive = archive_in(folder.path());
            assert_eq!(archive.scan(&tenant(), None, None, 100).await.expect("scanned").memories.len(), 14);
            let filter = MemoryFilter { limit: 100, ..MemoryFilter::new(team()) };
            assert_eq!(tiers.list(&filter, later()).await.expect("listed").len(), 16, "{call} {when:?}");
            assert_eq!(everything(&tiers).await, mixed(), "{call} {when:?}");
        }
    }
}

async fn faulty() -> (Faults, TieredMemoryStore, Arc<InMemoryMemoryStore>, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let (warm, _) = in_memory();
    for memory in mixed() {
        put(&*warm, &memory).await.expect("written");
    }
    hold_ada(&*warm).await;
    let faults = Faults::new();
    let tiers = TieredMemoryStore::new(Arc::new(FaultyMemoryStore::new(warm.clone(), faults.clone())))
        .with_archive(Arc::new(FaultyMemoryArchive::new(archive_in(folder.path()), faults.clone())));
    (faults, tiers, warm, folder)
}

/// Somebody changes a memory between its copy and its end in the warm store: it stays, and the copy goes.
#[tokio::test]
async fn a_memory_that_changes_while_it_moves_stays() {
    struct Meanwhile(Arc<ObjectArchive>, Arc<InMemoryMemoryStore>);
    #[async_trait::async_trait]
    impl MemoryArchive for Meanwhile {
        async fn store(
            &self,
            tenant: &TenantId,
            memories: &[Memory],
        ) -> Result<(), juno_memory::MemoryError> {
            self.0.store(tenant, memories).await?;
            for memory in memories {
                let mut newer = memory.clone();
                newer.text = "changed meanwhile".into();
                put(&*self.1, &newer).await.expect("written");
            }
            Ok(())
        }
        async fn get(
            &self,
            s: &MemoryScope,
            id: &MemoryId,
        ) -> Result<Option<Memory>, juno_memory::MemoryError> {
            self.0.get(s, id).await
        }
        async fn owner(
            &self,
            tenant: &TenantId,
            id: &MemoryId,
        ) -> Result<Option<MemoryScope>, juno_memory::MemoryError> {
            self.0.owner(tenant, id).await
        }
        async fn scan(
            &self,
            tenant: &TenantId,
            scope: Option<&MemoryScope>,
            after: Option<&MemoryId>,
            limit: usize,
        ) -> Result<juno_memory::MemoryPage, juno_memory::MemoryError> {
            self.0.scan(tenant, scope, after, limit).await
        }
        async fn expired(
            &self,
            tenant: &TenantId,
            now: DateTime<Utc>,
            limit: usize,
        ) -> Result<Vec<Memory>, juno_memory::MemoryError> {
            self.0.expired(tenant, now, limit).await
        }
        async fn remove(
            &self,
            tenant: &TenantId,
            ids: &BTreeSet<MemoryId>,
        ) -> Result<u64, juno_memory::MemoryError> {
            self.0.remove(tenant, ids).await
        }
        async fn tenants(&self) -> Result<Vec<TenantId>, juno_memory::MemoryError> {
            self.0.tenants().await
        }
        async fn compact(&self) -> Result<bool, juno_memory::MemoryError> {
            self.0.compact().await
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (warm, _) = in_memory();
    put(&*warm, &fact("m1", "old", 0)).await.expect("written");
    let archive = archive_in(folder.path());
    let tiers = TieredMemoryStore::new(warm.clone()).with_archive(Arc::new(Meanwhile(archive.clone(), warm)));
    let done = tiers.tier(&tenant(), later(), &ada()).await.expect("moved");
    assert_eq!((done.archived, done.changed), (0, 1));
    assert_eq!(text(&tiers, "m1").await.as_deref(), Some("changed meanwhile"));
    assert_eq!(archive.get(&team(), &id("m1")).await, Ok(None));
}

#[tokio::test]
async fn without_the_archive_reads_of_what_is_warm_go_on() {
    let mut server = s3::S3Server::start();
    let (warm, _) = in_memory();
    let tiers = TieredMemoryStore::new(warm).with_archive(Arc::new(server.archive()));
    put(&tiers, &fact("cold", "archived", 0)).await.expect("written");
    put(&tiers, &fact("warm", "kept", 199 * DAY)).await.expect("written");
    assert_eq!(tiers.tier(&tenant(), later(), &ada()).await.expect("moved").archived, 1);
    server.stop();
    assert_eq!(text(&tiers, "warm").await.as_deref(), Some("kept"));
    put(&tiers, &fact("new", "written", 0)).await.expect("written");
    let refused = tiers.get(&team(), &id("cold"), later()).await.expect_err("it cannot be told");
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert!(!refused.to_string().contains("key-secret"));
}
