use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Utc};
use juno_audit::{AuditError, SealedPayload};
use juno_crypto::{Zeroizing, decrypt, digest, encrypt};
use juno_domain::EventId;

use crate::error::PostgresError;
use crate::tx::Tx;
use crate::vault::Vault;

/// A personal part as it lies there.
pub(crate) struct PayloadRow {
    pub(crate) key_name: String,
    pub(crate) content: Vec<u8>,
}

impl Vault {
    /// The name of the key for what a person's event of this time holds, made now if there is none. Held under the lock
    /// of the edge, so that no erasure comes between this and the row that needs the key.
    async fn key_name(&self, tx: &Tx<'_>, person: &str, at: DateTime<Utc>) -> Result<String, AuditError> {
        let month = i64::from(at.year()) * 12 + i64::from(at.month0());
        let find = "SELECT name FROM audit_key WHERE person = $1 AND month = $2";
        if let Some(row) = tx.one(find, &[&person, &month]).await? {
            return Ok(row.try_get(0).map_err(PostgresError::from)?);
        }
        let name = format!("audit-{}", digest(&self.sealing.random().next()?));
        let add = "INSERT INTO audit_key (person, month, name) VALUES ($1, $2, $3)";
        tx.execute(add, &[&person, &month, &name]).await?;
        Ok(name)
    }

    /// The row of a personal part.
    pub(crate) async fn row(
        &self,
        tx: &Tx<'_>,
        id: &EventId,
        at: DateTime<Utc>,
        person: &str,
        payload: &SealedPayload,
    ) -> Result<PayloadRow, AuditError> {
        let key_name = self.key_name(tx, person, at).await?;
        let key = self.keys.key(&key_name)?;
        let text = Zeroizing::new([payload.salt.as_slice(), &payload.content].concat());
        let content = encrypt(&key, &text, id.as_str().as_bytes(), self.sealing.random().as_ref())?;
        Ok(PayloadRow { key_name, content })
    }
}

/// Decrypts rows, asking for each key once.
pub(crate) struct Opener<'v> {
    vault: Option<&'v Vault>,
    known: BTreeMap<String, Option<Zeroizing<[u8; 32]>>>,
}

impl<'v> Opener<'v> {
    pub(crate) const fn new(vault: Option<&'v Vault>) -> Self {
        Self { vault, known: BTreeMap::new() }
    }

    /// The part in a row; None if its key was destroyed. What does not decrypt becomes a part that fits nothing, so that
    /// checking names the record.
    pub(crate) fn open(&mut self, id: &str, row: &PayloadRow) -> Result<Option<SealedPayload>, AuditError> {
        let vault = self.vault.ok_or(AuditError::Locked)?;
        if !self.known.contains_key(&row.key_name) {
            self.known.insert(row.key_name.clone(), vault.keys.find(&row.key_name)?);
        }
        let Some(Some(key)) = self.known.get(&row.key_name) else { return Ok(None) };
        let text = decrypt(key, &row.content, id.as_bytes()).unwrap_or_default();
        let (salt, content) = text.split_first_chunk::<32>().unwrap_or((&[0; 32], &[]));
        Ok(Some(SealedPayload { salt: *salt, content: content.to_vec() }))
    }
}
