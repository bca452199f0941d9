//! Loading against the truth of simulated Jira sites: every issue and sprint, as it really is, in any order.

use std::collections::BTreeSet;

use juno_connectors::{ConnectorSettings, load_blocking};
use juno_domain::{Dataset, IncompleteReason, Progress, SprintState};
use juno_testkit::synthetic::{
    Dialect, HistoryGap, IssueTruth, Mess, SyntheticParams, SyntheticProject, Timeline,
};

fn projects() -> Vec<(String, SyntheticProject)> {
    let mut projects = Vec::new();
    for (seed, dialect) in [(11, Dialect::Cloud), (12, Dialect::Server)] {
        for (name, mess) in [("tidy", Mess::none()), ("heavy", Mess::heavy())] {
            let params = SyntheticParams { dialect, mess, ..SyntheticParams::small(seed) };
            projects.push((format!("{dialect:?}, {name}"), SyntheticProject::generate(params)));
        }
    }
    projects
}

#[cfg(test)]
fn load_files(files: &[(String, String)]) -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    load_blocking(&[folder.path()], &ConnectorSettings::default(), &Progress::silent()).unwrap()
}

fn now<T: Clone + PartialEq>(timeline: &Timeline<T>) -> Option<&T> {
    timeline.spans().last().map(|span| &span.value)
}

#[test]
fn every_issue_and_sprint_comes_out_as_it_really_is() {
    for (what, project) in projects() {
        let truth = &project.truth;
        let data = load_files(&project.files());
        assert_eq!(
            data.quarantined_total(),
            truth.bad_records.len() as u64,
            "{what}: {:#?}",
            data.quarantined
        );
        for bad in &truth.bad_records {
            let (file, issue) =
                (format!("issues-{}.json", bad.page + 1), format!("issue {}", bad.position + 1));
            let told = |q: &juno_domain::Quarantined| {
                let number = q.position.split([' ', ',']).take(2).collect::<Vec<_>>().join(" ");
                q.source.ends_with(&file) && number == issue
            };
            assert!(data.quarantined.iter().any(told), "{what}: {bad:?} in {:#?}", data.quarantined);
        }
        let keys: BTreeSet<&str> = data.issues.iter().map(|issue| issue.key.as_str()).collect();
        assert_eq!(keys, truth.issues.keys().map(String::as_str).collect(), "{what}");
        for issue in &data.issues {
            let real: &IssueTruth = &truth.issues[issue.key.as_str()];
            let name = format!("{what}, {}", issue.key);
            assert_eq!(issue.id.as_str(), real.id.to_string(), "{name}");
            assert_eq!(
                (issue.created, issue.updated, issue.resolved),
                (real.created, real.updated, real.resolved),
                "{name}"
            );
            assert_eq!(issue.status.id.as_deref(), now(&real.status).map(|s| s.id), "{name}");
            assert_eq!(
                issue.assignee.as_ref().map(|m| m.id.to_string()),
                now(&real.assignee).cloned().flatten(),
                "{name}"
            );
            assert_eq!(issue.points.map(|p| p.get()), now(&real.points).copied().flatten(), "{name}");
            assert_eq!(Some(&issue.flagged), now(&real.flagged), "{name}");
            let sprints: BTreeSet<u64> = issue.sprints.iter().map(|s| s.0).collect();
            assert_eq!(sprints, now(&real.sprint).into_iter().flatten().copied().collect(), "{name}");
            let is_cut = |r: &IncompleteReason| matches!(r, IncompleteReason::Truncated { .. });
            let was_cut = real.gaps.iter().any(|g| matches!(g, HistoryGap::Truncated { .. }));
            assert_eq!(
                issue.completeness.reasons().iter().any(is_cut),
                was_cut,
                "{name}: {:?}",
                issue.completeness
            );
        }
        let sprints: Vec<u64> = data.sprints.iter().map(|sprint| sprint.id.0).collect();
        assert_eq!(sprints, truth.sprints.keys().copied().collect::<Vec<_>>(), "{what}");
        for sprint in &data.sprints {
            let real = &truth.sprints[&sprint.id.0];
            let state = match sprint.state {
                SprintState::Future => "future",
                SprintState::Active => "active",
                SprintState::Closed => "closed",
            };
            assert_eq!(
                (state, &sprint.name, sprint.closed_at),
                (real.state, &real.name, real.closed),
                "{what}"
            );
            assert_eq!(sprint.board.map(|b| b.0), Some(real.board), "{what}");
            assert_eq!((sprint.start, sprint.end), (real.started, real.planned_end), "{what}, {}", sprint.id);
        }
        let teams: Vec<&str> = data.teams.iter().map(|team| team.name.as_str()).collect();
        assert_eq!(teams, truth.teams.iter().map(|team| team.name.as_str()).collect::<Vec<_>>(), "{what}");
    }
}

