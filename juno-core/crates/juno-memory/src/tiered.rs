use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use juno_domain::{ErrorKind, MemoryId};

use crate::{
    CacheLook, LegalHold, Memory, MemoryArchive, MemoryCache, MemoryError, MemoryFilter, MemoryKind,
    MemoryScope, MemoryStore, TierPolicy, Touched,
};

/// One store made of several: working memory in a hot one, everything else in a warm one, what is long unused in a cold
/// archive, and a cache for reads by id. Only the warm one has to be there.
///
/// | | hot | warm | archive |
/// | --- | --- | --- | --- |
/// | holds | working memory | every other kind | what [`tier`](Self::tier) moved there |
/// | `get` | yes | yes, through the cache | yes |
/// | `list`, `recall` | yes | yes | no: [`restore`](Self::restore) brings it back |
/// | `scan`, so health, export and erasure | yes | yes | yes |
/// | `forget`, `purge_expired`, `compact` | yes | yes | yes |
///
/// **Where a tier is lost.** Without the cache, reads go to the warm store. Without the hot store, what may concern
/// working memory is refused as unavailable: its changes, `list` and `recall` in the scope of a session unless the filter
/// names other kinds, `get` there of what the warm store does not have. All the rest goes on, and all of it again as soon
/// as the hot store answers. Without the archive, `get` of what the warm store does not have, `scan` and moves are refused.
///
/// **What is apart.** Each tier commits its own transactions, with the records. So a batch of both working memory and
/// other kinds is refused, a memory cannot turn from working memory into another kind, and a removal that spans tiers is
/// whole in each of them and not over all. Scores of working memory and of other kinds come from two collections.
///
/// The stores have outboxes of their own, and all of them have to be drained.
pub struct TieredMemoryStore {
    pub(crate) warm: Arc<dyn MemoryStore>,
    pub(crate) hot: Option<Arc<dyn MemoryStore>>,
    pub(crate) cache: Option<Arc<dyn MemoryCache>>,
    pub(crate) archive: Option<Arc<dyn MemoryArchive>>,
    pub(crate) policy: TierPolicy,
    trouble: Mutex<Option<String>>,
}

impl TieredMemoryStore {
    /// Over a store that has everything.
    #[must_use]
    pub fn new(warm: Arc<dyn MemoryStore>) -> Self {
        let policy = TierPolicy::DEFAULT;
        Self { warm, hot: None, cache: None, archive: None, policy, trouble: Mutex::default() }
    }

    /// Keeps working memory here.
    #[must_use]
    pub fn with_hot(mut self, hot: Arc<dyn MemoryStore>) -> Self {
        self.hot = Some(hot);
        self
    }

    /// Reads by id through this cache. Every process that writes to the warm store has to do so with the same cache.
    #[must_use]
    pub fn with_cache(mut self, cache: Arc<dyn MemoryCache>) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Moves what is long unused here.
    #[must_use]
    pub fn with_archive(mut self, archive: Arc<dyn MemoryArchive>) -> Self {
        self.archive = Some(archive);
        self
    }

    /// Moves by this policy instead of the default one.
    #[must_use]
    pub const fn with_policy(mut self, policy: TierPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// What the cache said when it failed last, if it has not worked since: reads go to the warm store meanwhile.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes how the cache did, and gives what it gave.
    fn cached<T>(&self, outcome: Result<T, MemoryError>) -> Option<T> {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(value) => {
                *trouble = None;
                Some(value)
            }
            Err(error) => {
                *trouble = Some(error.to_string());
                None
            }
        }
    }

    /// Changes the warm store, the cache told before and after.
    pub(crate) async fn changing<T>(
        &self,
        touched: Touched<'_>,
        change: impl Future<Output = Result<T, MemoryError>> + Send,
    ) -> Result<T, MemoryError> {
        let Some(cache) = &self.cache else { return change.await };
        let begun = self.cached(cache.begin(&touched).await).is_some();
        let changed = change.await;
        // Nobody knows what became of it, so it is left unsettled: the cache waits until it is over for sure.
        let unclear = changed.as_ref().is_err_and(|error| error.kind() == ErrorKind::Unavailable);
        if !(begun && unclear) {
            let _ = self.cached(cache.settle(&touched, begun).await);
        }
        changed
    }

    /// Reads the warm store, the cache asked before and told after.
    pub(crate) async fn warm_get(
        &self,
        scope: &MemoryScope,
        id: &MemoryId,
        now: DateTime<Utc>,
    ) -> Result<Option<Memory>, MemoryError> {
        let Some(cache) = &self.cache else { return self.warm.get(scope, id, now).await };
        let ticket = match self.cached(cache.look(scope, id).await) {
            Some(CacheLook::Kept(memory)) => return Ok(Some(*memory).filter(|memory| memory.is_live(now))),
            Some(CacheLook::Absent(ticket)) => Some(ticket),
            None => None,
        };
        let read = self.warm.get(scope, id, now).await?;
        if let (Some(ticket), Some(memory)) = (ticket, &read) {
            let _ = self.cached(cache.keep(&ticket, memory).await);
        }
        Ok(read)
    }

    /// The store for a kind of memory, where that is the hot one.
    pub(crate) fn hot_for(&self, kind: MemoryKind) -> Option<&Arc<dyn MemoryStore>> {
        self.hot.as_ref().filter(|_| kind == MemoryKind::Working)
    }

    /// The hot store, where that scope can have working memory.
    pub(crate) fn hot_in(&self, scope: &MemoryScope) -> Option<&Arc<dyn MemoryStore>> {
        self.hot.as_ref().filter(|_| scope.session().is_some())
    }

    /// The hot store, where a read by that filter can find working memory, and the filter for it.
    pub(crate) fn hot_read(&self, filter: &MemoryFilter) -> Option<(&Arc<dyn MemoryStore>, MemoryFilter)> {
        let wanted = filter.kinds.is_empty() || filter.kinds.contains(&MemoryKind::Working);
        // Working memory is in sessions, so further up there is none.
        let exact = MemoryFilter { reach: crate::Reach::Exact, ..filter.clone() };
        self.hot_in(&filter.scope).filter(|_| wanted).map(|hot| (hot, exact))
    }

    /// Refuses an id that another tier has. A hot store that does not answer cannot be asked, and is not waited for.
    pub(crate) async fn check_elsewhere(&self, memory: &Memory) -> Result<(), MemoryError> {
        let (scope, id, past) = (&memory.scope, &memory.id, DateTime::<Utc>::MIN_UTC);
        if let Some(archive) = &self.archive
            && archive.owner(scope.tenant(), id).await?.is_some_and(|owner| owner != *scope)
        {
            return Err(MemoryError::Conflict { id: id.clone() });
        }
        let other = match (self.hot_for(memory.kind), self.hot_in(scope)) {
            (Some(_), _) => self.warm.get(scope, id, past).await?,
            (None, Some(hot)) => hot.get(scope, id, past).await.unwrap_or_default(),
            (None, None) => None,
        };
        match other {
            Some(_) => Err(MemoryError::Turned { id: id.clone() }),
            None => Ok(()),
        }
    }

    /// The subjects under legal hold.
    pub(crate) async fn held(&self, scope: &MemoryScope) -> Result<BTreeSet<String>, MemoryError> {
        let holds: Vec<LegalHold> = self.warm.holds(scope.tenant()).await?;
        Ok(holds.into_iter().map(|hold| hold.subject).collect())
    }
}
