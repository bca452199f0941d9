//! What the front page shows is what the program prints.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot read its files should stop")]

use std::path::Path;
use std::sync::Arc;

use juno_core::prelude::*;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The Rust snippet of the front page is this file.
mod snippet {
    include!("../examples/forecast.rs");

    pub(super) fn run() -> Result<(), Box<dyn std::error::Error>> {
        main()
    }
}

#[test]
fn the_rust_snippet_on_the_front_page_runs() {
    let readme = std::fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let shown = readme.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(shown, include_str!("../examples/forecast.rs"));
    std::env::set_current_dir(ROOT).unwrap();
    snippet::run().unwrap();
}

/// The output block of the front page, elisions left out.
fn shown() -> Vec<String> {
    let readme = std::fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let after = readme.split("<!-- quickstart:").nth(1).expect("the marker before the output");
    let block =
        after.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the output");
    block.lines().filter(|line| *line != "…").map(str::to_owned).collect()
}

#[tokio::test]
async fn the_output_on_the_front_page_is_real() {
    let settings = Settings::default()
        .with("database.url", "memory:")
        .and_then(|settings| settings.with("governance.supervisor_mode", "false"))
        .unwrap();
    let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
    let juno = JunoBuilder::new(settings).clock(Arc::new(clock.clone())).open().await.unwrap();
    let sample = Path::new(ROOT).join("examples/data/sample");
    let records = juno.load(&[sample], &Progress::silent()).await.unwrap();
    let as_of = records.newest().unwrap();
    clock.set(as_of).unwrap();
    let review = juno.review(&records, as_of, &Progress::silent()).await.unwrap();

    let printed = juno_core::report::text(&review);
    let mut rest = printed.lines();
    for line in shown() {
        assert!(rest.any(|real| real == line), "not printed, or not in this order: {line:?}\n{printed}");
    }
}
