//! Two verifiers that share no code, the one in Rust and `examples/python/verify_audit.py`, say the same of good and
//! of damaged bundles.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/example.rs"]
mod example;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use juno_audit::{
    AuditLog, Bundle, Checkpoint, InMemoryAuditLog, Known, PersonalFields, Sealing, leaf_hash, verify_bundle,
};
use juno_core::crypto::{Ed25519Signer, KeyKind, SeededRandom, Signer, VerifierKey, Zeroizing};
use juno_domain::DomainEvent;
use juno_testkit::conformance::audit_erasure;
use juno_testkit::conformance::audit_log::sample_event;
use juno_testkit::services::verifying_python;
use serde_json::{Value, json};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A signer whose secret everybody can read: for these tests alone.
fn signer(name: &str, kind: KeyKind, seed: u8) -> Ed25519Signer {
    Ed25519Signer::new(name, kind, &Zeroizing::new([seed; 32])).unwrap()
}

fn log_signer() -> Ed25519Signer {
    signer("juno.example/audit", KeyKind::Ed25519, 7)
}

async fn log_of(events: &[DomainEvent]) -> InMemoryAuditLog {
    let log = InMemoryAuditLog::new();
    log.append(events).await.unwrap();
    log
}

fn events(count: u64) -> Vec<DomainEvent> {
    (0..count).map(sample_event).collect()
}

async fn checkpoint_of(count: u64) -> Checkpoint {
    log_of(&events(count)).await.checkpoint(&log_signer()).await.unwrap()
}

/// A bundle seen by one witness.
async fn bundle(events: &[DomainEvent], older: &[Checkpoint], by: &Ed25519Signer) -> Vec<u8> {
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

/// A question to both verifiers.
#[derive(Default, Clone)]
struct Question {
    about: String,
    bundle: Vec<u8>,
    key: Option<VerifierKey>,
    against: Option<Checkpoint>,
}

impl Question {
    fn new(about: impl Into<String>, bundle: Vec<u8>) -> Self {
        Self { about: about.into(), bundle, ..Self::default() }
    }

    /// What the verifier in Rust says.
    fn answer(&self) -> String {
        let known = Known { key: self.key.as_ref(), older: self.against.as_ref() };
        verify_bundle(self.bundle.as_slice(), &known).unwrap().to_string()
    }
}

/// Asks the verifier in Python about everything in one run.
const ASK: &str = r#"
import io, json, sys
from verify_audit import Bad, verify
for question in json.load(sys.stdin):
    try:
        lines = io.BytesIO(bytes.fromhex(question["bundle"]))
        said = verify(lines, question["key"], question["against"])
    except Bad as bad:
        said = f"NOT verified: {bad}"
    print(json.dumps(said))
"#;

/// What the verifier in Python says; None, with a message, where it cannot run.
fn python(questions: &[Question]) -> Option<Vec<String>> {
    let mut python = Command::new(verifying_python(Path::new(ROOT))?);
    python.args(["-c", ASK]).env("PYTHONPATH", Path::new(ROOT).join("examples/python"));
    python.env("PYTHONDONTWRITEBYTECODE", "1").stdin(Stdio::piped()).stdout(Stdio::piped());
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let asked: Vec<Value> = questions
        .iter()
        .map(|question| {
            let key = question.key.as_ref().map(ToString::to_string).unwrap_or_default();
            let against = question.against.as_ref().map(ToString::to_string).unwrap_or_default();
            json!({ "bundle": hex(&question.bundle), "key": key, "against": against })
        })
        .collect();
    let mut run = python.spawn().unwrap();
    let mut input = run.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        input.write_all(&serde_json::to_vec(&asked).unwrap()).unwrap();
    });
    let output = run.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "the verifier in Python failed");
    Some(
        output
            .stdout
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect(),
    )
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8(bytes.to_vec()).unwrap().split_inclusive('\n').map(Into::into).collect()
}

/// Good bundles, with and without what the reader knows from elsewhere.
async fn good() -> Vec<Question> {
    let log = log_signer();
    let older =
        [checkpoint_of(0).await, checkpoint_of(1).await, checkpoint_of(5).await, checkpoint_of(9).await];
    let whole = Question::new("whole", bundle(&events(9), &older, &log).await);
    vec![
        whole.clone(),
        Question { key: Some(log.key().clone()), ..whole.clone() },
        Question { against: Some(checkpoint_of(3).await), ..whole },
        Question::new("empty", bundle(&[], &[], &log).await),
        Question::new("one", bundle(&events(1), &older[..2], &log).await),
    ]
}

