//! Faults on demand, for this crate's own tests: a transaction that fails, or a process that dies, after a chosen
//! statement.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::SqliteError;

#[derive(Debug, Default)]
pub(crate) struct Faults {
    statements: AtomicU32,
    fail_after: AtomicU32,
    die_after: AtomicU32,
}

impl Faults {
    /// From now on, fail the transaction after its `n`-th changing statement; 0 never.
    pub(crate) fn fail_after(&self, n: u32) {
        self.statements.store(0, Ordering::SeqCst);
        self.fail_after.store(n, Ordering::SeqCst);
    }

    /// From now on, end the process after the `n`-th changing statement; 0 never.
    pub(crate) fn die_after(&self, n: u32) {
        self.statements.store(0, Ordering::SeqCst);
        self.die_after.store(n, Ordering::SeqCst);
    }

    pub(crate) fn after_statement(&self) -> Result<(), SqliteError> {
        let n = self.statements.fetch_add(1, Ordering::SeqCst) + 1;
        if n == self.die_after.load(Ordering::SeqCst) {
            std::process::abort();
        }
        if n == self.fail_after.load(Ordering::SeqCst) {
            return Err(SqliteError::Io("a fault on demand".into()));
        }
        Ok(())
    }
}
