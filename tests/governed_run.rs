//! `governed_run` drives many actions under authority and exports a log that both verifiers accept.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/example.rs"]
mod example;

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use juno_audit::{Known, verify_bundle};
use juno_testkit::services::{postgres_url, verifying_python};
use tokio_postgres::NoTls;

static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| example::program("governed_run"));

fn run(folder: &Path, bundle: &str, more: &[&str]) -> Output {
    let export = folder.join(bundle);
    let mut program = Command::new(&*PROGRAM);
    program.args(["--actions", "80", "--seed", "7", "--export"]).arg(export).args(more);
    program.current_dir(folder).output().unwrap()
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    assert!(out.contains(" 0 of them repeated") && out.contains("log verified"), "{out}");
    assert!(out.contains("0 forbidden tries went through, 0 states untrue"), "{out}");
    out
}

/// What both verifiers say of a bundle; the one in Python only where it can run.
fn check(bundle: &Path) -> u64 {
    let file = std::fs::File::open(bundle).unwrap();
    let found = verify_bundle(BufReader::new(file), &Known::default()).unwrap();
    assert!(found.verification.verified, "{found}");
    let verifier = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/python/verify_audit.py");
    if let Some(python) = verifying_python(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))) {
        let output = Command::new(python).arg(verifier).arg(bundle).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), found.to_string());
    }
    found.verification.size
}

#[test]
fn a_governed_run_keeps_every_promise_and_proves_it() {
    let folder = tempfile::tempdir().unwrap();
    let first = run(folder.path(), "first.bundle", &[]);
    let out = said(&first);
    for what in ["approved", "authorized", "cancelled", "denied", "failed", "reversed", "succeeded"] {
        // Every end there is, but for requests that stay approved.
        assert!(what == "approved" || out.contains(what), "{what}: {out}");
    }
    assert!(out.contains("done") && out.contains("rolled back"), "{out}");
    let size = check(&folder.path().join("first.bundle"));
    assert!(size > 400, "{size} records");

    // The same number and seed on empty stores: the same log, byte for byte.
    let second = run(folder.path(), "second.bundle", &[]);
    assert_eq!(said(&second), out);
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert!(read("first.bundle") == read("second.bundle"), "the same bytes");

    // And on the stores of the first run: nothing is done again.
    let journal = || std::fs::read_to_string(folder.path().join("first.files/journal")).unwrap();
    let before = journal();
    let again = run(folder.path(), "third.bundle", &["--folder", "first.files"]);
    said(&again);
    assert_eq!(journal(), before, "what ran once runs never again");
    check(&folder.path().join("third.bundle"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_governed_run_on_postgresql_keeps_every_promise() {
    let Some(url) = postgres_url() else { return };
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(async move { drop(connection.await) });
    let name = format!("governed_{}", std::process::id());
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    let own = url.replacen("/postgres?", &format!("/{name}?"), 1);
    assert_ne!(own, url);

    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), "run.bundle", &["--db", &own]);
    client.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
    said(&output);
    check(&folder.path().join("run.bundle"));
}

#[test]
fn what_cannot_be_opened_is_an_error_and_no_run() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), "run.bundle", &["--db", "mysql://db/juno"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("`database.url` is no address"));
    assert!(!folder.path().join("run.bundle").exists());
}
