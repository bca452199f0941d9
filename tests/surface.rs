//! `tests/surface.toml` is well formed, and names every method of `Juno` and its handles: one that is added in Rust
//! reaches Python and Node, or says why not. The tests of those languages hold it against their modules.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use juno_core::domain::ErrorKind;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Surface {
    name: Vec<Name>,
    unbound: Vec<Unbound>,
    error: Vec<ErrorClass>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    kind: Kind,
    python: String,
    node: String,
    #[serde(default)]
    waits: bool,
    #[serde(default)]
    promise: bool,
    #[serde(default)]
    rust: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Class,
    Method,
    Property,
    Function,
    Namespace,
    Interface,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unbound {
    rust: String,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorClass {
    code: String,
    python: String,
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn surface() -> Surface {
    toml::from_str(&std::fs::read_to_string(root().join("tests/surface.toml")).unwrap()).unwrap()
}

/// `audit_head` as JavaScript writes it: `auditHead`. What scikit-learn ends in `_` has none.
fn camel(name: &str) -> String {
    let mut words = name.trim_end_matches('_').split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

#[test]
fn names_differ_by_case_only_and_stand_once() {
    let surface = surface();
    let mut seen = BTreeSet::new();
    let owners: BTreeMap<&str, Kind> =
        surface.name.iter().map(|name| (name.python.as_str(), name.kind)).collect();
    for name in &surface.name {
        assert!(seen.insert(&name.python), "`{}` stands twice", name.python);
        let node: Vec<String> = name.python.split('.').map(camel).collect();
        assert_eq!(name.node, node.join("."), "Node's name of `{}`", name.python);
        match name.python.split_once('.') {
            Some((owner, _)) => {
                let members: &[Kind] = match owners[owner] {
                    Kind::Class | Kind::Interface => &[Kind::Method, Kind::Property],
                    Kind::Namespace => &[Kind::Function],
                    other => panic!("`{owner}` is a {other:?} and has no members"),
                };
                assert!(members.contains(&name.kind), "kind of `{}`", name.python);
            }
            None => assert!(!matches!(name.kind, Kind::Method | Kind::Property), "kind of `{}`", name.python),
        }
        let waits = name.waits || name.promise;
        assert!(!waits || matches!(name.kind, Kind::Method | Kind::Function), "`{}`", name.python);
        assert!(!(name.waits && name.promise), "`{}` waits, which says it all", name.python);
    }
}

#[test]
fn every_kind_of_error_has_its_class() {
    let listed: Vec<(String, String)> =
        surface().error.into_iter().map(|error| (error.code, error.python)).collect();
    let codes: Vec<&str> = listed.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ErrorKind::ALL.map(ErrorKind::code));
    assert!(listed.iter().all(|(_, class)| class.ends_with("Error")));
}

#[test]
fn every_method_of_juno_is_bound_or_says_why_not() {
    let surface = surface();
    let bound = surface.name.iter().flat_map(|name| name.rust.iter());
    let mut listed = BTreeSet::new();
    for name in bound.chain(surface.unbound.iter().map(|unbound| &unbound.rust)) {
        assert!(listed.insert(name.clone()), "`{name}` stands twice");
    }
    assert!(surface.unbound.iter().all(|unbound| !unbound.why.is_empty()));
    assert_eq!(methods(), listed, "left: the source; right: tests/surface.toml");
}

/// The public methods of `Juno`, `Records` and the handles, as their sources have them.
fn methods() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in std::fs::read_dir(root().join("juno-core/crates/juno-agent/src")).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let mut owner = None;
        for line in source.lines() {
            if let Some(rest) = line.strip_prefix("impl ") {
                let name = rest.trim_end_matches(" {");
                owner = (name.ends_with("Handle") || ["Juno", "Records"].contains(&name)).then_some(name);
            }
            let function = ["    pub fn ", "    pub async fn ", "    pub const fn "]
                .iter()
                .find_map(|prefix| line.strip_prefix(prefix))
                .and_then(|rest| rest.split(['(', '<']).next());
            if let (Some(owner), Some(function)) = (owner, function) {
                found.insert(format!("{owner}::{function}"));
            }
        }
    }
    assert!(found.contains("GateHandle::vote") && found.contains("MemoryHandle::note"));
    found
}
