use std::sync::LazyLock;

use juno_crypto::{KeyKind, Signer, VerifierKey, Zeroizing};
use juno_domain::{DomainEvent, ErrorKind};
use proptest::prelude::*;

use super::checkpoint::{noon, signer, witness};
use super::{events, filled, wait};
use crate::{
    AuditLog, BadReason, BadRecord, Bundle, BundleVerification, Checkpoint, InMemoryAuditLog, Known,
    leaf_hash, verify_bundle,
};

fn key() -> &'static VerifierKey {
    static KEY: LazyLock<VerifierKey> = LazyLock::new(|| signer(7).key().clone());
    &KEY
}

/// A bundle of a log, seen by a witness, with checkpoints of its past.
fn bundle(log: &InMemoryAuditLog, older: &[Checkpoint]) -> Vec<u8> {
    let mut checkpoint = wait(log.checkpoint(&signer(7))).unwrap();
    checkpoint.cosign(&witness("witness.example"), noon()).unwrap();
    let witnesses = [witness("witness.example").key().clone()];
    let mut out = Vec::new();
    let bundle = Bundle { checkpoint: &checkpoint, key: key(), witnesses: &witnesses, older };
    wait(bundle.write(log, &mut out)).unwrap();
    out
}

fn sample(count: u64) -> Vec<u8> {
    bundle(&filled(&events(count)).0, &[])
}

fn checkpoint_of(count: u64) -> Checkpoint {
    Checkpoint::sign(&filled(&events(count)).2, &signer(7)).unwrap()
}

fn check(bytes: impl AsRef<[u8]>) -> BundleVerification {
    verify_bundle(bytes.as_ref(), &Known::default()).unwrap()
}

fn bad(bytes: impl AsRef<[u8]>) -> Option<BadRecord> {
    check(bytes).verification.first_bad
}

fn against(bytes: &[u8], older: &Checkpoint) -> Option<BadRecord> {
    let known = Known { older: Some(older), ..Known::default() };
    verify_bundle(bytes, &known).unwrap().verification.first_bad
}

fn record(index: u64, reason: BadReason) -> Option<BadRecord> {
    Some(BadRecord { index: Some(index), reason })
}

fn whole(reason: BadReason) -> Option<BadRecord> {
    Some(BadRecord { index: None, reason })
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8(bytes.to_vec()).unwrap().split_inclusive('\n').map(Into::into).collect()
}

#[test]
fn a_bundle_verifies_by_itself_and_says_what_it_shows() {
    let (log, _, head) = filled(&events(5));
    let out = bundle(&log, &[checkpoint_of(2), checkpoint_of(5), checkpoint_of(0)]);
    let found = check(&out);
    assert_eq!(
        found.to_string(),
        format!(
            "verified: 5 records of juno.example/audit, root {}; seen by witness.example at 2026-03-02T12:00:00Z",
            head.root
        )
    );
    assert_eq!(lines(&out).len(), 1 + 3 + 5 + 1);
    let known = Known { key: Some(key()), older: Some(&checkpoint_of(3)) };
    assert_eq!(verify_bundle(out.as_slice(), &known).unwrap(), found);
    assert!(check(sample(0)).verification.verified, "a log without records");
    assert!(check(sample(2000)).verification.verified, "more than one page");
}

#[test]
fn a_bundle_of_an_earlier_checkpoint_leaves_out_what_came_later() {
    let (log, _, _) = filled(&events(5));
    let checkpoint = checkpoint_of(3);
    let mut out = Vec::new();
    let bundle = Bundle { checkpoint: &checkpoint, key: key(), witnesses: &[], older: &[] };
    wait(bundle.write(&log, &mut out)).unwrap();
    assert_eq!(check(&out).verification.size, 3);
}

/// control: PCI-10.3.4, HIPAA-164.312-c
#[test]
fn every_flipped_bit_of_a_bundle_is_found() {
    let out = bundle(&filled(&events(1)).0, &[checkpoint_of(1)]);
    for at in 0..out.len() {
        for bit in 0..8 {
            let mut edited = out.clone();
            edited[at] ^= 1 << bit;
            assert!(bad(&edited).is_some(), "byte {at}, bit {bit}");
        }
    }
    assert_eq!(bad(&out), None);
}

#[test]
fn every_changed_byte_of_a_bundle_is_found_and_its_record_named() {
    let out = bundle(&filled(&events(3)).0, &[checkpoint_of(2)]);
    let line_of = |at: usize| out[..at].iter().filter(|byte| **byte == b'\n').count() as u64;
    for at in 0..out.len() {
        // Lines: the first, one older checkpoint, three records, the last.
        let expected = (2..5).contains(&line_of(at)).then(|| line_of(at) - 2);
        let mut edited = out.clone();
        edited[at] ^= 1 << (at % 8);
        let found = bad(&edited).unwrap_or_else(|| panic!("byte {at} passes"));
        if expected.is_some() {
            assert_eq!(found.index, expected, "byte {at}: {found}");
        } else if let Some(index) = found.index {
            // A damaged frame can make the line after it look like something else, but never another record.
            assert!(index == 0 && line_of(at) < 2 || index == 3, "byte {at}: {found}");
        }
        let mut shorter = out.clone();
        shorter.remove(at);
        assert!(bad(&shorter).is_some(), "without byte {at}");
        assert!(bad(&out[..at]).is_some(), "up to byte {at}");
        let mut longer = out.clone();
        longer.insert(at, b' ');
        assert!(bad(&longer).is_some(), "blank at byte {at}");
    }
    assert_eq!(bad(&out), None);
}

