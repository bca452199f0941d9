use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::{Value, json};

use super::dice::Dice;
use super::model::World;
use super::render::{self, Renderer};
use super::{SyntheticParams, Truth, fault_count, simulate, truth_build};

/// A Jira site as its exports show it, and the truth behind them.
#[derive(Debug, Clone)]
pub struct SyntheticProject {
    /// What it was made from.
    pub params: SyntheticParams,
    /// Issue search pages with changelogs, in order.
    pub issue_pages: Vec<Value>,
    /// The agile API's sprint lists, board by board.
    pub sprint_pages: Vec<Value>,
    /// The CSV export of all issues: no history, no time zone.
    pub csv: String,
    /// What really happened.
    pub truth: Truth,
    /// Board of each sprint page.
    boards: Vec<u64>,
    pub(crate) world: World,
}

impl SyntheticProject {
    /// Simulates and writes a site. The same parameters give the same bytes.
    #[must_use]
    pub fn generate(params: SyntheticParams) -> Self {
        Self::with_issues(params, None)
    }

    /// As [`generate`](Self::generate), with exactly `issues` issues where the sprints do not need more.
    pub(crate) fn with_issues(params: SyntheticParams, issues: Option<usize>) -> Self {
        let world = simulate::simulate(&params, issues);
        Self::of(params, world)
    }

    /// Writes a world, and what is true in it.
    pub(crate) fn of(params: SyntheticParams, world: World) -> Self {
        let renderer = Renderer::new(&params, &world);
        let mut dice = Dice::new(params.seed ^ 0x9a6e);
        let slots = render::slots(&renderer, &mut dice);
        let (issue_pages, bad_records) = render::pages(&renderer, &slots, &mut dice);
        let (boards, sprint_pages) = renderer.sprint_lists().into_iter().unzip();
        let mut truth = truth_build::truth(&params, &world);
        truth.mess = fault_count::count(&params, &world);
        truth.mess.insert("bad_records", bad_records.len());
        truth.bad_records = bad_records;
        truth.duplicates = slots
            .iter()
            .filter_map(|s| match s {
                render::Slot::Again(i) => Some(world.key(*i)),
                _ => None,
            })
            .collect();
        truth.mess.insert("duplicates", truth.duplicates.len());
        let csv = render::csv(&renderer, &(0..world.issues.len()).collect::<Vec<_>>());
        Self { issue_pages, sprint_pages, csv, truth, boards, params, world }
    }

    /// The CSV export of the first `count` issues of a project that have been in a sprint.
    #[must_use]
    pub fn csv_of(&self, project: &str, count: usize) -> String {
        let mut chosen: Vec<usize> = (0..self.world.issues.len())
            .filter(|i| self.world.key(*i).starts_with(&format!("{project}-")))
            .filter(|i| !self.world.issues[*i].now.sprints.is_empty())
            .collect();
        chosen.sort_by_key(|i| self.world.issues[*i].id);
        chosen.truncate(count);
        render::csv(&Renderer::new(&self.params, &self.world), &chosen)
    }

    /// One row per finished sprint, with its state at 0, 30, 50 and 80 % of the planned time and what it delivered.
    #[must_use]
    pub fn sprint_table(&self) -> String {
        render::sprint_table(&self.world, &self.truth)
    }

    /// The export as JSON Lines: one issue a line with its field names, as `GET issue/{id}?expand=changelog,names`
    /// gives it. Broken and repeated records are among them.
    #[must_use]
    pub fn json_lines(&self) -> String {
        let mut out = String::new();
        for page in &self.issue_pages {
            for issue in page["issues"].as_array().into_iter().flatten() {
                let mut issue = issue.clone();
                issue["names"] = page["names"].clone();
                out.push_str(&issue.to_string());
                out.push('\n');
            }
        }
        out
    }

    /// The agile API's board list, which gives teams their names.
    fn board_list(&self) -> Value {
        let board = |team: &crate::synthetic::TeamTruth| json!({ "id": team.board, "name": team.name, "type": "scrum", "location": { "projectKey": team.project } });
        let boards: Vec<Value> = self.truth.teams.iter().map(board).collect();
        json!({ "maxResults": 50, "startAt": 0, "total": boards.len(), "isLast": true, "values": boards })
    }

    /// The files of the export by name: `issues-1.json`, …, `sprints-PAY.json`, …, `boards.json`.
    #[must_use]
    pub fn files(&self) -> Vec<(String, String)> {
        let issues = self.issue_pages.iter().enumerate();
        let mut files: Vec<_> =
            issues.map(|(n, page)| (format!("issues-{}.json", n + 1), lines(page, "issues"))).collect();
        for (n, (page, board)) in self.sprint_pages.iter().zip(&self.boards).enumerate() {
            let team = self.world.teams.iter().find(|t| t.board == *board);
            let key = team.map_or("", |t| t.key.as_str());
            let part = self.boards[..n].iter().filter(|b| *b == board).count();
            let part = if part == 0 { String::new() } else { format!("-{}", part + 1) };
            files.push((format!("sprints-{key}{part}.json"), lines(page, "values")));
        }
        files.push(("boards.json".to_owned(), lines(&self.board_list(), "values")));
        files
    }

    /// Writes [`files`](Self::files) into a folder, which is made if need be, and gives their paths.
    ///
    /// # Errors
    /// What the file system says.
    pub fn write(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        fs::create_dir_all(folder)?;
        let write = |(name, text): (String, String)| {
            let path = folder.join(name);
            fs::write(&path, text)?;
            Ok(path)
        };
        self.files().into_iter().map(write).collect()
    }
}

/// A page with one record of `list` a line, so that a difference can be read.
fn lines(page: &Value, list: &str) -> String {
    let Some(object) = page.as_object() else { return page.to_string() };
    let mut parts = Vec::new();
    for (name, value) in object {
        let text = match value.as_array() {
            Some(records) if name == list => {
                let records: Vec<String> = records.iter().map(Value::to_string).collect();
                format!("[\n{}\n]", records.join(",\n"))
            }
            _ => value.to_string(),
        };
        parts.push(format!("\"{name}\":{text}"));
    }
    format!("{{{}}}\n", parts.join(","))
}
