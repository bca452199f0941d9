use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use juno_domain::EventBuffer;
use juno_memory::{
    InMemoryMemoryStore, Memory, MemoryError, MemoryFilter, MemoryScope, MemoryStore, RecallQuery, Recalled,
};
use redis::{Cmd, Pipeline};

use crate::change::{Change, Done, Mirrored};
use crate::commit::Commit;
use crate::config::RedisConfig;
use crate::error::RedisStoreError;
use crate::keys::{Keys, scope_name};
use crate::link::{Ask, Link};
use crate::mirror::{Fields, Held, Mirror, Mirrors, read_all};

/// What the stores of one Redis share.
pub(crate) struct Session {
    pub(crate) link: Link,
    pub(crate) keys: Keys,
    pub(crate) config: RedisConfig,
    mirrors: Mirrors,
}

impl Session {
    /// How often a change is worked out anew because others were quicker.
    pub(crate) const TRIES: usize = 100;

    pub(crate) fn new(link: Link, keys: Keys, config: RedisConfig) -> Self {
        let mirrors = Mirrors::new(config.mirrors);
        Self { link, keys, config, mirrors }
    }

    pub(crate) async fn fields(&self, hash: &str) -> Result<Fields, RedisStoreError> {
        let mut read = Cmd::new();
        read.arg("HGETALL").arg(hash);
        self.link.ask(Ask::Command(&read)).await
    }

