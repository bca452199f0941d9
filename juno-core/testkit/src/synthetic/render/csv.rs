//! Jira's CSV export: one row per issue, a column repeated for every further value.

use chrono::{DateTime, Utc};

use super::super::catalogue::{PRIORITIES, RESOLUTIONS, STATUSES, TYPES};
use super::super::model::{Issue, LinkKind, Set};
use super::super::{CsvDates, Dialect};
use super::Renderer;
use super::text::wiki;

/// A column: its head and the values of each row.
type Column = (String, Vec<Vec<String>>);

/// The export of the issues at `positions`, CRLF line ends.
pub(crate) fn csv(renderer: &Renderer<'_>, positions: &[usize]) -> String {
    let mut columns: Vec<Column> = Vec::new();
    for (row, position) in positions.iter().enumerate() {
        for (c, (head, values)) in renderer.csv_row(*position).into_iter().enumerate() {
            if row == 0 {
                columns.push((head, Vec::new()));
            }
            if let Some(column) = columns.get_mut(c) {
                column.1.push(values);
            }
        }
    }
    let mut out = String::new();
    // Jira makes as many columns as the fullest row needs, and one where no row has a value.
    let width: Vec<usize> =
        columns.iter().map(|c| c.1.iter().map(Vec::len).max().unwrap_or(0).max(1)).collect();
    let heads = columns.iter().zip(&width).flat_map(|(c, n)| std::iter::repeat_n(c.0.as_str(), *n));
    push_line(&mut out, heads);
    for row in 0..positions.len() {
        let cells = columns.iter().zip(&width).flat_map(|(c, n)| {
            let values = &c.1[row];
            (0..*n).map(|i| values.get(i).map_or("", String::as_str))
        });
        push_line(&mut out, cells);
    }
    out
}

pub(crate) fn push_line<'a>(out: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (n, cell) in cells.enumerate() {
        if n > 0 {
            out.push(',');
        }
        if cell.contains(['"', ',', '\n', '\r']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(cell);
        }
    }
    out.push_str("\r\n");
}

impl Renderer<'_> {
    fn csv_date(&self, at: DateTime<Utc>) -> String {
        // An export shows the times of whoever made it: here the first team.
        let local = at.with_timezone(&self.world.teams[0].zone);
        let style = match self.params.csv_dates {
            CsvDates::Jira => "%d/%b/%y %-I:%M %p",
            CsvDates::Iso => "%Y-%m-%d %H:%M",
        };
        local.format(style).to_string()
    }

    fn csv_row(&self, position: usize) -> Vec<(String, Vec<String>)> {
        let issue = &self.world.issues[position];
        let team = &self.world.teams[self.world.project(issue)];
        let now = &issue.now;
        let cloud = self.params.dialect == Dialect::Cloud;
        let plural = |one: &str, old: &str| if cloud { one.to_owned() } else { old.to_owned() };
        let person = |who: usize| &self.world.people[who];
        let resolved = issue
            .entries
            .iter()
            .rev()
            .find(|e| e.items.iter().any(|i| matches!(i.set, Set::Resolution(Some(_)))));
        let resolved = resolved.filter(|_| now.resolution.is_some()).map(|e| self.csv_date(e.at));
        let sprints = issue.parent.map_or(&now.sprints, |p| &self.world.issues[p].now.sprints);
        let sprints = sprints.iter().filter_map(|s| self.sprint(*s)).map(|s| s.name.clone()).collect();
        let points =
            |wanted: bool| now.points.filter(|_| wanted).map(|p| format!("{p:?}")).into_iter().collect();
        let parent = issue.parent;
        let one = |text: &str| vec![text.to_owned()];
        vec![
            (plural("Summary", "Summary"), one(&now.summary)),
            ("Issue key".to_owned(), vec![self.world.key(position)]),
            ("Issue id".to_owned(), vec![issue.id.to_string()]),
            ("Parent".to_owned(), parent.map(|p| self.world.issues[p].id.to_string()).into_iter().collect()),
            ("Parent key".to_owned(), parent.map(|p| self.world.key(p)).into_iter().collect()),
            ("Issue Type".to_owned(), one(TYPES[issue.kind].1)),
            ("Status".to_owned(), one(STATUSES[now.status].name)),
            ("Status Category".to_owned(), one(STATUSES[now.status].category.3)),
            ("Project key".to_owned(), one(&team.key)),
            ("Project name".to_owned(), one(&team.project)),
            ("Priority".to_owned(), one(PRIORITIES[now.priority].1)),
            (
                "Resolution".to_owned(),
                now.resolution.map(|r| RESOLUTIONS[r].1.to_owned()).into_iter().collect(),
            ),
            ("Assignee".to_owned(), now.assignee.map(|w| person(w).name.clone()).into_iter().collect()),
            ("Assignee Id".to_owned(), now.assignee.map(|w| person(w).account.clone()).into_iter().collect()),
            ("Reporter".to_owned(), one(&person(issue.reporter).name)),
            ("Reporter Id".to_owned(), one(&person(issue.reporter).account)),
            ("Created".to_owned(), vec![self.csv_date(issue.created)]),
            ("Updated".to_owned(), vec![self.csv_date(issue.updated())]),
            ("Resolved".to_owned(), resolved.into_iter().collect()),
            ("Due date".to_owned(), Vec::new()),
            (plural("Components", "Component/s"), now.components.iter().map(|c| (*c).to_owned()).collect()),
            (plural("Fix versions", "Fix Version/s"), now.fix_versions.iter().cloned().collect()),
            ("Labels".to_owned(), now.labels.iter().map(|l| (*l).to_owned()).collect()),
            ("Description".to_owned(), one(&wiki(&now.description))),
            ("Inward issue link (Blocks)".to_owned(), self.csv_links(issue, false)),
            ("Outward issue link (Blocks)".to_owned(), self.csv_links(issue, true)),
            ("Custom field (Rank)".to_owned(), vec![format!("{:?}", 170_000.5 + (issue.id % 1_000) as f64)]),
            (
                "Custom field (Flagged)".to_owned(),
                now.flagged.then(|| "Impediment".to_owned()).into_iter().collect(),
            ),
            ("Custom field (Story Points)".to_owned(), points(!team.estimates)),
            ("Custom field (Story point estimate)".to_owned(), points(team.estimates)),
            ("Sprint".to_owned(), sprints),
            ("Comment".to_owned(), self.csv_comments(issue)),
        ]
    }

    fn csv_links(&self, issue: &Issue, wanted: bool) -> Vec<String> {
        let items = issue.entries.iter().flat_map(|e| &e.items);
        items
            .filter_map(|i| match i.set {
                Set::Link(other, LinkKind::Blocks, outward) if outward == wanted => {
                    Some(self.world.key(other))
                }
                _ => None,
            })
            .collect()
    }

    fn csv_comments(&self, issue: &Issue) -> Vec<String> {
        let one = |c: &super::super::model::Comment| {
            format!("{};{};{}", self.csv_date(c.at), self.world.people[c.author].account, c.text)
        };
        issue.comments.iter().map(one).collect()
    }
}
