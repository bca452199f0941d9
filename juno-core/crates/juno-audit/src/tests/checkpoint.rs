use chrono::{DateTime, Utc};
use juno_crypto::{Ed25519Signer, KeyKind, Signer, Zeroizing};
use juno_domain::ErrorKind;
use tlog_tiles::{Hash, check_record, check_tree};

use super::{events, filled, wait};
use crate::{AuditError, AuditLog, Checkpoint, TreeHead};

pub(super) fn signer(seed: u8) -> Ed25519Signer {
    let seed = Zeroizing::new([seed; 32]);
    Ed25519Signer::new("juno.example/audit", KeyKind::Ed25519, &seed).unwrap()
}

pub(super) fn witness(name: &str) -> Ed25519Signer {
    Ed25519Signer::new(name, KeyKind::Cosignature, &Zeroizing::new([9; 32])).unwrap()
}

pub(super) fn noon() -> DateTime<Utc> {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

#[test]
fn a_checkpoint_says_origin_size_and_root_and_who_signed() {
    let (log, _, head) = filled(&events(5));
    let checkpoint = wait(log.checkpoint(&signer(7))).unwrap();
    let text = checkpoint.to_string();
    let again: Checkpoint = text.parse().unwrap();
    assert_eq!((&again, again.head(), again.origin()), (&checkpoint, &head, "juno.example/audit"));
    again.verify(signer(7).key()).unwrap();
    assert!(text.starts_with("juno.example/audit\n5\n") && text.ends_with("=\n"), "{text}");
    let json = serde_json::to_string(&checkpoint).unwrap();
    assert_eq!(serde_json::from_str::<Checkpoint>(&json).unwrap(), checkpoint);
}

#[test]
fn a_checkpoint_by_another_key_or_of_another_log_or_changed_does_not_verify() {
    let (log, _, _) = filled(&events(5));
    let checkpoint = wait(log.checkpoint(&signer(7))).unwrap();
    let kind = |checkpoint: &Checkpoint, signer: &Ed25519Signer| {
        checkpoint.verify(signer.key()).map_err(|error| error.kind()).unwrap_err()
    };
    assert_eq!(kind(&checkpoint, &signer(8)), ErrorKind::Corrupt, "another key of the same name");
    let other = Ed25519Signer::new("other.example", KeyKind::Ed25519, &Zeroizing::new([7; 32])).unwrap();
    assert_eq!(kind(&checkpoint, &other), ErrorKind::InvalidInput, "another log");
    assert_eq!(kind(&checkpoint, &witness("juno.example/audit")), ErrorKind::InvalidInput, "a witness");
    let changed: Checkpoint = checkpoint.to_string().replace("\n5\n", "\n6\n").parse().unwrap();
    assert_eq!(changed.head().size, 6);
    assert_eq!(kind(&changed, &signer(7)), ErrorKind::Corrupt, "another size");
}

/// control: PCI-10.3.2
#[test]
fn witnesses_cosign_and_each_signature_is_checked_with_its_time() {
    let (log, _, _) = filled(&events(5));
    let signed = wait(log.checkpoint(&signer(7))).unwrap();
    let (one, two) = (witness("witness-1.example"), witness("witness-2.example"));

    let mut checkpoint = signed.clone();
    checkpoint.cosign(&one, noon()).unwrap();
    let mut elsewhere = signed.clone();
    elsewhere.cosign(&two, noon() + chrono::TimeDelta::seconds(3)).unwrap();
    checkpoint.add_cosignatures(&elsewhere.note().signatures()[1].to_string()).unwrap();

    let checkpoint: Checkpoint = checkpoint.to_string().parse().unwrap();
    checkpoint.verify(signer(7).key()).unwrap();
    assert_eq!(checkpoint.cosigned_at(one.key()).unwrap(), noon());
    assert_eq!(checkpoint.cosigned_at(two.key()).unwrap(), noon() + chrono::TimeDelta::seconds(3));
    assert_eq!(signed.cosigned_at(one.key()).unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(checkpoint.cosigned_at(signer(7).key()).unwrap_err().kind(), ErrorKind::InvalidInput);

    // A witness's signature under another head of the same size proves nothing.
    let (_, _, other) = filled(&events(6)[1..]);
    let mut forged = Checkpoint::sign(&other, &signer(7)).unwrap();
    forged.add_cosignatures(&checkpoint.note().signatures()[1].to_string()).unwrap();
    forged.verify(signer(7).key()).unwrap();
    assert_eq!(forged.cosigned_at(one.key()).unwrap_err().kind(), ErrorKind::Corrupt);
    let early = DateTime::UNIX_EPOCH - chrono::TimeDelta::seconds(1);
    assert!(forged.cosign(&one, early).is_err());
}

#[test]
fn what_is_no_checkpoint_is_refused() {
    let text = Checkpoint::sign(&TreeHead::empty(), &signer(7)).unwrap().to_string();
    let resigned = |body: &str| {
        juno_crypto::SignedNote::sign(body, &signer(7)).unwrap().to_string().parse::<Checkpoint>()
    };
    let root = text.lines().nth(2).unwrap();
    assert!(resigned(&format!("juno.example/audit\n0\n{root}\nextension\n")).is_ok());
    for bad in [
        "juno.example/audit\n0\n".to_owned(),
        format!("\n0\n{root}\n"),
        format!("juno.example/audit\n00\n{root}\n"),
        format!("juno.example/audit\n+1\n{root}\n"),
        format!("juno.example/audit\n-1\n{root}\n"),
        format!("juno.example/audit\n9223372036854775808\n{root}\n"),
        format!("juno.example/audit\n0\n{root}=\n"),
        format!("juno.example/audit\n0\n{}\n", &root[4..]),
        format!("juno.example/audit\n0\n{root}\n\nx\n"),
    ] {
        assert!(matches!(resigned(&bad), Err(AuditError::CheckpointText(_))), "{bad:?}");
    }
    assert!(matches!("nothing".parse::<Checkpoint>(), Err(AuditError::Signature(_))));
}

/// The reader of another implementation agrees on checkpoints, inclusion and consistency.
#[test]
fn a_second_implementation_reads_checkpoints_and_accepts_proofs() {
    let (log, stored, _) = filled(&events(23));
    let hash = |digest: juno_domain::Digest| Hash(digest.0);
    let mut checkpoints = Vec::new();
    for size in 1..=23 {
        let (_, _, head) = filled(&events(size));
        let checkpoint = Checkpoint::sign(&head, &signer(7)).unwrap();
        let read = tlog_tiles::Checkpoint::from_bytes(checkpoint.note().text().as_bytes()).unwrap();
        assert_eq!((read.origin(), read.size(), read.hash().0), ("juno.example/audit", size, head.root.0));
        checkpoints.push(read);
    }
    for (index, record) in (0..).zip(&stored) {
        for size in index + 1..=23 {
            let path = wait(log.inclusion_proof(index, size)).unwrap().path;
            let path = path.into_iter().map(hash).collect();
            let root = *checkpoints[size as usize - 1].hash();
            assert!(check_record(&path, size, root, index, hash(record.leaf)).is_ok(), "{index} in {size}");
            assert!(check_record(&path, size, root, index, Hash([1; 32])).is_err());
        }
    }
    for newer in 1..=23_u64 {
        for older in 1..=newer {
            let path = wait(log.consistency_proof(older, newer)).unwrap().path;
            let path = path.into_iter().map(hash).collect();
            let root = |size: u64| *checkpoints[size as usize - 1].hash();
            assert!(check_tree(&path, newer, root(newer), older, root(older)).is_ok(), "{older} in {newer}");
        }
    }
}
