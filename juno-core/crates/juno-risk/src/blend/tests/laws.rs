//! What holds for every prediction of a fitted blend.

use std::sync::LazyLock;

use juno_domain::{FinishedSprint, Probability, SprintPhase, SprintSnapshot};
use proptest::prelude::*;

use super::super::delivery::agree;
use super::{amount, dated, fit, open, pay, small, world};
use crate::testing::p;
use crate::{BlendRiskModel, Input, RiskModel, known_before};

static WORLD: LazyLock<Vec<FinishedSprint>> = LazyLock::new(|| world(1, 60));
static MODEL: LazyLock<BlendRiskModel> = LazyLock::new(|| fit(small(), WORLD.clone()));

fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

fn any_open() -> impl Strategy<Value = SprintSnapshot> {
    (0.0..=1.0_f64, 0..=14_u32, 0..4_u32, prop::bool::ANY, 0..3_u32).prop_map(
        |(t, done, added, new_team, removed)| {
            let mut snapshot = open(500, if new_team { "new" } else { "a" }, t, done.min(12));
            snapshot.added = amount(added, f64::from(added));
            snapshot.todo += snapshot.added;
            snapshot.removed = amount(removed, f64::from(removed));
            snapshot.in_progress = amount(removed, f64::from(removed));
            if done > 12 {
                // More done than was committed.
                snapshot.done = amount(done, 10.0 * f64::from(done));
            }
            snapshot
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_prediction_is_whole(snapshot in any_open(), n in 0..120_usize) {
        let history = &WORLD[..n];
        let prediction = MODEL.predict(&snapshot, history).unwrap();
        prediction.check("blend", &snapshot).unwrap();
        prop_assert_eq!(&prediction.basis.model, "blend");
        let done = snapshot.done.points.get();
        prop_assert!(prediction.delivered >= done);
        let levels: Vec<f64> = prediction.intervals.iter().map(|i| i.level().get()).collect();
        prop_assert_eq!(levels, [0.8, 0.9]);
        for interval in &prediction.intervals {
            prop_assert!(interval.lower() >= done && interval.contains(prediction.delivered));
        }

        // Contributions sum to the log odds.
        let attribution = prediction.attribution.clone().unwrap();
        prop_assert_eq!(attribution.inputs.len(), Input::COUNT);
        prop_assert!((sigmoid(attribution.logit()) - prediction.p_miss.get()).abs() < 1e-9);
        let by_category: f64 =
            crate::RiskCategory::ALL.iter().map(|category| attribution.of_category(*category)).sum();
        prop_assert!((attribution.base + by_category - attribution.logit()).abs() < 1e-9);

        // The quick half says the same.
        let (p_miss, explained) = MODEL.explain(&snapshot, history).unwrap().unwrap();
        prop_assert_eq!(p_miss, prediction.p_miss);
        prop_assert_eq!(&explained, &attribution);
        let quick = MODEL.predict_quick(&snapshot, history).unwrap();
        let left_out = (quick.intervals.clone(), quick.attribution.clone(), quick.finish.clone());
        prop_assert_eq!(left_out, (Vec::new(), None, Vec::new()));
        prop_assert_eq!((quick.p_miss, quick.delivered), (prediction.p_miss, prediction.delivered));
        prop_assert_eq!((quick.measure, &quick.basis), (prediction.measure, &prediction.basis));

        // What is delivered, when it is done and the chance of a miss are one forecast.
        let finish = MODEL.finish(&snapshot, history).unwrap().unwrap();
        let committed = snapshot.committed().points.get();
        let kept = finish.chance_within(if snapshot.t == Probability::ONE { 1.000_001 } else { 1.0 });
        if done < committed {
            prop_assert!((kept.get() - (1.0 - p_miss.get())).abs() < 1e-6, "{} {}", kept.get(), p_miss.get());
        } else {
            prop_assert_eq!(kept, Probability::ONE);
        }
        prop_assert_eq!(prediction.finish, finish.estimates());
    }

    #[test]
    fn the_order_of_the_history_changes_nothing(
        snapshot in any_open(), history in Just(pay(&WORLD)).prop_shuffle()
    ) {
        prop_assert_eq!(MODEL.predict(&snapshot, &history), MODEL.predict(&snapshot, &pay(&WORLD)));
    }

    #[test]
    fn the_delivery_agrees_with_the_chance_of_a_miss(
        mut points in prop::collection::vec((0.0..2.0_f64, 1e-6..1.0_f64), 1..40), miss in 0.0..=1.0_f64
    ) {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let whole = agree(points.clone(), p(miss), 0.4).unwrap();
        prop_assert!((whole.cdf_below(1.0 - 1e-9) - miss).abs() < 1e-9);
    }
}

/// Between two fitted stages nothing jumps; beyond the last one it alone speaks.
#[test]
fn forecasts_are_continuous_in_time() {
    let history = pay(&WORLD);
    let logit = |t: f64| {
        let mut snapshot = open(500, "a", t, 6);
        snapshot.planned_days = Some(14.0);
        MODEL.explain(&snapshot, &history).unwrap().unwrap().1.logit()
    };
    for stage in [0.0, 0.3, 0.5, 0.8] {
        let (before, at, after) = (logit(f64::max(stage - 1e-9, 0.0)), logit(stage), logit(stage + 1e-9));
        assert!((before - at).abs() < 1e-6 && (after - at).abs() < 1e-6, "{stage}: {before} {at} {after}");
    }
    let (low, high) = (logit(0.3), logit(0.5));
    assert!((logit(0.35) - (0.75 * low + 0.25 * high)).abs() < 1e-9);
    assert_ne!(low, high);
    assert_eq!(logit(0.8), logit(0.9));
    assert_eq!(logit(0.8), logit(1.0));
}

/// What is not over when a sprint is seen, or comes later, changes nothing about it.
#[test]
fn permuting_later_sprints_never_changes_an_earlier_prediction() {
    for sprints in [world(2, 40), dated(world(2, 40))] {
        let model = fit(small(), sprints.iter().filter(|past| past.sprint.0 <= 30).cloned().collect());
        let pay = pay(&sprints);
        let snapshot = &pay[34].stages[2];
        let known = known_before(snapshot, &pay).into_owned();
        let first = model.predict(snapshot, &known).unwrap();
        // All others turn out the other way round and come in the other order.
        let mut altered: Vec<FinishedSprint> = pay
            .iter()
            .map(|past| match known.contains(past) {
                true => past.clone(),
                false => FinishedSprint { delivered: amount(0, 0.0), ..past.clone() },
            })
            .collect();
        altered.reverse();
        assert!(altered.iter().any(|past| !known.contains(past)));
        assert_eq!(model.predict(snapshot, &known_before(snapshot, &altered)).unwrap(), first);
    }
}

#[test]
fn planned_sprints_are_forecast_without_dates_of_finish() {
    let history = pay(&WORLD);
    let snapshot =
        SprintSnapshot { phase: SprintPhase::Planned, at: super::at(100_000), ..open(500, "a", 0.0, 0) };
    let prediction = MODEL.predict(&snapshot, &history).unwrap();
    assert!(!prediction.finish.is_empty());
    assert!(prediction.finish.iter().all(|estimate| estimate.at.is_none()));
}
