use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use deadpool_postgres::Transaction;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::error::PostgresError;
use crate::vault::Vault;

/// Rows fetched first where a caller may stop early.
const PAGE: i64 = 300;

/// The values of a statement, always apart from its text.
pub(crate) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// One transaction, or one reading: the only way the stores talk to PostgreSQL. Statements are prepared once per
/// connection.
pub(crate) struct Tx<'c> {
    transaction: Transaction<'c>,
    /// Whether a statement failed in a way that a fresh start can mend.
    transient: AtomicBool,
    vault: Option<&'c Vault>,
    #[cfg(test)]
    faults: &'c crate::faults::Faults,
}

impl<'c> Tx<'c> {
    #[cfg(not(test))]
    pub(crate) const fn new(transaction: Transaction<'c>, vault: Option<&'c Vault>) -> Self {
        Self { transaction, transient: AtomicBool::new(false), vault }
    }

    #[cfg(test)]
    pub(crate) const fn new(
        transaction: Transaction<'c>,
        vault: Option<&'c Vault>,
        faults: &'c crate::faults::Faults,
    ) -> Self {
        Self { transaction, transient: AtomicBool::new(false), vault, faults }
    }

    /// What encrypts what people wrote, if anything does.
    pub(crate) const fn vault(&self) -> Option<&'c Vault> {
        self.vault
    }

    /// Changes rows and says how many.
    pub(crate) async fn execute(&self, sql: &str, params: Params<'_>) -> Result<u64, PostgresError> {
        let changed = self.noted(async {
            let statement = self.transaction.prepare_cached(sql).await?;
            self.transaction.execute(&statement, params).await
        });
        let changed = changed.await?;
        #[cfg(test)]
        self.faults.after_statement(&self.transaction).await?;
        Ok(changed)
    }

    /// The first row, if there is one.
    pub(crate) async fn one(&self, sql: &str, params: Params<'_>) -> Result<Option<Row>, PostgresError> {
        Ok(self.all(sql, params).await?.into_iter().next())
    }

    /// Every row.
    pub(crate) async fn all(&self, sql: &str, params: Params<'_>) -> Result<Vec<Row>, PostgresError> {
        let rows = self.noted(async {
            let statement = self.transaction.prepare_cached(sql).await?;
            self.transaction.query(&statement, params).await
        });
        rows.await
    }

    /// Row by row, until `take` has enough. It asks page by page, each twice as large as the one before, so that the
    /// server neither sorts nor sends what nobody takes; `sql` says the order and leaves the limit out. For readings
    /// only, where the pages are of one state.
    pub(crate) async fn each(
        &self,
        sql: &str,
        params: Params<'_>,
        take: impl FnMut(&Row) -> Result<ControlFlow<()>, PostgresError>,
    ) -> Result<(), PostgresError> {
        self.each_of(PAGE, sql, params, take).await
    }

    /// As [`Tx::each`], with so many rows in the first page.
    pub(crate) async fn each_of(
        &self,
        mut page: i64,
        sql: &str,
        params: Params<'_>,
        mut take: impl FnMut(&Row) -> Result<ControlFlow<()>, PostgresError>,
    ) -> Result<(), PostgresError> {
        let sql = format!("{sql} LIMIT ${} OFFSET ${}", params.len() + 1, params.len() + 2);
        let mut seen = 0_i64;
        loop {
            let paged: Vec<&(dyn ToSql + Sync)> =
                params.iter().copied().chain([&page as &(dyn ToSql + Sync), &seen]).collect();
            let rows = self.all(&sql, &paged).await?;
            for row in &rows {
                if take(row)?.is_break() {
                    return Ok(());
                }
            }
            let got = rows.len() as i64;
            if got < page {
                return Ok(());
            }
            (seen, page) = (seen + got, page * 2);
        }
    }

    /// An error after which the transaction starts over on what others left.
    pub(crate) fn start_over(&self, why: &str) -> PostgresError {
        self.transient.store(true, Ordering::Relaxed);
        PostgresError::Contended(why.into())
    }

    /// Whether starting over can help: others were in the way, or the connection was lost before the commit.
    pub(crate) fn is_transient(&self) -> bool {
        self.transient.load(Ordering::Relaxed)
    }

    /// Commits; contended where another attempt can succeed.
    pub(crate) async fn commit(self) -> Result<(), PostgresError> {
        if self.transaction.client().is_closed() {
            // Lost before anything of the commit was sent.
            return Err(PostgresError::Contended("the connection was lost".into()));
        }
        #[cfg(test)]
        let unheard = self.faults.commit_unheard();
        let committed = self.transaction.commit().await;
        #[cfg(test)]
        if unheard {
            return Err(PostgresError::Unclear("a fault on demand".into()));
        }
        committed.map_err(|error| match error.as_db_error() {
            // The server says no, so nothing was committed.
            Some(_) => error.into(),
            None => PostgresError::Unclear(PostgresError::from(error).to_string()),
        })
    }

    async fn noted<T>(
        &self,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, PostgresError> {
        work.await.map_err(|error| {
            let ended = error.as_db_error().is_none_or(|error| error.code().code().starts_with("57P"));
            let error = PostgresError::from(error);
            if matches!(error, PostgresError::Contended(_))
                || (ended && matches!(error, PostgresError::Unavailable(_)))
            {
                self.transient.store(true, Ordering::Relaxed);
            }
            error
        })
    }
}
