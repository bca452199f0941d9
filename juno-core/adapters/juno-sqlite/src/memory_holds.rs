//! Legal holds: whose data has to stay.

use juno_domain::TenantId;
use juno_memory::{LegalHold, MemoryError};

use crate::error::SqliteError;
use crate::tx::Tx;

/// A condition on rows of a table called `m`: nobody's who is under legal hold.
pub(crate) const NOT_HELD: &str = "(m.subject IS NULL OR NOT EXISTS
     (SELECT 1 FROM memory_holds h WHERE h.tenant = m.tenant AND h.subject = m.subject))";

pub(crate) fn is_held(tx: &Tx<'_>, tenant: &TenantId, subject: &str) -> Result<bool, SqliteError> {
    let sql = "SELECT 1 FROM memory_holds WHERE tenant = ?1 AND subject = ?2";
    Ok(tx.one(sql, (tenant.as_str(), subject), |_| Ok(()))?.is_some())
}

pub(crate) fn place(tx: &Tx<'_>, hold: &LegalHold) -> Result<(), MemoryError> {
    let body =
        serde_json::to_string(hold).map_err(|error| MemoryError::Internal { reason: error.to_string() })?;
    let sql = "INSERT OR REPLACE INTO memory_holds (tenant, subject, body) VALUES (?1, ?2, ?3)";
    tx.execute(sql, (hold.tenant.as_str(), &hold.subject, body))?;
    Ok(())
}

/// Whether there was one.
pub(crate) fn lift(tx: &Tx<'_>, tenant: &TenantId, subject: &str) -> Result<bool, SqliteError> {
    let sql = "DELETE FROM memory_holds WHERE tenant = ?1 AND subject = ?2";
    Ok(tx.execute(sql, (tenant.as_str(), subject))? > 0)
}

/// The holds of a tenant, in order of subject. A damaged one is an error: what it holds is held all the same.
pub(crate) fn all(tx: &Tx<'_>, tenant: &TenantId) -> Result<Vec<LegalHold>, MemoryError> {
    let sql = "SELECT subject, body FROM memory_holds WHERE tenant = ?1 ORDER BY subject";
    let rows =
        tx.all(sql, [tenant.as_str()], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let read = |(subject, body): (String, String)| match serde_json::from_str::<LegalHold>(&body) {
        Ok(hold) if hold.subject == subject && hold.tenant == *tenant => Ok(hold),
        Ok(_) => Err("its columns say something else than its body".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    let corrupt = |reason| MemoryError::Corrupt { id: "a legal hold".into(), reason };
    rows.into_iter().map(|row| read(row).map_err(corrupt)).collect()
}
