//! The architecture, held against the workspace as it is: arrows between crates and between files, no unsafe code,
//! no features inside stages, files that can be read at one sitting.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod arrows;
mod imports;
mod imports_tests;
mod rust;
mod workspace;

use arrows::{Kind, circular_crate, wrong_arrows};
use imports::{cycle, imports};
use workspace::{graph, root, rust_files};

/// The longest a file may be, in lines.
const LONGEST: usize = 500;

#[test]
fn crates_depend_only_on_what_the_table_allows() {
    let graph = graph();
    assert!(graph.len() > 15, "the workspace was not read");
    assert_eq!(wrong_arrows(&graph), [""; 0]);
    assert_eq!(circular_crate(&graph), None);
}

#[test]
fn every_arrow_of_the_workspace_fails_when_it_is_reversed() {
    let graph = graph();
    let mut tried = 0;
    for (from, member) in &graph {
        for (to, _) in &member.dependencies {
            let mut reversed = graph.clone();
            reversed.get_mut(from).unwrap().dependencies.retain(|(on, _)| on != to);
            reversed.get_mut(to).unwrap().dependencies.insert((from.clone(), Kind::Normal));
            let found = wrong_arrows(&reversed);
            assert!(found.contains(&format!("{to} must not depend on {from}")), "{found:?}");
            tried += 1;
        }
    }
    assert!(tried > 40, "the arrows were not read");
}

#[test]
fn no_stage_may_depend_on_a_later_one_or_on_an_adapter() {
    for (from, to) in [
        ("juno-domain", "juno-crypto"),
        ("juno-governance", "juno-action"),
        ("juno-analytics", "juno-connectors"),
        ("juno-risk", "juno-memory"),
        ("juno-memory", "juno-sqlite"),
        ("juno-sqlite", "juno-agent"),
        ("juno-agent", "juno-report"),
        ("juno-py", "juno-sqlite"),
        ("juno-py", "juno-node"),
        ("juno-audit", "juno-testkit"),
    ] {
        let mut changed = graph();
        changed.get_mut(from).unwrap().dependencies.insert((to.into(), Kind::Normal));
        let found = wrong_arrows(&changed);
        assert!(found.contains(&format!("{from} must not depend on {to}")), "{found:?}");
    }
}

#[test]
fn files_of_a_crate_import_in_one_direction() {
    let mut circles = Vec::new();
    for (name, member) in graph() {
        let source = root().join(member.folder).join("src");
        // The examples stand beside their manifest, each a crate of one file.
        if !source.is_dir() {
            continue;
        }
        if let Some(way) = cycle(&imports(&rust_files(&source))) {
            circles.push(format!("{name}: {}", way.join(" → ")));
        }
    }
    assert_eq!(circles, [""; 0]);
}

#[test]
fn imports_are_really_read() {
    let imports = imports(&rust_files(&root().join("juno-core/crates/juno-audit/src")));
    assert!(imports["in_memory.rs"].contains("audit_log.rs"));
    assert!(imports["audit_log.rs"].contains("verifier.rs"));
    assert!(!imports.contains_key("hash.rs"), "hashes stand on nothing of the crate");
}

#[test]
fn crates_of_the_core_forbid_unsafe_code() {
    for (name, member) in graph().into_iter().filter(|(_, member)| member.folder.starts_with("juno-core")) {
        let files = rust_files(&root().join(member.folder).join("src"));
        assert!(rust::forbids_unsafe(&files["lib.rs"]), "{name}: put #![forbid(unsafe_code)] in lib.rs");
    }
}

#[test]
fn stages_know_no_features() {
    let files = rust_files(&root().join("juno-core/crates"));
    assert!(files.len() > 50, "the sources were not read");
    for (file, text) in files {
        assert!(!rust::asks_for_a_feature(&text), "{file}: features are chosen in juno-core/src/adapters.rs");
    }
}

#[test]
fn files_can_be_read_at_one_sitting() {
    let too_long = |files: &imports::Files| -> Vec<String> {
        let longer = files.iter().filter(|(_, text)| text.lines().count() > LONGEST);
        longer.map(|(file, text)| format!("{file} has {} lines", text.lines().count())).collect()
    };
    let files = rust_files(&root());
    assert!(files.len() > 100, "the sources were not read");
    assert_eq!(too_long(&files), [""; 0]);
    let made_up =
        imports::Files::from([("long.rs".into(), "\n".repeat(501)), ("short.rs".into(), "\n".repeat(500))]);
    assert_eq!(too_long(&made_up), ["long.rs has 501 lines"]);
}
