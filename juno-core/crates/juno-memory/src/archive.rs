use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{MemoryId, TenantId};

use crate::{Memory, MemoryError, MemoryFilter, MemoryPage, MemoryScope};

/// Keeps memories that are hardly ever read, cheaply and for long: by tenant, each id once.
///
/// It has no search and no records of its own; [`TieredMemoryStore`](crate::TieredMemoryStore) moves memories here and
/// back with theirs.
///
/// # To be correct, an implementation
/// - loses and changes nothing: what is read is what was stored, or an error;
/// - makes each change whole or not at all, also if it is killed at any instant, and when several do at once; a call
///   that returned is durable;
/// - can be called again with the same change without harm.
#[async_trait]
pub trait MemoryArchive: Send + Sync {
    /// Adds memories of one tenant, each in the place of the one with its id.
    ///
    /// # Errors
    /// If one breaks a limit or is of another tenant; or if the archive fails.
    async fn store(&self, tenant: &TenantId, memories: &[Memory]) -> Result<(), MemoryError>;

    /// The memory with that id in exactly that scope, expired or not.
    ///
    /// # Errors
    /// If it is damaged, or the archive fails.
    async fn get(&self, scope: &MemoryScope, id: &MemoryId) -> Result<Option<Memory>, MemoryError>;

    /// The scope of an archived id, as far as this process has read the archive: without a question to it where it was
    /// asked about the tenant before.
    ///
    /// # Errors
    /// If the archive fails.
    async fn owner(&self, tenant: &TenantId, id: &MemoryId) -> Result<Option<MemoryScope>, MemoryError>;

    /// At most `limit` of a tenant's memories in order of id, those after `after`, and where a scope is given only those
    /// of exactly that one.
    ///
    /// # Errors
    /// If the limit is not from 1 to 10,000, a memory is damaged, or the archive fails.
    async fn scan(
        &self,
        tenant: &TenantId,
        scope: Option<&MemoryScope>,
        after: Option<&MemoryId>,
        limit: usize,
    ) -> Result<MemoryPage, MemoryError>;

    /// Those of a tenant's memories that have expired at `now`, at most `limit`.
    ///
    /// # Errors
    /// If the archive fails.
    async fn expired(
        &self,
        tenant: &TenantId,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Memory>, MemoryError>;

    /// Removes memories by id, and says how many there were. Nothing that holds their content stays, except where
    /// another change interferes: [`compact`](Self::compact) finds that.
    ///
    /// # Errors
    /// If the archive fails.
    async fn remove(&self, tenant: &TenantId, ids: &BTreeSet<MemoryId>) -> Result<u64, MemoryError>;

    /// The tenants that have anything archived, in order.
    ///
    /// # Errors
    /// If the archive fails.
    async fn tenants(&self) -> Result<Vec<TenantId>, MemoryError>;

    /// Removes what killed or overtaken changes left behind. `false` if a part had to stay: call again.
    ///
    /// # Errors
    /// If the archive fails.
    async fn compact(&self) -> Result<bool, MemoryError>;

    /// Removes every memory of a subject, and says how many there were.
    ///
    /// It asks no legal hold and leaves no record: whoever erases does that before.
    ///
    /// # Errors
    /// If the archive fails.
    async fn remove_subject(&self, tenant: &TenantId, subject: &str) -> Result<u64, MemoryError> {
        let (mut ids, mut after) = (BTreeSet::new(), None);
        loop {
            let page = self.scan(tenant, None, after.as_ref(), MemoryFilter::MAX_LIMIT).await?;
            let theirs =
                page.memories.into_iter().filter(|memory| memory.subject.as_deref() == Some(subject));
            ids.extend(theirs.map(|memory| memory.id));
            match page.next {
                Some(next) => after = Some(next),
                None => return self.remove(tenant, &ids).await,
            }
        }
    }
}
