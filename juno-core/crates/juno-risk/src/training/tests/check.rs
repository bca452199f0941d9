use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{Progress, Scope};
use proptest::prelude::*;

use super::*;
use crate::testing::{drawn, finished, p, scope, small_blend, ten};
use crate::{RiskError, Severity};

fn found(sprints: Vec<FinishedSprint>) -> BTreeMap<FindingKind, u32> {
    TrainingSet::check(sprints).1.findings.into_iter().map(|finding| (finding.kind, finding.count)).collect()
}

fn day(n: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(n)
}

/// What is wrong with `sprint` beyond what is with ten sprints that are fine.
fn wrong(change: impl FnOnce(&mut FinishedSprint)) -> (usize, Vec<(FindingKind, u32)>) {
    let fine = found(ten());
    let mut sprints = ten();
    change(&mut sprints[4]);
    let (set, report) = TrainingSet::check(sprints);
    let new = report.findings.iter().map(|finding| (finding.kind, finding.count));
    (set.len(), new.filter(|(kind, _)| !fine.contains_key(kind)).collect())
}

#[test]
fn a_small_set_without_dates_is_told_as_it_is() {
    let (set, report) = TrainingSet::check(ten());
    assert_eq!(set, TrainingSet::new(ten()).unwrap());
    assert_eq!((report.given, report.used, report.first, report.last), (10, 10, None, None));
    let stage = |t, sprints, missed| StageData { t: p(t), sprints, missed, in_points: sprints };
    assert_eq!(report.stages, [stage(0.0, 10, 3), stage(0.3, 0, 0), stage(0.5, 10, 3), stage(0.8, 0, 0)]);
    let text = report.to_string();
    let expected = "\
10 of 10 sprints can be used
projects: 1 (PAY 10)
teams: 1 (7 10)

 stage  sprints  missed  in points  in issues
   0 %       10       3         10          0
  30 %        0       0          0          0
  50 %       10       3         10          0
  80 %        0       0          0          0

warning (4): stages with too few sprints, or too few that missed or met, for a fit with default settings (0 %, 30 %, 50 %, 80 %)
note (10): sprints without dates, as all of them are: their order is by id (PAY 1, PAY 2, PAY 3, PAY 4, PAY 5, …)
note (1): one team only: how teams differ cannot be seen (7)
";
    assert_eq!(text, expected);
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<DataReport>(&json).unwrap(), report);
}

#[test]
fn fault_duplicates_and_conflicts() {
    let mut sprints = ten();
    sprints.push(sprints[3].clone());
    sprints.push(sprints[3].clone());
    sprints.push(FinishedSprint { delivered: scope(1.0), ..sprints[6].clone() });
    let (set, report) = TrainingSet::check(sprints.clone());
    assert_eq!(set.len(), 9);
    assert!(set.sprints().iter().all(|sprint| sprint.sprint.0 != 7), "nobody knows which sprint 7 is right");
    let told = |kind| report.findings.iter().find(|finding| finding.kind == kind).unwrap();
    assert_eq!(
        (told(FindingKind::Conflict).count, &told(FindingKind::Conflict).examples[..]),
        (1, &["PAY 7".to_owned()][..])
    );
    assert_eq!(
        (told(FindingKind::Repeated).count, &told(FindingKind::Repeated).examples[..]),
        (2, &["PAY 4".to_owned()][..])
    );
    assert!(matches!(TrainingSet::new(sprints), Err(RiskError::Duplicate { .. })));
    // The same id in another project is another sprint.
    let mut other = ten();
    other.push(drawn(1, 4, 1).remove(3));
    assert_eq!(TrainingSet::check(other).0.len(), 11);
}

