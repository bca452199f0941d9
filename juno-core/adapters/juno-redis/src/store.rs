use std::fmt;
use std::sync::Arc;

use redis::Cmd;

use crate::cache::RedisMemoryCache;
use crate::config::RedisConfig;
use crate::error::RedisStoreError;
use crate::keys::Keys;
use crate::link::{Ask, Link};
use crate::memory_store::RedisMemoryStore;
use crate::outbox::RedisOutbox;
use crate::session::Session;

/// One Redis, or one cluster, under one prefix of keys.
///
/// Several threads, processes and machines may work on it at once. A clone shares the connection. After a fork the
/// child has to open the store itself: one it inherited refuses as unavailable.
#[derive(Clone)]
pub struct RedisStore {
    session: Arc<Session>,
}

impl RedisStore {
    /// Takes the address of a server, `redis://user:password@host:port/0` or `rediss://…` for TLS, or those of nodes
    /// of a cluster with commas between them. It does not connect: a Redis that is down is no error here, but of the
    /// calls that need it, until it is up.
    ///
    /// # Errors
    /// If the address cannot be read, or the prefix or the time to live is none.
    pub fn open(url: &str, config: RedisConfig) -> Result<Self, RedisStoreError> {
        // Checked before anything is opened.
        Keys::new(&config.prefix, false)?;
        if config.cache_ttl.as_secs() == 0 {
            return Err(RedisStoreError::Ttl);
        }
        let link = Link::new(url, &config)?;
        let keys = Keys::new(&config.prefix, link.is_cluster())?;
        Ok(Self { session: Arc::new(Session::new(link, keys, config)) })
    }

    /// Working memory.
    #[must_use]
    pub fn memory(&self) -> RedisMemoryStore {
        RedisMemoryStore::new(Arc::clone(&self.session))
    }

    /// The events of working memory that wait for the audit log.
    #[must_use]
    pub fn outbox(&self) -> RedisOutbox {
        RedisOutbox::new(Arc::clone(&self.session))
    }

    /// A cache of single memories of another store. Take one for each process and other store: it remembers what it
    /// could not tell Redis.
    #[must_use]
    pub fn cache(&self) -> RedisMemoryCache {
        RedisMemoryCache::new(Arc::clone(&self.session))
    }

    /// Whether Redis answers.
    ///
    /// # Errors
    /// If it does not.
    pub async fn ping(&self) -> Result<(), RedisStoreError> {
        let mut ping = Cmd::new();
        ping.arg("PING");
        self.session.link.ask::<String>(Ask::Command(&ping)).await.map(drop)
    }
}

/// Neither address nor password.
impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Session { link, config, .. } = &*self.session;
        f.debug_struct("RedisStore").field("link", link).field("config", config).finish()
    }
}
