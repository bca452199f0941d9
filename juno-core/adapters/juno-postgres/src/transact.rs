//! One transaction, as often as it takes.

use std::time::Duration;

use deadpool_postgres::Object;
use tokio_postgres::IsolationLevel;

use crate::database::Database;
use crate::error::PostgresError;
use crate::tx::Tx;

/// How often a transaction is tried in all where others are in the way or the connection is lost before the commit.
const ATTEMPTS: u32 = 5;
/// The pause before the second attempt; it doubles with each.
const PAUSE: Duration = Duration::from_millis(2);

/// Runs a block as one transaction: all of it is committed, or none of it. It may run several times, each on what is
/// then there, so it must not take anything out of what surrounds it. A macro, as no bound on a closure can say today
/// that the futures it gives are `Send`.
macro_rules! transact {
    ($database:expr, $kind:ident, |$tx:ident| -> $output:ty $work:block) => {{
        let database: &$crate::database::Database = &$database;
        let attempts = async {
            let mut attempts = $crate::transact::Attempts::new(database, $crate::transact::Kind::$kind);
            let outcome: $output = loop {
                let mut connection = match database.connection().await {
                    Ok(connection) => connection,
                    Err(error) => break Err(error.into()),
                };
                let failed = match attempts.begin(&mut connection).await {
                    Err(failed) => failed,
                    Ok(transaction) => {
                        let $tx = &transaction;
                        let result: $output = async { $work }.await;
                        match attempts.end(transaction, result).await {
                            Ok(value) => break Ok(value),
                            Err(failed) => failed,
                        }
                    }
                };
                drop(connection);
                if let Err(error) = attempts.again(failed).await {
                    break Err(error);
                }
            };
            outcome
        };
        database.reactor().run(attempts).await
    }};
}
pub(crate) use transact;

/// What a transaction may do.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Reads one state of the database: what others commit meanwhile is not seen.
    Read,
    /// Changes it. Two writers of one row take turns through the row's lock, and each sees what the one before it
    /// committed.
    Write,
}

/// An attempt that failed, and whether another one can succeed.
pub(crate) struct Failed<E> {
    error: E,
    transient: bool,
}

/// The attempts at one transaction.
pub(crate) struct Attempts<'d> {
    database: &'d Database,
    kind: Kind,
    made: u32,
}

impl<'d> Attempts<'d> {
    pub(crate) const fn new(database: &'d Database, kind: Kind) -> Self {
        Self { database, kind, made: 0 }
    }

    pub(crate) async fn begin<'c, E: From<PostgresError>>(
        &mut self,
        connection: &'c mut Object,
    ) -> Result<Tx<'c>, Failed<E>>
    where
        'd: 'c,
    {
        self.made += 1;
        let builder = connection.build_transaction();
        let builder = match self.kind {
            Kind::Read => builder.isolation_level(IsolationLevel::RepeatableRead).read_only(true),
            Kind::Write => builder.isolation_level(IsolationLevel::ReadCommitted),
        };
        let transaction = builder.start().await.map_err(|error| {
            let error = PostgresError::from(error);
            // Nothing has begun: a connection that had been lost unnoticed is replaced.
            Failed { transient: matches!(error, PostgresError::Unavailable(_)), error: error.into() }
        })?;
        Ok(self.database.tx(transaction))
    }

    /// Commits what went well; the rest is rolled back as the transaction is dropped.
    pub(crate) async fn end<T, E: From<PostgresError>>(
        &self,
        tx: Tx<'_>,
        result: Result<T, E>,
    ) -> Result<T, Failed<E>> {
        let value = result.map_err(|error| Failed { transient: tx.is_transient(), error })?;
        match tx.commit().await {
            Ok(()) => Ok(value),
            Err(error) => {
                let transient = matches!(error, PostgresError::Contended(_));
                Err(Failed { transient, error: error.into() })
            }
        }
    }

    /// Waits a little before the next attempt.
    pub(crate) async fn again<E>(&self, failed: Failed<E>) -> Result<(), E> {
        if !failed.transient || self.made >= ATTEMPTS {
            return Err(failed.error);
        }
        tokio::time::sleep(PAUSE * 2_u32.saturating_pow(self.made - 1)).await;
        Ok(())
    }
}
