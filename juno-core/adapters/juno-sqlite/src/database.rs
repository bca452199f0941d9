use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use juno_memory::VectorCache;
use rusqlite::Connection;

use crate::config::{Durability, SqliteConfig};
use crate::connection::{open_reader, open_writer, set_flush};
use crate::error::SqliteError;
use crate::patience::Patience;
use crate::schema;
use crate::tx::Tx;

/// The file, one connection that writes and a few that read. Shared by the stores of one file.
pub(crate) struct Database {
    path: PathBuf,
    config: SqliteConfig,
    /// The process that opened it: SQLite's connections must not cross a fork.
    opened_by: u32,
    writer: Mutex<Option<Connection>>,
    readers: Mutex<Vec<Connection>>,
    vectors: VectorCache,
    #[cfg(test)]
    pub(crate) faults: crate::faults::Faults,
}

impl Database {
    /// Opens the file, makes it if it is missing, and brings its schema up to date.
    pub(crate) fn open(path: &Path, config: SqliteConfig) -> Result<Self, SqliteError> {
        if path.as_os_str().is_empty() || path == Path::new(":memory:") || path.is_dir() {
            return Err(SqliteError::Path(path.to_owned()));
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|error| SqliteError::Folder { path: path.to_owned(), reason: error.to_string() })?;
        }
        let mut writer = open_writer(path, &config)?;
        schema::bring_up_to_date(&mut writer, path, config.busy_timeout)?;
        Ok(Self {
            path: path.to_owned(),
            config,
            opened_by: std::process::id(),
            writer: Mutex::new(Some(writer)),
            readers: Mutex::default(),
            vectors: VectorCache::default(),
            #[cfg(test)]
            faults: crate::faults::Faults::default(),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Vectors that were read lately.
    pub(crate) const fn vectors(&self) -> &VectorCache {
        &self.vectors
    }

    pub(crate) const fn config(&self) -> &SqliteConfig {
        &self.config
    }

    /// Runs `read` on one state of the file: what others write meanwhile is not seen.
    pub(crate) fn read<T, E: From<SqliteError>>(
        &self,
        read: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.refuse_after_fork()?;
        let idle = lock(&self.readers).pop();
        let reader = match idle {
            Some(reader) => reader,
            None => open_reader(&self.path, &self.config)?,
        };
        begin(&reader, "BEGIN DEFERRED", &self.config)?;
        let result = read(&self.tx(&reader));
        // Nothing was changed, so it does not matter how the reading ends; but a connection that cannot end it is
        // not used again.
        if run(&reader, "COMMIT").is_ok() {
            let mut readers = lock(&self.readers);
            if readers.len() < self.config.idle_readers {
                readers.push(reader);
            }
        }
        result
    }

    /// Runs `change` as one transaction: all of it is committed, or none of it.
    pub(crate) fn write<T, E: From<SqliteError>>(
        &self,
        change: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.write_with(self.config.durability, change)
    }

    /// As [`write`](Self::write), and the commit is on the disk when it returns.
    pub(crate) fn write_through<T, E: From<SqliteError>>(
        &self,
        change: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.write_with(Durability::Full, change)
    }

    fn write_with<T, E: From<SqliteError>>(
        &self,
        durability: Durability,
        change: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.refuse_after_fork()?;
        let mut slot = lock(&self.writer);
        // Taken out while in use: whatever goes wrong below, also a panic, closes it and so rolls back; the next
        // write then opens a fresh one.
        let writer = match slot.take() {
            Some(writer) => writer,
            None => open_writer(&self.path, &self.config)?,
        };
        if durability != self.config.durability {
            set_flush(&writer, durability)?;
        }
        if let Err(error) = begin(&writer, "BEGIN IMMEDIATE", &self.config) {
            // Nothing has begun; a connection that only had to wait is as good as before.
            if matches!(error, SqliteError::Busy(_)) && set_flush(&writer, self.config.durability).is_ok() {
                *slot = Some(writer);
            }
            return Err(error.into());
        }
        let result = change(&self.tx(&writer));
        let ended = match &result {
            Ok(_) => run(&writer, "COMMIT"),
            Err(_) => Ok(()),
        };
        if !writer.is_autocommit() && run(&writer, "ROLLBACK").is_err() {
            // SQLite rolls some failures back itself; a connection that can do neither is closed.
            drop(writer);
        } else if durability == self.config.durability || set_flush(&writer, self.config.durability).is_ok() {
            *slot = Some(writer);
        }
        ended?;
        result
    }

    /// Moves the write-ahead log into the file and empties it; `false` if others kept a part of it in use.
    pub(crate) fn checkpoint(&self) -> Result<bool, SqliteError> {
        self.refuse_after_fork()?;
        let mut slot = lock(&self.writer);
        let writer = match slot.take() {
            Some(writer) => writer,
            None => open_writer(&self.path, &self.config)?,
        };
        let busy = writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
        *slot = Some(writer);
        Ok(busy? == 0)
    }

    /// Sees to it that nothing that was deleted is left in any file: what was freed is overwritten already, so this
    /// writes the file anew without the free pages, and empties the write-ahead log. `false` if others were reading or
    /// writing, so that a part had to stay.
    pub(crate) fn scrub(&self) -> Result<bool, SqliteError> {
        self.refuse_after_fork()?;
        let vacuumed = {
            let mut slot = lock(&self.writer);
            let writer = match slot.take() {
                Some(writer) => writer,
                None => open_writer(&self.path, &self.config)?,
            };
            let vacuumed = writer.execute_batch("VACUUM").map_err(SqliteError::from);
            *slot = Some(writer);
            vacuumed
        };
        match vacuumed {
            Err(SqliteError::Busy(_)) => Ok(false),
            other => other.and_then(|()| self.checkpoint()),
        }
    }

    #[cfg(not(test))]
    const fn tx<'c>(&'c self, connection: &'c Connection) -> Tx<'c> {
        Tx::new(connection)
    }

    #[cfg(test)]
    const fn tx<'c>(&'c self, connection: &'c Connection) -> Tx<'c> {
        Tx::new(connection, &self.faults)
    }

    /// Checked before any lock is taken: in a forked child a lock may be held by a thread that is not there.
    fn refuse_after_fork(&self) -> Result<(), SqliteError> {
        if self.opened_by == std::process::id() {
            return Ok(());
        }
        Err(SqliteError::Forked { opened_by: self.opened_by })
    }

    #[cfg(test)]
    pub(crate) fn pretend_opened_by(&mut self, process: u32) {
        self.opened_by = process;
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.opened_by != std::process::id() {
            // Closing the parent's connections here could remove its locks and its log.
            std::mem::forget(self.writer.get_mut().unwrap_or_else(PoisonError::into_inner).take());
            std::mem::forget(std::mem::take(self.readers.get_mut().unwrap_or_else(PoisonError::into_inner)));
        }
    }
}

/// A lock whose holder panicked guards an option or a list that is whole all the same.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins, and tries again while the file is busy: SQLite itself waits in most cases, not in all.
fn begin(connection: &Connection, sql: &str, config: &SqliteConfig) -> Result<(), SqliteError> {
    let mut patience = Patience::new(config.busy_timeout);
    loop {
        match run(connection, sql) {
            Err(SqliteError::Busy(_)) if patience.wait() => {}
            other => return other,
        }
    }
}

fn run(connection: &Connection, sql: &str) -> Result<(), SqliteError> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}
