//! Everything a tenant's memory holds, page by page.

use std::ops::ControlFlow;

use juno_domain::{MemoryId, TenantId};
use juno_memory::{CorruptMemory, MemoryError, MemoryPage};

use crate::memory_row::{COLUMNS, WIDTH, read, read_scope};
use crate::memory_vault::Vault;
use crate::tx::Tx;

/// The page after a memory.
pub(crate) fn page(
    tx: &Tx<'_>,
    vault: &Vault<'_>,
    tenant: &TenantId,
    after: Option<&MemoryId>,
    limit: usize,
) -> Result<MemoryPage, MemoryError> {
    // A row whose scope is gone is damaged, and still has to be named.
    let sql = format!(
        "SELECT {COLUMNS}, coalesce(s.tenant, ''), coalesce(s.team, ''), coalesce(s.agent, ''), coalesce(s.session, '')
         FROM memories m LEFT JOIN scopes s ON s.key = m.scope
         WHERE m.tenant = ?1 AND m.id > ?2 ORDER BY m.id"
    );
    let mut page = MemoryPage::default();
    let mut last: Option<MemoryId> = None;
    let mut failed = None;
    tx.each(&sql, (tenant.as_str(), after.map_or("", MemoryId::as_str)), |row| {
        // A page ends at an id that the next one can begin behind; a damaged id may be none.
        if page.memories.len() + page.corrupt.len() >= limit && last.is_some() {
            page.next = last.take();
            return Ok(ControlFlow::Break(()));
        }
        let id = String::from_utf8_lossy(row.get_ref(0)?.as_bytes()?).into_owned();
        let damaged = |reason: String| MemoryError::Corrupt { id: id.clone(), reason };
        let found = match read_scope(row, WIDTH)? {
            Ok(scope) if scope.tenant() == tenant => read(row, &scope, vault)?,
            Ok(scope) => Err(damaged(format!("it is filed under another tenant than its {scope}"))),
            Err(error) => Err(damaged(error.to_string())),
        };
        match found.map_err(CorruptMemory::of) {
            Ok(memory) => page.memories.push(memory),
            Err(Ok(corrupt)) => page.corrupt.push(corrupt),
            Err(Err(error)) => {
                failed = Some(error);
                return Ok(ControlFlow::Break(()));
            }
        }
        last = MemoryId::new(id).ok();
        Ok(ControlFlow::Continue(()))
    })?;
    failed.map_or(Ok(page), Err)
}
