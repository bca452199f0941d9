//! Legal holds: whose data has to stay.

use juno_domain::TenantId;
use juno_memory::{LegalHold, MemoryError};

use crate::error::PostgresError;
use crate::tx::Tx;

/// Places a hold. Whoever is at work in a scope of the tenant finishes first, and finds it from then on.
pub(crate) async fn place(tx: &Tx<'_>, hold: &LegalHold) -> Result<(), MemoryError> {
    let body =
        serde_json::to_string(hold).map_err(|error| MemoryError::Internal { reason: error.to_string() })?;
    let tenant = hold.tenant.as_str();
    let scopes =
        "SELECT 1 FROM memory_scopes WHERE tenant = $1 ORDER BY tenant, team, agent, session FOR UPDATE";
    tx.all(scopes, &[&tenant]).await?;
    let sql = "INSERT INTO memory_holds (tenant, subject, body) VALUES ($1, $2, $3)
         ON CONFLICT (tenant, subject) DO UPDATE SET body = EXCLUDED.body";
    tx.execute(sql, &[&tenant, &hold.subject.as_bytes(), &body]).await?;
    Ok(())
}

/// Lifts a hold; whether there was one.
pub(crate) async fn lift(tx: &Tx<'_>, tenant: &TenantId, subject: &str) -> Result<bool, PostgresError> {
    let sql = "DELETE FROM memory_holds WHERE tenant = $1 AND subject = $2";
    Ok(tx.execute(sql, &[&tenant.as_str(), &subject.as_bytes()]).await? > 0)
}

/// The holds of a tenant, in order of subject. A damaged one is an error: what it holds is held all the same.
pub(crate) async fn all(tx: &Tx<'_>, tenant: &TenantId) -> Result<Vec<LegalHold>, MemoryError> {
    let sql = "SELECT subject, body FROM memory_holds WHERE tenant = $1 ORDER BY subject";
    let mut holds = Vec::new();
    for row in tx.all(sql, &[&tenant.as_str()]).await? {
        let subject: &[u8] = row.try_get(0).map_err(PostgresError::from)?;
        let read = match serde_json::from_str::<LegalHold>(row.try_get(1).map_err(PostgresError::from)?) {
            Ok(hold) if hold.subject.as_bytes() == subject && hold.tenant == *tenant => Ok(hold),
            Ok(_) => Err("its columns say something else than its body".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        holds.push(read.map_err(|reason| MemoryError::Corrupt { id: "a legal hold".into(), reason })?);
    }
    Ok(holds)
}
