use std::ops::ControlFlow;

use juno_domain::{MemoryId, TenantId};

use crate::{MemoryError, MemoryFilter, MemoryStore, Reencrypted};

/// Writes everything of a tenant anew under new keys, a page at a time, and then destroys the old ones.
///
/// `progress` learns after each page how far it is, and may stop it; then [`Reencrypted::next`] says where to go on: hand
/// it in as `after`. Without `after` it begins with new keys. Beginning anew after a crash is fine too.
///
/// # Errors
/// Unsupported where the store does not encrypt; or if the store fails. What is done stays done.
pub async fn reencrypt(
    store: &dyn MemoryStore,
    tenant: &TenantId,
    after: Option<MemoryId>,
    progress: &mut (dyn FnMut(&Reencrypted) -> ControlFlow<()> + Send),
) -> Result<Reencrypted, MemoryError> {
    const PAGE: usize = MemoryFilter::MAX_LIMIT / 20;
    if after.is_none() {
        store.rotate_keys(tenant).await?;
    }
    let mut all = Reencrypted { next: after, ..Reencrypted::default() };
    loop {
        let page = store.reencrypt_page(tenant, all.next.as_ref(), PAGE).await?;
        all.done += page.done;
        all.corrupt.extend(page.corrupt);
        all.next = page.next;
        let go_on = progress(&all);
        if all.next.is_none() {
            all.dropped = store.drop_old_keys(tenant).await?;
            return Ok(all);
        }
        if go_on.is_break() {
            return Ok(all);
        }
    }
}
