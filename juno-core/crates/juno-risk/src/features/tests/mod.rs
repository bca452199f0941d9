mod laws;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{
    ErrorKind, FinishedSprint, Probability, ProjectKey, Scope, SprintId, SprintPhase, SprintSnapshot,
    StoryPoints, TeamId,
};

use crate::testing::{finished, p, running, ten};
use crate::{Features, Input, RiskCategory, known_before};

fn amount(issues: u32, points: f64) -> Scope {
    Scope { issues, points: StoryPoints::new(points).unwrap() }
}

fn day(n: i64) -> Option<DateTime<Utc>> {
    Some(DateTime::UNIX_EPOCH + TimeDelta::days(n))
}

/// Sprint 4 of team 7 half way: 30 points and 12 more, less 2; 24 done, 6 in progress.
fn fourth() -> SprintSnapshot {
    SprintSnapshot {
        started_with: amount(10, 30.0),
        added: amount(4, 12.0),
        removed: amount(2, 2.0),
        todo: amount(3, 10.0),
        in_progress: amount(2, 6.0),
        done: amount(5, 24.0),
        blocked: Some(amount(1, 8.0)),
        open_defects: Some(2),
        unestimated: Some(1),
        members: 4,
        ..running(4, "7", 0.5, 40.0, 24.0)
    }
}

fn fourth_of(sprint: u64) -> SprintSnapshot {
    SprintSnapshot { sprint: SprintId(sprint), ..fourth() }
}

/// Team 7 met 30 of 30 and missed with 10 of 20; team 8 delivered 50 of 40.
fn three() -> Vec<FinishedSprint> {
    vec![
        finished(1, "7", 30.0, 15.0, 30.0),
        finished(2, "7", 20.0, 5.0, 10.0),
        finished(3, "8", 40.0, 20.0, 50.0),
    ]
}

fn of(snapshot: &SprintSnapshot, history: &[FinishedSprint]) -> Features {
    Features::of(snapshot, snapshot.t, history).unwrap()
}

fn bits(features: &Features) -> Vec<u64> {
    features.values().iter().map(|value| value.to_bits()).collect()
}

#[track_caller]
fn assert_near(features: &Features, expected: &[(Input, f64)]) {
    for (input, value) in expected {
        let got = features.get(*input).unwrap_or(f64::NAN);
        assert!((got - value).abs() < 1e-12, "{input:?} is {got}, not {value}");
    }
}

#[test]
fn every_input_of_the_snapshot_is_the_number_worked_out_by_hand() {
    assert_near(
        &of(&fourth(), &three()),
        &[
            (Input::LogCommitted, 40.0_f64.ln()),
            (Input::LogIssues, 11.0_f64.ln()),
            (Input::IssueSize, 4.0_f64.ln()),
            (Input::Done, 0.6),
            (Input::InProgress, 0.15),
            (Input::Open, 0.4),
            (Input::DoneIssues, 0.5),
            (Input::InProgressIssues, 0.2),
            (Input::NothingOpen, 0.0),
            (Input::NothingDone, 0.0),
            (Input::Added, 12.0 / 42.0),
            (Input::Removed, 2.0 / 42.0),
            (Input::AddedIssues, 4.0 / 14.0),
            (Input::RemovedIssues, 2.0 / 14.0),
            (Input::AddedCount, 5.0_f64.ln()),
            (Input::RemovedCount, 3.0_f64.ln()),
            (Input::NetChange, 0.25),
            (Input::PlannedLength, 15.0_f64.ln()),
            (Input::LoadPerMember, 10.0_f64.ln()),
            (Input::Blocked, 0.2),
            (Input::Defects, 0.2),
            (Input::Unestimated, 0.1),
        ],
    );
}

