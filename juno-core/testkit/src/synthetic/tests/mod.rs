mod export;
mod past;
mod replay;
mod truth;

use std::path::Path;
use std::sync::OnceLock;

use super::{
    Layout, Mess, SyntheticParams, SyntheticProject, doubled, project_with_issues, sample_project, shuffled,
    write_issues,
};

/// The sample, made once for all tests.
fn sample() -> &'static SyntheticProject {
    static SAMPLE: OnceLock<SyntheticProject> = OnceLock::new();
    SAMPLE.get_or_init(sample_project)
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_does_not() {
    let make = |seed| {
        SyntheticProject::generate(SyntheticParams { mess: Mess::low(), ..SyntheticParams::small(seed) })
    };
    let (one, again, other) = (make(5), make(5), make(6));
    assert_eq!(one.files(), again.files());
    assert_eq!(one.csv, again.csv);
    assert_eq!(one.truth, again.truth);
    assert_ne!(one.files(), other.files());
}

#[test]
fn the_shipped_sample_is_what_the_generator_makes() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/data");
    let files = super::sample::files_of(sample());
    let in_folder = files.iter().filter(|f| f.0.starts_with("sample/")).count();
    for (name, text) in files {
        let shipped = std::fs::read_to_string(data.join(&name)).unwrap_or_default();
        assert!(shipped == text, "{name} differs: run `cargo run -p juno-testkit --example make_sample`");
    }
    let shipped = std::fs::read_dir(data.join("sample")).unwrap().count();
    assert_eq!(shipped, in_folder);
}

#[test]
fn a_load_project_has_exactly_the_wanted_issues() {
    for wanted in [120, 333] {
        let project = project_with_issues(wanted, 3);
        assert_eq!(project.truth.issues.len(), wanted);
        assert_eq!(project.json_lines().lines().count(), wanted);
    }
}

#[test]
fn a_written_load_is_readable_and_counts_itself() {
    let mut lines = Vec::new();
    let size = write_issues(250, 3, Layout::JsonLines, &mut lines).unwrap();
    let issues: Vec<serde_json::Value> =
        String::from_utf8(lines).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let entries: usize =
        issues.iter().map(|i| i["changelog"]["histories"].as_array().map_or(0, Vec::len)).sum();
    assert_eq!((issues.len(), entries), (size.issues, size.entries));
    assert_eq!(size.issues, 250);

    let mut pages = Vec::new();
    let size = write_issues(250, 3, Layout::Pages, &mut pages).unwrap();
    assert_eq!(pages.len(), size.bytes);
    let pages: serde_json::Value = serde_json::from_slice(&pages).unwrap();
    let per_page: Vec<usize> =
        pages.as_array().unwrap().iter().map(|p| p["issues"].as_array().unwrap().len()).collect();
    assert_eq!(per_page, [100, 100, 50]);

    let mut nothing = Vec::new();
    write_issues(0, 3, Layout::Pages, &mut nothing).unwrap();
    assert_eq!(nothing, b"[]\n");
}

#[test]
fn batches_of_a_load_share_no_key_and_no_id() {
    let mut lines = Vec::new();
    super::load::write_in_batches(500, 3, Layout::JsonLines, 180, &mut lines).unwrap();
    let text = String::from_utf8(lines).unwrap();
    let mut ids = std::collections::BTreeSet::new();
    let mut keys = std::collections::BTreeSet::new();
    for line in text.lines() {
        let issue: serde_json::Value = serde_json::from_str(line).unwrap();
        ids.insert(issue["id"].as_str().unwrap().to_owned());
        keys.insert(issue["key"].as_str().unwrap().to_owned());
    }
    assert_eq!((ids.len(), keys.len()), (500, 500));
}

#[test]
fn disorder_keeps_every_record() {
    let project = SyntheticProject::generate(SyntheticParams::small(2));
    let keys = |pages: &[serde_json::Value]| {
        let issues = pages.iter().flat_map(|p| p["issues"].as_array().unwrap());
        let mut keys: Vec<String> = issues.map(|i| i["key"].to_string()).collect();
        keys.sort();
        keys
    };
    let mixed = shuffled(&project.issue_pages, 9);
    assert_ne!(mixed, project.issue_pages);
    assert_eq!(keys(&mixed), keys(&project.issue_pages));
    let twice = doubled(&project.issue_pages, 9, 0.5);
    let mut unique = keys(&twice);
    unique.dedup();
    assert!(keys(&twice).len() > unique.len());
    assert_eq!(unique, keys(&project.issue_pages));
}