#[test]
fn what_cannot_be_used_is_left_out_and_named() {
    use FindingKind as Kind;
    let left_out = |kind| (9, vec![(kind, 1)]);
    assert_eq!(wrong(|s| s.stages.clear()), left_out(Kind::NoStages));
    assert_eq!(wrong(|s| s.stages[0].sprint.0 += 1), left_out(Kind::OtherStages));
    assert_eq!(wrong(|s| s.stages[1].t = p(0.0)), left_out(Kind::StageConflict));
    let nothing =
        |s: &mut FinishedSprint| s.stages.iter_mut().for_each(|stage| stage.started_with = Scope::ZERO);
    assert_eq!(wrong(nothing), left_out(Kind::NothingCommitted));
    let in_issues = |s: &mut FinishedSprint| {
        s.stages.iter_mut().for_each(|stage| stage.started_with.points = Scope::ZERO.points);
        s.delivered_issues_known = false;
    };
    assert_eq!(wrong(in_issues), left_out(Kind::NoDelivery));
    let mut sprints = ten();
    (sprints[4].started_at, sprints[4].closed_at) = (Some(day(9)), Some(day(8)));
    let (set, report) = TrainingSet::check(sprints);
    assert_eq!((set.len(), report.findings[0].kind), (9, Kind::ClosedBeforeStart));
    assert_eq!(report.findings[0].severity, Severity::Error);
}

#[test]
fn what_is_doubtful_is_kept_and_named() {
    use FindingKind as Kind;
    let kept = |kind| (10, vec![(kind, 1)]);
    assert_eq!(wrong(|s| s.stages.reverse()), kept(Kind::StagesUnsorted));
    assert_eq!(wrong(|s| s.stages.push(s.stages[1].clone())), kept(Kind::StagesUnsorted));
    assert_eq!(wrong(|s| s.delivered = scope(151.0)), kept(Kind::FarAbove));
    let length = |days: f64| {
        move |s: &mut FinishedSprint| s.stages.iter_mut().for_each(|stage| stage.planned_days = Some(days))
    };
    assert_eq!(wrong(length(0.0)), kept(Kind::ZeroLength));
    assert_eq!(wrong(length(5873.0)), kept(Kind::VeryLong));
    for days in [-1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(wrong(length(days)), kept(Kind::UnknownLength));
    }
    assert_eq!(
        wrong(|s| (s.stages[0].at, s.stages[1].at) = (Some(day(3)), Some(day(2)))),
        kept(Kind::StageTimes)
    );
    let (set, told) = wrong(|s| (s.closed_at, s.stages[1].at) = (Some(day(3)), Some(day(4))));
    assert_eq!((set, told), (10, vec![(Kind::SeenAfterEnd, 1), (Kind::SomeDates, 9)]));
}

#[test]
fn copies_that_differ_only_in_order_or_in_what_is_not_a_number_are_the_same() {
    let mut sprints = ten();
    sprints[2].stages[0].planned_days = Some(f64::NAN);
    let mut copy = sprints[2].clone();
    copy.stages.reverse();
    sprints.push(copy);
    let (set, report) = TrainingSet::check(sprints);
    assert_eq!(set.len(), 10);
    assert!(
        report.findings.iter().any(|finding| finding.kind == FindingKind::Repeated && finding.count == 1)
    );
}

#[test]
fn one_class_and_nothing_at_all_are_told_and_refused_by_a_fit() {
    let fit =
        |set: &TrainingSet| small_blend().check().unwrap().fit(set, &Progress::silent()).unwrap_err().kind();
    let all_met = (1..=200).map(|id| finished(id, "7", 30.0, 15.0, 30.0)).collect();
    let (set, report) = TrainingSet::check(all_met);
    assert!(
        report.findings.iter().any(|finding| finding.kind == FindingKind::OneClass && finding.count == 2)
    );
    assert_eq!(fit(&set), juno_domain::ErrorKind::NotEnoughData);
    let (set, report) = TrainingSet::check(Vec::new());
    assert_eq!(report.findings[0].kind, FindingKind::NothingUsable);
    assert_eq!(fit(&set), juno_domain::ErrorKind::NotEnoughData);
    assert!(report.to_string().starts_with("0 of 0 sprints can be used\nprojects: 0 ()"), "{report}");
}