#[test]
fn every_input_of_the_history_is_the_number_worked_out_by_hand() {
    let project_ratio = (4.0 * 0.85 + 1.0 + 0.5 + 1.25) / 7.0;
    let (project_miss, team_ratio) = (3.0 / 7.0, (4.0 * project_ratio + 1.5) / 6.0);
    let team_miss = (4.0 * project_miss + 1.0) / 6.0;
    // At half time 60 % × ½ is done before anything is known, and 80 % is open.
    let usual_done = (4.0 * ((4.0 * 0.3 + 0.5 + 0.25 + 0.5) / 7.0) + 0.75) / 6.0;
    let usual_open = (4.0 * ((4.0 * 0.8 + 0.5 + 0.75 + 0.5) / 7.0) + 1.25) / 6.0;
    // Team 7 delivers 20 in the median; the first sprint had nothing to be loaded against, the second 30, and the first of
    // team 8 what the project had delivered by then.
    let load = (41.0_f64 / 21.0).ln();
    let loads = [0.0, (21.0_f64 / 31.0).ln(), load];
    let weight = |of_team: f64, done: f64, then: f64| {
        of_team * (-(0.6 - done) / 0.15 - 0.15 / 0.3 - (load - then).abs() / 0.8).exp()
    };
    let alike = [weight(1.0, 0.5, loads[0]), weight(1.0, 0.25, loads[1]), weight(0.25, 0.5, loads[2])];
    let all = 2.0 + alike.iter().sum::<f64>();
    assert_near(
        &of(&fourth(), &three()),
        &[
            (Input::ProjectMissRate, project_miss),
            (Input::TeamMissRate, team_miss),
            (Input::TeamRatio, team_ratio),
            (Input::RecentRatio, (2.0 * project_ratio + 0.5 + 0.8) / 3.8),
            (Input::DoneAhead, 0.6 - usual_done),
            (Input::OpenAhead, 0.4 - usual_open),
            (Input::Load, load),
            // 15 and 5 points were still delivered after half time.
            (Input::Need, (17.0_f64 / 11.0).ln()),
            (Input::AlikeMissRate, (2.0 * team_miss + alike[1]) / all),
            (Input::AlikeRatio, (2.0 * team_ratio + alike[0] + 0.5 * alike[1] + 1.25 * alike[2]) / all),
        ],
    );
}

#[test]
fn without_history_the_fixed_start_speaks() {
    let features = of(&fourth(), &[]);
    assert_near(
        &features,
        &[
            (Input::ProjectMissRate, 0.5),
            (Input::TeamMissRate, 0.5),
            (Input::TeamRatio, 0.85),
            (Input::RecentRatio, 0.85),
            (Input::DoneAhead, 0.6 - 0.3),
            (Input::OpenAhead, 0.4 - 0.8),
            (Input::Load, 0.0),
            (Input::Need, 0.0),
            (Input::AlikeMissRate, 0.5),
            (Input::AlikeRatio, 0.85),
        ],
    );
}

#[test]
fn a_new_team_has_the_project_s_pace() {
    let features = of(&SprintSnapshot { team: TeamId::new("new").unwrap(), ..fourth() }, &three());
    // Deliveries 30, 10, 50; still delivered after half time 15, 5, 30.
    assert_near(
        &features,
        &[
            (Input::Load, (41.0_f64 / 31.0).ln()),
            (Input::Need, (17.0_f64 / 16.0).ln()),
            (Input::TeamMissRate, 3.0 / 7.0),
        ],
    );
}

#[test]
fn what_nobody_knows_is_unknown_and_nothing_else_is() {
    let bare = SprintSnapshot {
        planned_days: None,
        members: 0,
        blocked: None,
        open_defects: None,
        unestimated: None,
        ..fourth()
    };
    let unknown = |snapshot| {
        let features = of(&snapshot, &three());
        Input::ALL.into_iter().filter(|input| features.get(*input).is_none()).collect::<Vec<_>>()
    };
    use Input::{Blocked, Defects, LoadPerMember, PlannedLength, Unestimated};
    assert_eq!(unknown(bare), [PlannedLength, LoadPerMember, Blocked, Defects, Unestimated]);
    for days in [f64::NAN, -3.0, 0.0] {
        assert_eq!(unknown(SprintSnapshot { planned_days: Some(days), ..fourth() }), [PlannedLength]);
    }
    assert_eq!(unknown(fourth()), []);
}

#[test]
fn a_minute_and_5873_days_are_lengths() {
    let length = |days| of(&SprintSnapshot { planned_days: Some(days), ..fourth() }, &[]);
    for (days, value) in [(7e-4, 7e-4_f64.ln_1p()), (5873.0, 91.0_f64.ln()), (f64::INFINITY, 91.0_f64.ln())] {
        assert_near(&length(days), &[(Input::PlannedLength, value)]);
    }
}

