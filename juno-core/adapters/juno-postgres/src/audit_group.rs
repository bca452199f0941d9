use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use juno_audit::{AuditError, Entry};
use juno_domain::DomainEvent;

use crate::audit_append::{Outcome, append};
use crate::database::Database;
use crate::transact::transact;
use crate::vault::Vault;

/// Lets appends that come at the same time share one commit: while one caller writes, the others queue up, and the
/// next one writes for all of them.
#[derive(Default)]
pub(crate) struct Group {
    queue: Mutex<Vec<Arc<Call>>>,
    /// Held by who writes.
    leader: tokio::sync::Mutex<()>,
}

/// One call of `append`.
pub(crate) struct Call {
    pub(crate) rows: Vec<(DomainEvent, Entry)>,
    outcome: Mutex<Option<Outcome>>,
}

impl Call {
    pub(crate) fn new(rows: Vec<(DomainEvent, Entry)>) -> Arc<Self> {
        Arc::new(Self { rows, outcome: Mutex::default() })
    }

    fn settle(&self, outcome: Outcome) {
        *lock(&self.outcome) = Some(outcome);
    }
}

impl Group {
    /// Appends what a call brings: all of it or nothing, whatever becomes of the calls it shares a commit with.
    pub(crate) async fn append(
        &self,
        database: &Database,
        vault: Option<&Vault>,
        call: Arc<Call>,
    ) -> Outcome {
        lock(&self.queue).push(Arc::clone(&call));
        let _leader = self.leader.lock().await;
        if let Some(outcome) = lock(&call.outcome).take() {
            return outcome;
        }
        let mut calls = std::mem::take(&mut *lock(&self.queue));
        // A leader that was broken off took this call with it out of the queue. What it wrote is not written again.
        if !calls.iter().any(|other| Arc::ptr_eq(other, &call)) {
            calls.push(Arc::clone(&call));
        }
        match commit(database, vault, &calls).await {
            Ok(outcomes) => calls.iter().zip(outcomes).for_each(|(call, outcome)| call.settle(outcome)),
            Err(error) if calls.len() == 1 => return Err(error),
            // What stopped the commit may be the fault of one call: each is tried by itself.
            Err(_) => {
                for call in &calls {
                    let alone = commit(database, vault, std::slice::from_ref(call)).await;
                    call.settle(alone.and_then(|mut outcomes| outcomes.pop().unwrap_or_else(no_outcome)));
                }
            }
        }
        let outcome = lock(&call.outcome).take();
        outcome.unwrap_or_else(no_outcome)
    }
}

fn no_outcome() -> Outcome {
    Err(AuditError::Internal("a commit gave no outcome".into()))
}

/// Writes the calls as one transaction, and gives what came of each.
async fn commit(
    database: &Database,
    vault: Option<&Vault>,
    calls: &[Arc<Call>],
) -> Result<Vec<Outcome>, AuditError> {
    transact!(*database, Write, |tx| -> Result<Vec<Outcome>, AuditError> {
        let calls: Vec<&[(DomainEvent, Entry)]> = calls.iter().map(|call| call.rows.as_slice()).collect();
        append(tx, vault, &calls).await
    })
}

/// What these locks guard is whole even if a holder panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
