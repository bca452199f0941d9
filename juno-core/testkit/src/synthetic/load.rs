//! Big exports for load tests and benches.

use std::io::{self, Write};

use super::render::{Renderer, Slot};
use super::{SyntheticParams, SyntheticProject, simulate};

/// Issues simulated at a time: bounds the memory of [`write_issues`].
const BATCH: usize = 5_000;

/// How [`write_issues`] lays issues out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One issue a line, each with its field names.
    JsonLines,
    /// One JSON array of search pages of 100 issues.
    Pages,
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LoadSize {
    /// Issues.
    pub issues: usize,
    /// Changelog entries.
    pub entries: usize,
    /// Changelog items.
    pub items: usize,
    /// Bytes.
    pub bytes: usize,
}

/// Parameters for about `issues` issues: a tidy export of teams that finish 12 issues in each of 26 sprints.
fn params(issues: usize, seed: u64) -> SyntheticParams {
    let teams = (issues / 500).max(1);
    let sprints_per_team = (issues / teams / 16).clamp(1, 26);
    SyntheticParams { seed, teams, sprints_per_team, issues_per_sprint: 12, ..SyntheticParams::default() }
}

/// A tidy site with exactly `issues` issues (from 100) and its truth, all in memory: about 40 kB an issue.
#[must_use]
pub fn project_with_issues(issues: usize, seed: u64) -> SyntheticProject {
    SyntheticProject::with_issues(params(issues, seed), Some(issues))
}

/// Writes an export of exactly `issues` issues, simulated in batches, so that memory stays bounded. Sprints are
/// those the issues' own sprint fields describe.
///
/// # Errors
/// What the writer says.
pub fn write_issues(issues: usize, seed: u64, layout: Layout, out: &mut impl Write) -> io::Result<LoadSize> {
    write_in_batches(issues, seed, layout, BATCH, out)
}

pub(crate) fn write_in_batches(
    issues: usize,
    seed: u64,
    layout: Layout,
    batch_size: usize,
    out: &mut impl Write,
) -> io::Result<LoadSize> {
    let mut size = LoadSize::default();
    let mut put = |out: &mut dyn Write, text: &str| {
        size.bytes += text.len();
        out.write_all(text.as_bytes())
    };
    let (mut written, mut entries, mut items) = (0, 0, 0);
    if layout == Layout::Pages {
        put(out, "[")?;
    }
    let mut batch = 0;
    while written < issues {
        let count = batch_size.min(issues - written);
        let params = params(count, seed.wrapping_add(batch));
        let mut world = simulate::simulate(&params, Some(count));
        rename(&mut world, batch);
        let renderer = Renderer::new(&params, &world);
        let names = renderer.names();
        for i in 0..count {
            let mut issue = renderer.slot(Slot::Issue(i));
            entries += world.issues[i].entries.len();
            items += world.issues[i].entries.iter().map(|e| e.items.len()).sum::<usize>();
            if layout == Layout::JsonLines {
                issue["names"] = names.clone();
                put(out, &format!("{issue}\n"))?;
                continue;
            }
            match ((written + i) % 100, written + i) {
                (0, 0) => put(out, "{\"issues\":[")?,
                (0, _) => put(out, &format!("],\"names\":{names}}},\n{{\"issues\":["))?,
                _ => put(out, ",\n")?,
            }
            put(out, &issue.to_string())?;
        }
        written += count;
        batch += 1;
        if layout == Layout::Pages && written == issues {
            put(out, &format!("],\"names\":{names}}}]\n"))?;
        }
    }
    if layout == Layout::Pages && issues == 0 {
        put(out, "]\n")?;
    }
    Ok(LoadSize { issues: written, entries, items, ..size })
}

/// Keeps keys, issue ids and sprint ids of one batch apart from those of another.
fn rename(world: &mut super::model::World, batch: u64) {
    if batch == 0 {
        return;
    }
    let boards = world.teams.len() as u64;
    for team in &mut world.teams {
        team.key.push_str(&format!("X{batch}"));
        team.board += boards * batch;
    }
    for sprint in &mut world.sprints {
        sprint.id += batch * 100_000;
    }
    for issue in &mut world.issues {
        issue.id += batch * 1_000_000;
        issue.first.sprints.iter_mut().chain(&mut issue.now.sprints).for_each(|s| *s += batch * 100_000);
        for entry in &mut issue.entries {
            entry.id += batch * 1_000_000_000;
            for item in &mut entry.items {
                for set in [&mut item.set, &mut item.was] {
                    if let super::model::Set::Sprints(ids) = set {
                        ids.iter_mut().for_each(|s| *s += batch * 100_000);
                    }
                }
            }
        }
    }
}
