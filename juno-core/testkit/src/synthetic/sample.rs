use super::{Mess, SyntheticParams, SyntheticProject};

/// Seed of the shipped sample.
pub const SAMPLE_SEED: u64 = 20;

/// The site of `examples/data`: 3 teams, 12 finished sprints each, an open one midway on 2026-11-13, every fault at
/// a low rate.
#[must_use]
pub fn sample_project() -> SyntheticProject {
    SyntheticProject::generate(SyntheticParams {
        seed: SAMPLE_SEED,
        page_size: 150,
        mess: Mess::low(),
        ..SyntheticParams::default()
    })
}

/// The files of `examples/data` that [`sample_project`] makes, by path from there.
#[must_use]
pub fn sample_files() -> Vec<(String, String)> {
    files_of(&sample_project())
}

pub(crate) fn files_of(project: &SyntheticProject) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> =
        project.files().into_iter().map(|(name, text)| (format!("sample/{name}"), text)).collect();
    files.push(("sample.csv".to_owned(), project.csv_of("PAY", 30)));
    files.push(("sprint-table.csv".to_owned(), project.sprint_table()));
    files
}