#[test]
fn ten_thousand_teams_are_counted_and_shown_in_few_lines() {
    let sprints: Vec<FinishedSprint> = (0..10_000_u64)
        .map(|i| {
            let mut sprint =
                finished(i, &format!("team {i}"), 30.0, 15.0, if i % 2 == 0 { 30.0 } else { 20.0 });
            sprint.project = ProjectKey::new(format!("P{}", i % 500)).unwrap();
            sprint.stages.iter_mut().for_each(|stage| stage.project = sprint.project.clone());
            sprint
        })
        .collect();
    let (set, report) = TrainingSet::check(sprints);
    assert_eq!((set.len(), report.teams.len(), report.projects.len()), (10_000, 10_000, 500));
    let text = report.to_string();
    assert!(text.lines().count() < 20 && text.contains("and 9990 more"), "{text}");
    assert!(text.contains("(10000): teams with fewer than three sprints"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_order_of_the_sprints_changes_nothing(
        order in Just((0..34).collect::<Vec<usize>>()).prop_shuffle(), flip in any::<bool>()
    ) {
        let mut sprints = drawn(2, 15, 3);
        sprints.push(sprints[0].clone());
        sprints.push(FinishedSprint { delivered: scope(2.0), ..sprints[5].clone() });
        sprints.push(FinishedSprint { stages: Vec::new(), ..sprints[6].clone() });
        let mut twice = sprints[7].clone();
        twice.stages.push(juno_domain::SprintSnapshot { members: 9, ..twice.stages[0].clone() });
        sprints.push(twice);
        let given = TrainingSet::check(sprints.clone());
        let mut shuffled: Vec<FinishedSprint> = order.iter().map(|i| sprints[*i].clone()).collect();
        if flip {
            shuffled.iter_mut().for_each(|sprint| sprint.stages.reverse());
        }
        let got = TrainingSet::check(shuffled);
        prop_assert_eq!(&got.0, &given.0);
        if !flip {
            prop_assert_eq!(&got.1, &given.1);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever state the sprints are in: a fit is there and answers, or there is not enough data.
    #[test]
    fn what_a_check_lets_through_can_be_fitted_or_is_too_little(
        bad in prop::collection::vec((any::<prop::sample::Index>(), 0..9_u8), 0..60), n in 10..40_u64
    ) {
        let mut sprints = drawn(2, n, 4);
        for (at, how) in bad {
            let i = at.index(sprints.len());
            let copy = sprints[i].clone();
            let sprint = &mut sprints[i];
            match how {
                0 => sprint.stages.iter_mut().for_each(|stage| stage.planned_days = Some(f64::NAN)),
                1 => sprint.stages.iter_mut().for_each(|stage| stage.planned_days = Some(5873.0)),
                2 => sprint.stages.iter_mut().for_each(|stage| stage.started_with = Scope::ZERO),
                3 => (sprint.started_at, sprint.closed_at) = (Some(day(9)), Some(day(i as i64 % 20))),
                4 => sprint.stages.reverse(),
                5 => sprint.stages.clear(),
                6 => sprint.delivered = scope(1e15),
                7 => sprint.delivered = Scope::ZERO,
                _ => sprints.push(copy),
            }
        }
        let (set, report) = TrainingSet::check(sprints);
        prop_assert_eq!(set.len(), report.used as usize);
        match small_blend().check().unwrap().fit(&set, &Progress::silent()) {
            Ok(model) => {
                let snapshot = &drawn(1, n + 9, 4).pop().unwrap().stages[2];
                let said = crate::RiskModel::predict(&model, snapshot, &[]).unwrap();
                prop_assert!(said.check("blend", snapshot).is_ok());
                prop_assert_eq!(crate::BlendRiskModel::from_bytes(&model.to_bytes().unwrap()).unwrap(), model);
            }
            Err(error) => prop_assert_eq!(error.kind(), juno_domain::ErrorKind::NotEnoughData),
        }
    }
}
