//! What the tests of tiers share.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{ErrorKind, EventBuffer, MemoryId, PrincipalId, SessionId, TeamId, TenantId};
use juno_memory::{
    InMemoryMemoryStore, LegalHold, Memory, MemoryKind, MemoryScope, MemoryStore, held_event, written_event,
};
use juno_object_store::ObjectArchive;

pub(crate) fn start() -> DateTime<Utc> {
    "2026-03-02T09:15:00.123456789Z".parse().expect("a time")
}

pub(crate) fn ada() -> PrincipalId {
    PrincipalId::new("ada").expect("a principal")
}

pub(crate) fn tenant() -> TenantId {
    TenantId::new("acme").expect("a tenant")
}

pub(crate) fn team() -> MemoryScope {
    MemoryScope::tenant_wide(tenant()).with_team(TeamId::new("pay").expect("a team"))
}

pub(crate) fn session() -> MemoryScope {
    let agent = team().with_agent(PrincipalId::new("juno").expect("an agent"));
    agent.with_session(SessionId::new("chat").expect("a session")).expect("a session of an agent")
}

pub(crate) fn id(name: &str) -> MemoryId {
    MemoryId::new(name).expect("an id")
}

pub(crate) fn fact(name: &str, text: &str, minute: i64) -> Memory {
    Memory::new(id(name), MemoryKind::Semantic, team(), text, "test", start() + TimeDelta::minutes(minute))
}

pub(crate) fn note(name: &str, minute: i64) -> Memory {
    let at = start() + TimeDelta::minutes(minute);
    Memory::new(id(name), MemoryKind::Working, session(), format!("note {name}"), "test", at)
}

pub(crate) async fn put(store: &dyn MemoryStore, memory: &Memory) -> Result<(), ErrorKind> {
    let event = written_event(memory, &ada()).expect("an event");
    store.put(memory, &[event]).await.map_err(|error| error.kind())
}

pub(crate) async fn text(store: &dyn MemoryStore, name: &str) -> Option<String> {
    store.get(&team(), &id(name), start()).await.expect("get").map(|memory| memory.text)
}

pub(crate) fn in_memory() -> (Arc<InMemoryMemoryStore>, Arc<EventBuffer>) {
    let outbox = Arc::new(EventBuffer::default());
    (Arc::new(InMemoryMemoryStore::new(Arc::clone(&outbox))), outbox)
}

pub(crate) fn archive_in(folder: &Path) -> Arc<ObjectArchive> {
    Arc::new(ObjectArchive::open(&format!("file://{}", folder.display())).expect("an archive"))
}

pub(crate) const DAY: i64 = 24 * 60;

pub(crate) fn later() -> DateTime<Utc> {
    start() + TimeDelta::days(200)
}

/// Old and new facts, one of a held subject, one that expires in the archive.
pub(crate) fn mixed() -> Vec<Memory> {
    let mut memories: Vec<Memory> =
        (0..30).map(|nth| fact(&format!("m{nth:02}"), &format!("text {nth}"), nth % 2 * 199 * DAY)).collect();
    memories[2].subject = Some("ada".into());
    memories[4].expires_at = Some(later() + TimeDelta::days(1));
    memories
}

pub(crate) async fn hold_ada(store: &dyn MemoryStore) {
    let hold = LegalHold {
        tenant: tenant(),
        subject: "ada".into(),
        reason: "case 7".into(),
        by: ada(),
        at: start(),
    };
    store.hold(&hold, &[held_event(&hold).expect("an event")]).await.expect("held");
}

/// Everything by id, from every tier.
pub(crate) async fn everything(store: &dyn MemoryStore) -> Vec<Memory> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store.scan(&tenant(), after.as_ref(), 7).await.expect("scanned");
        assert!(page.corrupt.is_empty());
        all.extend(page.memories);
        match page.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut open) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                std::fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path()),
            );
        } else {
            files.push(path);
        }
    }
    files
}
