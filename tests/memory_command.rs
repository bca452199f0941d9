//! The example `memory` as a program: what it prints, what it leaves, how it ends.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/example.rs"]
mod example;

use std::path::Path;
use std::process::{Command, Output};

use juno_core::agent::ErasureReceipt;
use juno_core::domain::{MemoryId, PrincipalId, TenantId};
use juno_core::memory::{
    ExportManifest, LegalHold, Memory, MemoryKind, MemoryScope, MemoryStore, MemoryWrite, held_event,
    hold_lifted_event,
};
use juno_sqlite::{SqliteConfig, SqliteStore};
use serde_json::Value;

const AT: &str = "2026-03-02T09:00:00Z";

fn memory(folder: &Path, arguments: &[&str]) -> Output {
    let mut program = Command::new(example::program("memory"));
    // Nobody's settings but those given here.
    program.env_clear().current_dir(folder).args(arguments);
    program.args(["--db", "sqlite:///juno.db", "--tenant", "acme", "--at", AT]).output().unwrap()
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = memory(folder, &[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn tenant() -> TenantId {
    TenantId::new("acme").unwrap()
}

async fn filled(folder: &Path) -> SqliteStore {
    let file = SqliteStore::open(folder.join("juno.db"), SqliteConfig::default()).unwrap();
    let scope = MemoryScope::tenant_wide(tenant());
    let writes = (0..30).map(|nth| {
        let at = AT.parse::<chrono::DateTime<chrono::Utc>>().unwrap() - chrono::TimeDelta::days(20 * nth);
        let id = MemoryId::new(format!("m{nth:02}")).unwrap();
        let mut memory =
            Memory::new(id, MemoryKind::Episodic, scope.clone(), format!("deploy {nth}"), "test", at);
        memory.subject = (nth % 10 == 1).then(|| "ada".to_owned());
        MemoryWrite::new(memory, &PrincipalId::new("juno").unwrap()).unwrap()
    });
    file.memory().put_all(&writes.collect::<Vec<_>>()).await.unwrap();
    file
}

#[tokio::test]
async fn each_command_does_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let (file, at) = (filled(folder.path()).await, folder.path());
    assert_eq!(json(at, &["stats"])["live"], 30);
    let text = String::from_utf8(memory(at, &["stats"]).stdout).unwrap();
    assert!(
        text.contains("30 live") && text.contains("30   episodic") && text.contains("0 damaged"),
        "{text}"
    );

    let archived = json(at, &["archive", "--folder", "archive", "--older-than", "500"]);
    assert_eq!(archived["archived"], 4);
    assert_eq!(json(at, &["stats"])["live"], 26);
    assert_eq!(json(at, &["restore", "archive"])["restored"], 4);
    assert_eq!(json(at, &["restore", "archive"])["known"], 4);

    let exported = json(at, &["export", "--subject", "ada", "--out", "ada.jsonl"]);
    let manifest: ExportManifest = serde_json::from_value(exported).unwrap();
    assert!(manifest.verifies(&std::fs::read(at.join("ada.jsonl")).unwrap()));
    assert_eq!(manifest.memories.values().sum::<u64>(), 3);

    let held = LegalHold {
        tenant: tenant(),
        subject: "ada".into(),
        reason: "case 7".into(),
        by: PrincipalId::new("counsel").unwrap(),
        at: AT.parse().unwrap(),
    };
    file.memory().hold(&held, &[held_event(&held).unwrap()]).await.unwrap();
    let erase =
        ["erase", "--subject", "ada", "--by", "dpo", "--reason", "request 12", "--receipt", "receipt.json"];
    let refused = memory(at, &erase);
    assert_eq!(refused.status.code(), Some(3), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("case 7"));
    assert_eq!(json(at, &["stats"])["holds"], 1);
    let cleaned = json(at, &["cleanup"]);
    assert_eq!((cleaned["retired"]["episodic"].as_u64(), cleaned["held"].as_u64()), (Some(10), Some(1)));
    let lifted = hold_lifted_event(&tenant(), "ada", "settled", &held.by, held.at).unwrap();
    assert!(file.memory().release(&tenant(), "ada", &[lifted]).await.unwrap());
    drop(file);

    let erased: ErasureReceipt = serde_json::from_value(json(at, &erase)).unwrap();
    assert_eq!(erased.memories.len(), 3);
    let kept: ErasureReceipt =
        serde_json::from_slice(&std::fs::read(at.join("receipt.json")).unwrap()).unwrap();
    assert!(kept == erased && kept.verify().unwrap() && kept.is_clean());
    assert_eq!(json(at, &["cleanup", "--days", "30"])["retired"]["episodic"], 16);
    assert_eq!(json(at, &["stats"])["live"], 1);
}

#[tokio::test]
async fn what_cannot_be_done_is_said_and_ends_with_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    drop(filled(at).await);
    std::fs::write(at.join("bad.jsonl"), "{}\n").unwrap();
    for (arguments, code, says) in [
        (&["erase", "--subject", "ada"][..], 2, "--by"),
        (&["forget"], 2, "subcommand"),
        (&["cleanup", "--days", "0"], 1, "retention_days"),
        (&["restore", "bad.jsonl"], 1, "bad.jsonl"),
        (&["restore", "nowhere.jsonl"], 1, "nowhere.jsonl"),
        (&["archive", "--folder", "a", "--older-than", "1", "--kind", "episodes"], 2, "episodes"),
        (&["reencrypt"], 1, "encrypt"),
    ] {
        let output = memory(at, arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(error.contains(says), "{arguments:?}: {error}");
    }
    let help = String::from_utf8(memory(at, &["--help"]).stdout).unwrap();
    for command in ["stats", "cleanup", "export", "erase", "archive", "restore", "reencrypt", "Exit codes"] {
        assert!(help.contains(command), "{command}");
    }
}
