//! The two programs, and the cases that three languages read.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use juno_audit::{AuditLog, Bundle, InMemoryAuditLog, PersonalFields, Sealing};
use juno_core::crypto::{SeededRandom, Signer};
use juno_domain::DomainEvent;
use juno_testkit::conformance::audit_erasure;
use juno_testkit::services::verifying_python;
use serde_json::Value;

use crate::ask::ROOT;
use crate::bundles::{bundle, checkpoint_of, events, log_of, log_signer};
use crate::example;

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
    let nothing = file("nothing.txt", b"");
    let no_text = file("no_text.txt", b"\xff\n5\n");
    let returns = file("returns.txt", checkpoint_of(2).await.to_string().replace('\n', "\r\n").as_bytes());
    let mut odd = checkpoint_of(2).await.to_string();
    odd.push_str("\u{2014} no signature\n");
    let odd = file("odd.txt", odd.as_bytes());
    let runs: [(&[&str], i32); 12] = [
        (&[&good], 0),
        (&[&good, "--key", &key, "--against", &older], 0),
        (&[&bad], 1),
        (&[&good, "--against", &later], 1),
        (&[&missing], 2),
        (&[&good, "--against", &missing], 2),
        (&[&good, "--against", &nothing], 2),
        (&[&good, "--against", &no_text], 2),
        (&[&good, "--against", &returns], 2),
        (&[&good, "--against", &odd], 2),
        (&[&good, "--key", ""], 2),
        (&[&good, "--key", "juno.example/audit+00000000+AAAA"], 2),
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
