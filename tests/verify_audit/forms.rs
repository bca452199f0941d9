//! What the holder of the key signed in any other form than the one there is: both verifiers refuse it alike.

use juno_audit::{Checkpoint, TreeHead, leaf_hash, root_of};
use juno_core::crypto::{Ed25519Signer, KeyKind, SignedNote, Signer, canonical_json};
use juno_testkit::conformance::audit_log::sample_event;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::ask::{Question, agree};
use crate::bundles::{log_signer, signer};

fn header(witnesses: &[String]) -> String {
    let frame = json!({
        "format": "juno-audit-bundle/1", "key": log_signer().key(), "older": 0, "witnesses": witnesses,
    });
    String::from_utf8(canonical_json(&frame).unwrap()).unwrap() + "\n"
}

fn record(index: usize, content: &[u8]) -> Vec<u8> {
    let start = format!("{{\"index\":{index},\"leaf\":\"{}\",\"event\":", leaf_hash(content));
    [start.as_bytes(), content, b"}\n"].concat()
}

fn last(note: &str) -> Vec<u8> {
    [canonical_json(&json!({ "checkpoint": note })).unwrap(), b"\n".to_vec()].concat()
}

/// A bundle of these contents, whatever they are, each with its leaf, under a signed root.
fn signed(contents: &[&[u8]]) -> Vec<u8> {
    let head = TreeHead { size: contents.len() as u64, root: root_of(contents) };
    let note = Checkpoint::sign(&head, &log_signer()).unwrap().to_string();
    let records = contents.iter().enumerate().map(|(index, content)| record(index, content));
    [header(&[]).into_bytes()].into_iter().chain(records).chain([last(&note)]).collect::<Vec<_>>().concat()
}

fn content(nth: u64) -> Vec<u8> {
    canonical_json(&sample_event(nth)).unwrap()
}

