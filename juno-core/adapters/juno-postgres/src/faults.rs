//! Faults on demand, for this crate's own tests: a session that the server ends after a chosen statement, and a commit
//! whose answer does not arrive.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use deadpool_postgres::Transaction;

use crate::error::PostgresError;

#[derive(Debug, Default)]
pub(crate) struct Faults {
    statements: AtomicU32,
    end_after: AtomicU32,
    /// How often it still happens.
    times: AtomicU32,
    unheard: AtomicBool,
}

impl Faults {
    /// From now on, end the session after the `n`-th changing statement of a transaction, and of the next ones, `times`
    /// times in all.
    pub(crate) fn end_session_after(&self, n: u32, times: u32) {
        self.statements.store(0, Ordering::SeqCst);
        self.end_after.store(n, Ordering::SeqCst);
        self.times.store(times, Ordering::SeqCst);
    }

    /// The answer to the next commit gets lost.
    pub(crate) fn lose_commit_answer(&self) {
        self.unheard.store(true, Ordering::SeqCst);
    }

    pub(crate) fn commit_unheard(&self) -> bool {
        self.unheard.swap(false, Ordering::SeqCst)
    }

    pub(crate) async fn after_statement(&self, transaction: &Transaction<'_>) -> Result<(), PostgresError> {
        let n = self.statements.fetch_add(1, Ordering::SeqCst) + 1;
        if n == self.end_after.load(Ordering::SeqCst) && self.times.load(Ordering::SeqCst) > 0 {
            self.times.fetch_sub(1, Ordering::SeqCst);
            self.statements.store(0, Ordering::SeqCst);
            // The next statement, or the commit, finds the session gone.
            drop(transaction.query("SELECT pg_terminate_backend(pg_backend_pid())", &[]).await);
            while !transaction.client().is_closed() {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
        }
        Ok(())
    }
}
