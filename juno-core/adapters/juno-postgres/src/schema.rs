use deadpool_postgres::ClientWrapper;
use tokio_postgres::GenericClient;

use crate::error::PostgresError;

/// What takes the tables from one version to the next, in order.
const STEPS: [&str; 8] = [
    include_str!("schema_v1.sql"),
    include_str!("schema_v2.sql"),
    include_str!("schema_v3.sql"),
    include_str!("schema_v4.sql"),
    include_str!("schema_v5.sql"),
    include_str!("schema_v6.sql"),
    include_str!("schema_v7.sql"),
    include_str!("schema_v8.sql"),
];

/// The version this program writes.
pub(crate) const CURRENT: i64 = STEPS.len() as i64;

/// The oldest server whose behaviour is relied on.
const OLDEST_SERVER: i32 = 140_000;

/// Refuses what would have to be quoted in SQL, so that a name can stand there as it is.
pub(crate) fn check_name(name: &str) -> Result<(), PostgresError> {
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let holds = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if starts && holds && name.len() <= 63 && !name.starts_with("pg_") {
        return Ok(());
    }
    Err(PostgresError::SchemaName(name.chars().take(80).collect()))
}

/// Makes the schema and its tables, or updates them. Of several openers of one fresh database one does the work under
/// an advisory lock, and the others find it done.
pub(crate) async fn bring_up_to_date(client: &mut ClientWrapper, name: &str) -> Result<(), PostgresError> {
    check_server(client).await?;
    if version(&**client, name).await? == CURRENT {
        return Ok(());
    }
    let transaction = client.transaction().await?;
    // Others may be at it, and a step may take its time.
    transaction.batch_execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0").await?;
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('juno schema ' || $1, 0))";
    transaction.query(lock, &[&name]).await?;
    let from = version(&*transaction, name).await?;
    if !exists(&*transaction, name).await? {
        transaction.batch_execute(&format!("CREATE SCHEMA {name}")).await?;
    }
    if from == 0 {
        transaction.batch_execute("CREATE TABLE juno_schema (version BIGINT NOT NULL)").await?;
        transaction.execute("INSERT INTO juno_schema (version) VALUES (0)", &[]).await?;
    }
    for step in STEPS.iter().skip(usize::try_from(from).unwrap_or(0)) {
        transaction.batch_execute(step).await?;
    }
    transaction.execute("UPDATE juno_schema SET version = $1", &[&CURRENT]).await?;
    Ok(transaction.commit().await?)
}

async fn check_server(client: &ClientWrapper) -> Result<(), PostgresError> {
    let sql = "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),
                   current_setting('server_version')";
    let row = client.query_one(sql, &[]).await?;
    if row.try_get::<_, i32>(0)? < OLDEST_SERVER {
        let found = row.try_get(2)?;
        return Err(PostgresError::Server { what: "version", found, wanted: "PostgreSQL 14 or later" });
    }
    let encoding: String = row.try_get(1)?;
    if encoding != "UTF8" {
        let wanted = "a database made with `ENCODING 'UTF8'`";
        return Err(PostgresError::Server { what: "encoding", found: encoding, wanted });
    }
    Ok(())
}

async fn exists(client: &impl GenericClient, name: &str) -> Result<bool, PostgresError> {
    let found = client.query_one("SELECT to_regnamespace($1) IS NOT NULL", &[&name]).await?;
    Ok(found.try_get(0)?)
}

/// The version of the tables; 0 where there are none.
async fn version(client: &impl GenericClient, name: &str) -> Result<i64, PostgresError> {
    let sql = "SELECT count(*), count(*) FILTER (WHERE tablename = 'juno_schema')
               FROM pg_tables WHERE schemaname = $1";
    let row = client.query_one(sql, &[&name]).await?;
    let (tables, ours): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    if tables == 0 {
        return Ok(0);
    }
    if ours == 0 {
        return Err(PostgresError::Foreign(name.to_owned()));
    }
    let row = client.query_opt("SELECT version FROM juno_schema", &[]).await?;
    let row = row.ok_or_else(|| PostgresError::Damaged("the version of its tables is gone".into()))?;
    let found: i64 = row.try_get(0)?;
    if found > CURRENT {
        return Err(PostgresError::Newer { schema: name.to_owned(), what: "tables", found, known: CURRENT });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_needs_no_quotes() {
        for good in ["juno", "_j", "a1_b"] {
            assert_eq!(check_name(good), Ok(()));
        }
        for bad in ["", "Juno", "1a", "a b", "a;drop", "a\"b", "é", "pg_juno", &"x".repeat(64)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
