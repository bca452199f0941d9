use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use juno_audit::{AuditError, Entry, Frontier};
use juno_domain::DomainEvent;

use crate::audit_row::{append_all, read_frontier, write_frontier};
use crate::database::Database;

/// Lets appends that come at the same time share one commit: while one caller writes, the others queue up and sleep, and
/// the next one writes for all of them.
#[derive(Default)]
pub(crate) struct Group {
    line: Mutex<Line>,
    /// A commit has ended.
    ended: Condvar,
}

#[derive(Default)]
struct Line {
    waiting: Vec<Arc<Call>>,
    /// Somebody writes.
    led: bool,
}

/// One call of `append`.
pub(crate) struct Call {
    rows: Vec<(DomainEvent, Entry)>,
    outcome: Mutex<Option<Result<Vec<u64>, AuditError>>>,
}

impl Call {
    pub(crate) fn new(rows: Vec<(DomainEvent, Entry)>) -> Arc<Self> {
        Arc::new(Self { rows, outcome: Mutex::default() })
    }

    fn settle(&self, outcome: Result<Vec<u64>, AuditError>) {
        *lock(&self.outcome) = Some(outcome);
    }
}

impl Group {
    /// Appends what a call brings: all of it or nothing, whatever becomes of the calls it shares a commit with.
    pub(crate) fn append(&self, database: &Database, call: Arc<Call>) -> Result<Vec<u64>, AuditError> {
        let mut line = lock(&self.line);
        line.waiting.push(Arc::clone(&call));
        loop {
            if let Some(outcome) = lock(&call.outcome).take() {
                return outcome;
            }
            if !line.led {
                break;
            }
            line = self.ended.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
        line.led = true;
        let mut calls = std::mem::take(&mut line.waiting);
        drop(line);
        let _lead = Lead(self);
        // A leader that panicked took this call with it out of the line.
        if !calls.iter().any(|other| Arc::ptr_eq(other, &call)) {
            calls.push(Arc::clone(&call));
        }
        match commit(database, &calls) {
            Ok(outcomes) => calls.iter().zip(outcomes).for_each(|(call, outcome)| call.settle(outcome)),
            Err(error) if calls.len() == 1 => return Err(error),
            // What stopped the commit may be the fault of one call: each is tried by itself.
            Err(_) => calls.iter().for_each(|call| {
                let alone = commit(database, std::slice::from_ref(call)).and_then(|mut outcomes| {
                    let none = || AuditError::Internal("a commit gave no outcome".into());
                    outcomes.pop().ok_or_else(none)?
                });
                call.settle(alone);
            }),
        }
        let outcome = lock(&call.outcome).take();
        outcome.ok_or_else(|| AuditError::Internal("a commit gave no outcome".into()))?
    }
}

/// Lets the next caller write, also where this one panics.
struct Lead<'a>(&'a Group);

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        lock(&self.0.line).led = false;
        self.0.ended.notify_all();
    }
}

/// Writes the calls as one transaction, and gives what came of each.
fn commit(database: &Database, calls: &[Arc<Call>]) -> Result<Vec<Result<Vec<u64>, AuditError>>, AuditError> {
    database.write(|tx| {
        let mut frontier: Frontier = read_frontier(tx)?;
        let before = frontier.size();
        let mut outcomes = Vec::with_capacity(calls.len());
        for call in calls {
            match append_all(tx, &mut frontier, &call.rows) {
                Err(error @ AuditError::Conflict { .. }) => outcomes.push(Err(error)),
                other => outcomes.push(Ok(other?)),
            }
        }
        if frontier.size() > before {
            write_frontier(tx, &frontier)?;
        }
        Ok(outcomes)
    })
}

/// What these locks guard is whole even if a holder panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
