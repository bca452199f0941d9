use chrono::{DateTime, TimeDelta, Utc};
use juno_confidence::Distribution;
use juno_domain::{SprintPhase, SprintSnapshot};
use proptest::prelude::*;

use super::FinishForecast;
use crate::testing::{p, running};

fn day(n: f64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::milliseconds((n * 86_400_000.0) as i64)
}

/// A sprint of 40 points in ten days from day 100 at `t`, with this much done.
fn sprint(t: f64, done: f64) -> SprintSnapshot {
    SprintSnapshot {
        at: Some(day(100.0 + 10.0 * t)),
        planned_days: Some(10.0),
        ..running(1, "7", t, 40.0, done)
    }
}

/// Half, all and one and a half of the commitment: 30, 50 and 20 %.
fn delivered() -> Distribution {
    Distribution::new(vec![(0.5, 0.3), (1.0, 0.5), (1.5, 0.2)]).unwrap()
}

fn elapsed(forecast: &FinishForecast) -> Vec<Option<f64>> {
    forecast.estimates().iter().map(|estimate| estimate.elapsed).collect()
}

#[test]
fn finish_follows_the_pace_of_the_delivery() {
    // A quarter done half way: the commitment is met at the planned end, at twice that pace of the rest (1.25 ÷ 0.75), or, where
    // half is delivered in the end, another 0.75 at a pace of 0.25 each half.
    let forecast = FinishForecast::new(&sprint(0.5, 10.0), delivered());
    let at = [0.5, 0.79, 0.8, 0.99, 1.0, 1.9, 2.0, 99.0].map(|elapsed| forecast.chance_within(elapsed).get());
    let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
    for (chance, expected) in at.into_iter().zip([0.0, 0.0, 0.2, 0.2, 0.7, 0.7, 1.0, 1.0]) {
        assert!(near(chance, expected), "{at:?}");
    }
    let [half, most, all] = elapsed(&forecast)[..] else { unreachable!() };
    assert!(near(half.unwrap(), 1.0) && near(most.unwrap(), 2.0) && near(all.unwrap(), 2.0));
    let estimates = forecast.estimates();
    assert_eq!(estimates[0].at, Some(day(110.0)));
    assert_eq!(estimates[1].at, Some(day(120.0)));
    assert_eq!(forecast.chance_by(day(110.0)), Some(forecast.chance_within(1.0)));
    assert_eq!(forecast.chance_by(day(100.0)).unwrap().get(), 0.0, "what is past");
}

#[test]
fn what_is_never_reached_says_so() {
    // Nothing more is delivered in nine of ten cases.
    let stuck = Distribution::new(vec![(0.25, 0.9), (1.0, 0.1)]).unwrap();
    let forecast = FinishForecast::new(&sprint(0.5, 10.0), stuck);
    assert_eq!(elapsed(&forecast), [None; 3]);
    assert!(forecast.estimates().iter().all(|estimate| estimate.at.is_none()));
    assert!((forecast.chance_within(1e9).get() - 0.1).abs() < 1e-9);
    // So slow that nobody can say.
    let slow = Distribution::certain(0.26).unwrap();
    assert_eq!(elapsed(&FinishForecast::new(&sprint(0.5, 10.0), slow)), [None; 3]);
}

#[test]
fn what_is_done_is_done_now() {
    for done in [40.0, 55.0] {
        let forecast = FinishForecast::new(&sprint(0.3, done), delivered());
        assert_eq!(elapsed(&forecast), [Some(0.3); 3]);
        assert_eq!(forecast.estimates()[2].at, Some(day(103.0)));
        assert_eq!((forecast.chance_within(0.3).get(), forecast.chance_within(0.2).get()), (1.0, 0.0));
    }
}

