use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use juno_action::Execution;
use juno_audit::{AuditError, PersonalTexts};
use juno_domain::{DomainEvent, Whose, Wording};
use juno_governance::ApprovalRequest;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_postgres::Row;

use crate::audit_log::destroy_doomed;
use crate::database::Database;
use crate::error::PostgresError;
use crate::parts::{PartKeys, Parts, json, month};
use crate::transact::transact;
use crate::tx::Tx;
use crate::vault::Vault;

/// Rows read at a time.
const PAGE: i64 = 500;

/// The texts people wrote that requests, executions and waiting events in the database hold: encrypted, each person's of
/// each month under a key of their own.
///
/// Erasing destroys these keys. What the server, its write-ahead log and backups still hold then nobody can read. What
/// was stored in the clear, before the store had keys, is overwritten in its rows, but stays there in copies.
#[derive(Clone)]
pub struct PostgresTexts {
    database: Arc<Database>,
    vault: Vault,
}

impl PostgresTexts {
    pub(crate) const fn new(database: Arc<Database>, vault: Vault) -> Self {
        Self { database, vault }
    }
}

#[async_trait]
impl PersonalTexts for PostgresTexts {
    async fn forget(&self, whose: &Whose) -> Result<u64, AuditError> {
        let fields = self.vault.sealing.fields();
        let (gone, unread) =
            transact!(self.database, Write, |tx| -> Result<(u64, Option<String>), AuditError> {
                let mut erasing = Erasing::begin(tx, whose).await?;
                let rows = Rows { table: "approvals", id: "id", body: "body" };
                let erase = |request: &mut ApprovalRequest| request.forget(whose);
                erasing.rows(&rows, erase, Wording::count_change).await?;
                let rows = Rows { table: "executions", id: "request", body: "body" };
                let erase = |execution: &mut Execution| execution.forget(whose);
                erasing.rows(&rows, erase, Wording::count_change).await?;
                let rows = Rows { table: "outbox", id: "event_id", body: "content" };
                let erase = |event: &mut DomainEvent| u64::from(fields.erase_from(event, whose));
                erasing.rows(&rows, erase, |_| {}).await?;
                Ok((erasing.gone, erasing.unread))
            })?;
        destroy_doomed(&self.database, &self.vault).await?;
        match unread {
            Some(row) if matches!(whose, Whose::Person(_)) => Err(AuditError::UnreadTexts(row)),
            _ => Ok(gone),
        }
    }
}

/// A table whose rows hold texts.
struct Rows {
    table: &'static str,
    id: &'static str,
    body: &'static str,
}

impl Rows {
    /// The names of the keys and the parts of a row. An event has one part at most.
    fn parts(&self) -> [&'static str; 2] {
        if self.table == "outbox" {
            ["array_remove(ARRAY[part_key], NULL)", "array_remove(ARRAY[part], NULL)"]
        } else {
            ["part_keys", "parts"]
        }
    }

    fn update(&self) -> String {
        let Self { table, id, body } = self;
        let set = match *table {
            "outbox" => "part_key = ($4::text[])[1], part = ($5::bytea[])[1]",
            "approvals" => "part_keys = $4, parts = $5, version = version + 1",
            _ => "part_keys = $4, parts = $5",
        };
        format!("UPDATE {table} SET {body} = $3, {set} WHERE {id} = $1 AND {body} = $2")
    }
}

/// An erasure at work, in one transaction.
struct Erasing<'a> {
    tx: &'a Tx<'a>,
    /// A person's id as JSON has it; None for everybody.
    named: Option<String>,
    /// The keys that are destroyed after the commit.
    doomed: BTreeSet<String>,
    gone: u64,
    unread: Option<String>,
}