#[test]
fn an_unestimated_sprint_is_measured_in_issues() {
    let in_issues = |mut snapshot: SprintSnapshot| {
        for part in [
            &mut snapshot.started_with,
            &mut snapshot.added,
            &mut snapshot.removed,
            &mut snapshot.todo,
            &mut snapshot.in_progress,
            &mut snapshot.done,
        ] {
            part.points = StoryPoints::ZERO;
        }
        snapshot
    };
    // 12 issues committed, 5 done; team 7 delivered 10 and 4 issues.
    let features = of(&in_issues(fourth()), &three());
    assert_near(
        &features,
        &[
            (Input::LogCommitted, 12.0_f64.ln()),
            (Input::Done, 5.0 / 12.0),
            (Input::Blocked, 1.0 / 12.0),
            (Input::Load, (13.0_f64 / 8.0).ln()),
        ],
    );
    // Where the source does not tell delivered issues there is nothing to compare with.
    let silent: Vec<FinishedSprint> =
        three().into_iter().map(|past| FinishedSprint { delivered_issues_known: false, ..past }).collect();
    assert_eq!(of(&in_issues(fourth()), &silent), of(&in_issues(fourth()), &[]));
}

#[test]
fn a_sprint_seen_only_far_from_the_stage_is_no_case() {
    let late: Vec<FinishedSprint> = three()
        .into_iter()
        .map(|mut past| {
            past.stages.retain(|stage| stage.t == p(0.5));
            past
        })
        .collect();
    let at = |t: f64| Features::of(&fourth(), p(t), &late).unwrap();
    assert_near(&at(0.3), &[(Input::ProjectMissRate, 3.0 / 7.0)]);
    assert_near(&at(0.0), &[(Input::ProjectMissRate, 0.5)]);
    let unseen: Vec<FinishedSprint> =
        three().into_iter().map(|past| FinishedSprint { stages: Vec::new(), ..past }).collect();
    assert_eq!(of(&fourth(), &unseen), of(&fourth(), &[]));
}

#[test]
fn other_projects_say_nothing_unless_the_team_is_the_same() {
    let project = |key: &str, team: &str| {
        let mut past = finished(3, team, 40.0, 20.0, 10.0);
        past.project = ProjectKey::new(key).unwrap();
        past.stages.iter_mut().for_each(|stage| stage.project = past.project.clone());
        past
    };
    let alone = of(&fourth(), &three()[..2]);
    let with = |past| of(&fourth(), &[three()[0].clone(), three()[1].clone(), past]);
    assert_eq!(with(project("WEB", "9")), alone);
    assert_ne!(with(project("PAY", "9")), alone);
    // Ids of different projects are no common order: without dates nobody knows which sprint was first.
    assert_eq!(with(project("WEB", "7")), alone);
    let dated = |mut past: FinishedSprint| {
        past.closed_at = day(past.sprint.0 as i64);
        past
    };
    let fourth = SprintSnapshot { at: day(9), ..fourth() };
    let of = |history: Vec<FinishedSprint>| of(&fourth, &history.into_iter().map(dated).collect::<Vec<_>>());
    let alone = of(three()[..2].to_vec());
    let with = |past| of(vec![three()[0].clone(), three()[1].clone(), past]);
    assert_eq!(with(project("WEB", "9")), alone);
    assert_ne!(with(project("WEB", "7")), alone);
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let error = |snapshot: SprintSnapshot, history: &[FinishedSprint]| {
        Features::of(&snapshot, p(0.5), history).unwrap_err()
    };
    let over = SprintSnapshot { phase: SprintPhase::Finished, ..fourth() };
    let empty = SprintSnapshot { started_with: Scope::ZERO, added: Scope::ZERO, ..fourth() };
    for error in [error(over, &[]), error(empty, &[]), error(fourth(), &ten())] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
}

#[test]
fn inputs_are_named_once_and_cover_every_category() {
    let names: BTreeSet<&str> = Input::ALL.iter().map(|input| input.name()).collect();
    assert_eq!(names.len(), Input::COUNT);
    for (i, input) in Input::ALL.into_iter().enumerate() {
        assert_eq!(input.index(), i);
        assert_eq!(serde_json::to_string(&input).unwrap(), format!("\"{}\"", input.name()));
        assert!(!input.description().is_empty());
    }
    let categories: BTreeSet<RiskCategory> = Input::ALL.iter().map(|input| input.category()).collect();
    assert_eq!(categories.len(), RiskCategory::ALL.len());
}

