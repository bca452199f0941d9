//! The life of the keys that memories are encrypted under: destroying those of a subject, new ones, and those nobody needs.

use std::collections::BTreeSet;

use juno_domain::{MemoryId, TenantId};
use juno_memory::{MemoryCipher, MemoryError, Reencrypted};

use crate::memory_row::{self, Stored};
use crate::memory_vault::Vault;
use crate::tx::Tx;
use crate::{memory_holds, memory_scan};

/// What it takes to write.
pub(crate) fn to_write<'c>(
    tx: &Tx<'_>,
    cipher: Option<&'c MemoryCipher>,
    tenant: &TenantId,
) -> Result<Vault<'c>, MemoryError> {
    let mut vault = Vault::to_read(tx, cipher, tenant)?;
    if vault.begin(tx)? {
        memory_holds::seal_all(tx, &vault, tenant)?;
    }
    Ok(vault)
}

/// Destroys the keys of a subject. They are destroyed before their names go: after a failure the next call finds them.
pub(crate) fn destroy(
    tx: &Tx<'_>,
    cipher: &MemoryCipher,
    tenant: &TenantId,
    subject: &str,
) -> Result<u64, MemoryError> {
    let vault = Vault::to_read(tx, Some(cipher), tenant)?;
    let Some(marks) = vault.marks() else { return Ok(0) };
    let mark = marks.subject(subject);
    if memory_holds::is_held(tx, tenant, &mark)? {
        return Err(MemoryError::SubjectHeld);
    }
    let (tenant, owner) = (tenant.as_str(), format!("subject {mark}"));
    let sql = "SELECT name FROM memory_keys WHERE tenant = ?1 AND owner = ?2";
    let mut names: BTreeSet<String> =
        tx.all(sql, (tenant, &owner), |row| row.get::<_, String>(0))?.into_iter().collect();
    // Under what is left of it there may be keys that are not listed any more.
    let sql =
        "SELECT DISTINCT key_name FROM memories WHERE tenant = ?1 AND subject = ?2 AND key_name IS NOT NULL";
    names.extend(tx.all(sql, (tenant, &mark), |row| row.get::<_, String>(0))?);
    let mut destroyed = 0;
    for name in names {
        destroyed += u64::from(cipher.has_key(&name)?);
        cipher.destroy_key(&name)?;
    }
    tx.execute("DELETE FROM memory_keys WHERE tenant = ?1 AND owner = ?2", (tenant, &owner))?;
    Ok(destroyed)
}

/// From now on new keys are written with.
pub(crate) fn rotate(tx: &Tx<'_>, cipher: &MemoryCipher, tenant: &TenantId) -> Result<(), MemoryError> {
    to_write(tx, Some(cipher), tenant)?;
    tx.execute(
        "UPDATE memory_keys SET epoch = epoch + 1 WHERE tenant = ?1 AND owner = ''",
        [tenant.as_str()],
    )?;
    Ok(())
}

/// Writes a page of memories anew, and before the first one the holds.
pub(crate) fn reencrypt(
    tx: &Tx<'_>,
    cipher: &MemoryCipher,
    tenant: &TenantId,
    after: Option<&MemoryId>,
    limit: usize,
) -> Result<Reencrypted, MemoryError> {
    let vault = to_write(tx, Some(cipher), tenant)?;
    if after.is_none() {
        memory_holds::seal_all(tx, &vault, tenant)?;
    }
    let page = memory_scan::page(tx, &vault, tenant, after, limit)?;
    let mut done = 0;
    for memory in &page.memories {
        // It says what it said: neither a hold nor the bounds on working memory have anything to do with it.
        if let Some(stored) = Stored::find(tx, tenant, &memory.id)? {
            memory_row::replace(tx, &vault, stored, memory)?;
            done += 1;
        }
    }
    Ok(Reencrypted { done, corrupt: page.corrupt, dropped: 0, next: page.next })
}

/// Destroys keys of older epochs that nothing lies under.
pub(crate) fn drop_old(tx: &Tx<'_>, cipher: &MemoryCipher, tenant: &TenantId) -> Result<u64, MemoryError> {
    // These have to be the right keys before any is destroyed.
    Vault::to_read(tx, Some(cipher), tenant)?;
    let name = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    let mut used = tx.all(
        "SELECT DISTINCT key_name FROM memories WHERE tenant = ?1 AND key_name IS NOT NULL",
        [tenant.as_str()],
        name,
    )?;
    used.extend(tx.all(
        "SELECT DISTINCT key_name FROM memory_holds WHERE tenant = ?1 AND key_name IS NOT NULL",
        [tenant.as_str()],
        name,
    )?);
    let used: BTreeSet<String> = used.into_iter().collect();
    let older = tx.all(
        "SELECT name FROM memory_keys WHERE tenant = ?1 AND owner <> ''
             AND epoch < (SELECT epoch FROM memory_keys WHERE tenant = ?1 AND owner = '')",
        [tenant.as_str()],
        name,
    )?;
    let mut dropped = 0;
    for name in older.iter().filter(|name| !used.contains(*name)) {
        cipher.destroy_key(name)?;
        tx.execute("DELETE FROM memory_keys WHERE name = ?1", [name])?;
        dropped += 1;
    }
    Ok(dropped)
}
