//! Loading anything through the facade gives data or a clear error, never a panic, not even in a reading thread.

use juno_core::connectors::{ConnectorError, ConnectorSettings, load_blocking};
use juno_core::domain::Progress;
use juno_testkit::synthetic::{SyntheticParams, SyntheticProject};
use proptest::prelude::*;
use std::sync::LazyLock;

/// A good export with its table and CSV, as bytes.
static GOOD: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let params = SyntheticParams {
        sprints_per_team: 1,
        backlog_per_team: 2,
        page_size: 8,
        ..SyntheticParams::small(3)
    };
    let project = SyntheticProject::generate(params);
    let files = project.files().into_iter().map(|(name, text)| (name, text.into_bytes()));
    let tables =
        [("issues.csv".to_owned(), project.csv.clone()), ("table.csv".into(), project.sprint_table())];
    files.chain(tables.map(|(name, text)| (name, text.into_bytes()))).collect()
});

/// Loads a folder of these files, and then each file by its name. A thread that panics is an error of its own kind.
fn load(files: &[(&str, &[u8])]) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = vec![folder.path().to_owned()];
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        paths.push(path);
    }
    for path in paths {
        match load_blocking(&[path], &ConnectorSettings::default(), &Progress::silent()) {
            Ok(data) => drop(serde_json::to_string(&data).unwrap()),
            Err(ConnectorError::Reader { name, reason }) => prop_assert!(false, "{name}: {reason}"),
            Err(error) => {
                let text = error.to_string();
                prop_assert!(!text.is_empty() && !text.contains("panic"), "{text}");
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_byte_soup(
        soup in prop::collection::vec(any::<u8>(), 0..400), more in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        load(&[("a.json", &soup), ("b.jsonl", &more), ("c.csv", &soup), ("d.ndjson", &more)])?;
    }

    #[test]
    fn good_files_with_bytes_overwritten_cut_or_put_in(
        which: prop::sample::Index, at: prop::sample::Index, with in prop::collection::vec(any::<u8>(), 0..6), how in 0..3_u8,
    ) {
        let (name, good) = &GOOD[which.index(GOOD.len())];
        let at = at.index(good.len());
        let end = match how {
            0 => (at + with.len()).min(good.len()),
            1 => at,
            _ => good.len(),
        };
        let damaged = [&good[..at], &with, &good[end..]].concat();
        load(&[(name, &damaged), ("sound.json", &GOOD[0].1)])?;
    }
}
