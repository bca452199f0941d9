//! A second reader, written apart from the generator: from the exported pages alone it must find the truth.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::super::{
    Dialect, HistoryGap, IssueTruth, Mess, SyntheticParams, SyntheticProject, Timeline, doubled, shuffled,
};

struct Step {
    at: DateTime<Utc>,
    id: u64,
    from: String,
    to: String,
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    DateTime::parse_from_str(value.as_str()?, "%Y-%m-%dT%H:%M:%S%.3f%z").ok().map(|t| t.to_utc())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Changes of one field in the order of time, those of one instant in the order of their chain.
fn steps(issue: &Value, field: &str, by_id: bool) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut seen = Vec::new();
    for entry in issue["changelog"]["histories"].as_array().unwrap() {
        let id = text(&entry["id"]);
        if seen.contains(&id) {
            continue;
        }
        seen.push(id.clone());
        let parsed = entry["items"].as_str().map(|s| serde_json::from_str::<Value>(s).unwrap());
        for item in parsed.as_ref().unwrap_or(&entry["items"]).as_array().unwrap() {
            if item["field"] == field {
                let (from, to) = if by_id { ("from", "to") } else { ("fromString", "toString") };
                let at = instant(&entry["created"]).unwrap();
                steps.push(Step {
                    at,
                    id: id.parse().unwrap(),
                    from: text(&item[from]),
                    to: text(&item[to]),
                });
            }
        }
    }
    steps.sort_by_key(|s| (s.at, s.id));
    for n in 1..steps.len() {
        if steps[n - 1].at == steps[n].at && steps[n - 1].from == steps[n].to {
            steps.swap(n - 1, n);
        }
    }
    steps
}

fn line<T: Clone + PartialEq>(
    steps: &[Step],
    born: DateTime<Utc>,
    current: T,
    read: impl Fn(&str) -> T,
) -> Timeline<T> {
    let mut line = Timeline::new(steps.first().map_or(current, |s| read(&s.from)), born);
    for step in steps {
        line.push(read(&step.to), step.at);
    }
    line
}

fn sprint_ids(text: &str) -> Vec<u64> {
    text.split(',').filter_map(|s| s.trim().parse().ok()).collect()
}

fn compare(issue: &Value, truth: &IssueTruth, project: &SyntheticProject) {
    let fields = &issue["fields"];
    let ids = &project.params.fields;
    let cloud = project.params.dialect == Dialect::Cloud;
    let born = instant(&fields["created"]).unwrap();
    assert_eq!(born, truth.created);
    assert_eq!(instant(&fields["updated"]).unwrap(), truth.updated);
    assert_eq!(instant(&fields["resolutiondate"]), truth.resolved);

    let status = line(&steps(issue, "status", true), born, text(&fields["status"]["id"]), str::to_owned);
    let wanted: Vec<_> = truth.status.spans().iter().map(|s| (s.value.id.to_owned(), s.from, s.to)).collect();
    let found: Vec<_> = status.spans().iter().map(|s| (s.value.clone(), s.from, s.to)).collect();
    assert_eq!(found, wanted, "status of {}", truth.key);

    let some = |s: &str| (!s.is_empty()).then(|| s.to_owned());
    let who = if cloud { "accountId" } else { "key" };
    let now = fields["assignee"][who].as_str().map(str::to_owned);
    assert_eq!(line(&steps(issue, "assignee", true), born, now, some), truth.assignee, "{}", truth.key);

    let (name, field) =
        match fields[&ids.story_point_estimate].is_null() && fields[&ids.story_points].is_null() {
            true => ("Story Points", &Value::Null),
            false if fields[&ids.story_points].is_null() => {
                ("Story point estimate", &fields[&ids.story_point_estimate])
            }
            false => ("Story Points", &fields[&ids.story_points]),
        };
    let read = |s: &str| s.parse::<f64>().ok();
    let points = line(&steps(issue, name, false), born, field.as_f64(), read);
    if !steps(issue, name, false).is_empty() || !field.is_null() {
        assert_eq!(points, truth.points, "{}", truth.key);
    }
    let flagged =
        line(&steps(issue, "Flagged", false), born, !fields[&ids.flagged].is_null(), |s| s == "Impediment");
    assert_eq!(flagged, truth.flagged, "{}", truth.key);
    if truth.parent.is_none() {
        let now = fields[&ids.sprint].as_array().into_iter().flatten().map(|s| match s.as_str() {
            Some(s) => s.split_once("[id=").and_then(|(_, s)| s.split(',').next()?.parse().ok()).unwrap(),
            None => s["id"].as_u64().unwrap(),
        });
        let sprints = line(&steps(issue, "Sprint", true), born, now.collect(), sprint_ids);
        assert_eq!(sprints, truth.sprint, "{}", truth.key);
    }
}

