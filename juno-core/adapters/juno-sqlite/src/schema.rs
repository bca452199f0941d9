use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use crate::error::SqliteError;
use crate::patience::Patience;

/// Marks the file as ours: "JUNO" in ASCII.
const APPLICATION_ID: i64 = 0x4a55_4e4f;

/// What takes a file from one schema to the next, in order; a file's `user_version` counts those it has had.
const STEPS: [&str; 11] = [
    include_str!("schema_v1.sql"),
    include_str!("schema_v2.sql"),
    include_str!("schema_v3.sql"),
    include_str!("schema_v4.sql"),
    include_str!("schema_v5.sql"),
    include_str!("schema_v6.sql"),
    include_str!("schema_v7.sql"),
    include_str!("schema_v8.sql"),
    include_str!("schema_v9.sql"),
    include_str!("schema_v10.sql"),
    include_str!("schema_v11.sql"),
];

/// The schema this version writes.
pub(crate) const CURRENT: i64 = STEPS.len() as i64;

/// Makes or updates the tables. Of several processes that open one fresh file, one does the work under the write
/// lock and the others find it done.
pub(crate) fn bring_up_to_date(
    connection: &mut Connection,
    path: &Path,
    timeout: Duration,
) -> Result<(), SqliteError> {
    if version(connection, path)? == CURRENT {
        return Ok(());
    }
    let mut patience = Patience::new(timeout);
    loop {
        match update(connection, path) {
            Err(SqliteError::Busy(_)) if patience.wait() => {}
            other => return other,
        }
    }
}

fn update(connection: &mut Connection, path: &Path) -> Result<(), SqliteError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let from = usize::try_from(version(&transaction, path)?).unwrap_or(0);
    for step in STEPS.iter().skip(from) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", CURRENT)?;
    Ok(transaction.commit()?)
}

/// The file's schema; 0 for a file without tables.
pub(crate) fn version(connection: &Connection, path: &Path) -> Result<i64, SqliteError> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        return Ok(0);
    }
    if number("application_id")? != APPLICATION_ID {
        return Err(SqliteError::Foreign(path.to_owned()));
    }
    let found = number("user_version")?;
    if found > CURRENT {
        return Err(SqliteError::Newer { path: path.to_owned(), what: "schema", found, known: CURRENT });
    }
    Ok(found)
}
