//! Every audit log does what the contract says.

use std::sync::Arc;

use async_trait::async_trait;
use juno_audit::{AuditError, AuditLog, InMemoryAuditLog, StoredRecord, TreeHead, Verification};
use juno_domain::{Digest, DomainEvent};
use juno_testkit::conformance::audit_erasure::audit_erasure_suite;
use juno_testkit::conformance::audit_log::{audit_log_reopening_suite, audit_log_suite};
use juno_testkit::conformance::audit_tamper::{EditableLog, Tamper, audit_tamper_suite};

#[tokio::test(flavor = "multi_thread")]
async fn in_memory() {
    audit_log_suite(async || Arc::new(InMemoryAuditLog::new()) as Arc<dyn AuditLog>).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_memory_behind_several_handles() {
    let log = Arc::new(InMemoryAuditLog::new());
    audit_log_reopening_suite(async || Arc::clone(&log) as Arc<dyn AuditLog>).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_memory_tampered_with() {
    audit_tamper_suite(async || {
        let log = Arc::new(EditableLog::new(Arc::new(InMemoryAuditLog::new())));
        (Arc::clone(&log) as Arc<dyn AuditLog>, log as Arc<dyn Tamper>)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_memory_with_parts_that_can_be_erased() {
    audit_erasure_suite(async |sealing| {
        Arc::new(InMemoryAuditLog::with_sealing(sealing)) as Arc<dyn AuditLog>
    })
    .await;
}

/// Logs with one fault each: the suites have to notice.
struct Faulty {
    inner: EditableLog,
    fault: Fault,
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    AppendsOneByOne,
    BelievesItself,
}

#[async_trait]
impl AuditLog for Faulty {
    async fn append(&self, events: &[DomainEvent]) -> Result<Vec<u64>, AuditError> {
        if self.fault != Fault::AppendsOneByOne {
            return self.inner.append(events).await;
        }
        let mut indices = Vec::new();
        for event in events {
            indices.extend(self.inner.append(std::slice::from_ref(event)).await?);
        }
        Ok(indices)
    }

    async fn head(&self) -> Result<TreeHead, AuditError> {
        self.inner.head().await
    }

    async fn stored(&self, from: u64, limit: usize) -> Result<Vec<StoredRecord>, AuditError> {
        self.inner.stored(from, limit).await
    }

    async fn verify(&self) -> Result<Verification, AuditError> {
        let head = self.head().await?;
        match self.fault {
            Fault::BelievesItself => Ok(Verification {
                size: head.size,
                root: head.root,
                verified: true,
                erased: 0,
                first_bad: None,
            }),
            Fault::AppendsOneByOne => self.inner.verify().await,
        }
    }
}

fn faulty(fault: Fault) -> Arc<Faulty> {
    Arc::new(Faulty { inner: EditableLog::new(Arc::new(InMemoryAuditLog::new())), fault })
}

#[async_trait]
impl Tamper for Faulty {
    async fn replace(&self, index: u64, content: Vec<u8>, leaf: Digest) {
        self.inner.replace(index, content, leaf).await;
    }
    async fn remove(&self, index: u64) {
        self.inner.remove(index).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "all or nothing")]
async fn a_log_that_keeps_half_a_batch_fails_the_suite() {
    audit_log_suite(async || faulty(Fault::AppendsOneByOne) as Arc<dyn AuditLog>).await;
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "edited /actor")]
async fn a_log_that_believes_itself_fails_the_tamper_suite() {
    audit_tamper_suite(async || {
        let log = faulty(Fault::BelievesItself);
        (Arc::clone(&log) as Arc<dyn AuditLog>, log as Arc<dyn Tamper>)
    })
    .await;
}
