use juno_domain::{Interval, ProjectKey, Seed, SprintId, TeamId};
use rand::Rng;

use super::*;
use crate::testing::p;

/// `n` sprints of a team: chances drawn anew, misses drawn from them plus `off`; 80 % intervals that hold `hold` of the time.
fn cases(team: &str, n: u64, off: f64, hold: f64, seed: u64) -> Vec<(BacktestCase, CasePrediction)> {
    let mut rng = Seed(seed).rng();
    (0..n)
        .flat_map(|id| {
            let chance = 0.2 + 0.6 * rng.r#gen::<f64>();
            let missed = rng.r#gen::<f64>() < chance + off;
            let delivered = if rng.r#gen::<f64>() < hold { 20.0 } else { 5.0 };
            [0.0, 0.5].map(|t| {
                let case = BacktestCase {
                    project: ProjectKey::new("PAY").unwrap(),
                    sprint: SprintId(id),
                    team: TeamId::new(team).unwrap(),
                    t: p(t),
                    planned_days: Some(14.0),
                    committed: 30.0,
                    delivered,
                    missed,
                    fold: 0,
                };
                let intervals = vec![Interval::new(10.0, 30.0, p(0.8)).unwrap()];
                (case, CasePrediction { p_miss: p(chance), delivered: 20.0, intervals, even_odds: false })
            })
        })
        .collect()
}

fn report(cases: &[(BacktestCase, CasePrediction)]) -> BiasReport {
    BiasReport::of(cases.iter().map(|(case, said)| (case, said))).unwrap()
}

fn group<'r>(report: &'r BiasReport, by: GroupedBy, t: f64, name: &str) -> &'r GroupBias {
    report.groups.iter().find(|of| of.by == by && of.t == p(t) && of.chances.group == name).unwrap()
}

#[test]
fn a_team_that_misses_more_than_forecast_is_found_and_others_are_not() {
    let mut all = cases("fair", 200, 0.0, 0.8, 1);
    all.extend(cases("late", 80, 0.3, 0.8, 2));
    all.extend(cases("small", 5, 0.3, 0.8, 3));
    let report = report(&all);
    let late = group(&report, GroupedBy::Team, 0.5, "late");
    assert!(late.chances.biased && late.chances.gap < -0.2 && late.chances.n == 80, "{report}");
    assert!(!group(&report, GroupedBy::Team, 0.5, "fair").chances.biased);
    let small = group(&report, GroupedBy::Team, 0.0, "small");
    assert!(small.chances.few && small.chances.adjusted_p.is_none());
    assert_eq!(group(&report, GroupedBy::Length, 0.0, "9 to 15 days").chances.n, 285);
    assert_eq!(report.groups.len(), 2 * (3 + 1 + 1));
    let text = report.to_string();
    assert!(text.lines().any(|line| line.starts_with("late") && line.ends_with("too low")), "{text}");
    assert!(!text.contains("small"), "{text}");
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<BiasReport>(&json).unwrap(), report);
}

#[test]
fn intervals_that_hold_too_little_for_one_team_are_found() {
    let mut all = cases("fair", 150, 0.0, 0.8, 4);
    all.extend(cases("wild", 60, 0.0, 0.4, 5));
    let report = report(&all);
    let of = |name| group(&report, GroupedBy::Team, 0.0, name).intervals[0];
    assert!(of("wild").off && of("wild").held.get() < 0.6 && of("wild").n == 60);
    assert!(!of("fair").off);
    assert!(report.flagged().any(|group| group.chances.group == "wild"));
}

#[test]
fn where_all_are_served_alike_hardly_ever_one_is_flagged() {
    let mut flagged = 0;
    for seed in 0..40 {
        let all: Vec<_> =
            (0..30).flat_map(|team| cases(&format!("t{team}"), 25, 0.0, 0.8, seed * 100 + team)).collect();
        flagged += u32::from(report(&all).flagged().next().is_some());
    }
    // Chances and intervals at 5 % each: more than nine of forty come in 1 of 200 cases.
    assert!(flagged <= 9, "{flagged} of 40");
}

#[test]
fn the_order_changes_nothing_and_lengths_have_their_buckets() {
    let mut all = cases("a", 30, 0.0, 0.8, 6);
    all.extend(cases("b", 30, 0.0, 0.8, 7));
    let given = report(&all);
    all.reverse();
    assert_eq!(report(&all), given);
    assert_eq!(report(&[]).groups, []);
    let days = [None, Some(0.0), Some(7.0), Some(14.0), Some(21.0), Some(30.0), Some(5873.0), Some(f64::NAN)];
    assert_eq!(
        days.map(length),
        [
            "not stated",
            "none",
            "up to 8 days",
            "9 to 15 days",
            "16 to 22 days",
            "23 to 32 days",
            "more than 32 days",
            "not stated"
        ]
    );
}
