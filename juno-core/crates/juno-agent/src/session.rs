use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_crypto::digest_of;
use juno_domain::MemoryId;
use juno_memory::{
    ForgetReason, Memory, MemoryError, MemoryFilter, MemoryKind, MemoryRemoval, MemoryScope, MemoryWrite,
    Turn, forgotten_event,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AgentError, MemoryHandle, Place};

/// Memories changed in one transaction.
const BATCH: usize = 500;

/// One turn of a conversation: only the text must be said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionTurn {
    /// What was said.
    pub text: String,
    /// Who said it.
    pub who: Option<String>,
    /// The name the host knows it by: the same name again is the same turn.
    pub id: Option<String>,
    /// Its place in the conversation, from 0 on; by default behind the last one.
    pub place: Option<u32>,
    /// When it was said; default now.
    pub at: Option<DateTime<Utc>>,
    /// Whose personal data it is.
    pub subject: Option<String>,
    /// More of it, as data.
    #[serde(default)]
    pub data: Value,
}

/// What became of turns that were handed in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appended {
    /// Turns that were stored now.
    pub stored: u64,
    /// Turns that had been stored before.
    pub known: u64,
    /// Of those stored now, how many took the place of another text.
    pub replaced: u64,
}

/// What became of the turns of a session at its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionEnd {
    /// Turns that are remembered as episodes of the agent now.
    pub promoted: u64,
    /// Turns that the session forgot.
    pub forgotten: u64,
    /// Turns that a legal hold keeps in the session.
    pub held: u64,
}

/// A conversation as it goes on: the last turns of it, each stored once, as working memory of one session.
///
/// It keeps the newest `session.cache_size` turns (1,000), each for `session.cache_ttl_seconds` (1,800). All of it is in
/// the store: after a restart, or in another process, a session of the same place goes on.
#[derive(Clone)]
pub struct Session {
    handle: MemoryHandle,
    place: Place,
    scope: MemoryScope,
    name: String,
}

impl MemoryHandle {
    /// The session of a place, new or begun before.
    ///
    /// # Errors
    /// If the place names no session, or a session without an agent.
    pub fn session(&self, place: &Place) -> Result<Session, AgentError> {
        let scope = self.at(place)?;
        let Some(name) = scope.session().map(ToString::to_string) else {
            return Err(MemoryError::WorkingWithoutSession { scope: scope.to_string() }.into());
        };
        Ok(Session { handle: self.clone(), place: place.clone(), scope, name })
    }
}

impl Session {
    /// The scope of the session: what is remembered there beside the turns is its own too.
    #[must_use]
    pub const fn scope(&self) -> &MemoryScope {
        &self.scope
    }

