use juno_confidence::{Calibrator, ConfidenceInputs, Factor, Outcomes, PlattCalibrator, WeightedScorer};
use juno_domain::{Calibration, Probability};

use super::fixture::day;
use crate::triage::confidence::{assess, silence_inputs};
use crate::triage::rules::Ground;

fn p(value: f64) -> Probability {
    Probability::new(value).unwrap()
}

fn inputs(goes_on: f64) -> ConfidenceInputs {
    silence_inputs(true, p(goes_on), day(0.0))
}

/// Maps every score to about 0.92.
fn replayed() -> PlattCalibrator {
    let recorded: Vec<_> = (0..200).map(|n| (p(0.9), n % 12 != 0)).collect();
    PlattCalibrator::fit(&recorded).unwrap()
}

fn value(ground: Ground, decided: Option<Outcomes>) -> f64 {
    let scorer = WeightedScorer::default();
    let scored = assess(&scorer, Some(&replayed()), inputs(0.8), ground, decided, day(0.0)).unwrap();
    assert_eq!(scored.confidence.is_calibrated(), ground == Ground::Silence);
    scored.confidence.value.get()
}

#[test]
fn the_more_judgement_a_step_takes_the_less_sure_it_is() {
    let steps = [Ground::Record, Ground::Custom, Ground::Guess].map(|ground| value(ground, None));
    assert!(steps.is_sorted_by(|a, b| a > b), "{steps:?}");
    let strengths = [Ground::Silence, Ground::Record, Ground::Custom, Ground::Guess].map(Ground::strength);
    assert!(strengths.is_sorted_by(|a, b| a > b) && strengths.iter().all(|s| (0.0..=1.0).contains(s)));
}

#[test]
fn without_a_calibrator_nothing_is_calibrated() {
    let scorer = WeightedScorer::default();
    for ground in [Ground::Silence, Ground::Record, Ground::Custom, Ground::Guess] {
        let scored = assess(&scorer, None, inputs(0.8), ground, None, day(0.0)).unwrap();
        assert!(!scored.confidence.is_calibrated());
        assert_eq!(scored.missing, [Factor::HistoricalAccuracy, Factor::ConsensusScore]);
    }
}

#[test]
fn decisions_of_people_move_every_confidence_both_ways() {
    for ground in [Ground::Silence, Ground::Custom] {
        let decided = |right, total| value(ground, Some(Outcomes { right, total }));
        let before = value(ground, None);
        assert!(decided(0, 1) < before, "{ground:?}");
        assert!(decided(2, 10) < decided(5, 10) && decided(5, 10) < decided(10, 10), "{ground:?}");
        assert!(decided(100, 100) > before, "{ground:?}");
        assert!((decided(0, 0) - before).abs() < 1e-12, "no decision changes nothing");
    }
}

#[test]
fn a_calibrated_confidence_weighs_the_replay_like_ten_decisions() {
    let before = value(Ground::Silence, None);
    assert!((before - 0.912).abs() < 0.01, "{before}");
    let after = value(Ground::Silence, Some(Outcomes { right: 2, total: 10 }));
    assert!((after - (10.0 * before + 2.0) / 20.0).abs() < 1e-12);
    // What people refuse again and again is never done without them again.
    assert!(after < 0.9);
    let scorer = WeightedScorer::default();
    let decided = Some(Outcomes { right: 2, total: 10 });
    let scored = assess(&scorer, Some(&replayed()), inputs(0.8), Ground::Silence, decided, day(0.0)).unwrap();
    let named = Calibration::Calibrated { method: "platt and decisions".into(), outcomes: 210 };
    assert_eq!(scored.confidence.calibration, named);
    assert_eq!(scored.missing, [Factor::ConsensusScore]);
    assert!((scored.factors.iter().map(|factor| factor.weight).sum::<f64>() - 1.0).abs() < 1e-12);
    let history = scored.factors.iter().find(|f| f.factor == Factor::HistoricalAccuracy).unwrap();
    assert_eq!(history.basis, "people agreed with 2 of 10 such proposals");
}

#[test]
fn counts_that_contradict_themselves_are_refused() {
    let scorer = WeightedScorer::default();
    let decided = Some(Outcomes { right: 3, total: 2 });
    for ground in [Ground::Silence, Ground::Guess] {
        assert!(assess(&scorer, Some(&replayed()), inputs(0.8), ground, decided, day(0.0)).is_err());
    }
    assert_eq!(replayed().method(), "platt");
}

#[test]
fn an_incomplete_history_is_less_sure() {
    let scorer = WeightedScorer::default();
    let score = |complete| {
        let inputs = silence_inputs(complete, p(0.8), day(0.0));
        assess(&scorer, None, inputs, Ground::Silence, None, day(0.0)).unwrap().confidence.value
    };
    assert!(score(false) < score(true));
}
