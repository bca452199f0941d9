use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use juno_action::Execution;
use juno_audit::{AuditError, PersonalFields, PersonalTexts, waiting_json};
use juno_domain::{DomainEvent, Whose, Wording};
use juno_governance::ApprovalRequest;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::database::Database;
use crate::error::SqliteError;
use crate::tx::Tx;

/// The texts people wrote that requests, executions and waiting events in the file hold.
///
/// What is erased is overwritten where it stands. What the file had of it elsewhere goes when it is written anew, by
/// [`scrub`](juno_audit::AuditLog::scrub).
#[derive(Clone)]
pub struct SqliteTexts {
    database: Arc<Database>,
    fields: PersonalFields,
}

impl SqliteTexts {
    pub(crate) const fn new(database: Arc<Database>, fields: PersonalFields) -> Self {
        Self { database, fields }
    }
}

#[async_trait]
impl PersonalTexts for SqliteTexts {
    async fn forget(&self, whose: &Whose) -> Result<u64, AuditError> {
        let (gone, unread) = self.database.write_through(|tx| {
            let approvals = Rows {
                table: "approvals",
                find: "SELECT id, body FROM approvals WHERE ?1 IS NULL OR instr(body, ?1)",
                update: "UPDATE approvals SET body = ?2, version = version + 1 WHERE id = ?1",
            };
            let executions = Rows {
                table: "executions",
                find: "SELECT request, body FROM executions WHERE ?1 IS NULL OR instr(body, ?1)",
                update: "UPDATE executions SET body = ?2 WHERE request = ?1",
            };
            let waiting = Rows {
                table: "outbox",
                find: "SELECT event_id, content FROM outbox WHERE ?1 IS NULL OR instr(content, ?1)",
                update: "UPDATE outbox SET content = ?2 WHERE event_id = ?1",
            };
            let mut done = Done::default();
            approvals.forget(
                tx,
                whose,
                json,
                |request: &mut ApprovalRequest| request.forget(whose),
                &mut done,
            )?;
            executions.forget(
                tx,
                whose,
                json,
                |execution: &mut Execution| execution.forget(whose),
                &mut done,
            )?;
            let erase = |event: &mut DomainEvent| u64::from(self.fields.erase_from(event, whose));
            waiting.forget(tx, whose, waiting_json, erase, &mut done)?;
            Ok::<_, AuditError>((done.gone, done.unread))
        })?;
        // What is old and damaged is not everybody's matter; what may be this person's is.
        match unread.first() {
            Some(row) if matches!(whose, Whose::Person(_)) => Err(AuditError::UnreadTexts(row.clone())),
            _ => Ok(gone),
        }
    }
}

/// How many texts were erased, and which rows could not be read.
#[derive(Default)]
struct Done {
    gone: u64,
    unread: Vec<String>,
}

/// Rows of a table that hold texts.
struct Rows {
    table: &'static str,
    /// Gives id and body of those in which a person's id, ?1, stands anywhere; all without one.
    find: &'static str,
    /// Sets the body ?2 of the row ?1.
    update: &'static str,
}

impl Rows {
    fn forget<T: DeserializeOwned>(
        &self,
        tx: &Tx<'_>,
        whose: &Whose,
        json: impl Fn(&T) -> Result<String, AuditError>,
        erase: impl Fn(&mut T) -> u64,
        done: &mut Done,
    ) -> Result<(), AuditError> {
        let mut changed = Vec::new();
        tx.each(self.find, [named(whose)?], |row| {
            let id = row.get::<_, String>(0)?;
            match serde_json::from_slice::<T>(row.get_ref(1)?.as_bytes()?) {
                Err(_) => done.unread.push(format!("the row `{id}` of `{}`", self.table)),
                Ok(mut content) => match erase(&mut content) {
                    0 => {}
                    erased => {
                        done.gone += erased;
                        changed.push((id, content));
                    }
                },
            }
            Ok(ControlFlow::Continue(()))
        })?;
        for (id, content) in changed {
            tx.execute(self.update, (id, json(&content)?))?;
        }
        Ok(())
    }
}

fn json<T: Serialize>(row: &T) -> Result<String, AuditError> {
    serde_json::to_string(row).map_err(|error| AuditError::Internal(error.to_string()))
}

/// A person's id as JSON has it.
fn named(whose: &Whose) -> Result<Option<String>, SqliteError> {
    match whose {
        Whose::Person(person) => {
            let json =
                serde_json::to_string(person).map_err(|error| SqliteError::Internal(error.to_string()))?;
            Ok(Some(json))
        }
        Whose::Before { .. } => Ok(None),
    }
}