/// How the same or nearly the same is written otherwise, what cannot be read, and whether either is found.
const FORMS: [(&str, &str); 46] = [
    (r#"{"a":1}"#, "verified"),
    (r#"{"a": 1}"#, "it is not in canonical form"),
    (r#"{ "a":1}"#, "it is not in canonical form"),
    (" {\"a\":1}", "it is not in canonical form"),
    ("{\"a\":1}\t", "it is not in canonical form"),
    (r#"{"b":1,"a":1}"#, "it is not in canonical form"),
    (r#"{"a":1,"a":1}"#, "it is not in canonical form"),
    (r#"{"a":{"b":2,"b":1}}"#, "it is not in canonical form"),
    (r#"{"a":1.0}"#, "it is not in canonical form"),
    (r#"{"a":1e0}"#, "it is not in canonical form"),
    (r#"{"a":-0}"#, "it is not in canonical form"),
    (r#"{"a":-0.0}"#, "it is not in canonical form"),
    (r#"{"a":0e99999999999999999999}"#, "it is not in canonical form"),
    (r#"{"a":1e-99999999999999999999}"#, "it is not in canonical form"),
    (r#"{"a":1e99999999999999999999}"#, "it cannot be read"),
    (r#"{"a":1e400}"#, "it cannot be read"),
    (r#"{"a":1.7976931348623157e+308}"#, "verified"),
    (r#"{"a":5e-324}"#, "verified"),
    (r#"{"a":1e-7}"#, "verified"),
    (r#"{"a":0.000001}"#, "verified"),
    (r#"{"a":1e-6}"#, "it is not in canonical form"),
    (r#"{"a":1E+21}"#, "it is not in canonical form"),
    (r#"{"a":1e+21}"#, "verified"),
    (r#"{"a":100000000000000000000}"#, "verified"),
    (r#"{"a":9007199254740993}"#, "it is not in canonical form"),
    (r#"{"a":1152921504606847000}"#, "verified"),
    (r#"{"a":1152921504606846976}"#, "it is not in canonical form"),
    (r#"{"a":18446744073709552000}"#, "verified"),
    (r#"{"a":01}"#, "it cannot be read"),
    (r#"{"a":+1}"#, "it cannot be read"),
    (r#"{"a":1.}"#, "it cannot be read"),
    (r#"{"a":NaN}"#, "it cannot be read"),
    (r#"{"a":-Infinity}"#, "it cannot be read"),
    (r#"{"a":"\u0062"}"#, "it is not in canonical form"),
    (r#"{"a":"\/"}"#, "it is not in canonical form"),
    (r#"{"a":"\u000a"}"#, "it is not in canonical form"),
    (r#"{"a":"\u001F"}"#, "it is not in canonical form"),
    (r#"{"a":"\u001f"}"#, "verified"),
    (r#"{"a":"\ud83d\ude00"}"#, "it is not in canonical form"),
    (r#"{"a":"\ud83d"}"#, "it cannot be read"),
    (r#"{"\ude00":1}"#, "it cannot be read"),
    (r#"{"a":"\ud83d","a":1}"#, "it cannot be read"),
    ("{\"\u{fb33}\":1,\"\u{1f600}\":2}", "it is not in canonical form"),
    ("{\"\u{1f600}\":2,\"\u{fb33}\":1}", "verified"),
    ("\u{feff}{}", "it cannot be read"),
    (r#"{"$serde_json::private::RawValue":"[1]"}"#, "verified"),
];

/// control: PCI-10.3.4
#[test]
fn both_verifiers_refuse_signed_records_in_any_but_canonical_form() {
    let deep = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
    let nested = [100, 101, 127, 128, 1_000, 100_000].map(deep);
    let mut all: Vec<(&[u8], &str)> = FORMS.iter().map(|(text, found)| (text.as_bytes(), *found)).collect();
    all.push((nested[0].as_bytes(), "verified"));
    all.extend(nested[1..].iter().map(|text| (text.as_bytes(), "it cannot be read")));
    all.push((b"{\"a\":\"\xff\"}", "it cannot be read"));
    all.push((b"{\"a\":\"\xed\xa0\x80\"}", "it cannot be read"));
    all.push((b"", "it cannot be read"));
    let first = content(0);
    let questions: Vec<Question> = all
        .iter()
        .map(|(text, _)| Question::new(String::from_utf8_lossy(text), signed(&[&first, text])))
        .collect();
    for ((_, found), (question, answer)) in all.iter().zip(questions.iter().zip(agree(&questions))) {
        let wanted = match *found {
            "verified" => "verified: 2 records of ".to_owned(),
            found => format!("NOT verified: record 1: {found}"),
        };
        assert!(answer.starts_with(&wanted), "{}: {answer}", question.about);
    }
}

/// A value as JSON has them, and any double.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof!["[a-c]{0,2}", any::<String>()].boxed();
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(|bits| Value::from(f64::from_bits(bits))),
        (-30..30_i32, 1..10_000_u32)
            .prop_map(|(power, digits)| (f64::from(digits) * 10f64.powi(power)).into()),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 12, 4, move |inner| {
        let members = prop::collection::vec((text.clone(), inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Text that was canonical JSON until somebody touched it, in a place and a way.
fn touched(text: &[u8], place: usize, way: usize) -> Vec<u8> {
    const WAYS: [&[u8]; 14] = [
        b" ", b"\t", b"0", b"1", b".0", b"e0", b"-", b"\\u0061", b"\\", b"\"", b"{}", b",", b"null", b"\xc3",
    ];
    let (mut out, at) = (text.to_vec(), place % (text.len() + 1));
    if let Some(more) = WAYS.get(way) {
        out.splice(at..at, more.iter().copied());
    } else if at < out.len() && way.is_multiple_of(2) {
        out.remove(at);
    } else if let Some(byte) = out.get_mut(at) {
        *byte ^= 1 << (way % 8);
    }
    out
}

#[test]
fn both_verifiers_say_the_same_of_whatever_was_signed() {
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
    let mut questions = Vec::new();
    for nth in 0..3_000 {
        let strategy = (any_json(), any::<usize>(), 0..40_usize);
        let (value, place, way) = strategy.new_tree(&mut runner).unwrap().current();
        // As serde_json writes it, canonical, and touched.
        let plain = serde_json::to_vec(&value).unwrap();
        let exact = canonical_json(&value).unwrap_or_else(|_| plain.clone());
        let text = match nth % 3 {
            0 => plain,
            1 => exact,
            _ => touched(&exact, place, way),
        };
        let text: Vec<u8> = text.into_iter().filter(|byte| *byte != b'\n').collect();
        questions.push(Question::new(String::from_utf8_lossy(&text), signed(&[&text])));
    }
    let answers = agree(&questions);
    let good = answers.iter().filter(|answer| answer.starts_with("verified: ")).count();
    assert!((500..2_500).contains(&good), "{good} of {}", answers.len());
    for reason in ["it cannot be read", "it is not in canonical form"] {
        assert!(answers.iter().filter(|answer| answer.ends_with(reason)).count() > 100, "{reason}");
    }
}

/// A bundle of one record, with this note for its last line and these witnesses.
fn noted(note: &str, witnesses: &[String]) -> Vec<u8> {
    [header(witnesses).into_bytes(), record(0, &content(0)), last(note)].concat()
}

fn note(text: &str, by: &Ed25519Signer) -> String {
    SignedNote::sign(text, by).unwrap().to_string()
}

/// control: SOC2-CC7.2
#[test]
fn both_verifiers_say_the_same_of_odd_checkpoints_keys_and_receipts() {
    let (log, witness) = (log_signer(), signer("witness.example", KeyKind::Cosignature, 9));
    let root = {
        let head = TreeHead { size: 1, root: root_of([content(0)]) };
        Checkpoint::sign(&head, &log).unwrap().note().text().lines().nth(2).unwrap().to_owned()
    };
    let origin = log.key().name();
    let good = note(&format!("{origin}\n1\n{root}\n"), &log);
    let cosigned = |seconds: u64| {
        let mut note: SignedNote = good.parse().unwrap();
        note.cosign(&witness, seconds).unwrap();
        note.to_string()
    };
    let names = [witness.key().to_string()];
    let line = good.lines().last().unwrap();
    let other = signer(origin, KeyKind::Ed25519, 8);
    let weak = format!("{origin}+00000000+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==");
    let asked = [
        ("good", true, noted(&good, &[])),
        ("more lines", true, noted(&note(&format!("{origin}\n1\n{root}\nmore\n"), &log), &[])),
        ("an empty line", false, noted(&note(&format!("{origin}\n1\n{root}\n\nmore\n"), &log), &[])),
        ("size in other digits", false, noted(&note(&format!("{origin}\n\u{0661}\n{root}\n"), &log), &[])),
        ("size with a zero", false, noted(&note(&format!("{origin}\n01\n{root}\n"), &log), &[])),
        ("size below zero", false, noted(&note(&format!("{origin}\n-1\n{root}\n"), &log), &[])),
        (
            "size beyond all",
            false,
            noted(&note(&format!("{origin}\n9223372036854775808\n{root}\n"), &log), &[]),
        ),
        (
            "size is large",
            false,
            noted(&note(&format!("{origin}\n9223372036854775807\n{root}\n"), &log), &[]),
        ),
        ("a short root", false, noted(&note(&format!("{origin}\n1\nAAAA\n"), &log), &[])),
        ("another origin", false, noted(&note(&format!("juno.example\n1\n{root}\n"), &log), &[])),
        ("two lines only", false, noted(&note(&format!("{origin}\n1\n"), &log), &[])),
        ("signed twice", false, noted(&format!("{good}{line}\n"), &[])),
        (
            "signed by another of the name",
            false,
            noted(&note(&format!("{origin}\n1\n{root}\n"), &other), &[]),
        ),
        ("witnessed", true, noted(&cosigned(1_772_452_800), &names)),
        ("witnessed in the last second", true, noted(&cosigned(253_402_300_799), &names)),
        ("witnessed after the year 9999", false, noted(&cosigned(253_402_300_800), &names)),
        ("witnessed at no time", false, noted(&cosigned(u64::MAX), &names)),
        ("witness not named", false, noted(&cosigned(1_772_452_800), &[])),
        (
            "witness named twice",
            false,
            noted(&cosigned(1_772_452_800), &[names[0].clone(), names[0].clone()]),
        ),
        ("witness missing", false, noted(&good, &names)),
        ("the log as a witness", false, noted(&good, &[log.key().to_string()])),
        ("a weak witness", false, noted(&good, &[weak])),
        ("no record", false, [header(&[]).into_bytes(), last(&good)].concat()),
        ("the frame alone", false, header(&[]).into_bytes()),
        ("the frame alone of more", false, header(&[]).replace("\"older\":0", "\"older\":1").into_bytes()),
        ("the frame of too many", false, header(&[]).replace("\"older\":0", "\"older\":1e+21").into_bytes()),
        ("the frame of a half", false, header(&[]).replace("\"older\":0", "\"older\":0.5").into_bytes()),
        ("the frame of less", false, header(&[]).replace("\"older\":0", "\"older\":-1").into_bytes()),
        (
            "the frame as a list",
            false,
            b"[[\"format\",1],[\"key\",2],[\"older\",0],[\"witnesses\",[]]]\n".to_vec(),
        ),
        ("a large index", false, {
            let text = String::from_utf8(record(0, b"{}")).unwrap();
            let large = text.replace("\"index\":0", "\"index\":18446744073709551615");
            [header(&[]).into_bytes(), large.into_bytes()].concat()
        }),
        ("an index too large", false, {
            let text = String::from_utf8(record(0, b"{}")).unwrap();
            let large = text.replace("\"index\":0", "\"index\":18446744073709551616");
            [header(&[]).into_bytes(), large.into_bytes()].concat()
        }),
    ];
    let mut wanted: Vec<bool> = asked.iter().map(|(_, good, _)| *good).collect();
    let mut questions: Vec<Question> = asked.map(|(about, _, bundle)| Question::new(about, bundle)).into();

    let sealed = format!("{{\"_sealed\":\"{}\",\"actor\":\"ben\"}}", "0".repeat(64));
    for (receipt, receives) in [
        (r#"{"kind":"payload_erased","payload":{"records":[[0,0]]}}"#, true),
        (r#"{"kind":"payload_erased","payload":{"records":[[0,5],[7,18446744073709550000]]}}"#, true),
        (r#"{"kind":"payload_erased","payload":{"records":[[1,0]]}}"#, false),
        (r#"{"kind":"payload_erased","payload":{"records":[[0,0.5]]}}"#, false),
        (r#"{"kind":"payload_erased","payload":{"records":[[0,0],[1,"a"]]}}"#, false),
        (r#"{"kind":"payload_erased","payload":{"records":[[0,0],[-1,2]]}}"#, false),
        (r#"{"kind":"payload_erased","payload":{"records":[[0,18446744073709552000]]}}"#, false),
        (r#"{"kind":"payload_erased","payload":{"records":[[0,0,0]]}}"#, false),
        (r#"{"kind":"payload_erased","payload":{"records":{"00":1}}}"#, false),
        (r#"{"kind":"payload_erased","payload":[["records",[[0,0]]]]}"#, false),
        (r#"[["kind","payload_erased"],["payload",{"records":[[0,0]]}]]"#, false),
        (r#"["payload_erased",{"kind":"payload_erased","records":[[0,0]]}]"#, false),
        (r#"{"kind":"settings_changed","payload":{"kind":"payload_erased","records":[[0,0]]}}"#, false),
    ] {
        questions.push(Question::new(receipt, signed(&[sealed.as_bytes(), receipt.as_bytes()])));
        wanted.push(receives);
    }
    for ((question, answer), wanted) in questions.iter().zip(agree(&questions)).zip(wanted) {
        assert_eq!(answer.starts_with("verified: "), wanted, "{}: {answer}", question.about);
    }
}
