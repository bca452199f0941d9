use juno_domain::{Probability, Scope, SprintPhase, SprintSnapshot};
use proptest::prelude::*;

use super::*;
use crate::{
    RiskError,
    testing::{p, running, scope, ten},
};

fn index(inputs: &RiskIndexInputs) -> RiskIndex {
    RiskIndexRules::default().index(inputs).unwrap()
}

/// The index of a sprint after ten usual ones of 30 points.
fn of_sprint(snapshot: &SprintSnapshot) -> RiskIndex {
    index(&RiskIndexInputs::from_snapshot(snapshot, &ten()).unwrap())
}

fn calm() -> RiskIndexInputs {
    RiskIndexInputs {
        past_shortfall: Some(0.0),
        behind_pace: Some(0.0),
        added_share: Some(0.0),
        removed_share: Some(0.0),
        load: Some(0.8),
        missing_members: Some(0.0),
        defect_share: Some(0.0),
        unestimated_share: Some(0.0),
        blocked_share: Some(0.0),
    }
}

/// Every input with its name, to change one at a time.
fn fields(inputs: &mut RiskIndexInputs) -> [&mut Option<f64>; 9] {
    [
        &mut inputs.past_shortfall,
        &mut inputs.behind_pace,
        &mut inputs.added_share,
        &mut inputs.removed_share,
        &mut inputs.load,
        &mut inputs.missing_members,
        &mut inputs.defect_share,
        &mut inputs.unestimated_share,
        &mut inputs.blocked_share,
    ]
}

#[test]
fn nothing_wrong_is_0_and_everything_wrong_is_1() {
    assert_eq!(index(&calm()).value, Probability::ZERO);
    let mut worst = calm();
    fields(&mut worst).into_iter().for_each(|input| *input = Some(1.0));
    worst.load = Some(2.5);
    assert_eq!(index(&worst).value, Probability::ONE);
}

#[test]
fn fault_critical_is_unreachable() {
    // A sprint for every level, each worse than the one before.
    let usual = SprintSnapshot {
        blocked: Some(Scope::ZERO),
        open_defects: Some(0),
        ..running(11, "7", 0.5, 30.0, 15.0)
    };
    let behind = SprintSnapshot { done: scope(0.0), todo: scope(30.0), ..usual.clone() };
    let waiting = SprintSnapshot { blocked: Some(scope(12.0)), ..behind.clone() };
    let swollen = SprintSnapshot { added: scope(27.0), open_defects: Some(4), ..waiting.clone() };
    let broken = SprintSnapshot { members: 3, open_defects: Some(6), ..swollen.clone() };
    let got = [&usual, &behind, &waiting, &swollen, &broken].map(of_sprint);
    use RiskLevel::{Critical, High, Low, Medium, Minimal};
    let values = got.each_ref().map(|index| index.value);
    assert_eq!(got.map(|index| index.level), [Minimal, Low, Medium, High, Critical], "{values:?}");
}

#[test]
fn one_burning_category_is_visible_among_calm_ones() {
    for (at, category) in
        [(0, "velocity"), (2, "scope"), (4, "capacity"), (6, "quality"), (8, "dependencies")]
    {
        let mut inputs = calm();
        *fields(&mut inputs)[at] = Some(if at == 4 { 2.5 } else { 1.0 });
        let got = index(&inputs);
        assert_eq!(got.level, RiskLevel::Medium, "{category}: {:?}", got.value);
        assert_eq!(got.categories[0].category.name(), category);
        assert!(got.categories[0].alert && got.categories.iter().skip(1).all(|c| !c.alert));
        assert!(!got.categories[0].mitigations.is_empty() && got.categories[1].mitigations.is_empty());
    }
}

#[test]
fn fault_the_top_risk_is_list_order() {
    // Velocity comes first in every list; blocked work is worse here and comes first in the answer.
    let got = index(&RiskIndexInputs { behind_pace: Some(0.44), blocked_share: Some(0.45), ..calm() });
    assert_eq!(got.categories[0].category, RiskCategory::Dependencies);
    assert_eq!(got.categories[1].category, RiskCategory::Velocity);
    assert_eq!(
        got.categories[1].evidence[0],
        "done work is 44 % of the commitment behind the team's usual pace"
    );
}

