//! A table with one row per finished sprint, seen at four shares of its planned time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::super::catalogue::{BUG, TO_DO};
use super::super::model::{Issue, Set, World};
use super::super::{ReportLine, SprintReport, SprintTruth, Truth};
use super::csv::push_line;

const SHARES: [i32; 4] = [0, 30, 50, 80];

/// The table of all finished sprints, by project and time. What was done elsewhere is left out.
pub(crate) fn sprint_table(world: &World, truth: &Truth) -> String {
    let places: BTreeMap<String, usize> = (0..world.issues.len()).map(|i| (world.key(i), i)).collect();
    let mut out = String::new();
    for team in &truth.teams {
        let closed: Vec<&SprintTruth> =
            truth.sprints.values().filter(|s| s.board == team.board && s.closed.is_some()).collect();
        for (n, sprint) in closed.iter().enumerate() {
            let table = Row { world, truth, places: &places, sprint };
            let Some(row) = table.cells(&team.project, n + 1, closed.len()) else { continue };
            if out.is_empty() {
                push_line(&mut out, row.iter().map(|c| c.0.as_str()));
            }
            push_line(&mut out, row.iter().map(|c| c.1.as_str()));
        }
    }
    out.replace("\r\n", "\n")
}

struct Row<'a> {
    world: &'a World,
    truth: &'a Truth,
    places: &'a BTreeMap<String, usize>,
    sprint: &'a SprintTruth,
}

impl Row<'_> {
    fn cells(&self, project: &str, seq: usize, of: usize) -> Option<Vec<(String, String)>> {
        let sprint = self.sprint;
        let (start, from, to) = (sprint.started?, sprint.planned_start?, sprint.planned_end?);
        let end = sprint.report.as_ref()?;
        let (start_pts, delivered) =
            (SprintReport::points(&end.committed), SprintReport::points(&end.completed));
        let split = match seq * 10 {
            s if s <= of * 5 => "train",
            s if s <= of * 7 => "calib",
            _ => "test",
        };
        let mut row: Vec<(String, String)> = Vec::new();
        let mut put = |name: &str, value: String| row.push((name.to_owned(), value));
        put("project", project.to_owned());
        put("sprint_id", sprint.id.to_string());
        put("board_id", sprint.board.to_string());
        put("seq", seq.to_string());
        put("board_seq", seq.to_string());
        put("split", split.to_owned());
        put("name", sprint.name.clone());
        put("series_key", project.to_lowercase());
        put("n_boards", if self.world.shared_sprint == Some(sprint.id) { "2" } else { "1" }.to_owned());
        put("planned_days", (to - from).num_days().to_string());
        put("admins", "1".to_owned());
        put("start_n", end.committed.len().to_string());
        put("start_pts", start_pts.to_string());
        put("delivered_pts", delivered.to_string());
        let instants = SHARES.map(|t| (t, if t == 0 { start } else { from + (to - from) * t / 100 }));
        for (t, at) in instants {
            let seen = SprintReport::new(&self.truth.issues, sprint.id, start, at);
            let committed =
                start_pts + SprintReport::points(&seen.added) - SprintReport::points(&seen.removed);
            let (todo, doing): (Vec<ReportLine>, Vec<ReportLine>) =
                seen.not_completed.iter().cloned().partition(|l| self.status(&l.key, at) == TO_DO);
            put(&format!("t{t}_members"), self.members(&seen, at).to_string());
            for (name, lines) in [
                ("added", &seen.added),
                ("removed", &seen.removed),
                ("todo", &todo),
                ("inprog", &doing),
                ("done", &seen.completed),
            ] {
                put(&format!("t{t}_{name}_n"), lines.len().to_string());
                put(&format!("t{t}_{name}_pts"), SprintReport::points(lines).to_string());
            }
            put(&format!("t{t}_committed_pts"), committed.to_string());
            put(&format!("t{t}_velocity_diff"), (delivered - committed).to_string());
        }
        for (t, at) in instants {
            let seen = SprintReport::new(&self.truth.issues, sprint.id, start, at);
            let issues = self.issues(&[&seen.not_completed, &seen.completed]);
            put(
                &format!("t{t}_comments_mean"),
                mean(&issues, |i| i.comments.iter().filter(|c| c.at <= at).count()),
            );
            let changes = |i: &Issue, f: fn(&Set) -> bool| {
                i.entries.iter().filter(|e| e.at <= at).flat_map(|e| &e.items).filter(|x| f(&x.set)).count()
            };
            let fixver = |i: &Issue| changes(i, |s| matches!(s, Set::FixVersion(..)));
            put(&format!("t{t}_fixver_changes_mean"), mean(&issues, fixver));
            put(
                &format!("t{t}_prio_changes_mean"),
                mean(&issues, |i| changes(i, |s| matches!(s, Set::Priority(_)))),
            );
            let desc = |i: &Issue| changes(i, |s| matches!(s, Set::Description(_)));
            put(&format!("t{t}_desc_changes_mean"), mean(&issues, desc));
        }
        let last = self.issues(&[&end.not_completed, &end.completed]);
        let links = |i: &Issue, inward: bool| {
            let items = i.entries.iter().flat_map(|e| &e.items);
            items.filter(|x| matches!(x.set, Set::Link(_, _, out) if !inward || !out)).count()
        };
        put("iss_final_n", last.len().to_string());
        put("iss_bug_share", mean(&last, |i| usize::from(i.kind == BUG)));
        put("iss_subtask_share", mean(&last, |i| usize::from(i.parent.is_some())));
        put("iss_critical_share", mean(&last, |i| usize::from(i.now.priority == 0)));
        put("iss_blocked_share", mean(&last, |i| links(i, true).min(1)));
        put("iss_links_mean", mean(&last, |i| links(i, false)));
        put("iss_hard_text_share", mean(&last, |i| usize::from(i.now.description.len() > 2)));
        Some(row)
    }

    fn issues(&self, lists: &[&Vec<ReportLine>]) -> Vec<&Issue> {
        let lines = lists.iter().flat_map(|l| l.iter());
        lines.filter_map(|l| self.places.get(&l.key)).map(|i| &self.world.issues[*i]).collect()
    }

    fn status(&self, key: &str, at: DateTime<Utc>) -> usize {
        let value = self.truth.issues.get(key).and_then(|i| i.status.at(at));
        value.map_or(TO_DO, |v| {
            if v.id == super::super::catalogue::STATUSES[TO_DO].id { TO_DO } else { TO_DO + 1 }
        })
    }

    /// Distinct assignees of the issues in the sprint at `at`.
    fn members(&self, seen: &SprintReport, at: DateTime<Utc>) -> usize {
        let keys = seen.not_completed.iter().chain(&seen.completed).map(|l| &l.key);
        // At the start instant people have not been assigned yet: look at the end of the planning meeting.
        let at = at + TimeDelta::seconds(30);
        let assigned = keys
            .filter_map(|k| self.truth.issues.get(k))
            .filter_map(|i| i.assignee.at(at).cloned().flatten());
        assigned.collect::<BTreeSet<_>>().len()
    }
}

/// A mean with two decimals at most; 0 for no issues.
fn mean(issues: &[&Issue], count: impl Fn(&Issue) -> usize) -> String {
    if issues.is_empty() {
        return "0".to_owned();
    }
    let sum: usize = issues.iter().map(|i| count(i)).sum();
    let hundredths = (sum * 100 + issues.len() / 2) / issues.len();
    (hundredths as f64 / 100.0).to_string()
}
