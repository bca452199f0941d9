use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use juno_crypto::digest;
use juno_domain::{Digest, ErrorKind, MemoryId, Progress, TeamId};
use juno_memory::{Memory, MemoryError, MemoryWrite, WriteGate, WriteReason};
use serde::Serialize;
use serde_json::Value;

use crate::import_source::{ImportSource, Imported, Row, instant, text};
use crate::item::ItemPut;
use crate::item_place::check_namespace;
use crate::{AgentError, MemoryHandle, mem0};

/// Memories written in one transaction.
const BATCH: usize = 500;

/// What an import did: each row is counted once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Rows that were read.
    pub rows: u64,
    /// Those that are memories now.
    pub imported: u64,
    /// Those that were there, and are in a later state now.
    pub updated: u64,
    /// Those that were there already, the same.
    pub known: u64,
    /// Those that are there in a later state than in the row: that one stays.
    pub newer: u64,
    /// Those whose subject asked for their erasure since they were imported: they stay erased.
    pub erased: u64,
    /// Those that were not taken.
    pub refused: Vec<RefusedRow>,
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedRow {
    /// Its place among all rows, from 0 on.
    pub nth: usize,
    /// Its id or key, where it has one.
    pub id: Option<String>,
    /// Why.
    pub reason: String,
}

/// What becomes of a row.
enum Fate {
    New,
    Updated,
    Known,
    Newer,
    Erased,
}

impl MemoryHandle {
    /// Imports memories of mem0: of its library or its platform, from files or rows. Users are scopes of their own, and
    /// the subjects of what is remembered about them; a run is a session; an agent without a user is one. Imported again
    /// it changes nothing; a row that cannot be taken is named and stops no other.
    ///
    /// # Errors
    /// If a file cannot be read, a store cannot be reached, or `progress` was cancelled: what was imported stays, and
    /// beginning anew is fine.
    pub async fn import_mem0(
        &self,
        source: &ImportSource,
        team: Option<&TeamId>,
        progress: &Progress,
    ) -> Result<ImportReport, AgentError> {
        let (tenant, now) = (self.0.config.tenant.clone(), self.0.parts.clock.now());
        self.import(source.rows()?, progress, |row| {
            let read = mem0::memory(row, &tenant, team, now)?;
            self.guarded(read.memory).map(|memory| Imported { memory, ..read })
        })
        .await
    }

    /// Imports items of a LangGraph store: what `Item.dict()` gives, or rows of the table of its PostgreSQL store, from
    /// files or rows. They are the items of [`items`](Self::items). Otherwise as [`import_mem0`](Self::import_mem0).
    ///
    /// # Errors
    /// As `import_mem0`.
    pub async fn import_langgraph(
        &self,
        source: &ImportSource,
        team: Option<&TeamId>,
        progress: &Progress,
    ) -> Result<ImportReport, AgentError> {
        let (items, now) = (self.items(team.cloned()), self.0.parts.clock.now());
        self.import(source.rows()?, progress, |row| {
            let put = item(row)?;
            let (created, updated) = (instant(row, "created_at")?, instant(row, "updated_at")?);
            let times = (created.or(updated).unwrap_or(now), updated.or(created).unwrap_or(now));
            let mut memory = items.memory(&put, times).map_err(|error| error.to_string())?;
            if let Some(end) = instant(row, "expires_at")? {
                memory.expires_at = Some(end);
            }
            let dated = created.or(updated).is_some();
            Ok(Imported { memory, dated, ends: put.ttl_seconds.is_none() })
        })
        .await
    }

    /// The memory, if it breaks no limit and the write gate finds nothing in it that may not be kept.
    fn guarded(&self, memory: Memory) -> Result<Memory, String> {
        memory.check().map_err(|error| error.to_string())?;
        let Some(rules) = self.0.config.write_rules else { return Ok(memory) };
        let gate = WriteGate::new(rules);
        let memory = gate.masked(&memory).into_owned();
        let verdict = gate.judge(&memory, &[], &[]);
        match verdict.refusal().filter(|_| verdict.reason != WriteReason::TooVague) {
            Some(refusal) => Err(refusal.to_string()),
            None => Ok(memory),
        }
    }

    async fn import(
        &self,
        rows: Vec<Row>,
        progress: &Progress,
        make: impl Fn(&Value) -> Result<Imported, String> + Send + Sync,
    ) -> Result<ImportReport, AgentError> {
        let mut report = ImportReport { rows: rows.len() as u64, ..ImportReport::default() };
        let erased = self.erased_digests().await?;
        for (batch, rows) in rows.chunks(BATCH).enumerate() {
            let first = batch * BATCH;
            progress.step("importing", first as u64, Some(report.rows))?;
            let done = self.import_batch(first, rows, &erased, &make, &mut report).await;
            self.0.drain().await?;
            done?;
        }
        progress.step("importing", report.rows, Some(report.rows))?;
        Ok(report)
    }