impl<'a> Erasing<'a> {
    /// Takes the keys away. It waits for whoever is writing under one of them, and nobody begins to; from then on, the
    /// rows are there in which the keys are needed.
    async fn begin(tx: &'a Tx<'a>, whose: &Whose) -> Result<Self, PostgresError> {
        let (named, rows) = match whose {
            Whose::Person(person) => {
                let sql = "DELETE FROM text_key WHERE person = $1 RETURNING name";
                (Some(json(person)?), tx.all(sql, &[person]).await?)
            }
            Whose::Before { time, except } => {
                let except: Vec<&str> = except.iter().map(String::as_str).collect();
                let sql = "DELETE FROM text_key WHERE month < $1 AND person <> ALL($2) RETURNING name";
                (None, tx.all(sql, &[&month(*time), &except]).await?)
            }
        };
        let doomed = rows
            .iter()
            .map(|row| Ok(row.try_get(0)?))
            .collect::<Result<BTreeSet<String>, PostgresError>>()?;
        // The keys are destroyed after the commit: what is not committed must still be readable.
        let names: Vec<&str> = doomed.iter().map(String::as_str).collect();
        let doom = "INSERT INTO audit_key_doomed SELECT unnest($1::text[]) ON CONFLICT DO NOTHING";
        tx.execute(doom, &[&names]).await?;
        Ok(Self { tx, named, doomed, gone: 0, unread: None })
    }

    /// Takes the texts out of the rows of a table: the parts of doomed keys, and what stands in the clear.
    async fn rows<T: DeserializeOwned + Serialize>(
        &mut self,
        rows: &Rows,
        erase: impl Fn(&mut T) -> u64 + Sync,
        changed: impl Fn(&mut T) + Sync,
    ) -> Result<(), PostgresError> {
        let Rows { table, id, body } = rows;
        let [part_keys, parts] = rows.parts();
        let sql = format!(
            "SELECT {id}, {body}, {part_keys}, {parts} FROM {table}
             WHERE {id} > $1 AND ($2::text IS NULL OR strpos({body}, $2) > 0) ORDER BY {id} LIMIT $3"
        );
        let mut after = String::new();
        loop {
            let page = self.tx.all(&sql, &[&after, &self.named, &PAGE]).await?;
            for row in &page {
                self.row(rows, row, &erase, &changed).await?;
            }
            match page.last() {
                Some(last) => after = last.try_get(0)?,
                None => return Ok(()),
            }
        }
    }

    async fn row<T: DeserializeOwned + Serialize>(
        &mut self,
        rows: &Rows,
        row: &Row,
        erase: &(impl Fn(&mut T) -> u64 + Sync),
        changed: &(impl Fn(&mut T) + Sync),
    ) -> Result<(), PostgresError> {
        let (id, before): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
        let all = Parts { keys: row.try_get(2)?, parts: row.try_get(3)? };
        let (mut left, mut sealed) = (Parts::default(), 0);
        let mut keys = PartKeys::new(self.tx.vault());
        let of = if rows.table == "outbox" { id.to_owned() } else { format!("{} {id}", rows.table) };
        for (key, part) in all.keys.into_iter().zip(all.parts) {
            if self.doomed.contains(&key) {
                sealed +=
                    keys.open(&of, &key, &part)?.and_then(Result::ok).map_or(1, |texts| texts.len() as u64);
            } else {
                left.keys.push(key);
                left.parts.push(part);
            }
        }
        let (body, clear) = match serde_json::from_str::<T>(before) {
            Err(_) => {
                self.unread.get_or_insert_with(|| format!("the row `{id}` of `{}`", rows.table));
                (before.to_owned(), 0)
            }
            Ok(mut content) => {
                let clear = erase(&mut content);
                if sealed > 0 && clear == 0 {
                    changed(&mut content);
                }
                (json(&content)?, clear)
            }
        };
        if sealed + clear == 0 {
            return Ok(());
        }
        self.gone += sealed + clear;
        let update = rows.update();
        if self.tx.execute(&update, &[&id, &before, &body, &left.keys, &left.parts]).await? == 0 {
            return Err(self.tx.start_over("a row changed while its texts were erased"));
        }
        Ok(())
    }
}
