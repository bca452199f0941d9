use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::error::SqliteError;

/// One transaction, or one reading: the only way the stores talk to SQLite. Statements are prepared once per
/// connection.
pub(crate) struct Tx<'c> {
    connection: &'c Connection,
    #[cfg(test)]
    faults: &'c crate::faults::Faults,
}

impl<'c> Tx<'c> {
    #[cfg(not(test))]
    pub(crate) const fn new(connection: &'c Connection) -> Self {
        Self { connection }
    }

    #[cfg(test)]
    pub(crate) const fn new(connection: &'c Connection, faults: &'c crate::faults::Faults) -> Self {
        Self { connection, faults }
    }

    /// Changes rows and says how many.
    pub(crate) fn execute(&self, sql: &str, params: impl Params) -> Result<usize, SqliteError> {
        let changed = self.connection.prepare_cached(sql)?.execute(params)?;
        #[cfg(test)]
        self.faults.after_statement()?;
        Ok(changed)
    }

    /// The id of the row inserted last.
    pub(crate) fn last_row(&self) -> i64 {
        self.connection.last_insert_rowid()
    }

    /// The first row, if there is one.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, SqliteError> {
        Ok(self.connection.prepare_cached(sql)?.query_row(params, read).optional()?)
    }

    /// Every row.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, SqliteError> {
        let mut found = Vec::new();
        self.each(sql, params, |row| {
            found.push(read(row)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(found)
    }

    /// Row by row, until `take` has enough.
    pub(crate) fn each(
        &self,
        sql: &str,
        params: impl Params,
        mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<ControlFlow<()>>,
    ) -> Result<(), SqliteError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            if take(row)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}