/// A sprint is loaded against what had been delivered when it was seen, not against what was closed while it ran.
#[test]
fn the_load_of_a_past_sprint_does_not_see_sprints_that_overlapped_it() {
    let dated = |sprint: u64, from: i64, to: i64, delivered: f64| {
        let mut past = finished(sprint, "7", 30.0, 15.0, delivered);
        (past.started_at, past.closed_at) = (day(from), day(to));
        past.stages.iter_mut().for_each(|stage| stage.at = day(from));
        past
    };
    let snapshot = SprintSnapshot { at: day(40), ..fourth_of(9) };
    let alike = |overlapping: FinishedSprint| {
        let history = [dated(1, 0, 10, 30.0), dated(2, 10, 20, 30.0), overlapping];
        let features = Features::of(&snapshot, Probability::HALF, &history).unwrap();
        (features.get(Input::Load).unwrap(), features.get(Input::AlikeMissRate).unwrap())
    };
    // Closed on day 15, while sprint 2 ran, or after it: sprint 2 was loaded the same; only the order of ends differs.
    let (early, late) = (alike(dated(3, 5, 15, 300.0)), alike(dated(3, 5, 25, 300.0)));
    assert_eq!(early.0, late.0);
    assert!((early.1 - late.1).abs() < 1e-12, "{early:?} {late:?}");
}

/// Where sprints of a project overlap, ids cannot tell what was over when: the one thing in which a table and issue events
/// may disagree.
#[test]
fn dates_matter_only_where_sprints_overlap() {
    let of = |length: i64, with_dates: bool| {
        let dated = |from: i64, mut snapshot: SprintSnapshot| {
            snapshot.at = day(from).filter(|_| with_dates);
            snapshot
        };
        let mut history: Vec<FinishedSprint> = three();
        for (past, start) in history.iter_mut().zip([0, 10, 20]) {
            past.closed_at = day(start + length).filter(|_| with_dates);
            past.stages = past.stages.iter().map(|stage| dated(start, stage.clone())).collect();
        }
        let snapshot = dated(30, fourth());
        Features::of(&snapshot, p(0.5), &known_before(&snapshot, &history)).unwrap()
    };
    assert_eq!(of(10, true), of(10, false));
    // The third, which runs from day 20 to 35, is not over on day 30, and its id is smaller.
    assert_ne!(of(15, true), of(15, false));
}

/// Many teams are told apart as well as few: what is said of one hangs on how many others there are only through what they
/// delivered.
#[test]
fn fifty_teams_are_told_apart() {
    let history: Vec<FinishedSprint> = (1..=100)
        .map(|id| finished(id, &format!("team {}", id % 50), 30.0, 15.0, (id % 50) as f64))
        .collect();
    for team in [0, 1, 12, 13, 49] {
        let snapshot =
            SprintSnapshot { team: TeamId::new(format!("team {team}")).unwrap(), ..fourth_of(200) };
        let velocity = f64::from(team);
        assert_near(
            &of(&snapshot, &history),
            &[(Input::Load, (41.0 / (velocity + 1.0)).ln().clamp(-3.0, 3.0))],
        );
    }
}

/// A project of thousands of teams is told by its last thousand sprints, whatever came before, and by all of the team's own.
#[test]
fn of_thousands_of_other_teams_the_last_thousand_sprints_count() {
    let others = |from: u64, to: u64, delivered: f64| {
        (from..to).map(move |id| finished(id, &format!("team {id}"), 30.0, 15.0, delivered))
    };
    let snapshot = fourth_of(9_000);
    let own = |delivered: f64| finished(1, "7", 30.0, 15.0, delivered);
    let features = |of: Vec<FinishedSprint>| bits(&Features::of(&snapshot, Probability::HALF, &of).unwrap());
    let all = |before: f64, own_delivered: f64| {
        let later = others(2_000, 3_000, 30.0);
        features([own(own_delivered)].into_iter().chain(others(2, 2_000, before)).chain(later).collect())
    };
    assert_eq!(all(30.0, 30.0), all(10.0, 30.0), "earlier sprints of others");
    assert_ne!(all(30.0, 30.0), all(30.0, 10.0), "the team's own");
    let one_more: Vec<FinishedSprint> =
        std::iter::once(own(30.0)).chain(others(2_001, 3_000, 30.0)).collect();
    let among: Vec<FinishedSprint> = one_more.iter().cloned().chain(others(2_000, 2_001, 10.0)).collect();
    assert_ne!(features(one_more), features(among), "the last thousand");
}
