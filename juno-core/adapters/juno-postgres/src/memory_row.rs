//! One memory as a row: what is needed to take it out again, and what it says.

use std::collections::BTreeSet;

use juno_domain::{MemoryId, TenantId};
use juno_memory::{Memory, MemoryScope};
use tokio_postgres::Row;

use crate::error::PostgresError;
use crate::time::nanos;
use crate::tx::Tx;

/// The columns that [`read`] reads, from a table called `m`.
pub(crate) const COLUMNS: &str = "m.id, m.kind, m.recorded_at, m.expires_at, m.subject, m.body";
/// How many they are.
pub(crate) const WIDTH: usize = 6;

/// A row that cannot be read: the id it is filed under, and what is wrong.
pub(crate) struct Damaged {
    pub(crate) id: String,
    pub(crate) reason: String,
}

/// The memory of a row of [`COLUMNS`], from the column `first` on, in the given scope. The columns decide what a read
/// finds, so they have to say what the memory itself says.
pub(crate) fn read(
    row: &Row,
    first: usize,
    scope: &MemoryScope,
) -> Result<Result<Memory, Damaged>, PostgresError> {
    let (id, kind): (&str, &str) = (row.try_get(first)?, row.try_get(first + 1)?);
    let (recorded_at, expires_at): (i64, Option<i64>) = (row.try_get(first + 2)?, row.try_get(first + 3)?);
    let subject: Option<&[u8]> = row.try_get(first + 4)?;
    let reason = match serde_json::from_str::<Memory>(row.try_get(first + 5)?) {
        Err(error) => error.to_string(),
        Ok(memory) => {
            let agrees = memory.id.as_str() == id
                && memory.scope == *scope
                && memory.kind.as_str() == kind
                && nanos(memory.recorded_at) == recorded_at
                && memory.expires_at.map(nanos) == expires_at
                && memory.subject.as_deref().map(str::as_bytes) == subject;
            if agrees {
                return Ok(Ok(memory));
            }
            "its columns say something else than its body".into()
        }
    };
    Ok(Err(Damaged { id: id.to_owned(), reason }))
}

/// What is needed of a stored memory to change it or take it out.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) tenant: String,
    pub(crate) id: String,
    pub(crate) key: i64,
    pub(crate) scope: i64,
    pub(crate) nth: i64,
    pub(crate) thread: i64,
    pub(crate) words: String,
    pub(crate) word_count: i64,
    pub(crate) who: Option<Vec<u8>>,
    pub(crate) tags: BTreeSet<Vec<u8>>,
    pub(crate) body: String,
    /// Whether it is somebody's who is under legal hold.
    pub(crate) held: bool,
}

const STORED: &str = "m.tenant, m.id, m.key, m.scope, m.nth, m.thread, m.words, m.word_count,
    m.who, m.tags, m.body, h.subject IS NOT NULL";
/// Brings the legal holds in.
const HOLDS: &str = "LEFT JOIN memory_holds h ON h.tenant = m.tenant AND h.subject = m.subject";

impl Stored {
    fn read(row: &Row) -> Result<Self, PostgresError> {
        Ok(Self {
            tenant: row.try_get(0)?,
            id: row.try_get(1)?,
            key: row.try_get(2)?,
            scope: row.try_get(3)?,
            nth: row.try_get(4)?,
            thread: row.try_get(5)?,
            words: row.try_get(6)?,
            word_count: row.try_get(7)?,
            who: row.try_get(8)?,
            tags: row.try_get::<_, Vec<Vec<u8>>>(9)?.into_iter().collect(),
            body: row.try_get(10)?,
            held: row.try_get(11)?,
        })
    }

    /// Those of the given ids that are stored in their tenants.
    pub(crate) async fn find<'i>(
        tx: &Tx<'_>,
        ids: impl IntoIterator<Item = (&'i TenantId, &'i MemoryId)>,
    ) -> Result<Vec<Self>, PostgresError> {
        let (tenants, ids): (Vec<&str>, Vec<&str>) =
            ids.into_iter().map(|(tenant, id)| (tenant.as_str(), id.as_str())).unzip();
        let sql = format!(
            "SELECT {STORED} FROM unnest($1::text[], $2::text[]) AS w (tenant, id)
             JOIN memories m ON m.tenant = w.tenant AND m.id = w.id {HOLDS}"
        );
        tx.all(&sql, &[&tenants, &ids]).await?.iter().map(Self::read).collect()
    }

    /// Whether another memory may take its place.
    pub(crate) fn yields_to(&self, other: &Memory) -> bool {
        !self.held || serde_json::from_str::<Memory>(&self.body).is_ok_and(|old| old.says_the_same(other))
    }

    /// Those with the given keys that have expired by then, but for those under legal hold.
    pub(crate) async fn expired(tx: &Tx<'_>, keys: &[i64], by: i64) -> Result<Vec<Self>, PostgresError> {
        let sql = format!(
            "SELECT {STORED} FROM memories m {HOLDS}
             WHERE m.key = ANY($1) AND m.expires_at <= $2 AND h.subject IS NULL ORDER BY m.tenant, m.id"
        );
        tx.all(&sql, &[&keys, &by]).await?.iter().map(Self::read).collect()
    }

    /// Some of those with keys behind `after`, up to `last`, in order.
    pub(crate) async fn between(
        tx: &Tx<'_>,
        after: i64,
        last: i64,
        limit: i64,
    ) -> Result<Vec<Self>, PostgresError> {
        let sql = format!(
            "SELECT {STORED} FROM memories m {HOLDS} WHERE m.key > $1 AND m.key <= $2 ORDER BY m.key LIMIT $3"
        );
        tx.all(&sql, &[&after, &last, &limit]).await?.iter().map(Self::read).collect()
    }
}
