//! The vectors of memories: beside them in the file, side by side in the cache.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use juno_domain::{MemoryId, TenantId};
use juno_memory::{
    CachedVectors, MemoryError, MemoryScope, MemoryVector, VectorCache, VectorMatrix, text_digest,
    vector_of_bytes,
};

use crate::error::SqliteError;
use crate::memory_row::{COLUMNS, WIDTH, read, readable, scope_key};
use crate::memory_vault::Vault;
use crate::memory_vector_row::{file, opened};
use crate::tx::Tx;

/// The most vectors of a scope and model that are looked at, the newest: 200,000. Older ones are found by words.
pub(crate) const MAX_LOOKED_AT: i64 = 200_000;

/// Keeps a vector, if its memory is there and still says what it was made of.
pub(crate) fn put(
    tx: &Tx<'_>,
    vault: &Vault<'_>,
    model: &str,
    vector: &MemoryVector,
) -> Result<bool, MemoryError> {
    let Some(scope) = scope_key(tx, &vector.scope)? else { return Ok(false) };
    let sql =
        format!("SELECT {COLUMNS}, m.key FROM memories m WHERE m.tenant = ?1 AND m.id = ?2 AND m.scope = ?3");
    let params = (vector.scope.tenant().as_str(), vector.id.as_str(), scope);
    let found = tx.one(&sql, params, |row| {
        let (key, key_name) = (row.get::<_, i64>(WIDTH)?, row.get::<_, Option<String>>(6)?);
        Ok((key, key_name, read(row, &vector.scope, vault)?))
    })?;
    let Some((key, key_name, memory)) = found else { return Ok(false) };
    if readable(memory)?.is_none_or(|memory| text_digest(&memory) != vector.of) {
        return Ok(false);
    }
    let kept = (model.to_owned(), vector.to_bytes());
    file(tx, vault, (scope, key, key_name.as_deref()), (&vector.scope, &vector.id), &kept)?;
    Ok(true)
}

/// Which of a tenant's memories have a vector of a model.
pub(crate) fn with_vectors(
    tx: &Tx<'_>,
    model: &str,
    tenant: &TenantId,
    ids: &[MemoryId],
) -> Result<BTreeSet<MemoryId>, SqliteError> {
    let sql = "SELECT 1 FROM memories m JOIN memory_vectors v ON v.memory = m.key
         WHERE m.tenant = ?1 AND m.id = ?2 AND v.model = ?3";
    let mut there = BTreeSet::new();
    for id in ids {
        if tx.one(sql, (tenant.as_str(), id.as_str(), model), |_| Ok(()))?.is_some() {
            there.insert(id.clone());
        }
    }
    Ok(there)
}

/// How many vectors a tenant has of each model.
pub(crate) fn models(tx: &Tx<'_>, tenant: &TenantId) -> Result<BTreeMap<String, u64>, SqliteError> {
    let sql = "SELECT v.model, count(*) FROM scopes s JOIN memory_vectors v ON v.scope = s.key
         WHERE s.tenant = ?1 GROUP BY v.model";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()));
    Ok(tx.all(sql, [tenant.as_str()], row)?.into_iter().collect())
}

/// The vectors of a scope, from the cache as far as they are there.
pub(crate) fn load(
    tx: &Tx<'_>,
    vault: &Vault<'_>,
    cache: &VectorCache,
    (key, scope): (i64, &MemoryScope),
    (model, dimension): (&str, usize),
) -> Result<Arc<VectorMatrix>, MemoryError> {
    let sql = "SELECT vector_changes FROM scopes WHERE key = ?1";
    let changes: i64 = tx.one(sql, [key], |row| row.get(0))?.unwrap_or_default();
    let (known, ticket) = cache.look(key, model);
    if let Some(known) = known.as_ref().filter(|known| known.changes == changes) {
        return Ok(Arc::clone(&known.matrix));
    }
    let sql = "SELECT place, memory FROM memory_vectors WHERE scope = ?1 AND model = ?2 ORDER BY place DESC LIMIT ?3";
    let there: BTreeMap<u64, i64> = tx
        .all(sql, (key, model, MAX_LOOKED_AT), |row| Ok((row.get::<_, i64>(1)? as u64, row.get(0)?)))?
        .into_iter()
        .collect();
    let known = known.map(|known| (known.matrix, known.places));
    let (mut matrix, places) =
        known.unwrap_or_else(|| (Arc::new(VectorMatrix::new(dimension)), Arc::default()));
    let rows = Arc::make_mut(&mut matrix);
    for doc in places.iter().filter(|(doc, place)| there.get(doc) != Some(place)).map(|(doc, _)| *doc) {
        rows.remove(doc);
    }
    let sql = "SELECT v.vector, m.key_name, m.id FROM memory_vectors v JOIN memories m ON m.key = v.memory
         WHERE v.place = ?1";
    for (doc, place) in there.iter().filter(|(doc, place)| places.get(doc) != Some(place)) {
        let row = |row: &rusqlite::Row<'_>| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Option<String>>(1)?, row.get::<_, String>(2)?))
        };
        let Some((bytes, key_name, id)) = tx.one(sql, [place], row)? else { continue };
        let bytes = opened(vault, key_name.as_deref(), (scope, &id), bytes)?;
        if let Some((_, unit)) = bytes.and_then(|bytes| vector_of_bytes(&bytes, dimension)) {
            rows.insert(*doc, &unit);
        }
    }
    let read = CachedVectors { changes, matrix: Arc::clone(&matrix), places: Arc::new(there) };
    cache.keep(key, model, ticket, read);
    Ok(matrix)
}