#[test]
fn the_first_and_the_last_moment() {
    let start = FinishForecast::new(&sprint(0.0, 0.0), delivered());
    assert_eq!(elapsed(&start), [Some(1.0), Some(2.0), Some(2.0)]);
    assert!((start.chance_within(1.0).get() - 0.7).abs() < 1e-12);
    // At the planned end no time is left: what the end brings, it brings at once.
    let end = FinishForecast::new(&sprint(1.0, 10.0), delivered());
    let [half, most, _] = elapsed(&end)[..] else { unreachable!() };
    assert!((half.unwrap() - 1.0).abs() < 1e-5 && most.unwrap() < 1.000_1);
    assert_eq!(end.estimates()[0].at, Some(day(110.0)));
    assert_eq!(end.chance_within(1.0).get(), 0.0);
    assert!((end.chance_within(1.000_01).get() - 1.0).abs() < 1e-9);
}

#[test]
fn without_a_plan_there_are_no_dates() {
    let none = |snapshot: SprintSnapshot| {
        let forecast = FinishForecast::new(&snapshot, delivered());
        assert_eq!(forecast.chance_by(day(105.0)), None);
        assert!(forecast.estimates().iter().all(|estimate| estimate.at.is_none()));
        assert_eq!(elapsed(&forecast)[0], Some(1.0));
    };
    none(SprintSnapshot { at: None, ..sprint(0.5, 10.0) });
    none(SprintSnapshot { phase: SprintPhase::Planned, ..sprint(0.0, 0.0) });
    for days in [None, Some(0.0), Some(-1.0), Some(f64::NAN), Some(f64::INFINITY), Some(1e300)] {
        none(SprintSnapshot { planned_days: days, ..sprint(0.5, 10.0) });
    }
}

/// Days of 86,400 seconds in UTC, whatever clocks on walls do: a sprint over the last Sunday of March keeps its length.
#[test]
fn the_clocks_going_forward_moves_nothing() {
    let start: DateTime<Utc> = "2026-03-25T09:00:00Z".parse().unwrap();
    let snapshot = SprintSnapshot { at: Some(start + TimeDelta::days(5)), ..sprint(0.5, 10.0) };
    let forecast = FinishForecast::new(&snapshot, delivered());
    assert_eq!(forecast.estimates()[0].at, Some("2026-04-04T09:00:00Z".parse().unwrap()));
}

fn any_forecast() -> impl Strategy<Value = (SprintSnapshot, FinishForecast)> {
    let points = prop::collection::vec((0.0..5.0_f64, 0.001..1.0_f64), 1..20);
    (0.0..=1.0_f64, 0.0..60.0_f64, points).prop_map(|(t, done, points)| {
        let snapshot = sprint(t, done);
        let forecast = FinishForecast::new(&snapshot, Distribution::new(points).unwrap());
        (snapshot, forecast)
    })
}

proptest! {
    #[test]
    fn chances_and_dates_rise_together(
        (snapshot, forecast) in any_forecast(), mut times in prop::collection::vec(0.0..12.0_f64, 2..9)
    ) {
        times.sort_by(f64::total_cmp);
        let chances: Vec<f64> = times.iter().map(|time| forecast.chance_within(*time).get()).collect();
        prop_assert!(chances.is_sorted(), "{chances:?}");
        let estimates: Vec<_> = (1..=20).map(|i| forecast.at_chance(p(f64::from(i) / 20.0))).collect();
        for (sooner, later) in estimates.iter().zip(&estimates[1..]) {
            // What is never reached comes after everything.
            let key = |elapsed: Option<f64>| elapsed.unwrap_or(f64::INFINITY);
            prop_assert!(key(sooner.elapsed) <= key(later.elapsed), "{sooner:?} {later:?}");
        }
        for estimate in &estimates {
            if let (Some(elapsed), Some(at)) = (estimate.elapsed, estimate.at) {
                prop_assert!(elapsed >= snapshot.t.get() && Some(at) >= snapshot.at);
                prop_assert!(forecast.chance_within(elapsed + 1e-9).get() >= estimate.chance.get() - 1e-6);
            }
        }
        for odd in [f64::NAN, f64::NEG_INFINITY, f64::INFINITY, f64::MAX, -1.0] {
            prop_assert!((0.0..=1.0).contains(&forecast.chance_within(odd).get()));
        }
    }
}
