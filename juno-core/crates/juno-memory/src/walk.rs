use juno_domain::{Progress, TenantId};

use crate::{CorruptMemory, Memory, MemoryError, MemoryStore};

/// Memories of a page of a walk.
const PAGE: usize = 1_000;
/// Memories changed in one transaction.
pub(crate) const BATCH: usize = 500;

/// Shows every memory of a tenant that can be read, in order of id, and gives those that cannot.
pub(crate) async fn each(
    store: &dyn MemoryStore,
    tenant: &TenantId,
    progress: &Progress,
    what: &str,
    mut take: impl FnMut(Memory) + Send,
) -> Result<Vec<CorruptMemory>, MemoryError> {
    let (mut unreadable, mut after, mut seen) = (Vec::new(), None, 0_u64);
    loop {
        progress.step(what, seen, None)?;
        let page = store.scan(tenant, after.as_ref(), PAGE).await?;
        seen += page.memories.len() as u64;
        unreadable.extend(page.corrupt);
        page.memories.into_iter().for_each(&mut take);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(unreadable),
        }
    }
}