#[test]
fn missing_categories_renormalise() {
    let got = index(&RiskIndexInputs {
        added_share: Some(0.4),
        blocked_share: Some(0.0),
        ..RiskIndexInputs::default()
    });
    assert_eq!(got.missing, [RiskCategory::Velocity, RiskCategory::Capacity, RiskCategory::Quality]);
    assert!((got.value.get() - 0.25 * 0.20 / 0.35).abs() < 1e-12);
    let none = RiskIndexRules::default().index(&RiskIndexInputs::default());
    assert_eq!(none.unwrap_err(), RiskError::NothingKnown);
}

#[test]
fn fault_a_finished_sprint_is_overloaded() {
    // 60 points committed where 27 are usual: overload while it runs …
    let heavy = running(11, "7", 0.5, 60.0, 60.0);
    let open = SprintSnapshot { done: scope(10.0), ..heavy.clone() };
    assert!(RiskIndexInputs::from_snapshot(&open, &ten()).unwrap().load.unwrap() > 1.6);
    // … none once everything is done, none when it is over, none while it is planned.
    assert_eq!(RiskIndexInputs::from_snapshot(&heavy, &ten()).unwrap().load, Some(0.0));
    let over = SprintSnapshot { phase: SprintPhase::Finished, t: Probability::ONE, ..open.clone() };
    assert_eq!(RiskIndexInputs::from_snapshot(&over, &ten()).unwrap(), RiskIndexInputs::default());
    let planned = SprintSnapshot { phase: SprintPhase::Planned, t: Probability::ZERO, ..open };
    let planned = RiskIndexInputs::from_snapshot(&planned, &ten()).unwrap();
    assert_eq!((planned.load, planned.behind_pace, planned.added_share), (None, None, None));
    assert!(planned.past_shortfall.is_some());
}

#[test]
fn a_usual_first_day_is_calm() {
    let got = of_sprint(&running(11, "7", 0.0, 27.0, 0.0));
    assert_eq!(got.level, RiskLevel::Minimal, "{got:?}");
}

#[test]
fn a_new_team_has_no_usual() {
    let inputs = RiskIndexInputs::from_snapshot(&running(11, "8", 0.5, 30.0, 0.0), &ten()).unwrap();
    assert_eq!((inputs.past_shortfall, inputs.behind_pace, inputs.load), (None, None, None));
    assert_eq!(inputs.added_share, Some(0.0));
}

