//! Which crate may depend on which: the table of the architecture, as data.

use std::collections::{BTreeMap, BTreeSet};

/// How one crate of the workspace depends on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// In what is shipped.
    Normal,
    /// In its tests.
    Dev,
}

/// A crate of the workspace: where it lies, and what of the workspace it depends on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Member {
    pub(crate) folder: String,
    pub(crate) dependencies: BTreeSet<(String, Kind)>,
}

/// All crates of the workspace by name.
pub(crate) type Graph = BTreeMap<String, Member>;

/// The stages in the order data flows, with the stages each may depend on. Every one may depend on `juno-domain`.
///
/// Beyond the table of the architecture: reasoning, action and risk take `juno-crypto`, because a proposal's id, an
/// authorized action and a saved model are named by digests.
const STAGES: [(&str, &[&str]); 14] = [
    ("juno-domain", &[]),
    ("juno-crypto", &[]),
    ("juno-connectors", &[]),
    ("juno-confidence", &[]),
    ("juno-analytics", &["juno-confidence"]),
    ("juno-learn", &[]),
    ("juno-risk", &["juno-analytics", "juno-confidence", "juno-learn", "juno-crypto"]),
    ("juno-memory", &["juno-crypto"]),
    ("juno-reasoning", &["juno-memory", "juno-analytics", "juno-risk", "juno-confidence", "juno-crypto"]),
    ("juno-governance", &["juno-crypto"]),
    ("juno-audit", &["juno-crypto"]),
    ("juno-action", &["juno-governance", "juno-audit", "juno-crypto"]),
    ("juno-agent", &ALL_STAGES),
    ("juno-report", &["juno-agent"]),
];

/// The stages that `juno-agent` and everything after it may see.
const ALL_STAGES: [&str; 11] = [
    "juno-crypto",
    "juno-connectors",
    "juno-confidence",
    "juno-analytics",
    "juno-learn",
    "juno-risk",
    "juno-memory",
    "juno-reasoning",
    "juno-governance",
    "juno-audit",
    "juno-action",
];

/// The stages that have traits of stores and outside services, which adapters implement.
const WITH_ADAPTERS: [&str; 7] = [
    "juno-crypto",
    "juno-connectors",
    "juno-memory",
    "juno-reasoning",
    "juno-governance",
    "juno-audit",
    "juno-action",
];

/// What a crate may depend on in what is shipped; None if the table does not know it.
fn allowed(name: &str, graph: &Graph) -> Option<BTreeSet<String>> {
    let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
    let adapters = || graph.iter().filter(|(_, member)| is_adapter(member)).map(|(name, _)| name.clone());
    let mut out = match name {
        // What people build with, and what tests it, sees everything below.
        "juno-core" => names(&["juno-agent", "juno-report"]).into_iter().chain(adapters()).collect(),
        "juno-testkit" => names(&["juno-agent", "juno-report"]),
        "juno-cli" => return Some(names(&["juno-core"])),
        // Bindings name the types of the stages they wrap; stores and their features come through the facade.
        "juno-py" | "juno-node" => names(&["juno-core", "juno-cli", "juno-agent", "juno-report"]),
        "juno-examples" | "juno-benches" | "juno-tests" => {
            let outermost = ["juno-py", "juno-node", "juno-examples", "juno-benches", "juno-tests"];
            return Some(graph.keys().filter(|name| !outermost.contains(&name.as_str())).cloned().collect());
        }
        _ if graph.get(name).is_some_and(is_adapter) => names(&WITH_ADAPTERS),
        _ => names(STAGES.iter().find(|(stage, _)| *stage == name)?.1),
    };
    if matches!(name, "juno-core" | "juno-testkit" | "juno-report" | "juno-py" | "juno-node") {
        out.extend(names(&ALL_STAGES));
    }
    if name != "juno-domain" {
        out.insert("juno-domain".into());
    }
    Some(out)
}

fn is_adapter(member: &Member) -> bool {
    member.folder.starts_with("juno-core/adapters/")
}

/// Every dependency that the table does not allow, in words; every crate it does not know; every crate that is not
/// where its name says.
pub(crate) fn wrong_arrows(graph: &Graph) -> Vec<String> {
    let mut out = Vec::new();
    for (name, member) in graph {
        let Some(allowed) = allowed(name, graph) else {
            out.push(format!("{name} ({}) is not in the table of allowed dependencies", member.folder));
            continue;
        };
        let is_stage = STAGES.iter().any(|(stage, _)| stage == name);
        if is_stage != member.folder.starts_with("juno-core/crates/") {
            out.push(format!("{name} lies in {}, which is not the place of its kind", member.folder));
        }
        for (on, kind) in &member.dependencies {
            // Tests of a crate may also use the testkit, which lies above it.
            let for_tests = *kind == Kind::Dev && on == "juno-testkit";
            if !allowed.contains(on) && !for_tests {
                out.push(format!("{name} must not depend on {on}"));
            }
        }
    }
    out
}

/// A crate that depends on itself over others in what is shipped, if there is one.
pub(crate) fn circular_crate(graph: &Graph) -> Option<String> {
    let reaches = |start: &str| {
        let (mut seen, mut waiting) = (BTreeSet::new(), vec![start.to_owned()]);
        while let Some(name) = waiting.pop() {
            for (on, kind) in graph.get(&name).into_iter().flat_map(|member| &member.dependencies) {
                if *kind == Kind::Normal && seen.insert(on.clone()) {
                    waiting.push(on.clone());
                }
            }
        }
        seen.contains(start)
    };
    graph.keys().find(|name| reaches(name)).cloned()
}

#[test]
fn the_table_itself_has_no_circle() {
    let mut graph = Graph::new();
    for (stage, on) in STAGES {
        let folder = format!("juno-core/crates/{stage}");
        let dependencies = on.iter().map(|on| ((*on).to_owned(), Kind::Normal)).collect();
        graph.insert(stage.to_owned(), Member { folder, dependencies });
    }
    assert_eq!(wrong_arrows(&graph), [""; 0]);
    assert_eq!(circular_crate(&graph), None);
    let risk = graph.get_mut("juno-risk").unwrap();
    risk.dependencies.insert(("juno-reasoning".into(), Kind::Normal));
    assert!(circular_crate(&graph).is_some());
}

#[test]
fn a_crate_nobody_placed_is_refused() {
    let member = |folder: &str| Member { folder: folder.into(), dependencies: BTreeSet::new() };
    let graph = Graph::from([("juno-misc".to_owned(), member("juno-core/crates/juno-misc"))]);
    assert_eq!(wrong_arrows(&graph).len(), 1);
    let graph = Graph::from([("juno-risk".to_owned(), member("juno-core/juno-risk"))]);
    assert_eq!(wrong_arrows(&graph).len(), 1);
    let graph = Graph::from([("juno-redis".to_owned(), member("juno-core/adapters/juno-redis"))]);
    assert_eq!(wrong_arrows(&graph), [""; 0]);
}