    /// The turns the session still holds, in order of place.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn turns(&self) -> Result<Vec<Memory>, AgentError> {
        let filter = MemoryFilter {
            kinds: [MemoryKind::Working].into(),
            limit: MemoryFilter::MAX_LIMIT,
            with_quarantined: true,
            ..MemoryFilter::new(self.scope.clone())
        };
        let mut turns = self.handle.list(&filter).await?;
        // What a host remembers by hand as working memory is no turn.
        turns.retain(|memory| self.is_turn(memory));
        turns.sort_by(|a, b| (place_of(a), &a.id).cmp(&(place_of(b), &b.id)));
        Ok(turns)
    }

    /// Adds turns behind those that are there, or at the places they name. A turn whose name or place is known is stored
    /// once; another text at a known place takes its place. A turn with neither is always a new one.
    ///
    /// # Errors
    /// If a turn breaks a limit, or a store cannot be reached; then none of these turns is stored.
    pub async fn append(&self, turns: Vec<SessionTurn>) -> Result<Appended, AgentError> {
        let (now, config) = (self.handle.0.parts.clock.now(), &self.handle.0.config);
        let held = self.turns().await?;
        let first = held.first().map_or(0, place_of);
        let mut next = held.last().map_or(0, |last| place_of(last).saturating_add(1));
        let prefix = self.prefix()?;
        let (mut done, mut writes, mut stale) =
            (Appended::default(), Vec::<MemoryWrite>::new(), BTreeSet::new());
        for turn in turns {
            let named = match &turn.id {
                Some(id) => Some(short(&("id", id))?),
                None => None,
            };
            let waiting = writes.iter().map(|write| &write.memory);
            let known = held.iter().chain(waiting).find(|memory| {
                named.as_ref().is_some_and(|named| memory.id.as_str().ends_with(named.as_str()))
            });
            let place = known.map(place_of).or(turn.place).unwrap_or(next);
            if place < first && known.is_none() {
                // It was here, and had to make room.
                done.known += 1;
                continue;
            }
            next = next.max(place.saturating_add(1));
            let key = match named {
                Some(named) => named,
                None => short(&(place, &turn.who, &turn.text))?,
            };
            let id = MemoryId::new(format!("{prefix}{place:010}-{key}"))?;
            let here = || held.iter().filter(|memory| place_of(memory) == place);
            let others: Vec<MemoryId> =
                here().filter(|memory| memory.id != id).map(|memory| memory.id.clone()).collect();
            let same = here().any(|memory| {
                memory.id == id
                    && memory.text == turn.text
                    && memory.who == turn.who
                    && memory.data == turn.data
            });
            let twice = writes.iter().any(|write| write.memory.id == id);
            // Two named turns may share a place; a place that is named has one turn.
            if turn.place.is_some() {
                stale.extend(others.iter().cloned());
            }
            if same || twice {
                done.known += 1;
                continue;
            }
            if here().any(|memory| memory.id == id) || (turn.place.is_some() && !others.is_empty()) {
                done.replaced += 1;
            }
            let source = format!("session {}", self.name);
            let source = source.chars().take(120).collect::<String>();
            let mut memory = Memory::new(id, MemoryKind::Working, self.scope.clone(), turn.text, source, now);
            memory.who = turn.who;
            memory.subject = turn.subject;
            memory.data = turn.data;
            memory.valid_from = turn.at.unwrap_or(now);
            memory.turn = Some(Turn::new(self.thread()?, place));
            memory.expires_at = now.checked_add_signed(config.session.ttl);
            writes.push(MemoryWrite::new(memory, &config.instance)?);
        }
        // Of more than the session holds, the oldest would only push each other out.
        let excess = writes.len().saturating_sub(config.session.max_entries);
        writes.sort_by(|a, b| a.memory.id.cmp(&b.memory.id));
        writes.drain(..excess);
        done.known += excess as u64;
        done.stored = writes.len() as u64;
        let store = self.handle.0.parts.stores.memory.as_ref();
        let stored = store.put_all(&writes).await;
        let settled = match stored {
            Ok(()) => self.forget(stale).await.map(drop),
            Err(error) => Err(error.into()),
        };
        self.handle.0.drain().await?;
        settled.map(|()| done)
    }

    /// Takes over a conversation as a whole, as it stands by now: what is new of it is stored, and nothing twice. What was
    /// said otherwise at a place before is replaced.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub async fn follow(&self, conversation: Vec<SessionTurn>) -> Result<Appended, AgentError> {
        let mut place = 0_u32;
        let placed = conversation.into_iter().map(|turn| {
            let turn = SessionTurn { place: Some(place), ..turn };
            place = place.saturating_add(1);
            turn
        });
        self.append(placed.collect()).await
    }

    /// Ends the session: forgets its turns and, where `promote` says so, remembers them before as episodes of the agent,
    /// in one thread. Killed at any instant and called again, each is remembered once.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn end(&self, promote: bool) -> Result<SessionEnd, AgentError> {
        let core = &self.handle.0;
        let (store, now) = (core.parts.stores.memory.as_ref(), core.parts.clock.now());
        let turns = self.turns().await?;
        let mut end = SessionEnd::default();
        if promote {
            let outer = self.handle.at(&Place { session: None, ..self.place.clone() })?;
            let mut writes = Vec::new();
            for turn in &turns {
                let id = MemoryId::new(format!("said-{}", turn.id))?;
                if store.get(&outer, &id, now).await?.is_some() {
                    continue;
                }
                let mut episode = turn.clone();
                (episode.id, episode.kind) = (id, MemoryKind::Episodic);
                (episode.scope, episode.expires_at) = (outer.clone(), None);
                writes.push(MemoryWrite::new(episode, &core.config.instance)?);
            }
            end.promoted = writes.len() as u64;
            for batch in writes.chunks(BATCH) {
                store.put_all(batch).await?;
            }
        }
        let holds = store.holds(self.scope.tenant()).await?;
        let is_held = |turn: &&Memory| holds.iter().any(|hold| turn.subject.as_ref() == Some(&hold.subject));
        end.held = turns.iter().filter(is_held).count() as u64;
        let free = turns.iter().filter(|turn| !is_held(turn)).map(|turn| turn.id.clone());
        let forgotten = self.forget(free.collect()).await;
        core.drain().await?;
        end.forgotten = forgotten?;
        Ok(end)
    }

    async fn forget(&self, ids: BTreeSet<MemoryId>) -> Result<u64, AgentError> {
        let core = &self.handle.0;
        let now = core.parts.clock.now();
        let removals = ids.into_iter().map(|id| {
            let event = forgotten_event(&self.scope, &id, &core.config.instance, now, ForgetReason::Asked)?;
            Ok(MemoryRemoval { scope: self.scope.clone(), id, events: vec![event] })
        });
        let removals = removals.collect::<Result<Vec<_>, MemoryError>>()?;
        let mut forgotten = 0;
        for batch in removals.chunks(BATCH) {
            forgotten += core.parts.stores.memory.forget_all(batch).await?;
        }
        Ok(forgotten)
    }

    /// How the ids of its turns begin: ids are unique in the tenant, names of sessions are not.
    fn prefix(&self) -> Result<String, AgentError> {
        Ok(format!("turn-{}-", short(&self.scope)?))
    }

    /// The name of its thread: the session's, where it is short enough.
    fn thread(&self) -> Result<String, AgentError> {
        match self.name.len() <= Turn::MAX_THREAD_BYTES {
            true => Ok(self.name.clone()),
            false => short(&self.name),
        }
    }

    fn is_turn(&self, memory: &Memory) -> bool {
        memory.turn.is_some() && self.prefix().is_ok_and(|prefix| memory.id.as_str().starts_with(&prefix))
    }
}

fn place_of(memory: &Memory) -> u32 {
    memory.turn.as_ref().map_or(0, |turn| turn.place)
}

/// A digest short enough for an id.
fn short<T: Serialize>(value: &T) -> Result<String, AgentError> {
    let digest = digest_of(value)?.to_string();
    Ok(digest.get(..24).unwrap_or(&digest).to_owned())
}
