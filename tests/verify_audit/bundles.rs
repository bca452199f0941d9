//! Bundles to check.

use juno_audit::{AuditLog, Bundle, Checkpoint, InMemoryAuditLog};
use juno_core::crypto::{Ed25519Signer, KeyKind, Signer, Zeroizing};
use juno_domain::DomainEvent;
use juno_testkit::conformance::audit_erasure;
use juno_testkit::conformance::audit_log::sample_event;

/// A signer whose secret everybody can read: for these tests alone.
pub(crate) fn signer(name: &str, kind: KeyKind, seed: u8) -> Ed25519Signer {
    Ed25519Signer::new(name, kind, &Zeroizing::new([seed; 32])).unwrap()
}

pub(crate) fn log_signer() -> Ed25519Signer {
    signer("juno.example/audit", KeyKind::Ed25519, 7)
}

pub(crate) async fn log_of(events: &[DomainEvent]) -> InMemoryAuditLog {
    let log = InMemoryAuditLog::new();
    log.append(events).await.unwrap();
    log
}

pub(crate) fn events(count: u64) -> Vec<DomainEvent> {
    (0..count).map(sample_event).collect()
}

pub(crate) async fn checkpoint_of(count: u64) -> Checkpoint {
    log_of(&events(count)).await.checkpoint(&log_signer()).await.unwrap()
}

/// A bundle seen by one witness.
pub(crate) async fn bundle(events: &[DomainEvent], older: &[Checkpoint], by: &Ed25519Signer) -> Vec<u8> {
    let log = log_of(events).await;
    let witness = signer("witness.example", KeyKind::Cosignature, 9);
    let mut checkpoint = log.checkpoint(by).await.unwrap();
    checkpoint.cosign(&witness, "2026-03-02T12:00:00Z".parse().unwrap()).unwrap();
    let witnesses = [witness.key().clone()];
    let mut out = Vec::new();
    let bundle = Bundle { checkpoint: &checkpoint, key: by.key(), witnesses: &witnesses, older };
    bundle.write(&log, &mut out).await.unwrap();
    out
}

pub(crate) fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8(bytes.to_vec()).unwrap().split_inclusive('\n').map(Into::into).collect()
}

/// A bundle of records whose personal parts are apart: maria's are erased, ben's are kept.
pub(crate) async fn sealed_bundle(count: u64, erase_maria: bool) -> Vec<u8> {
    let log = InMemoryAuditLog::with_sealing(audit_erasure::sample_sealing());
    log.append(&(0..count).map(audit_erasure::personal_event).collect::<Vec<_>>()).await.unwrap();
    let older = log.checkpoint(&log_signer()).await.unwrap();
    if erase_maria {
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        juno_audit::erase(&log, &audit_erasure::sample_order("maria"), now).await.unwrap();
    }
    let checkpoint = log.checkpoint(&log_signer()).await.unwrap();
    let mut out = Vec::new();
    let key = log_signer().key().clone();
    let bundle = Bundle { checkpoint: &checkpoint, key: &key, witnesses: &[], older: &[older] };
    bundle.write(&log, &mut out).await.unwrap();
    out
}
