use async_trait::async_trait;
use juno_domain::MemoryId;

use crate::{Memory, MemoryError, MemoryScope};

/// Keeps single memories of a store closer by, for reads by id.
///
/// # To be correct, an implementation
/// - gives what it keeps only if nobody has changed it since it was read: [`begin`](Self::begin) drops what a change
///   touches, keeps everybody from filling the gap until the change settles, and what was read before or meanwhile is
///   not kept afterwards ([`CacheTicket`]);
/// - after a `begin` or `settle` that failed gives nothing that is older, once it can be used again.
///
/// Every failure is harmless to the caller: the store has everything.
#[async_trait]
pub trait MemoryCache: Send + Sync {
    /// What is kept of a memory.
    ///
    /// # Errors
    /// If the cache fails: read the store.
    async fn look(&self, scope: &MemoryScope, id: &MemoryId) -> Result<CacheLook, MemoryError>;

    /// Keeps what the store gave after `ticket` was given, if nothing has touched it since.
    ///
    /// # Errors
    /// If the cache fails: nothing is kept.
    async fn keep(&self, ticket: &CacheTicket, memory: &Memory) -> Result<(), MemoryError>;

    /// Before a change of the store: drops what it touches, and lets nothing of it in until it settles.
    ///
    /// # Errors
    /// If the cache fails; the change may go on.
    async fn begin(&self, touched: &Touched<'_>) -> Result<(), MemoryError>;

    /// After a change of the store, with the same `touched`; `begun` says whether `begin` went well. A change that never
    /// settles, because nobody knows what became of it or its process ended, is waited for for a while.
    ///
    /// # Errors
    /// If the cache fails.
    async fn settle(&self, touched: &Touched<'_>, begun: bool) -> Result<(), MemoryError>;

    /// Removes everything it keeps.
    ///
    /// # Errors
    /// If the cache fails.
    async fn clear(&self) -> Result<(), MemoryError>;
}

/// What a change touches.
#[derive(Debug, Clone)]
pub enum Touched<'a> {
    /// These memories.
    Memories(&'a [(MemoryScope, MemoryId)]),
    /// Any memories of a scope.
    Scope(&'a MemoryScope),
    /// Any memories.
    Everything,
}

/// What a cache has of a memory.
#[derive(Debug, Clone, PartialEq)]
pub enum CacheLook {
    /// The memory as it is stored, expired or not.
    Kept(Box<Memory>),
    /// Nothing. What the store gives now may be kept with this ticket.
    Absent(CacheTicket),
}

/// The state of a cache at which somebody looked and found nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheTicket(String);

impl CacheTicket {
    /// A ticket, by whatever the cache knows the state by.
    #[must_use]
    pub fn new(state: impl Into<String>) -> Self {
        Self(state.into())
    }

    /// What the cache knows the state by.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
