//! Everything a tenant's memory holds, page by page.

use std::ops::ControlFlow;

use juno_domain::{MemoryId, TenantId};
use juno_memory::{CorruptMemory, Memory, MemoryPage};
use tokio_postgres::Row;

use crate::error::PostgresError;
use crate::memory_row::{COLUMNS, Damaged, WIDTH, read};
use crate::memory_scope::read_scope;
use crate::tx::Tx;

/// The page after a memory.
pub(crate) async fn page(
    tx: &Tx<'_>,
    tenant: &TenantId,
    after: Option<&MemoryId>,
    limit: usize,
) -> Result<MemoryPage, PostgresError> {
    let sql = format!("{} WHERE m.tenant = $1 AND m.id > $2 ORDER BY m.id", select());
    let mut page = MemoryPage::default();
    let mut last: Option<MemoryId> = None;
    let after = after.map_or("", MemoryId::as_str);
    tx.each_of(limit as i64 + 1, &sql, &[&tenant.as_str(), &after], |row| {
        // A page ends at an id that the next one can begin behind; a damaged id may be none.
        if page.memories.len() + page.corrupt.len() >= limit && last.is_some() {
            page.next = last.take();
            return Ok(ControlFlow::Break(()));
        }
        match found(row)? {
            Ok(memory) => page.memories.push(memory),
            Err(Damaged { id, reason }) => page.corrupt.push(CorruptMemory { id, reason }),
        }
        last = MemoryId::new(row.try_get::<_, String>(0)?).ok();
        Ok(ControlFlow::Continue(()))
    })
    .await?;
    Ok(page)
}

/// Every damaged memory of every tenant: its id and what is wrong.
pub(crate) async fn damaged(tx: &Tx<'_>) -> Result<Vec<(String, String)>, PostgresError> {
    let sql = format!("{} ORDER BY m.tenant, m.id", select());
    let mut damaged = Vec::new();
    tx.each(&sql, &[], |row| {
        damaged.extend(found(row)?.err().map(|row| (row.id, row.reason)));
        Ok(ControlFlow::Continue(()))
    })
    .await?;
    Ok(damaged)
}

/// A row whose scope is gone is damaged, and still has to be named.
fn select() -> String {
    format!(
        "SELECT {COLUMNS}, coalesce(s.tenant, ''), coalesce(s.team, ''), coalesce(s.agent, ''),
             coalesce(s.session, ''), m.tenant
         FROM memories m LEFT JOIN memory_scopes s ON s.key = m.scope"
    )
}

fn found(row: &Row) -> Result<Result<Memory, Damaged>, PostgresError> {
    let reason = match read_scope(row, WIDTH)? {
        Ok(scope) if scope.tenant().as_str() == row.try_get::<_, &str>(WIDTH + 4)? => {
            return read(row, 0, &scope);
        }
        Ok(scope) => format!("it is filed under another tenant than its {scope}"),
        Err(error) => error.to_string(),
    };
    Ok(Err(Damaged { id: row.try_get(0)?, reason }))
}
