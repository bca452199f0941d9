//! The page, from the list of controls and the tests that show them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::Deserialize;

/// Tests by control: file and name.
pub(crate) type Shown = BTreeMap<String, BTreeSet<(String, String)>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Catalogue {
    standard: Vec<Standard>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Standard {
    name: String,
    source: String,
    control: Vec<Control>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Control {
    pub(crate) id: String,
    title: String,
    /// What JUNO does about it.
    pub(crate) does: Option<String>,
}

impl Catalogue {
    pub(crate) fn controls(&self) -> impl Iterator<Item = &Control> {
        self.standard.iter().flat_map(|standard| &standard.control)
    }
}

const OPENING: &str = "\
# Controls and the tests that show them

<!-- made by tests/controls; UPDATE_DOCS=1 cargo test -p juno-tests --test controls -->

JUNO offers *technical means* towards the controls below. Each row says what JUNO does, and names the tests that show it; the
page is made from those tests, so what is not tested is not claimed. Whether an organisation meets a standard or a law
depends on how it uses these means and on much that no library does; nothing here says that it does. Titles are
shortened: read the standards themselves.

*No technical means here* marks a control towards which nothing in JUNO is tested today.
";

pub(crate) fn page(catalogue: &Catalogue, shown: &Shown) -> String {
    let mut out = OPENING.to_owned();
    for standard in &catalogue.standard {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "\n## {}\n\nSource: <{}>", standard.name, standard.source);
        for control in &standard.control {
            let _ = writeln!(out, "\n### {}: {}\n", control.id, control.title);
            let Some(does) = &control.does else {
                let _ = writeln!(out, "No technical means here.");
                continue;
            };
            let _ = writeln!(out, "{does}\n");
            let mut by_file: BTreeMap<&str, Vec<String>> = BTreeMap::new();
            for (file, test) in shown.get(&control.id).into_iter().flatten() {
                by_file.entry(file).or_default().push(format!("`{test}`"));
            }
            for (file, tests) in by_file {
                let _ = writeln!(out, "- `{file}`: {}", tests.join(", "));
            }
        }
    }
    out
}