/// Bundles that are wrong, each in another way.
async fn damaged() -> Vec<Question> {
    let log = log_signer();
    let whole = bundle(&events(6), &[checkpoint_of(3).await], &log).await;
    let with = |about: &str, edit: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines(&whole);
        edit(&mut lines);
        Question::new(about, lines.concat().into_bytes())
    };
    let mut out = vec![
        with("swapped", &|lines| lines.swap(3, 5)),
        with("dropped", &|lines| drop(lines.remove(4))),
        with("last record dropped", &|lines| drop(lines.remove(7))),
        with("repeated", &|lines| lines.insert(4, lines[4].clone())),
        with("inserted at the end", &|lines| lines.insert(8, lines[7].replace("\"index\":5", "\"index\":6"))),
        with("behind the end", &|lines| lines.push(lines[4].clone())),
        with("no last line", &|lines| drop(lines.pop())),
        with("no first line", &|lines| drop(lines.remove(0))),
        with("no older line", &|lines| drop(lines.remove(1))),
        with("empty line", &|lines| lines.insert(3, "\n".into())),
        with("carriage return", &|lines| lines[3] = lines[3].replace('\n', "\r\n")),
        with("edited", &|lines| lines[4] = lines[4].replace("require_approval", "allow")),
        with("edited with a new leaf", &|lines| {
            let (_, event) = lines[4].trim_end().split_once(",\"event\":").unwrap();
            let event = event.strip_suffix('}').unwrap().replace("require_approval", "allow");
            lines[4] =
                format!("{{\"index\":2,\"leaf\":\"{}\",\"event\":{event}}}\n", leaf_hash(event.as_bytes()));
        }),
        with("a key twice", &|lines| {
            let (_, event) = lines[4].trim_end().split_once(",\"event\":").unwrap();
            let event = event.strip_suffix('}').unwrap().replacen('{', "{\"actor\":\"eve\",", 1);
            lines[4] =
                format!("{{\"index\":2,\"leaf\":\"{}\",\"event\":{event}}}\n", leaf_hash(event.as_bytes()));
        }),
        with("no JSON", &|lines| {
            lines[4] = format!("{{\"index\":2,\"leaf\":\"{}\",\"event\":[NaN]}}\n", leaf_hash(b"[NaN]"));
        }),
        with("an unproved past", &|lines| {
            lines[1] = lines[1].split_once("\"path\":").unwrap().0.to_owned() + "\"path\":[]}\n";
        }),
        Question::new("nothing", Vec::new()),
        Question::new("no bundle", b"{}\n".to_vec()),
    ];
    let mut changed = events(6);
    changed[1].subject = "changed".into();
    let eve = signer("juno.example/audit", KeyKind::Ed25519, 66);
    let forged = bundle(&changed, &[], &eve).await;
    let rewritten = bundle(&changed, &[], &log).await;
    let cut = bundle(&events(2), &[], &log).await;
    let older = Some(checkpoint_of(3).await);
    let key = Some(log.key().clone());
    out.push(Question { key, ..Question::new("another key", forged.clone()) });
    out.push(Question { against: older.clone(), ..Question::new("another key, older", forged) });
    out.push(Question { against: older.clone(), ..Question::new("rewritten with the same key", rewritten) });
    out.push(Question { against: older, ..Question::new("cut off with the same key", cut) });
    out
}

#[tokio::test]
async fn both_verifiers_say_the_same_of_good_and_damaged_bundles() {
    let mut questions = good().await;
    let count = questions.len();
    questions.extend(damaged().await);
    for (nth, question) in questions.iter().enumerate() {
        assert_eq!(question.answer().starts_with("verified: "), nth < count, "{}", question.about);
    }
    let Some(said) = python(&questions) else { return };
    assert_eq!(said.len(), questions.len());
    for (question, said) in questions.iter().zip(said) {
        assert_eq!(said, question.answer(), "{}", question.about);
    }
}

