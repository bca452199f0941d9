//! The page of controls is made from the tests that show them, and cannot go stale.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod markers;
mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use markers::{Language, marked};
use page::{Catalogue, Shown, page};

const PAGE: &str = "juno-core/src/docs/controls.md";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn catalogue() -> Catalogue {
    toml::from_str(include_str!("controls.toml")).unwrap()
}

/// All files of the three languages below a folder, in order. What builds and package managers put there is left out.
fn sources(folder: &Path, out: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "node_modules"].contains(&name) {
                sources(&path, out);
            }
        } else if Language::of(name).is_some() {
            let below = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
            out.insert(below, fs::read_to_string(&path).unwrap());
        }
    }
}

/// Which tests show which control.
fn shown(catalogue: &Catalogue) -> Shown {
    let known: Vec<&str> = catalogue.controls().map(|control| control.id.as_str()).collect();
    let mut files = BTreeMap::new();
    sources(&root(), &mut files);
    // What this suite says of markers is no marker.
    files.retain(|file, _| !file.starts_with("tests/controls/"));
    assert!(files.len() > 100, "the sources were not read");
    let mut shown = Shown::new();
    for (file, source) in &files {
        let Some(language) = Language::of(file) else { continue };
        for one in marked(source, language).unwrap_or_else(|why| panic!("{file}, {why}")) {
            for id in one.controls {
                if let Err(why) = check_known(&id, &known) {
                    panic!("{file}: `{}` shows {why}", one.test);
                }
                shown.entry(id).or_default().insert((file.clone(), one.test.clone()));
            }
        }
    }
    shown
}

/// Whether the list has a control; else what it has that is most like it.
fn check_known(id: &str, known: &[&str]) -> Result<(), String> {
    if known.contains(&id) {
        return Ok(());
    }
    let nearest = known.iter().min_by_key(|known| distance(known, id)).copied().unwrap_or_default();
    Err(format!("`{id}`, which tests/controls/controls.toml does not have: did you mean `{nearest}`?"))
}

/// How far two words are apart: the letters that differ, place by place.
fn distance(one: &str, other: &str) -> usize {
    let longer = one.len().max(other.len());
    longer - one.chars().zip(other.chars()).filter(|(a, b)| a == b).count()
}

#[test]
fn the_page_of_controls_is_what_the_tests_show() {
    let catalogue = catalogue();
    let made = page(&catalogue, &shown(&catalogue));
    let path = root().join(PAGE);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, made).unwrap();
        return;
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    let advice = "if it is meant: UPDATE_DOCS=1 cargo test -p juno-tests --test controls";
    assert_eq!(known, made, "{PAGE} is not what the tests show; {advice}");
}

#[test]
fn each_control_stands_once_and_says_what_is_done_exactly_where_a_test_shows_it() {
    let catalogue = catalogue();
    let shown = shown(&catalogue);
    let mut seen = BTreeSet::new();
    for control in catalogue.controls() {
        assert!(seen.insert(&control.id), "`{}` stands twice", control.id);
        let (tests, does) = (shown.contains_key(&control.id), control.does.is_some());
        assert!(!does || tests, "`{}` says what is done, and no test shows it", control.id);
        assert!(does || !tests, "tests show `{}`, and nothing says what is done", control.id);
    }
    assert!(seen.len() > 30);
}

#[test]
fn an_unknown_control_is_refused_with_the_nearest_one() {
    let catalogue = catalogue();
    let known: Vec<&str> = catalogue.controls().map(|control| control.id.as_str()).collect();
    assert!(known.iter().all(|id| check_known(id, &known).is_ok()));
    for (wrong, nearest) in [("ASI3", "ASI"), ("SOC2-CC6.4", "SOC2-CC6."), ("GDPR17", "GDPR-1")] {
        let why = check_known(wrong, &known).unwrap_err();
        assert!(why.contains(&format!("did you mean `{nearest}")), "{why}");
    }
}

#[test]
fn the_page_claims_means_and_never_more() {
    let catalogue = catalogue();
    let made = page(&catalogue, &shown(&catalogue)).to_lowercase();
    for claim in ["compliant", "certified", "conforms", "guarantees compliance"] {
        assert!(!made.contains(claim), "the page says `{claim}`");
    }
    assert!(made.contains("technical means") && made.contains("no technical means here"));
}
