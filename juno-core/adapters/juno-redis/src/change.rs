use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, MemoryId, PrincipalId};
use juno_memory::{FactOutcome, Memory, MemoryError, MemoryRemoval, MemoryScope, MemoryStore, MemoryWrite};

use crate::mirror::{Held, Mirror};

/// A change of the memories of one tenant.
pub(crate) enum Change<'a> {
    Put(&'a [MemoryWrite]),
    Update { old: &'a Memory, new: &'a Memory, events: &'a [DomainEvent] },
    Fact { memory: &'a Memory, actor: &'a PrincipalId },
    Forget(&'a [MemoryRemoval]),
    Purge { now: DateTime<Utc>, actor: &'a PrincipalId },
}

/// What a change did.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) count: u64,
    pub(crate) fact: Option<FactOutcome>,
    /// What happened, in order, each with the scope it happened in.
    pub(crate) events: Vec<(MemoryScope, DomainEvent)>,
}

impl Done {
    fn note(&mut self, scope: &MemoryScope, mirror: &Mirror) {
        self.events.extend(mirror.outbox.take().into_iter().map(|event| (scope.clone(), event)));
    }
}

/// The mirrors a change works on.
pub(crate) type Mirrored = BTreeMap<MemoryScope, Held>;

fn mirror<'a>(mirrored: &'a Mirrored, scope: &MemoryScope) -> Result<&'a Mirror, MemoryError> {
    mirrored
        .get(scope)
        .and_then(|held| held.as_ref())
        .ok_or_else(|| MemoryError::Internal { reason: "a scope was not read before its change".into() })
}

impl Change<'_> {
    /// Works it out on the mirrors. After an error they may have a part of it.
    pub(crate) async fn apply(&self, mirrored: &Mirrored) -> Result<Done, MemoryError> {
        let mut done = Done::default();
        match self {
            Self::Put(writes) => {
                for write in *writes {
                    let scope = &write.memory.scope;
                    let mirror = mirror(mirrored, scope)?;
                    mirror.store.put_all(std::slice::from_ref(write)).await?;
                    done.note(scope, mirror);
                }
            }
            Self::Update { old, new, events } => {
                let mirror = mirror(mirrored, &old.scope)?;
                mirror.store.update(old, new, events).await?;
                done.note(&old.scope, mirror);
            }
            Self::Fact { memory, actor } => {
                let mirror = mirror(mirrored, &memory.scope)?;
                // One that cannot be read might be a value of the same fact.
                if let Some(id) = mirror.damaged.keys().next().and_then(|id| MemoryId::new(id.as_str()).ok())
                    && let Some(error) = mirror.corrupt(&id)
                {
                    return Err(error);
                }
                done.fact = Some(mirror.store.record_fact(memory, actor).await?);
                done.note(&memory.scope, mirror);
            }
            Self::Forget(removals) => {
                for MemoryRemoval { scope, id, events } in *removals {
                    let mirror = mirror(mirrored, scope)?;
                    if mirror.store.forget(scope, id, events).await? {
                        done.count += 1;
                    } else if mirror.damaged.contains_key(id.as_str()) {
                        mirror.outbox.push_all(events);
                        done.count += 1;
                    }
                    done.note(scope, mirror);
                }
            }
            Self::Purge { now, actor } => {
                for (scope, held) in mirrored {
                    if let Some(mirror) = held.as_ref() {
                        done.count += mirror.store.purge_expired(*now, actor).await?;
                        done.note(scope, mirror);
                    }
                }
            }
        }
        Ok(done)
    }

    /// The ids it writes where the caller chose them.
    pub(crate) fn written(&self) -> Vec<(&MemoryScope, &MemoryId)> {
        match self {
            Self::Put(writes) => writes.iter().map(|write| (&write.memory.scope, &write.memory.id)).collect(),
            Self::Update { new, .. } => vec![(&new.scope, &new.id)],
            Self::Fact { memory, .. } => vec![(&memory.scope, &memory.id)],
            Self::Forget(_) | Self::Purge { .. } => Vec::new(),
        }
    }
}
