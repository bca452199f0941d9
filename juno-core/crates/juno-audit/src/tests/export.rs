use proptest::prelude::*;

use super::{events, filled, wait};
use crate::{
    AuditError, BadReason, BadRecord, InMemoryAuditLog, TreeHead, Verification, leaf_hash, verify_jsonl,
    verify_jsonl_against, write_jsonl,
};

fn export(log: &InMemoryAuditLog) -> Vec<u8> {
    let mut out = Vec::new();
    wait(write_jsonl(log, &mut out)).unwrap();
    out
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8(bytes.to_vec()).unwrap().split_inclusive('\n').map(Into::into).collect()
}

fn check(text: impl AsRef<[u8]>) -> Verification {
    verify_jsonl(text.as_ref()).unwrap()
}

fn found(index: u64, reason: BadReason) -> Option<BadRecord> {
    Some(BadRecord { index: Some(index), reason })
}

#[test]
fn an_export_verifies_and_anyone_can_compute_its_leaves() {
    let (log, stored, head) = filled(&events(5));
    let out = export(&log);
    let verification = check(&out);
    assert_eq!(
        verification,
        Verification { size: 5, root: head.root, verified: true, erased: 0, first_bad: None }
    );
    let lines = lines(&out);
    assert_eq!(lines[5], format!("{{\"size\":5,\"root\":\"{}\"}}\n", head.root));
    let (before, event) = lines[2].trim_end().split_once(",\"event\":").unwrap();
    let event = event.strip_suffix('}').unwrap();
    assert_eq!(leaf_hash(event.as_bytes()), stored[2].leaf);
    assert_eq!(before, format!("{{\"index\":2,\"leaf\":\"{}\"", stored[2].leaf));

    let empty = export(&InMemoryAuditLog::new());
    assert_eq!(lines.len(), 6);
    assert!(check(empty).verified);
}

#[test]
fn more_than_one_page_is_exported() {
    let (log, _, head) = filled(&events(2500));
    let verification = check(export(&log));
    assert!(verification.verified);
    assert_eq!((verification.size, verification.root), (2500, head.root));
}

#[test]
fn every_changed_byte_of_an_export_is_found() {
    let out = export(&filled(&events(3)).0);
    let line_of = |at: usize| out[..at].iter().filter(|byte| **byte == b'\n').count() as u64;
    for at in 0..out.len() {
        for flip in [0x01, 0x20, 0x80] {
            let mut bad = out.clone();
            bad[at] ^= flip;
            let verification = check(&bad);
            assert!(!verification.verified, "byte {at} xor {flip}");
            let index = verification.first_bad.unwrap().index;
            // Only the last line, with size and root, may leave open which record is wrong.
            assert!(index == Some(line_of(at)) || line_of(at) == 3, "byte {at} xor {flip}: {index:?}");
        }
        let mut shorter = out.clone();
        shorter.remove(at);
        assert!(!check(&shorter).verified, "without byte {at}");
        assert!(!check(&out[..at]).verified, "up to byte {at}");
        let mut longer = out.clone();
        longer.insert(at, b' ');
        assert!(!check(&longer).verified, "blank at byte {at}");
    }
    assert!(check(&out).verified);
}

#[test]
fn moved_missing_added_and_repeated_lines_are_named() {
    let lines = lines(&export(&filled(&events(6)).0));
    let edited = |edit: &dyn Fn(&mut Vec<String>)| {
        let mut copy = lines.clone();
        edit(&mut copy);
        check(copy.concat()).first_bad
    };
    assert_eq!(edited(&|lines| lines.swap(1, 4)), found(1, BadReason::Misplaced));
    assert_eq!(edited(&|lines| drop(lines.remove(2))), found(2, BadReason::Misplaced));
    assert_eq!(edited(&|lines| drop(lines.remove(5))), found(5, BadReason::Missing));
    assert_eq!(edited(&|lines| drop(lines.pop())), found(6, BadReason::HeadMissing));
    assert_eq!(edited(&|lines| lines.clear()), found(0, BadReason::HeadMissing));
    assert_eq!(edited(&|lines| lines.insert(3, lines[3].clone())), found(4, BadReason::Misplaced));
    assert_eq!(edited(&|lines| lines.push(lines[0].clone())), found(6, BadReason::Surplus));
    assert_eq!(edited(&|lines| lines.push("\n".into())), found(6, BadReason::Surplus));
    assert_eq!(edited(&|lines| lines.insert(2, "\n".into())), found(2, BadReason::Unreadable));
    assert_eq!(edited(&|lines| lines[3] = lines[3].replace('\n', "\r\n")), found(3, BadReason::Unreadable));
}

#[test]
fn a_key_that_occurs_twice_is_found_even_with_a_fresh_leaf_and_root() {
    let mut lines = lines(&export(&filled(&events(1)).0));
    let (_, event) = lines[0].trim_end().split_once(",\"event\":").unwrap();
    let event = event.strip_suffix('}').unwrap().replacen('{', "{\"actor\":\"eve\",", 1);
    let leaf = leaf_hash(event.as_bytes());
    lines[0] = format!("{{\"index\":0,\"leaf\":\"{leaf}\",\"event\":{event}}}\n");
    lines[1] = format!("{{\"size\":1,\"root\":\"{leaf}\"}}\n");
    assert_eq!(check(lines.concat()).first_bad, found(0, BadReason::NotCanonical));
}

#[test]
fn an_export_made_anew_is_found_against_an_older_head() {
    let (log, _, _) = filled(&events(8));
    let (_, _, older) = filled(&events(6));
    let check = |log: &InMemoryAuditLog| verify_jsonl_against(export(log).as_slice(), &older).unwrap();
    assert!(check(&log).verified);
    assert_eq!(check(&filled(&events(4)).0).first_bad, found(4, BadReason::Truncated));
    let mut other = events(8);
    other[0].subject = "changed".into();
    assert_eq!(check(&filled(&other).0).first_bad.unwrap().reason, BadReason::Rewritten);
    assert!(verify_jsonl_against(export(&log).as_slice(), &TreeHead::empty()).unwrap().verified);
}

#[test]
fn a_damaged_log_is_exported_as_it_is_or_not_at_all() {
    let (log, _, _) = filled(&events(3));
    let forged =
        String::from_utf8(log.state().contents.get(1).unwrap().to_vec()).unwrap().replace("maria", "pedro");
    log.state().contents.replace(1, forged.as_bytes());
    assert_eq!(check(export(&log)).first_bad, found(1, BadReason::ContentChanged));
    log.state().contents.replace(1, b"{}\n{}");
    let error = wait(write_jsonl(&log, &mut Vec::new())).unwrap_err();
    assert!(matches!(error, AuditError::Corrupt { index: 1, .. }));
    log.state().contents.truncate(1);
    let error = wait(write_jsonl(&log, &mut Vec::new())).unwrap_err();
    assert!(matches!(error, AuditError::Corrupt { index: 1, .. }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_bytes_are_judged_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        cut in any::<prop::sample::Index>(),
    ) {
        prop_assert!(!check(&bytes).verified);
        let out = export(&filled(&events(2)).0);
        let at = cut.index(out.len());
        let mixed = [&out[..at], &bytes, &out[at..]].concat();
        prop_assert_eq!(check(mixed).verified, bytes.is_empty());
    }
}
