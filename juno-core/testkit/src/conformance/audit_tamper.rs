//! What every [`AuditLog`] has to notice when somebody writes to its store behind its back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use juno_audit::{AuditError, AuditLog, BadReason, StoredRecord, TreeHead, leaf_hash};
use juno_domain::{Digest, DomainEvent};
use serde_json::{Value, json};

use super::audit_log::sample_event;

/// Writes to the store of a log without asking the log, as somebody with the file or the database could.
#[async_trait]
pub trait Tamper: Send + Sync {
    /// Replaces the content and the leaf hash of a record where they lie.
    async fn replace(&self, index: u64, content: Vec<u8>, leaf: Digest);
    /// Takes a record away.
    async fn remove(&self, index: u64);
}

/// Runs every case on logs that `make` gives, each fresh and empty, with a way into its store.
///
/// # Panics
/// If an edit goes unnoticed, or a wrong record is named.
pub async fn audit_tamper_suite(make: impl AsyncFn() -> (Arc<dyn AuditLog>, Arc<dyn Tamper>)) {
    let (log, store) = make().await;
    every_edited_field_is_found(&*log, &*store).await;
    let (log, store) = make().await;
    moved_and_missing_records_are_found(&*log, &*store).await;
}

async fn fill(log: &dyn AuditLog) -> Vec<StoredRecord> {
    let events: Vec<DomainEvent> = (0..6).map(sample_event).collect();
    log.append(&events).await.expect("append");
    log.stored(0, 6).await.expect("stored")
}

async fn first_bad(log: &dyn AuditLog) -> Option<(Option<u64>, BadReason)> {
    let verification = log.verify().await.expect("a damaged record is a finding, not an error");
    assert_eq!(verification.verified, verification.first_bad.is_none());
    verification.first_bad.map(|bad| (bad.index, bad.reason))
}

async fn every_edited_field_is_found(log: &dyn AuditLog, store: &dyn Tamper) {
    let stored = fill(log).await;
    for record in &stored {
        let event: Value = serde_json::from_slice(&record.content).expect("JSON");
        let mut places = Vec::new();
        scalars(&event, String::new(), &mut places);
        assert!(places.len() >= 18, "the sample has many fields");
        for place in places {
            let mut edited = event.clone();
            let scalar = edited.pointer_mut(&place).expect("a place");
            *scalar = other_scalar(scalar);
            let content = serde_json::to_vec(&edited).expect("JSON");
            store.replace(record.index, content.clone(), record.leaf).await;
            let expected = Some((Some(record.index), BadReason::ContentChanged));
            assert_eq!(first_bad(log).await, expected, "edited {place}");
            // With a leaf hash made to fit, the record agrees with itself, but no longer with the root.
            store.replace(record.index, content.clone(), leaf_hash(&content)).await;
            assert!(first_bad(log).await.is_some(), "edited {place} and its leaf hash");
        }
        store.replace(record.index, b"not JSON".to_vec(), record.leaf).await;
        assert_eq!(first_bad(log).await, Some((Some(record.index), BadReason::ContentChanged)));
        store.replace(record.index, record.content.clone(), leaf_hash(b"other")).await;
        assert_eq!(first_bad(log).await, Some((Some(record.index), BadReason::ContentChanged)));
        store.replace(record.index, record.content.clone(), record.leaf).await;
        assert_eq!(first_bad(log).await, None, "restored");
    }
}

async fn moved_and_missing_records_are_found(log: &dyn AuditLog, store: &dyn Tamper) {
    let stored = fill(log).await;
    let (one, four) = (&stored[1], &stored[4]);
    store.replace(1, four.content.clone(), four.leaf).await;
    store.replace(4, one.content.clone(), one.leaf).await;
    assert!(first_bad(log).await.is_some(), "swapped");
    store.replace(4, four.content.clone(), four.leaf).await;
    assert!(first_bad(log).await.is_some(), "one record twice");
    store.replace(1, one.content.clone(), one.leaf).await;
    assert_eq!(first_bad(log).await, None, "restored");
    store.remove(5).await;
    assert_eq!(first_bad(log).await, Some((Some(5), BadReason::Missing)));
    store.remove(2).await;
    let (index, _) = first_bad(log).await.expect("a gap");
    assert_eq!(index, Some(2));
}

fn scalars(value: &Value, at: String, out: &mut Vec<String>) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            (0..).zip(items).for_each(|(nth, item): (u32, _)| scalars(item, format!("{at}/{nth}"), out));
        }
        Value::Object(map) => map.iter().for_each(|(key, item)| scalars(item, format!("{at}/{key}"), out)),
        _ => out.push(at),
    }
}

fn other_scalar(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(format!("{text}.")),
        Value::Number(number) => json!(number.as_f64().unwrap_or_default() * 2.0 + 1.0),
        Value::Bool(flag) => json!(!flag),
        _ => json!(0),
    }
}

/// A log over another one, whose stored records can be tampered with: for stores that have no file to edit.
pub struct EditableLog {
    inner: Arc<dyn AuditLog>,
    /// What stands in the place of a record; None where it was taken away.
    edits: Mutex<BTreeMap<u64, Option<StoredRecord>>>,
}

impl EditableLog {
    /// The log `inner`, open to edits.
    #[must_use]
    pub fn new(inner: Arc<dyn AuditLog>) -> Self {
        Self { inner, edits: Mutex::default() }
    }

    fn set(&self, index: u64, record: Option<StoredRecord>) {
        self.edits.lock().unwrap_or_else(PoisonError::into_inner).insert(index, record);
    }
}

#[async_trait]
impl AuditLog for EditableLog {
    async fn append(&self, events: &[DomainEvent]) -> Result<Vec<u64>, AuditError> {
        self.inner.append(events).await
    }

    async fn head(&self) -> Result<TreeHead, AuditError> {
        self.inner.head().await
    }

    async fn stored(&self, from: u64, limit: usize) -> Result<Vec<StoredRecord>, AuditError> {
        let mut records = self.inner.stored(from, usize::MAX).await?;
        let edits = self.edits.lock().unwrap_or_else(PoisonError::into_inner);
        records.retain_mut(|record| match edits.get(&record.index) {
            Some(Some(edited)) => {
                *record = edited.clone();
                true
            }
            Some(None) => false,
            None => true,
        });
        records.truncate(limit);
        Ok(records)
    }
}

#[async_trait]
impl Tamper for EditableLog {
    async fn replace(&self, index: u64, content: Vec<u8>, leaf: Digest) {
        self.set(index, Some(StoredRecord { index, leaf, content, payload: None }));
    }

    async fn remove(&self, index: u64) {
        self.set(index, None);
    }
}
