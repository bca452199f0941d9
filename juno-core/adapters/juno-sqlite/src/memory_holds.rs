//! Legal holds: whose data has to stay.

use juno_domain::TenantId;
use juno_memory::{LegalHold, MemoryError};

use crate::error::SqliteError;
use crate::memory_vault::Vault;
use crate::tx::Tx;

/// A condition on rows of a table called `m`: nobody's who is under legal hold.
pub(crate) const NOT_HELD: &str = "(m.subject IS NULL OR NOT EXISTS
     (SELECT 1 FROM memory_holds h WHERE h.tenant = m.tenant AND h.subject = m.subject))";

/// Whether somebody is under legal hold: a subject as it is filed.
pub(crate) fn is_held(tx: &Tx<'_>, tenant: &TenantId, subject: &str) -> Result<bool, SqliteError> {
    let sql = "SELECT 1 FROM memory_holds WHERE tenant = ?1 AND subject = ?2";
    Ok(tx.one(sql, (tenant.as_str(), subject), |_| Ok(()))?.is_some())
}

pub(crate) fn place(tx: &Tx<'_>, vault: &Vault<'_>, hold: &LegalHold) -> Result<(), MemoryError> {
    let tenant = hold.tenant.as_str();
    if let Some(mark) = vault.marks().map(|marks| marks.subject(&hold.subject)) {
        let (key_name, sealed) = vault.seal_hold(tx, &mark, hold)?;
        let sql = "INSERT OR REPLACE INTO memory_holds (tenant, subject, body, key_name, sealed)
             VALUES (?1, ?2, '', ?3, ?4)";
        tx.execute(sql, (tenant, &mark, key_name, sealed))?;
        tx.execute("DELETE FROM memory_holds WHERE tenant = ?1 AND subject = ?2", (tenant, &hold.subject))?;
        // What is not encrypted yet is held too.
        let sql = "UPDATE memories SET subject = ?3 WHERE tenant = ?1 AND subject = ?2";
        tx.execute(sql, (tenant, &hold.subject, &mark))?;
        return Ok(());
    }
    let body =
        serde_json::to_string(hold).map_err(|error| MemoryError::Internal { reason: error.to_string() })?;
    let sql = "INSERT OR REPLACE INTO memory_holds (tenant, subject, body) VALUES (?1, ?2, ?3)";
    tx.execute(sql, (tenant, &hold.subject, body))?;
    Ok(())
}

/// Encrypts the holds of a tenant under the newest key.
pub(crate) fn seal_all(tx: &Tx<'_>, vault: &Vault<'_>, tenant: &TenantId) -> Result<(), MemoryError> {
    all(tx, vault, tenant)?.iter().try_for_each(|hold| place(tx, vault, hold))
}

/// Whether there was one.
pub(crate) fn lift(
    tx: &Tx<'_>,
    vault: &Vault<'_>,
    tenant: &TenantId,
    subject: &str,
) -> Result<bool, MemoryError> {
    let filed = vault.subject(Some(subject));
    let sql = "DELETE FROM memory_holds WHERE tenant = ?1 AND subject = ?2";
    Ok(tx.execute(sql, (tenant.as_str(), filed))? > 0)
}

/// The holds of a tenant, in order of subject. A damaged one is an error: what it holds is held all the same.
pub(crate) fn all(tx: &Tx<'_>, vault: &Vault<'_>, tenant: &TenantId) -> Result<Vec<LegalHold>, MemoryError> {
    let sql = "SELECT subject, body, key_name, sealed FROM memory_holds WHERE tenant = ?1 ORDER BY subject";
    let rows = tx.all(sql, [tenant.as_str()], |row| {
        let sealed = row.get::<_, Option<String>>(2)?.zip(row.get::<_, Option<Vec<u8>>>(3)?);
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, sealed))
    })?;
    let corrupt = |reason: String| MemoryError::Corrupt { id: "a legal hold".into(), reason };
    let mut holds = Vec::with_capacity(rows.len());
    for (filed, body, sealed) in rows {
        let hold = match sealed {
            Some((key_name, sealed)) => vault.open_hold(&key_name, &filed, &sealed)?,
            None => serde_json::from_str::<LegalHold>(&body).map_err(|error| corrupt(error.to_string()))?,
        };
        let agrees = filed == hold.subject || Some(filed) == vault.subject(Some(&hold.subject));
        if !agrees || hold.tenant != *tenant {
            return Err(corrupt("its columns say something else than its body".into()));
        }
        holds.push(hold);
    }
    holds.sort_by(|a, b| a.subject.cmp(&b.subject));
    Ok(holds)
}