#[test]
fn order_repetition_and_form_of_the_export_change_nothing() {
    for (what, project) in projects() {
        let files = project.files();
        let data = load_files(&files);
        // The last page first, every page twice under another name.
        let count = files.len();
        let renamed =
            files.iter().enumerate().map(|(n, (_, text))| (format!("{:03}.json", count - n), text.clone()));
        let twice: Vec<(String, String)> = renamed
            .flat_map(|(name, text)| [(name.clone(), text.clone()), (format!("again-{name}"), text)])
            .collect();
        let mut shuffled = load_files(&twice);
        assert_eq!(shuffled.quarantined_total(), 2 * data.quarantined_total(), "{what}: told for each file");
        (shuffled.quarantined, shuffled.notes) = (data.quarantined.clone(), data.notes.clone());
        assert_eq!(shuffled, data, "{what}");
        // One issue a line, with its own field names.
        let mut lines: Vec<_> = files.into_iter().filter(|(name, _)| !name.starts_with("issues")).collect();
        lines.push(("issues.jsonl".to_owned(), project.json_lines()));
        let mut lined = load_files(&lines);
        assert_eq!(lined.quarantined_total(), data.quarantined_total(), "{what}");
        (lined.quarantined, lined.notes) = (data.quarantined.clone(), data.notes.clone());
        assert_eq!(lined, data, "{what}");
    }
}

#[test]
fn the_csv_export_shows_the_same_issues_without_their_past() {
    for (what, project) in projects() {
        let data = load_files(&project.files());
        let mut files: Vec<_> =
            project.files().into_iter().filter(|(name, _)| !name.starts_with("issues")).collect();
        files.push(("export.csv".to_owned(), project.csv.clone()));
        let csv = load_files(&files);
        assert_eq!(csv.quarantined, [], "{what}");
        assert_eq!(csv.issues.len(), data.issues.len(), "{what}");
        let mut unnamed = 0;
        for (bare, full) in csv.issues.iter().zip(&data.issues) {
            let name = format!("{what}, {}", full.key);
            assert_eq!(
                (&bare.id, &bare.key, &bare.issue_type),
                (&full.id, &full.key, &full.issue_type),
                "{name}"
            );
            assert_eq!(
                (bare.points, bare.flagged, &bare.labels),
                (full.points, full.flagged, &full.labels),
                "{name}"
            );
            assert_eq!((&bare.status.name, &bare.summary), (&full.status.name, &full.summary), "{name}");
            assert!(bare.completeness.reasons().contains(&IncompleteReason::NoChangelog), "{name}");
            let named = bare.sprints == full.sprints;
            unnamed += usize::from(!named);
            let unknown = |r: &IncompleteReason| matches!(r, IncompleteReason::UnknownSprint { .. });
            assert!(named || bare.completeness.reasons().iter().any(unknown), "{name}");
        }
        assert!(
            unnamed * 10 < csv.issues.len(),
            "{what}: {unnamed} issues have sprints that only have names"
        );
    }
}
