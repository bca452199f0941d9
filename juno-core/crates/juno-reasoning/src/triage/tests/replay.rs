use chrono::TimeDelta;
use juno_analytics::SilentSpell;
use juno_confidence::{CalibrationMethod, Calibrator, FittedCalibrator, WeightedScorer};
use juno_domain::{ErrorKind, Probability, Progress};
use proptest::prelude::*;

use super::fixture::day;
use super::silence::spell;
use crate::TriageParams;
use crate::triage::replay::calibrate;
use crate::triage::silence::Silences;

const AS_OF: f64 = 400.0;

fn fit(spells: &[SilentSpell], as_of: f64) -> Option<FittedCalibrator> {
    fit_by(CalibrationMethod::Platt, spells, as_of)
}

fn fit_by(method: CalibrationMethod, spells: &[SilentSpell], as_of: f64) -> Option<FittedCalibrator> {
    let (params, scorer) = (TriageParams::default(), WeightedScorer::default());
    calibrate(spells, day(as_of), &params, &scorer, method, |_, _| true, &Progress::silent()).unwrap()
}

/// A year in which two silences begin every day and end after a day or two, and one in twenty lasts for `long` days.
fn year(long: f64) -> Vec<SilentSpell> {
    let silence = |n: u32| {
        let from = f64::from(n) / 2.0;
        let length = if n.is_multiple_of(20) { long } else { f64::from(1 + n % 2) };
        let until = (from + length).min(AS_OF);
        spell(n as usize, from, until, until < AS_OF)
    };
    (0..760).map(silence).collect()
}

#[test]
fn it_learns_how_often_such_silences_really_went_on() {
    let at = |spells: &[SilentSpell], score| {
        fit(spells, AS_OF).map(|fitted| fitted.apply(Probability::new(score).unwrap()).get())
    };
    // Of silences of 40 days, seen at a random day after the fifth, about 21 of 35 go on for 14 more.
    let goes_on = at(&year(40.0), 0.85).unwrap();
    assert!((0.4..0.8).contains(&goes_on), "{goes_on}");
    // Of 120 days about 101 of 115 do, of 25 days 6 of 20.
    assert!(at(&year(120.0), 0.9).unwrap() > 0.8);
    assert!(at(&year(25.0), 0.8).unwrap() < 0.5);
}

#[test]
fn too_few_silences_calibrate_nothing() {
    assert_eq!(fit(&[], AS_OF), None);
    assert_eq!(fit(&year(1.0), AS_OF), None, "none was ever stale");
    assert!(fit(&year(40.0), AS_OF).is_some());
    assert_eq!(fit(&year(40.0), 40.0), None, "the year had hardly begun");
}

#[test]
fn each_method_replays_from_as_many_outcomes_as_it_needs() {
    let spells = year(40.0);
    for method in CalibrationMethod::ALL {
        let fitted = fit_by(method, &spells, AS_OF);
        // The replays of one small year give some hundred outcomes.
        assert_eq!(fitted.is_some(), method != CalibrationMethod::Isotonic, "{method:?}");
        assert!(fitted.is_none_or(|fitted| fitted.method() == method.name()));
    }
}

#[test]
fn one_ticket_that_is_silent_for_a_year_is_not_twenty() {
    let mut spells = year(1.0);
    // Seven tickets, each stale in 26 replays, and others each stale in one.
    spells.extend((1000..1007).map(|n| spell(n, 0.0, AS_OF, false)));
    let once = |n: u32| {
        let from = AS_OF - 14.0 - f64::from(14 * n) - 6.0;
        spell(2000 + n as usize, from, from + 12.0, true)
    };
    spells.extend((0..12).map(once));
    assert_eq!(fit(&spells, AS_OF), None, "nineteen tickets");
    spells.push(once(12));
    assert!(fit(&spells, AS_OF).is_some());
}

#[test]
fn silences_that_still_go_on_after_the_whole_horizon_did_go_on() {
    // All that is stale at the only replay with data either ended within the horizon or is still going on.
    let horizon = 14.0;
    let mut spells: Vec<SilentSpell> = (0..400).map(|n| spell(n, 0.0, 1.0, true)).collect();
    for n in 0..20 {
        spells.push(spell(1000 + n, 0.0, 10.0 + horizon, false));
        spells.push(spell(2000 + n, 0.0, 12.0, true));
    }
    let fitted = fit(&spells, 10.0 + horizon).unwrap();
    assert_eq!(fitted.outcomes(), 40);
    assert!((fitted.apply(Probability::HALF).get() - 0.5).abs() < 0.1, "half of them went on");
}

#[test]
fn a_cancelled_replay_is_an_error() {
    let progress = Progress::silent();
    progress.cancel();
    let (params, scorer) = (TriageParams::default(), WeightedScorer::default());
    let method = CalibrationMethod::Platt;
    let error =
        calibrate(&year(40.0), day(AS_OF), &params, &scorer, method, |_, _| true, &progress).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
}

fn any_spell() -> impl Strategy<Value = SilentSpell> {
    (0_usize..40, 0.0..100.0_f64, 0.0..40.0_f64, any::<bool>())
        .prop_map(|(issue, from, length, ended)| spell(issue, from, from + length, ended))
}

/// As the history cut at a day tells it.
fn cut(spell: &SilentSpell, on: f64) -> Option<SilentSpell> {
    let ended = spell.ended && spell.until <= day(on);
    (spell.from <= day(on)).then(|| SilentSpell { until: spell.until.min(day(on)), ended, ..spell.clone() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_spell_in_the_future_of_the_cut_changes_nothing(
        spells in prop::collection::vec(any_spell(), 30..120), on in 30.0..100.0_f64, days in 1_i64..60,
    ) {
        let known: Vec<SilentSpell> = spells.iter().filter_map(|spell| cut(spell, on)).collect();
        let params = TriageParams::default();
        let ask = |spells: &[SilentSpell]| {
            let silences = Silences::learn(spells, day(on));
            (silences.stale(&spell(0, 0.0, 0.0, false), TimeDelta::days(days), &params), silences.newest())
        };
        prop_assert_eq!(ask(&spells), ask(&known));
    }

    #[test]
    fn a_replay_learns_the_same_from_a_history_cut_at_its_instant(
        mut spells in prop::collection::vec(any_spell(), 100..200), on in 60.0..140.0_f64,
    ) {
        let known: Vec<SilentSpell> = spells.iter().filter_map(|spell| cut(spell, on)).collect();
        let before = fit(&known, on);
        prop_assert_eq!(&fit(&spells, on), &before);
        spells.reverse();
        let reversed = fit(&spells, on);
        prop_assert_eq!(reversed.map(|fitted| fitted.outcomes()), before.map(|fitted| fitted.outcomes()));
    }
}
