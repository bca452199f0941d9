use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, EventBuffer, EventKind, MemoryId};
use juno_memory::{
    CorruptMemory, InMemoryMemoryStore, LegalHold, Memory, MemoryError, MemoryScope, MemoryStore,
    WorkingLimits,
};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::commit::Commit;
use crate::keys::{Keys, scope_name};
use crate::value;

/// The working memory of one scope as this process last saw it: the reference store with the same content, so that
/// what a change does and what a question finds is what the reference does and finds.
///
/// It is never believed: a change is committed, and an answer given, only if Redis still has the same versions.
pub(crate) struct Mirror {
    pub(crate) store: InMemoryMemoryStore,
    pub(crate) outbox: Arc<EventBuffer>,
    /// Of the scope.
    pub(crate) version: String,
    /// Of the tenant's legal holds.
    pub(crate) holds: String,
    /// Every stored id, those of damaged memories too.
    pub(crate) ids: BTreeSet<String>,
    pub(crate) damaged: BTreeMap<String, String>,
}

/// The fields of a hash.
pub(crate) type Fields = BTreeMap<Vec<u8>, Vec<u8>>;

impl Mirror {
    /// From the hashes of the scope and of its tenant's holds.
    pub(crate) fn of(
        scope: &MemoryScope,
        memories: &Fields,
        holds: &Fields,
        limits: WorkingLimits,
    ) -> Result<Self, MemoryError> {
        let (mut good, mut damaged, mut ids) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        for (id, read) in read_all(scope, memories) {
            match read {
                Ok(memory) => good.push(memory),
                Err(reason) => drop(damaged.insert(id.clone(), reason)),
            }
            ids.insert(id);
        }
        let held = read_holds(holds)?;
        let outbox = Arc::new(EventBuffer::default());
        let store = InMemoryMemoryStore::new(Arc::clone(&outbox)).with_working_limits(limits);
        let store = store.holding(&good, &held);
        Ok(Self { store, outbox, version: version(memories), holds: version(holds), ids, damaged })
    }

    pub(crate) fn corrupt(&self, id: &MemoryId) -> Option<MemoryError> {
        let reason = self.damaged.get(id.as_str())?.clone();
        Some(MemoryError::Corrupt { id: id.to_string(), reason })
    }

    /// Adds to `commit` what the events say has changed in the mirror, and what it rests on.
    pub(crate) async fn commit(
        &mut self,
        scope: &MemoryScope,
        events: &[&DomainEvent],
        keys: &Keys,
        commit: &mut Commit,
    ) -> Result<(), MemoryError> {
        let (hash, owner) = (keys.scope(scope), scope_name(scope));
        let (owners, ids) = (keys.owners(scope.tenant()), keys.ids(scope.tenant()));
        let expiry = keys.expiry(keys.part(scope.tenant()));
        commit.check(&hash, "v", &self.version);
        commit.check(&keys.holds(scope.tenant()), "v", &self.holds);
        let changed = |kind| matches!(kind, EventKind::MemoryWritten | EventKind::MemoryForgotten);
        let touched: BTreeSet<&str> =
            events.iter().filter(|event| changed(event.kind)).map(|event| event.subject.as_str()).collect();
        if events.is_empty() {
            return Ok(());
        }
        for name in touched {
            let (field, place) = (format!("i{name}"), serde_json::json!([owner, name]).to_string());
            let Ok(id) = MemoryId::new(name) else { continue };
            // No instant is before this one, so what has expired is given too.
            let now = self.store.get(scope, &id, DateTime::<Utc>::MIN_UTC).await?;
            let was = self.ids.contains(name);
            match now {
                Some(memory) => {
                    commit.check(&owners, name, if was { &owner } else { "" });
                    commit.set(&hash, &field, &value::write(&memory)?);
                    if !was {
                        commit.set(&owners, name, &owner);
                        commit.rank(&ids, 0, name);
                    }
                    match memory.expires_at {
                        Some(at) => commit.rank(&expiry, at.timestamp_millis(), &place),
                        None if was => commit.unrank(&expiry, &place),
                        None => {}
                    }
                    self.ids.insert(name.to_owned());
                }
                None if was => {
                    commit.unset(&hash, &field);
                    commit.unset(&owners, name);
                    commit.unrank(&ids, name);
                    commit.unrank(&expiry, &place);
                    self.ids.remove(name);
                }
                None => {}
            }
            self.damaged.remove(name);
        }
        match self.ids.is_empty() {
            true => {
                commit.unset(&hash, "v");
                self.version.clear();
            }
            false => {
                self.version = commit.version_after(&self.version);
                commit.set(&hash, "v", &self.version);
            }
        }
        Ok(())
    }
}

/// The version of a hash; empty where there is none.
pub(crate) fn version(fields: &Fields) -> String {
    fields.get(b"v".as_slice()).map(|v| String::from_utf8_lossy(v).into_owned()).unwrap_or_default()
}

/// The memories of a scope's hash, those that cannot be read with the reason.
pub(crate) fn read_all(scope: &MemoryScope, fields: &Fields) -> Vec<(String, Result<Memory, String>)> {
    let stored = fields.iter().filter_map(|(field, value)| Some((field.strip_prefix(b"i")?, value)));
    let read = stored.map(|(id, value)| {
        let id = String::from_utf8_lossy(id).into_owned();
        let read = value::read(&id, value).and_then(|memory| match memory.scope == *scope {
            true => Ok(memory),
            false => Err("it is filed under another scope than its own".into()),
        });
        (id, read)
    });
    read.collect()
}

/// The legal holds of a tenant's hash.
pub(crate) fn read_holds(fields: &Fields) -> Result<Vec<LegalHold>, MemoryError> {
    let stored = fields.iter().filter(|(field, _)| field.starts_with(b"s"));
    let read = stored.map(|(_, hold)| {
        serde_json::from_slice(hold).map_err(|error| MemoryError::Corrupt {
            id: "*".into(),
            reason: format!("a legal hold cannot be read: {error}"),
        })
    });
    read.collect()
}

/// What is wrong with the memories that cannot be read.
pub(crate) fn corrupt(id: impl Into<String>, reason: String) -> CorruptMemory {
    CorruptMemory { id: id.into(), reason }
}

/// A mirror that only one call at a time works with; `None` where it has to be read.
pub(crate) type Held = OwnedMutexGuard<Option<Mirror>>;

type Shared = Arc<AsyncMutex<Option<Mirror>>>;

/// The mirrors of this process, the least recently used dropped.
pub(crate) struct Mirrors {
    most: usize,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    uses: u64,
    /// Each with its last use.
    by_scope: BTreeMap<MemoryScope, (u64, Shared)>,
}

impl Mirrors {
    pub(crate) fn new(most: usize) -> Self {
        Self { most: most.max(1), known: Mutex::default() }
    }

    pub(crate) async fn hold(&self, scope: &MemoryScope) -> Held {
        let mirror = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.uses += 1;
            let uses = known.uses;
            let entry = known.by_scope.entry(scope.clone()).or_default();
            entry.0 = uses;
            let mirror = Arc::clone(&entry.1);
            if known.by_scope.len() > self.most {
                let oldest = known.by_scope.iter().min_by_key(|(_, (used, _))| *used);
                if let Some(oldest) = oldest.map(|(scope, _)| scope.clone()) {
                    known.by_scope.remove(&oldest);
                }
            }
            mirror
        };
        mirror.lock_owned().await
    }
}