/// control: PCI-10.3.4, SOC2-CC7.2
#[tokio::test]
async fn both_verifiers_find_a_change_of_every_byte_and_name_the_same_record() {
    let whole = bundle(&events(2), &[checkpoint_of(1).await], &log_signer()).await;
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        Question::new(format!("byte {at}"), bytes)
    };
    let questions: Vec<Question> = (0..whole.len()).map(flipped).collect();
    let answers: Vec<String> = questions.iter().map(Question::answer).collect();
    assert!(answers.iter().all(|answer| answer.starts_with("NOT verified: ")));
    let Some(said) = python(&questions) else { return };
    for ((question, answer), said) in questions.iter().zip(answers).zip(said) {
        assert_eq!(said, answer, "{}", question.about);
    }
}

/// A bundle of records whose personal parts are apart: maria's are erased, ben's are kept.
async fn sealed_bundle(count: u64, erase_maria: bool) -> Vec<u8> {
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

#[tokio::test]
async fn both_verifiers_say_the_same_of_erased_kept_and_tampered_payloads() {
    let whole = sealed_bundle(4, true).await;
    let lines_of = lines(&whole);
    let is_payload = |line: &String| line.starts_with("{\"payload\":");
    assert_eq!(
        lines_of.iter().filter(|line| is_payload(line)).count(),
        1,
        "ben's is kept, maria's two are gone"
    );
    let good = [Question::new("erased", whole.clone()), Question::new("kept", sealed_bundle(4, false).await)];
    assert!(good[0].answer().ends_with("; payload erased, commitment intact: 2"), "{}", good[0].answer());
    let payload = lines_of.iter().position(is_payload).unwrap();
    let with = |about: &str, edit: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines_of.clone();
        edit(&mut lines);
        Question::new(about, lines.concat().into_bytes())
    };
    let mut bad = vec![
        with("a payload edited", &|lines| lines[payload] = lines[payload].replace("Xylophone", "Saxophone")),
        with("a payload gone without a receipt", &|lines| drop(lines.remove(payload))),
        with("a payload twice", &|lines| lines.insert(payload, lines[payload].clone())),
        with("a payload behind another record", &|lines| lines.swap(payload, payload + 1)),
        with("a payload of a record that has none", &|lines| {
            lines.insert(payload + 2, lines[payload].clone())
        }),
        with("a payload of an erased record", &|lines| lines.insert(3, lines[payload].clone())),
        with("a payload before all records", &|lines| lines.insert(2, lines[payload].clone())),
        with("a payload without salt", &|lines| lines[payload] = "{\"payload\":{}}\n".into()),
        with("a payload cut off", &|lines| lines[payload] = lines[payload].trim_end().to_owned()),
    ];
    for (at, _) in lines_of.iter().enumerate() {
        bad.push(with(&format!("without line {at}"), &|lines| drop(lines.remove(at))));
    }
    for question in &bad {
        assert!(question.answer().starts_with("NOT verified: "), "{}", question.about);
    }
    assert!(bad[1].answer().contains("no receipt says that it was erased"), "{}", bad[1].answer());
    let questions: Vec<Question> = good.into_iter().chain(bad).collect();
    let Some(said) = python(&questions) else { return };
    for (question, said) in questions.iter().zip(said) {
        assert_eq!(said, question.answer(), "{}", question.about);
    }
}

#[tokio::test]
async fn both_verifiers_find_a_flip_of_any_bit_of_a_bundle_with_erased_and_kept_payloads() {
    let whole = sealed_bundle(2, true).await;
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at / 8] ^= 1 << (at % 8);
        Question::new(format!("bit {at}"), bytes)
    };
    let answers = |at: &usize| flipped(*at).answer();
    assert!((0..whole.len() * 8).all(|at| answers(&at).starts_with("NOT verified: ")));
    // The other verifier is asked about one bit of each byte, another one from byte to byte.
    let questions: Vec<Question> = (0..whole.len()).map(|at| flipped(at * 8 + at % 8)).collect();
    let Some(said) = python(&questions) else { return };
    for (question, said) in questions.iter().zip(said) {
        assert_eq!(said, question.answer(), "{}", question.about);
    }
}

