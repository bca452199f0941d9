//! Everything a tenant's memory holds, page by page.

use std::ops::ControlFlow;

use juno_domain::{MemoryId, TenantId};
use juno_memory::{CorruptMemory, MemoryPage};

use crate::error::SqliteError;
use crate::memory_row::{COLUMNS, Damaged, WIDTH, read, read_scope};
use crate::tx::Tx;

/// The page after a memory.
pub(crate) fn page(
    tx: &Tx<'_>,
    tenant: &TenantId,
    after: Option<&MemoryId>,
    limit: usize,
) -> Result<MemoryPage, SqliteError> {
    // A row whose scope is gone is damaged, and still has to be named.
    let sql = format!(
        "SELECT {COLUMNS}, coalesce(s.tenant, ''), coalesce(s.team, ''), coalesce(s.agent, ''), coalesce(s.session, '')
         FROM memories m LEFT JOIN scopes s ON s.key = m.scope
         WHERE m.tenant = ?1 AND m.id > ?2 ORDER BY m.id"
    );
    let mut page = MemoryPage::default();
    let mut last: Option<MemoryId> = None;
    tx.each(&sql, (tenant.as_str(), after.map_or("", MemoryId::as_str)), |row| {
        // A page ends at an id that the next one can begin behind; a damaged id may be none.
        if page.memories.len() + page.corrupt.len() >= limit && last.is_some() {
            page.next = last.take();
            return Ok(ControlFlow::Break(()));
        }
        let id = String::from_utf8_lossy(row.get_ref(0)?.as_bytes()?).into_owned();
        let found = match read_scope(row, WIDTH)? {
            Ok(scope) if scope.tenant() == tenant => read(row, &scope)?,
            Ok(scope) => Err(Damaged {
                id: id.clone(),
                reason: format!("it is filed under another tenant than its {scope}"),
            }),
            Err(error) => Err(Damaged { id: id.clone(), reason: error.to_string() }),
        };
        match found {
            Ok(memory) => page.memories.push(memory),
            Err(Damaged { id, reason }) => page.corrupt.push(CorruptMemory { id, reason }),
        }
        last = MemoryId::new(id).ok();
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(page)
}
