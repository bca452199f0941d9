use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use juno_domain::MemoryId;
use juno_memory::{CacheLook, CacheTicket, Memory, MemoryCache, MemoryError, MemoryScope, Touched};
use redis::Script;

use crate::error::RedisStoreError;
use crate::link::Ask;
use crate::session::Session;
use crate::value;

static LOOK: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("cache_look.lua")));
static KEEP: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("cache_keep.lua")));
static GUARD: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("cache_guard.lua")));
static CLEAR: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("cache_clear.lua")));

/// How long, in seconds, a change that never settles keeps its scope out of the cache. Longer than any store works on
/// one change.
const PATIENCE: &str = "60";
/// How old, in seconds, a ticket may be.
const TICKET_AGE: &str = "30";

/// Single memories of another store, read by id, shared by every process that uses the same Redis.
///
/// A change drops what it touches before it begins, keeps everybody from filling the gap while it lasts, and makes
/// what was read meanwhile worthless when it settles. So a value that was kept is the value that is stored.
///
/// What a restart of Redis brings back is not given again. A process that could not reach Redis while it changed
/// something drops the whole cache before it uses it again; others that reached Redis all that time may read the old
/// value until then, for the time to live at most.
pub struct RedisMemoryCache {
    session: Arc<Session>,
    /// Something was changed that the cache was not told of.
    behind: AtomicBool,
}

impl RedisMemoryCache {
    pub(crate) const fn new(session: Arc<Session>) -> Self {
        Self { session, behind: AtomicBool::new(false) }
    }

    /// Drops everything if something was missed.
    async fn catch_up(&self) -> Result<(), RedisStoreError> {
        if !self.behind.load(Ordering::Acquire) {
            return Ok(());
        }
        // Cleared first: what is missed meanwhile sets it again.
        self.behind.store(false, Ordering::Release);
        self.drop_all().await.inspect_err(|_| self.behind.store(true, Ordering::Release))
    }

    async fn drop_all(&self) -> Result<(), RedisStoreError> {
        for part in self.session.keys.parts() {
            let keys = [self.session.keys.part_guard(part), self.session.keys.cache_index(part)];
            let _: i64 =
                self.session.link.ask(Ask::Script { script: &CLEAR, keys: &keys, args: &[] }).await?;
        }
        Ok(())
    }

    async fn guard(&self, step: &str, touched: &Touched<'_>) -> Result<(), RedisStoreError> {
        let keys = &self.session.keys;
        // By part: its guards, and what is to be dropped.
        let mut parts: BTreeMap<u8, (Vec<String>, Vec<String>)> = BTreeMap::new();
        match touched {
            Touched::Memories(memories) => {
                for (scope, id) in *memories {
                    let (guards, dropped) = parts.entry(keys.part(scope.tenant())).or_default();
                    let guard = keys.guard(scope);
                    if !guards.contains(&guard) {
                        guards.push(guard);
                    }
                    dropped.push(keys.cached(scope, id.as_str()));
                }
            }
            Touched::Scope(scope) => {
                parts.insert(keys.part(scope.tenant()), (vec![keys.guard(scope)], Vec::new()));
            }
            Touched::Everything => {
                parts.extend(keys.parts().map(|part| (part, (vec![keys.part_guard(part)], Vec::new()))));
            }
        }
        let wide = if matches!(touched, Touched::Memories(_)) { "0" } else { "1" };
        for (guards, dropped) in parts.into_values() {
            let args = [&guards.len().to_string(), step, wide, PATIENCE].map(|arg| arg.as_bytes().to_vec());
            let keys: Vec<String> = guards.into_iter().chain(dropped).collect();
            let _: i64 =
                self.session.link.ask(Ask::Script { script: &GUARD, keys: &keys, args: &args }).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl MemoryCache for RedisMemoryCache {
    async fn look(&self, scope: &MemoryScope, id: &MemoryId) -> Result<CacheLook, MemoryError> {
        self.catch_up().await?;
        let Session { keys, link, .. } = &*self.session;
        let part = keys.part(scope.tenant());
        let keys = [keys.cached(scope, id.as_str()), keys.guard(scope), keys.part_guard(part)];
        let found: (i64, Vec<u8>) = link.ask(Ask::Script { script: &LOOK, keys: &keys, args: &[] }).await?;
        let ticket = match found {
            (1, stored) => match value::read(id.as_str(), &stored) {
                Ok(memory) if memory.scope == *scope => return Ok(CacheLook::Kept(Box::new(memory))),
                // A value that cannot be read is as good as none: the store has the memory.
                _ => String::new(),
            },
            (_, ticket) => String::from_utf8_lossy(&ticket).into_owned(),
        };
        Ok(CacheLook::Absent(CacheTicket::new(ticket)))
    }

    async fn keep(&self, ticket: &CacheTicket, memory: &Memory) -> Result<(), MemoryError> {
        if ticket.as_str().is_empty() {
            return Ok(());
        }
        self.catch_up().await?;
        let Session { keys, link, config, .. } = &*self.session;
        let (scope, part) = (&memory.scope, keys.part(memory.scope.tenant()));
        let keys = [
            keys.cached(scope, memory.id.as_str()),
            keys.guard(scope),
            keys.part_guard(part),
            keys.cache_index(part),
        ];
        let ttl = config.cache_ttl.as_secs().to_string();
        let args =
            [ticket.as_str(), &value::write(memory)?, &ttl, TICKET_AGE].map(|arg| arg.as_bytes().to_vec());
        let _: i64 = link.ask(Ask::Script { script: &KEEP, keys: &keys, args: &args }).await?;
        Ok(())
    }

    async fn begin(&self, touched: &Touched<'_>) -> Result<(), MemoryError> {
        let begun = match self.catch_up().await {
            Ok(()) => self.guard("begin", touched).await,
            Err(error) => Err(error),
        };
        begun.inspect_err(|_| self.behind.store(true, Ordering::Release))?;
        Ok(())
    }

    async fn settle(&self, touched: &Touched<'_>, begun: bool) -> Result<(), MemoryError> {
        let settled = self.guard(if begun { "settle" } else { "missed" }, touched).await;
        settled.inspect_err(|_| self.behind.store(true, Ordering::Release))?;
        Ok(())
    }

    async fn clear(&self) -> Result<(), MemoryError> {
        Ok(self.drop_all().await?)
    }
}