fn check(project: &SyntheticProject, pages: &[Value]) -> usize {
    let mut compared = BTreeMap::new();
    for issue in pages.iter().flat_map(|p| p["issues"].as_array().unwrap()) {
        let Some(truth) = issue["key"].as_str().and_then(|k| project.truth.issues.get(k)) else { continue };
        if truth.gaps.iter().all(|g| matches!(g, HistoryGap::UnknownSprint { .. })) {
            compare(issue, truth, project);
            compared.insert(truth.key.clone(), ());
        }
    }
    compared.len()
}

#[test]
fn the_pages_tell_the_truth_unless_a_gap_is_declared() {
    for (dialect, mess) in
        [(Dialect::Cloud, Mess::none()), (Dialect::Cloud, Mess::heavy()), (Dialect::Server, Mess::low())]
    {
        let params = SyntheticParams { teams: 3, dialect, mess, ..SyntheticParams::small(11) };
        let project = SyntheticProject::generate(params);
        assert!(check(&project, &project.issue_pages) > project.truth.issues.len() * 3 / 4);
    }
    let sample = super::sample();
    assert!(check(sample, &sample.issue_pages) > 370);
}

#[test]
fn disorder_does_not_change_what_the_pages_tell() {
    let params = SyntheticParams { mess: Mess::low(), ..SyntheticParams::small(12) };
    let project = SyntheticProject::generate(params);
    let all = check(&project, &project.issue_pages);
    assert_eq!(check(&project, &shuffled(&project.issue_pages, 1)), all);
    assert_eq!(check(&project, &doubled(&project.issue_pages, 1, 0.4)), all);
}

#[test]
fn a_declared_gap_is_a_real_one() {
    let project = super::sample();
    let mut kinds = [0, 0];
    for issue in project.issue_pages.iter().flat_map(|p| p["issues"].as_array().unwrap()) {
        let Some(truth) = issue["key"].as_str().and_then(|k| project.truth.issues.get(k)) else { continue };
        for gap in &truth.gaps {
            let log = &issue["changelog"];
            match gap {
                HistoryGap::Truncated { total, known_from } => {
                    kinds[0] += 1;
                    assert_eq!(log["total"].as_u64().unwrap() as usize, *total);
                    let entries = log["histories"].as_array().unwrap();
                    assert_eq!(entries.len(), project.params.mess.truncate_at);
                    let oldest = entries.iter().filter_map(|e| instant(&e["created"])).min();
                    assert_eq!(oldest, Some(*known_from));
                }
                HistoryGap::EndsElsewhere { field, at } => {
                    kinds[1] += 1;
                    let name = if *field == "points" { "Story" } else { field };
                    let hit = log["histories"].as_array().unwrap().iter().any(|e| {
                        instant(&e["created"]) == Some(*at)
                            && e["items"].to_string().contains(&format!("\"{name}"))
                    });
                    assert!(!hit, "{} still has its change of {field}", truth.key);
                }
                HistoryGap::UnknownSprint { sprint } => {
                    assert!(project.truth.deleted_sprints.contains(sprint))
                }
            }
        }
    }
    assert!(kinds.iter().all(|n| *n > 0), "{kinds:?}");
}