    async fn import_batch(
        &self,
        first: usize,
        rows: &[Row],
        erased: &BTreeSet<Digest>,
        make: &(impl Fn(&Value) -> Result<Imported, String> + Send + Sync),
        report: &mut ImportReport,
    ) -> Result<(), AgentError> {
        let store = &self.0.parts.stores.memory;
        let mut writes: BTreeMap<MemoryId, (usize, Option<String>, Fate, MemoryWrite)> = BTreeMap::new();
        for (nth, row) in rows.iter().enumerate().map(|(nth, row)| (first + nth, row)) {
            let id = row.as_ref().ok().and_then(|row| text(row, "id").or_else(|| text(row, "key")));
            let mut refuse = |reason: String| report.refused.push(RefusedRow { nth, id: id.clone(), reason });
            let mut new = match row.as_ref().map_err(Clone::clone).and_then(make) {
                Ok(new) => new,
                Err(reason) => {
                    refuse(reason);
                    continue;
                }
            };
            let before = match writes.get(&new.memory.id) {
                Some((.., waiting)) => Ok(Some(waiting.memory.clone())),
                None => store.get(&new.memory.scope, &new.memory.id, DateTime::<Utc>::MIN_UTC).await,
            };
            let before = match before {
                // A damaged one may be written anew.
                Err(error) if error.is_about_one() => None,
                other => other?,
            };
            if before.as_ref().is_some_and(|before| before.quarantined.is_some()) {
                refuse("it is in quarantine: have it lifted first".into());
                continue;
            }
            match fate(&mut new, before.as_ref(), erased)? {
                Fate::Known => report.known += 1,
                Fate::Newer => report.newer += 1,
                Fate::Erased => report.erased += 1,
                fate => {
                    // Of a row that is followed by a later state of itself, the first was new.
                    let fate = match writes.remove(&new.memory.id) {
                        Some((_, _, before, _)) => {
                            report.known += 1;
                            before
                        }
                        None => fate,
                    };
                    let write = MemoryWrite::new(new.memory, &self.0.config.instance)?;
                    writes.insert(write.memory.id.clone(), (nth, id, fate, write));
                }
            }
        }
        let all: Vec<MemoryWrite> = writes.values().map(|(.., write)| write.clone()).collect();
        let all = store.put_all(&all).await;
        for (nth, id, fate, write) in writes.into_values() {
            let put = match &all {
                Ok(()) => Ok(()),
                // One stands in the way of all: which?
                Err(error) if is_about_a_row(error) => store.put(&write.memory, &write.events).await,
                Err(error) => return Err(error.clone().into()),
            };
            match (put, fate) {
                (Ok(()), Fate::New) => report.imported += 1,
                (Ok(()), _) => report.updated += 1,
                (Err(error), _) if is_about_a_row(&error) => {
                    report.refused.push(RefusedRow { nth, id, reason: error.to_string() });
                }
                (Err(error), _) => return Err(error.into()),
            }
        }
        report.refused.sort_by_key(|row| row.nth);
        Ok(())
    }
}

fn is_about_a_row(error: &MemoryError) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Conflict | ErrorKind::Denied)
}

/// What is to become of a memory, given what is there.
fn fate(new: &mut Imported, before: Option<&Memory>, erased: &BTreeSet<Digest>) -> Result<Fate, AgentError> {
    let Some(before) = before else {
        let gone = erased.contains(&digest(new.memory.to_json()?.as_bytes()));
        return Ok(if gone { Fate::Erased } else { Fate::New });
    };
    if !new.dated {
        (new.memory.recorded_at, new.memory.valid_from) = (before.recorded_at, before.valid_from);
    }
    let same_end = !new.ends || before.expires_at == new.memory.expires_at;
    if before.says_the_same(&new.memory) && same_end {
        return Ok(Fate::Known);
    }
    if before.recorded_at > new.memory.recorded_at {
        return Ok(Fate::Newer);
    }
    new.memory.used = before.used;
    Ok(Fate::Updated)
}

/// The item that a row is.
fn item(row: &Value) -> Result<ItemPut, String> {
    let namespace = match (row.get("namespace"), row.get("prefix")) {
        (Some(Value::Array(labels)), _) => {
            let labels: Option<Vec<String>> = labels.iter().map(|l| l.as_str().map(str::to_owned)).collect();
            labels.ok_or("its `namespace` is no list of texts")?
        }
        (Some(Value::String(path)), _) | (None, Some(Value::String(path))) => {
            path.split('.').map(str::to_owned).collect()
        }
        _ => return Err("it has no `namespace`".into()),
    };
    check_namespace(&namespace).map_err(|error| error.to_string())?;
    let Some(value) = row.get("value").and_then(Value::as_object) else {
        return Err("its `value` is no object".into());
    };
    Ok(ItemPut {
        namespace,
        key: text(row, "key").ok_or("it has no `key`")?,
        value: Some(value.clone()),
        ttl_seconds: row.get("ttl_minutes").and_then(Value::as_f64).map(|minutes| minutes * 60.0),
        ..ItemPut::default()
    })
}