    /// Works a change out and commits it, again as often as others change the same scopes meanwhile.
    pub(crate) async fn change<'a>(
        &self,
        scopes: impl IntoIterator<Item = &'a MemoryScope> + Send,
        change: &Change<'_>,
    ) -> Result<Done, MemoryError> {
        let scopes: BTreeSet<&MemoryScope> = scopes.into_iter().collect();
        let Some(tenant) = scopes.first().map(|scope| scope.tenant()) else { return Ok(Done::default()) };
        let part = self.keys.part(tenant);
        if let Some(other) = scopes.iter().find(|scope| self.keys.part(scope.tenant()) != part) {
            return Err(MemoryError::Tenants { one: tenant.clone(), other: other.tenant().clone() });
        }
        // Always in the same order, so that two calls never wait for each other.
        let mut mirrored = Mirrored::new();
        for scope in scopes {
            mirrored.insert(scope.clone(), self.mirrors.hold(scope).await);
        }
        for _ in 0..Self::TRIES {
            for (scope, held) in &mut mirrored {
                if held.is_none() {
                    **held = Some(self.read(scope).await?);
                }
            }
            let done = change.apply(&mirrored).await;
            // From here on the mirrors are ahead of Redis, or have half a change.
            let mut taken: Vec<(MemoryScope, Mirror)> = Vec::new();
            for (scope, held) in &mut mirrored {
                taken.extend(held.take().map(|mirror| (scope.clone(), mirror)));
            }
            let mut commit = Commit::new(&self.keys, part);
            let done = match done {
                Ok(done) => done,
                Err(refused) if self.is_current(&taken).await? => return Err(refused),
                Err(_) => continue,
            };
            commit.events(done.events.iter().map(|(_, event)| event))?;
            for (scope, mirror) in &mut taken {
                let of = done.events.iter().filter(|(held, _)| held == scope).map(|(_, event)| event);
                mirror.commit(scope, &of.collect::<Vec<_>>(), &self.keys, &mut commit).await?;
            }
            if commit.run(&self.link).await? {
                for (scope, mirror) in taken {
                    if let Some(held) = mirrored.get_mut(&scope) {
                        **held = Some(mirror);
                    }
                }
                return Ok(done);
            }
            self.check_owners(change).await?;
        }
        Err(RedisStoreError::Contended.into())
    }

    /// Whether Redis still has what the mirrors were made of. An error leaves their content and their versions alone.
    async fn is_current(&self, mirrors: &[(MemoryScope, Mirror)]) -> Result<bool, RedisStoreError> {
        let mut ask = Pipeline::new();
        ask.atomic();
        for (scope, _) in mirrors {
            ask.cmd("HGET").arg(self.keys.scope(scope)).arg("v");
            ask.cmd("HGET").arg(self.keys.holds(scope.tenant())).arg("v");
        }
        let versions: Vec<Option<String>> = self.link.ask(Ask::Together(&ask)).await?;
        let known = mirrors.iter().flat_map(|(_, mirror)| [&mirror.version, &mirror.holds]);
        Ok(versions.iter().map(|version| version.as_deref().unwrap_or_default()).eq(known))
    }

    /// An id that another scope of the tenant has cannot be written.
    async fn check_owners(&self, change: &Change<'_>) -> Result<(), MemoryError> {
        for (scope, id) in change.written() {
            let mut read = Cmd::new();
            read.arg("HGET").arg(self.keys.owners(scope.tenant())).arg(id.as_str());
            let owner: Option<String> = self.link.ask(Ask::Command(&read)).await?;
            if owner.is_some_and(|owner| owner != scope_name(scope)) {
                return Err(MemoryError::Conflict { id: id.clone() });
            }
        }
        Ok(())
    }

    async fn read(&self, scope: &MemoryScope) -> Result<Mirror, MemoryError> {
        let mut read = Pipeline::new();
        read.atomic().cmd("HGETALL").arg(self.keys.scope(scope));
        read.cmd("HGETALL").arg(self.keys.holds(scope.tenant()));
        let (memories, holds): (Fields, Fields) = self.link.ask(Ask::Together(&read)).await?;
        Mirror::of(scope, &memories, &holds, self.config.working)
    }

    /// The mirror of a scope, as Redis has it at this moment.
    async fn current(&self, scope: &MemoryScope) -> Result<Held, MemoryError> {
        let mut held = self.mirrors.hold(scope).await;
        if let Some(mirror) = held.as_ref() {
            let mut read = Cmd::new();
            read.arg("HGET").arg(self.keys.scope(scope)).arg("v");
            let version: Option<String> = self.link.ask(Ask::Command(&read)).await?;
            if version.unwrap_or_default() == mirror.version {
                return Ok(held);
            }
        }
        *held = None;
        *held = Some(self.read(scope).await?);
        Ok(held)
    }

    /// A store with all that several scopes hold, read at one moment.
    async fn gathered(&self, scopes: &[MemoryScope]) -> Result<InMemoryMemoryStore, MemoryError> {
        let mut read = Pipeline::new();
        read.atomic();
        for scope in scopes {
            read.cmd("HGETALL").arg(self.keys.scope(scope));
        }
        let hashes: Vec<Fields> = self.link.ask(Ask::Together(&read)).await?;
        let each = scopes.iter().zip(&hashes).flat_map(|(scope, fields)| read_all(scope, fields));
        let good: Vec<Memory> = each.filter_map(|(_, read)| read.ok()).collect();
        Ok(InMemoryMemoryStore::new(Arc::new(EventBuffer::default())).holding(&good, &[]))
    }

    pub(crate) async fn recall(
        &self,
        query: &RecallQuery,
        now: DateTime<Utc>,
    ) -> Result<Vec<Recalled>, MemoryError> {
        match query.filter.scopes().as_slice() {
            [one] => match self.current(one).await?.as_ref() {
                Some(mirror) => mirror.store.recall(query, now).await,
                None => Ok(Vec::new()),
            },
            several => self.gathered(several).await?.recall(query, now).await,
        }
    }

    pub(crate) async fn list(
        &self,
        filter: &MemoryFilter,
        now: DateTime<Utc>,
    ) -> Result<Vec<Memory>, MemoryError> {
        match filter.scopes().as_slice() {
            [one] => match self.current(one).await?.as_ref() {
                Some(mirror) => mirror.store.list(filter, now).await,
                None => Ok(Vec::new()),
            },
            several => self.gathered(several).await?.list(filter, now).await,
        }
    }

    /// Has the servers write the files they keep anew, without what was removed. `false` if that takes longer than a
    /// minute.
    pub(crate) async fn rewrite_files(&self) -> Result<bool, RedisStoreError> {
        let say = |words: &'static [&'static str]| async move {
            let mut command = Cmd::new();
            command.arg(words);
            self.link.ask_everywhere(&command).await
        };
        let (save, log) = (["CONFIG", "GET", "save"].as_slice(), ["INFO", "persistence"].as_slice());
        let mut files: Vec<&'static [&'static str]> = Vec::new();
        // A server that does not tell may keep snapshots.
        if say(save).await.map_or(true, |said| said.contains(|c: char| c.is_ascii_digit())) {
            files.push(&["BGSAVE"]);
        }
        if say(log).await?.contains("aof_enabled:1") {
            files.push(&["BGREWRITEAOF"]);
        }
        let busy = ["rdb_bgsave_in_progress:1", "aof_rewrite_in_progress:1", "aof_rewrite_scheduled:1"];
        for file in files {
            // What is being written already was begun before; a new one has to be.
            let (mut begun, mut written) = (false, false);
            for _ in 0..600 {
                let state = say(log).await?;
                if busy.iter().any(|flag| state.contains(flag)) {
                    self.link.pause(Duration::from_millis(100)).await;
                } else if begun {
                    written = true;
                    break;
                } else {
                    begun = match say(file).await {
                        Ok(_) => true,
                        Err(RedisStoreError::Internal(said)) if said.contains("progress") => false,
                        Err(error) => return Err(error),
                    };
                }
            }
            if !written {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
