//! Tables written anew, so that nothing of what was removed or replaced is left in them.

use std::time::{Duration, Instant};

use deadpool_postgres::Object;

use crate::error::PostgresError;

/// What holds memories, or parts of them.
const TABLES: [&str; 9] = [
    "memories",
    "memory_postings",
    "memory_fresh",
    "memory_blocks",
    "memory_tags",
    "memory_threads",
    "memory_speakers",
    "memory_scopes",
    "memory_holds",
];

/// How long others are waited for who may still see what was removed.
const PATIENCE: Duration = Duration::from_secs(5);

/// Writes the tables anew. `false` where others kept it from one, or may still see what was removed.
pub(crate) async fn compact(connection: Object) -> Result<bool, PostgresError> {
    let outcome = rewrite(&connection).await;
    if let Err(error) = connection.batch_execute("RESET statement_timeout").await {
        // A session that would go on without a time limit is not used again.
        drop(Object::take(connection));
        outcome?;
        return Err(error.into());
    }
    outcome
}

async fn rewrite(connection: &Object) -> Result<bool, PostgresError> {
    connection.batch_execute("SET statement_timeout = 0").await?;
    let alone = nobody_sees_the_past(connection).await?;
    let mut whole = true;
    for table in TABLES {
        match connection.batch_execute(&format!("VACUUM (FULL) {table}")).await.map_err(PostgresError::from) {
            Ok(()) => {}
            // Somebody did not let go of the table in time.
            Err(PostgresError::Unavailable(_) | PostgresError::Contended(_)) if !connection.is_closed() => {
                whole = false;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(alone && whole)
}

/// Waits until no transaction of the database is left that began before now: it could see what was removed, so the
/// server would keep that.
async fn nobody_sees_the_past(connection: &Object) -> Result<bool, PostgresError> {
    let row = connection.query_one("SELECT pg_snapshot_xmax(pg_current_snapshot())::text", &[]).await?;
    let now: String = row.try_get(0)?;
    // Ages go by the lower half of a transaction's number.
    let now = now.parse::<u64>().map_err(|error| PostgresError::Internal(error.to_string()))? as u32;
    let sql = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type <> 'autovacuum worker'
             AND (age(backend_xmin) > age($1::text::xid) OR age(backend_xid) > age($1::text::xid)))";
    let began = Instant::now();
    loop {
        if !connection.query_one(sql, &[&now.to_string()]).await?.try_get::<_, bool>(0)? {
            return Ok(true);
        }
        if began.elapsed() > PATIENCE {
            return Ok(false);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