#[tokio::test]
async fn the_programs_exit_with_what_they_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let whole = bundle(&events(4), &[], &log_signer()).await;
    let good = file("good.jsonl", &whole);
    let bad =
        file("bad.jsonl", String::from_utf8(whole).unwrap().replace("require_approval", "allow").as_bytes());
    let older = file("older.txt", checkpoint_of(2).await.to_string().as_bytes());
    let later = file("later.txt", checkpoint_of(5).await.to_string().as_bytes());
    let key = log_signer().key().to_string();
    let missing = folder.path().join("missing.jsonl").display().to_string();
    let runs: [(&[&str], i32); 6] = [
        (&[&good], 0),
        (&[&good, "--key", &key, "--against", &older], 0),
        (&[&bad], 1),
        (&[&good, "--against", &later], 1),
        (&[&missing], 2),
        (&[&good, "--against", &missing], 2),
    ];
    let python = verifying_python(Path::new(ROOT));
    let program = example::program("verify_audit");
    for (arguments, status) in runs {
        let run = Command::new(&program).args(arguments).output().unwrap();
        assert_eq!(run.status.code(), Some(status), "{arguments:?}");
        if let Some(python) = &python {
            let mut command = Command::new(python);
            command.arg(Path::new(ROOT).join("examples/python/verify_audit.py")).args(arguments);
            let other = command.output().unwrap();
            assert_eq!(other.status.code(), Some(status), "{arguments:?}");
            assert_eq!(other.stdout, run.stdout, "{arguments:?}");
        }
    }
}

/// `tests/cases/audit/bundle.jsonl` is the bundle written of the events of `whole.jsonl` today; `UPDATE_CASES=1` writes
/// it anew, and one with an edited record beside it.
#[tokio::test]
async fn the_bundle_of_the_cases_is_what_is_written_today() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/audit");
    let whole = std::fs::read_to_string(folder.join("whole.jsonl")).unwrap();
    let read = |line: &str| serde_json::from_str::<Value>(line).ok()?.get("event").cloned();
    let events: Vec<DomainEvent> =
        whole.lines().filter_map(read).map(|event| serde_json::from_value(event).unwrap()).collect();
    assert_eq!(events.len(), 10);
    let older = log_of(&events[..4]).await.checkpoint(&log_signer()).await.unwrap();
    let bundle = String::from_utf8(bundle(&events, &[older], &log_signer()).await).unwrap();
    let edited = bundle.replace("\"reason\":\"agreed\"", "\"reason\":\"AGREED\"");
    assert_ne!(edited, bundle);
    for (name, text) in [("bundle.jsonl", bundle), ("bundle-edited.jsonl", edited)] {
        if std::env::var_os("UPDATE_CASES").is_some() {
            std::fs::write(folder.join(name), &text).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(folder.join(name)).unwrap(),
            text,
            "{name}: run with UPDATE_CASES=1"
        );
    }
}

/// `tests/cases/audit/erased.jsonl` is the same log with the reasons people gave apart, and those of one of them erased.
#[tokio::test]
async fn the_bundle_with_erased_parts_of_the_cases_is_what_is_written_today() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/audit");
    let whole = std::fs::read_to_string(folder.join("whole.jsonl")).unwrap();
    let read = |line: &str| serde_json::from_str::<Value>(line).ok()?.get("event").cloned();
    let events: Vec<DomainEvent> =
        whole.lines().filter_map(read).map(|event| serde_json::from_value(event).unwrap()).collect();
    let sealing = Sealing::new(PersonalFields::reasons(), Arc::new(SeededRandom::new(7)));
    let log = InMemoryAuditLog::with_sealing(sealing);
    log.append(&events).await.unwrap();
    let older = log.checkpoint(&log_signer()).await.unwrap();
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    let done = juno_audit::erase(&log, &audit_erasure::sample_order("team_lead"), now).await.unwrap();
    assert_eq!(done.records.count(), 2);
    let checkpoint = log.checkpoint(&log_signer()).await.unwrap();
    let (key, mut out) = (log_signer().key().clone(), Vec::new());
    let bundle = Bundle { checkpoint: &checkpoint, key: &key, witnesses: &[], older: &[older] };
    bundle.write(&log, &mut out).await.unwrap();
    let path = folder.join("erased.jsonl");
    if std::env::var_os("UPDATE_CASES").is_some() {
        std::fs::write(&path, &out).unwrap();
    }
    assert!(std::fs::read(&path).unwrap() == out, "run with UPDATE_CASES=1");
}