#[test]
fn numbers_that_mean_nothing_are_refused() {
    for bad in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
        for at in 0..9 {
            let mut inputs = calm();
            *fields(&mut inputs)[at] = Some(bad);
            let load_above_1 = at == 4 && bad == 1.1;
            assert_eq!(RiskIndexRules::default().index(&inputs).is_err(), !load_above_1, "{at} {bad}");
        }
    }
    assert!(serde_json::from_str::<RiskIndexInputs>(r#"{"luck": 1}"#).is_err());
}

#[test]
fn work_without_points_counts_in_issues_too() {
    // Ten unestimated issues came in: no points, but a doubled sprint.
    let added = Scope { issues: 10, points: juno_domain::StoryPoints::ZERO };
    let snapshot = SprintSnapshot { added, ..running(11, "7", 0.5, 30.0, 15.0) };
    assert_eq!(RiskIndexInputs::from_snapshot(&snapshot, &ten()).unwrap().added_share, Some(0.5));
}

fn any_inputs() -> impl Strategy<Value = RiskIndexInputs> {
    prop::array::uniform9(prop::option::of(prop_oneof![Just(0.0), Just(1.0), 0.0..=1.0_f64])).prop_map(
        |values| {
            let mut inputs = RiskIndexInputs::default();
            fields(&mut inputs).into_iter().zip(values).for_each(|(input, value)| *input = value);
            inputs.load = inputs.load.map(|load| load * 3.0);
            inputs
        },
    )
}

fn any_sprint() -> impl Strategy<Value = SprintSnapshot> {
    (1.0..60.0_f64, 0.0..30.0_f64, 0.0..30.0_f64, 0.0..60.0_f64, 0.0..20.0_f64, 0..6_u32, 0.0..=1.0_f64)
        .prop_map(|(start, added, removed, done, blocked, few, t)| SprintSnapshot {
            added: scope(added),
            removed: scope(removed),
            blocked: Some(scope(blocked)),
            open_defects: Some(few),
            unestimated: Some(few),
            members: few,
            ..running(11, "7", t, start, done)
        })
}

proptest! {
    #[test]
    fn fault_more_trouble_in_a_sprint_lowers_the_score(sprint in any_sprint(), what in 0..6, more in 0.0..30.0_f64) {
        let mut worse = sprint.clone();
        match what {
            0 => worse.added += scope(more),
            1 => worse.blocked = worse.blocked.map(|blocked| blocked + scope(more)),
            2 => worse.open_defects = worse.open_defects.map(|n| n + more as u32),
            3 => worse.unestimated = worse.unestimated.map(|n| n + more as u32),
            4 => worse.members = worse.members.saturating_sub(more as u32),
            _ => worse.done = worse.done.saturating_sub(scope(more)),
        }
        // An emptied sprint has no commitment and no pace; only sprints with work are compared.
        prop_assume!(sprint.measure() == juno_domain::Measure::Points);
        let (before, after) = (of_sprint(&sprint).value.get(), of_sprint(&worse).value.get());
        prop_assert!(after >= before - 1e-12, "{} {}", before, after);
    }

    #[test]
    fn fault_more_risk_lowers_the_score(inputs in any_inputs(), at in 0..9_usize, more in 0.0..=1.0_f64) {
        let mut worse = inputs;
        let input = &mut fields(&mut worse)[at];
        let Some(value) = **input else { return Ok(()) };
        **input = Some((value + more).min(1.0_f64.max(value)));
        let (before, after) = (index(&inputs), index(&worse));
        prop_assert!(after.value.get() >= before.value.get() - 1e-12, "{:?} {:?}", before.value, after.value);
        prop_assert!(after.level >= before.level || before.value.get() - after.value.get() < 1e-12);
    }

    #[test]
    fn contributions_sum_to_the_index_and_weights_to_1(inputs in any_inputs()) {
        let Ok(got) = RiskIndexRules::default().index(&inputs) else { return Ok(()) };
        let sum: f64 = got.categories.iter().map(|c| c.contribution).sum();
        prop_assert!((sum - got.value.get()).abs() < 1e-9);
        prop_assert!((got.categories.iter().map(|c| c.weight).sum::<f64>() - 1.0).abs() < 1e-9);
        prop_assert!(got.categories.iter().all(|c| c.contribution >= 0.0));
        prop_assert!(got.categories.windows(2).all(|w| w[0].score >= w[1].score));
        prop_assert_eq!(got.categories.len() + got.missing.len(), 5);
    }

    #[test]
    fn any_weights_and_thresholds_keep_it_in_range(
        inputs in any_inputs(), weights in prop::array::uniform5(0.0..1e9_f64), thresholds in prop::array::uniform5(0.01..0.99_f64)
    ) {
        let rules = RiskIndexRules {
            weights: CategoryWeights::new(weights).unwrap(),
            thresholds: CategoryThresholds::new(thresholds).unwrap(),
        };
        if let Ok(got) = rules.index(&inputs) {
            prop_assert_eq!(got.level, RiskLevel::of(got.value));
            prop_assert!(got.categories.iter().all(|c| c.alert == (c.score.get() >= c.threshold)));
        }
    }
}

#[test]
fn levels_begin_at_their_bounds() {
    use RiskLevel::{Critical, High, Low, Medium, Minimal};
    let levels = [0.0, 0.299, 0.3, 0.6, 0.8, 0.9, 1.0].map(|v| RiskLevel::of(p(v)));
    assert_eq!(levels, [Minimal, Minimal, Low, Medium, High, Critical, Critical]);
}
