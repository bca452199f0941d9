//! The commands as a shell runs them.
#![expect(clippy::unwrap_used, reason = "a test stops at the first failure")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/data/sample")
}

/// Runs `juno` in an empty folder of its own, with no settings but the ones given.
fn juno(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_juno")).args(args).current_dir(folder).env_clear().output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn error(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn forecasts_are_a_table_for_people_and_json_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let input = sample();
    let input = input.to_str().unwrap();
    let said = juno(folder.path(), &["forecast", input]);
    assert!(text(&said).starts_with("team  sprint"), "{}", text(&said));
    // Nobody looks: no colour, no progress.
    assert!(!text(&said).contains('\x1b') && error(&said).is_empty());
    let all = json(&juno(folder.path(), &["forecast", input, "--json"]));
    let forecasts = all["forecasts"].as_array().unwrap();
    assert_eq!(forecasts.len(), text(&said).lines().count() - 1);
    let missed = forecasts[0]["p_miss"].as_f64().unwrap();
    assert!(text(&said).contains(&format!("{:.0} %", missed * 100.0)));
    // Looking leaves nothing behind.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_triage_finds_is_only_said_and_what_review_finds_waits_for_a_vote_on_what_was_seen() {
    let folder = tempfile::tempdir().unwrap();
    let input = sample();
    let input = input.to_str().unwrap();
    let db = ["--db", "sqlite:///juno.db"];
    let found = json(&juno(folder.path(), &[&["triage", input, "--json"], &db[..]].concat()));
    assert!(!found["findings"].as_array().unwrap().is_empty());
    let none = juno(folder.path(), &[&["pending"], &db[..]].concat());
    assert_eq!(text(&none), "Nothing waits for a person.\n");

    let report = folder.path().join("review.html");
    let review = ["review", input, "--report", report.to_str().unwrap()];
    assert!(
        text(&juno(folder.path(), &[&review, &db[..]].concat()))
            .contains("every record is what was appended")
    );
    assert!(std::fs::read_to_string(report).unwrap().contains("<html"));

    let waiting = json(&juno(folder.path(), &[&["pending", "--json"], &db[..]].concat()));
    let one = &waiting[0];
    let (id, digest, who) = (&one["request"], &one["digest"], &one["people"][0]);
    let deadline: chrono::DateTime<chrono::Utc> = one["deadline"].as_str().unwrap().parse().unwrap();
    let before = (deadline - chrono::TimeDelta::hours(1)).to_rfc3339();
    let (id, who) = (id.as_str().unwrap(), who.as_str().unwrap());
    let vote = |command: &str, digest: &str, by: &str, at: &str| {
        let args = [command, id, "--digest", digest, "--by", by, "--reason", "agreed", "--at", at];
        juno(folder.path(), &[&args, &db[..]].concat())
    };
    let other = "0".repeat(64);
    assert_ne!(vote("approve", &other, who, &before).status.code(), Some(0));
    let nobody = vote("approve", digest.as_str().unwrap(), "a-stranger", &before);
    assert_eq!(nobody.status.code(), Some(3), "{}", error(&nobody));
    let approved = vote("approve", digest.as_str().unwrap(), who, &before);
    assert!(text(&approved).starts_with("approved"), "{}{}", text(&approved), error(&approved));
    let rest = json(&juno(folder.path(), &[&["pending", "--json"], &db[..]].concat()));
    assert_eq!(rest.as_array().unwrap().len() + 1, waiting.as_array().unwrap().len());
}

#[test]
fn exit_codes_tell_wrong_options_and_unreadable_files_from_failure() {
    let folder = tempfile::tempdir().unwrap();
    let code = |args: &[&str]| juno(folder.path(), args).status.code();
    assert_eq!(code(&["--help"]), Some(0));
    assert_eq!(code(&["--version"]), Some(0));
    assert_eq!(code(&["frobnicate"]), Some(2));
    assert_eq!(code(&["forecast"]), Some(2));
    assert_eq!(code(&["audit", "verify", "missing.json"]), Some(2));
    assert_eq!(code(&["approve", "r", "--digest", "zz", "--by", "ada", "--reason", "x"]), Some(2));
    assert_eq!(code(&["forecast", "missing"]), Some(1));
    assert_eq!(code(&["pending", "--db", "ftp://nowhere"]), Some(1));
    let said = error(&juno(folder.path(), &["forecast", "missing"]));
    assert!(said.starts_with("error: ") && said.contains("missing"), "{said}");
}

#[test]
fn every_shell_gets_a_completion_that_knows_the_commands() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = text(&juno(folder.path(), &["completion", shell]));
        for command in ["review", "forecast", "backtest", "triage", "approve", "pending", "audit", "memory"] {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}

#[test]
fn memory_is_maintained_by_the_same_command() {
    let folder = tempfile::tempdir().unwrap();
    let stats = json(&juno(folder.path(), &["memory", "stats", "--db", "sqlite:///juno.db", "--json"]));
    assert_eq!(stats["live"], 0);
}
