use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::config::{Durability, SqliteConfig};
use crate::error::SqliteError;
use crate::patience::Patience;
use crate::schema;

/// Pages in the write-ahead log before SQLite writes them to the file, 16 MB: pages that are written again and again, as
/// those of an index are, reach the file less often than with SQLite's own 1,000.
const CHECKPOINT_PAGES: i64 = 4_000;

/// Statements kept prepared on each connection.
const PREPARED: usize = 64;

/// Opens a connection that can write, makes the file if it is missing, and puts it into write-ahead-log mode.
pub(crate) fn open_writer(path: &Path, config: &SqliteConfig) -> Result<Connection, SqliteError> {
    let connection = open(path, config, OpenFlags::SQLITE_OPEN_CREATE)?;
    // Before anything is changed: another program's database stays as it is.
    schema::version(&connection, path)?;
    use_write_ahead_log(&connection, config.busy_timeout)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is deleted is overwritten, so that a forgotten text does not linger in free pages.
    connection.pragma_update(None, "secure_delete", true)?;
    set_flush(&connection, config.durability)?;
    Ok(connection)
}

/// Opens a connection that only reads.
pub(crate) fn open_reader(path: &Path, config: &SqliteConfig) -> Result<Connection, SqliteError> {
    let connection = open(path, config, OpenFlags::empty())?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// Whether commits wait for the disk.
pub(crate) fn set_flush(connection: &Connection, durability: Durability) -> Result<(), SqliteError> {
    let level = match durability {
        Durability::Process => "NORMAL",
        Durability::Full => "FULL",
    };
    Ok(connection.pragma_update(None, "synchronous", level)?)
}

fn open(path: &Path, config: &SqliteConfig, flags: OpenFlags) -> Result<Connection, SqliteError> {
    // Each connection is used by one thread at a time, behind a lock of ours.
    let flags = flags | OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(config.busy_timeout)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // Plans do not depend on what is bound, or SQLite parses some statements anew each time they run.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    Ok(connection)
}

/// Changing the journal mode of a fresh file fails at once while another process does the same, without asking the
/// busy handler: so this waits itself.
fn use_write_ahead_log(connection: &Connection, timeout: Duration) -> Result<(), SqliteError> {
    let mut patience = Patience::new(timeout);
    loop {
        let mode = connection
            .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))
            .map_err(SqliteError::from);
        match mode {
            Ok(mode) if mode.eq_ignore_ascii_case("wal") => return Ok(()),
            Ok(mode) => {
                return Err(SqliteError::Io(format!(
                    "its file system allows journal mode `{mode}` only, not WAL"
                )));
            }
            Err(SqliteError::Busy(_)) if patience.wait() => {}
            Err(error) => return Err(error),
        }
    }
}