#[test]
fn moved_missing_added_and_repeated_lines_are_named() {
    let lines = lines(&sample(6));
    let edited = |edit: &dyn Fn(&mut Vec<String>)| {
        let mut copy = lines.clone();
        edit(&mut copy);
        bad(copy.concat())
    };
    assert_eq!(edited(&|lines| lines.swap(2, 5)), record(1, BadReason::Misplaced));
    assert_eq!(edited(&|lines| drop(lines.remove(3))), record(2, BadReason::Misplaced));
    assert_eq!(edited(&|lines| drop(lines.remove(6))), record(5, BadReason::Missing));
    assert_eq!(edited(&|lines| drop(lines.pop())), record(6, BadReason::CheckpointMissing));
    assert_eq!(edited(&|lines| lines.truncate(3)), record(2, BadReason::CheckpointMissing));
    assert_eq!(edited(&|lines| lines.clear()), whole(BadReason::HeaderUnreadable));
    assert_eq!(edited(&|lines| drop(lines.remove(0))), whole(BadReason::HeaderUnreadable));
    assert_eq!(edited(&|lines| lines.insert(4, lines[4].clone())), record(4, BadReason::Misplaced));
    assert_eq!(edited(&|lines| lines.push(lines[1].clone())), record(6, BadReason::Surplus));
    assert_eq!(edited(&|lines| lines.insert(3, "\n".into())), record(2, BadReason::Unreadable));
    let event = r#""person-3""#;
    assert_eq!(
        edited(&|lines| lines[4] = lines[4].replace(event, r#""eve""#)),
        record(3, BadReason::ContentChanged)
    );
}

/// Without the key, records, hashes and root can all be made anew, but not the signature.
#[test]
fn a_bundle_made_anew_without_the_key_is_found() {
    let mut forged = lines(&sample(3));
    forged[2] = forged[2].replace("person-1", "eve");
    let content = forged[2].trim_end().split_once(",\"event\":").unwrap().1.strip_suffix('}').unwrap();
    let (before, after) = forged[2].split_once("\"leaf\":\"").unwrap();
    forged[2] = format!("{before}\"leaf\":\"{}{}", leaf_hash(content.as_bytes()), &after[64..]);
    assert_eq!(bad(forged.concat()), whole(BadReason::RootDiffers));

    let mut others = events(3);
    others[1].subject = "changed".into();
    let other = lines(&bundle(&filled(&others).0, &[]));
    let mut mixed = other.clone();
    mixed[4] = lines(&sample(3))[4].clone();
    assert_eq!(bad(mixed.concat()), whole(BadReason::RootDiffers));
    let text = other.concat().replace("\\n3\\n", "\\n03\\n");
    assert_eq!(bad(text), whole(BadReason::Unsigned));

    // With a key of one's own everything holds, until the reader says which key it has to be.
    let (log, _, _) = filled(&others);
    let eve = signer(66);
    let checkpoint = wait(log.checkpoint(&eve)).unwrap();
    let mut out = Vec::new();
    wait(
        Bundle { checkpoint: &checkpoint, key: eve.key(), witnesses: &[], older: &[] }.write(&log, &mut out),
    )
    .unwrap();
    assert_eq!(bad(&out), None);
    let known = Known { key: Some(key()), older: None };
    assert_eq!(
        verify_bundle(out.as_slice(), &known).unwrap().verification.first_bad,
        whole(BadReason::OtherKey)
    );
    assert_eq!(against(&out, &checkpoint_of(2)), whole(BadReason::OlderUnsigned));
}

/// control: PCI-10.3.4
#[test]
fn truncation_and_rewriting_with_the_same_key_are_found_against_an_older_checkpoint() {
    let older = checkpoint_of(4);
    assert_eq!(against(&sample(6), &older), None);
    assert_eq!(against(&sample(4), &older), None);
    assert_eq!(bad(sample(3)), None, "by itself a shorter past is a past");
    assert_eq!(against(&sample(3), &older), record(3, BadReason::Truncated));
    let rewritten = |edit: &dyn Fn(&mut Vec<DomainEvent>)| {
        let mut events = events(6);
        edit(&mut events);
        let out = bundle(&filled(&events).0, &[]);
        assert_eq!(bad(&out), None);
        against(&out, &older)
    };
    assert_eq!(rewritten(&|events| events[0].subject = "x".into()), whole(BadReason::Rewritten));
    assert_eq!(rewritten(&|events| events.swap(1, 2)), whole(BadReason::Rewritten));
    assert_eq!(rewritten(&|events| drop(events.remove(0))), whole(BadReason::Rewritten));
    assert_eq!(rewritten(&|events| events[5].subject = "x".into()), None, "it was not covered yet");
}

#[test]
fn an_older_checkpoint_inside_is_held_to_as_well() {
    let out = bundle(&filled(&events(6)).0, &[checkpoint_of(4)]);
    // The records of another past around the checkpoint and the proof of the real one, signed with the right key.
    let mut others = events(6);
    others[1].subject = "changed".into();
    let other = lines(&bundle(&filled(&others).0, &[]));
    let mut mixed = lines(&out);
    mixed.splice(2.., other[1..].iter().cloned());
    assert_eq!(bad(mixed.concat()), whole(BadReason::Rewritten));
    let short = lines(&sample(3));
    let mut mixed = lines(&out);
    mixed.splice(2.., short[1..].iter().cloned());
    assert_eq!(bad(mixed.concat()), record(3, BadReason::Truncated));
    let mut unproved = lines(&out);
    let (head, _) = unproved[1].split_once("\"path\":").unwrap();
    unproved[1] = format!("{head}\"path\":[]}}\n");
    assert_eq!(bad(unproved.concat()), whole(BadReason::OlderWrong));
}

#[test]
fn signatures_of_witnesses_are_checked_and_no_stranger_signs() {
    let (log, _, _) = filled(&events(3));
    let good = lines(&sample(3));
    let with_last = |checkpoint: &Checkpoint| {
        let mut copy = good.clone();
        copy[4] = format!("{{\"checkpoint\":{}}}\n", serde_json::to_string(&checkpoint.to_string()).unwrap());
        bad(copy.concat())
    };
    let mut checkpoint = wait(log.checkpoint(&signer(7))).unwrap();
    assert_eq!(with_last(&checkpoint), whole(BadReason::Unsigned), "the witness is missing");
    checkpoint.cosign(&witness("witness.example"), noon()).unwrap();
    assert_eq!(with_last(&checkpoint), None);
    checkpoint.cosign(&witness("stranger.example"), noon()).unwrap();
    assert_eq!(with_last(&checkpoint), whole(BadReason::Unsigned), "one too many");

    // Writing passes over strangers, but not over a witness that is missing.
    let write = |witnesses: &[VerifierKey]| {
        let bundle = Bundle { checkpoint: &checkpoint, key: key(), witnesses, older: &[] };
        let mut out = Vec::new();
        wait(bundle.write(&log, &mut out)).map(|()| bad(&out)).map_err(|error| error.kind())
    };
    assert_eq!(write(&[]), Ok(None));
    let missing = witness("missing.example").key().clone();
    assert_eq!(write(&[missing]), Err(ErrorKind::Corrupt));
    let no_witness = signer(9).key().clone();
    assert!(write(&[no_witness]).is_err());
}

#[test]
fn what_the_log_does_not_hold_is_not_bundled() {
    let (log, _, _) = filled(&events(3));
    let attempt = |checkpoint: &Checkpoint, older: &[Checkpoint]| {
        let mut out = Vec::new();
        let bundle = Bundle { checkpoint, key: key(), witnesses: &[], older };
        wait(bundle.write(&log, &mut out)).map_err(|error| (error.kind(), out.is_empty()))
    };
    assert_eq!(attempt(&checkpoint_of(3), &[checkpoint_of(2)]), Ok(()));
    assert_eq!(attempt(&checkpoint_of(4), &[]), Err((ErrorKind::Corrupt, false)), "longer than the log");
    assert_eq!(attempt(&checkpoint_of(2), &[checkpoint_of(3)]), Err((ErrorKind::InvalidInput, true)));
    let other = Checkpoint::sign(&filled(&events(3)[1..]).2, &signer(7)).unwrap();
    assert_eq!(
        attempt(&checkpoint_of(3), std::slice::from_ref(&other)),
        Err((ErrorKind::Corrupt, true)),
        "another past"
    );
    assert_eq!(attempt(&other, &[]), Err((ErrorKind::Corrupt, false)), "other records");
    let eve = Checkpoint::sign(checkpoint_of(3).head(), &signer(66)).unwrap();
    assert_eq!(attempt(&eve, &[]), Err((ErrorKind::Corrupt, true)), "another key");
    let cosigner =
        juno_crypto::Ed25519Signer::new("x", KeyKind::Cosignature, &Zeroizing::new([1; 32])).unwrap();
    assert!(wait(log.checkpoint(&cosigner)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes_anywhere_are_judged_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 1..200),
        cut in any::<prop::sample::Index>(),
    ) {
        prop_assert!(bad(&bytes).is_some());
        let out = sample(2);
        let at = cut.index(out.len() + 1);
        prop_assert!(bad([&out[..at], &bytes, &out[at..]].concat()).is_some());
    }

    #[test]
    fn any_two_lines_exchanged_are_found(a in 0..7_usize, b in 0..7_usize) {
        prop_assume!(a != b);
        let mut lines = lines(&bundle(&filled(&events(4)).0, &[checkpoint_of(2)]));
        lines.swap(a, b);
        prop_assert!(bad(lines.concat()).is_some());
    }
}
