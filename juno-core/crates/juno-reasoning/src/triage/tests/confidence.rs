use juno_confidence::{
    CalibrationMethod, ConfidenceInputs, Factor, FittedCalibrator, Outcomes, WeightedScorer, Weights,
};
use juno_domain::{Calibration, Probability};

use super::fixture::day;
use crate::Experience;
use crate::triage::checks::Checks;
use crate::triage::confidence::{Assessed, Checked, assess, silence_inputs};
use crate::triage::rules::Ground;

fn p(value: f64) -> Probability {
    Probability::new(value).unwrap()
}

fn inputs(goes_on: f64) -> ConfidenceInputs {
    silence_inputs(true, p(goes_on), day(0.0))
}

/// Maps every score to about 0.92.
fn replayed() -> FittedCalibrator {
    let recorded: Vec<_> = (0..200).map(|n| (p(0.9), n % 12 != 0)).collect();
    FittedCalibrator::fit(CalibrationMethod::Platt, &recorded).unwrap()
}

fn assessed(checks: &Checks, goes_on: f64, ground: Ground, decided: Option<Outcomes>) -> Assessed {
    let checked = checks.of(Some("add_label"), ground);
    assess(&WeightedScorer::default(), checked, inputs(goes_on), ground, decided, day(0.0)).unwrap()
}

/// Checks by the replay, and by `n` decisions on labels of each ground that the default scorer was surer of than it should
/// have been: every third was right.
fn decided(n: u32) -> Checks {
    let mut experience = Experience::default();
    for ground in Ground::ALL {
        for i in 0..n {
            let score = p(0.7 + 0.25 * f64::from(i % 10) / 10.0);
            experience.add("add_label", Some((ground.name(), score)), i.is_multiple_of(3));
        }
    }
    Checks::learn(&experience, CalibrationMethod::Platt, Some(replayed())).unwrap()
}

fn value(ground: Ground, outcomes: Option<Outcomes>) -> f64 {
    let scored = assessed(&decided(0), 0.8, ground, outcomes).assessment;
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

/// control: ASI09, AIA-14-4-b
#[test]
fn without_a_calibrator_nothing_is_calibrated() {
    let scorer = WeightedScorer::default();
    for ground in Ground::ALL {
        let scored = assess(&scorer, Checked::Unchecked, inputs(0.8), ground, None, day(0.0)).unwrap();
        assert_eq!(scored.score, Some(scored.assessment.confidence.value));
        let scored = scored.assessment;
        assert!(!scored.confidence.is_calibrated());
        assert_eq!(scored.missing, [Factor::HistoricalAccuracy, Factor::ConsensusScore]);
    }
}

#[test]
fn decisions_of_people_move_every_confidence_both_ways() {
    for ground in [Ground::Silence, Ground::Custom] {
        let after = |right, total| value(ground, Some(Outcomes { right, total }));
        let before = value(ground, None);
        assert!(after(0, 1) < before, "{ground:?}");
        assert!(after(2, 10) < after(5, 10) && after(5, 10) < after(10, 10), "{ground:?}");
        assert!(after(100, 100) > before, "{ground:?}");
        assert!((after(0, 0) - before).abs() < 1e-12, "no decision changes nothing");
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
    let agreed = Some(Outcomes { right: 2, total: 10 });
    let scored = assessed(&decided(29), 0.8, Ground::Silence, agreed).assessment;
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
        let replay = replayed();
        let checked = if ground == Ground::Silence { Checked::Replay(&replay) } else { Checked::Unchecked };
        assert!(assess(&scorer, checked, inputs(0.8), ground, decided, day(0.0)).is_err());
    }
}

#[test]
fn an_incomplete_history_is_less_sure() {
    let scorer = WeightedScorer::default();
    let score = |complete| {
        let inputs = silence_inputs(complete, p(0.8), day(0.0));
        let scored = assess(&scorer, Checked::Unchecked, inputs, Ground::Silence, None, day(0.0)).unwrap();
        scored.assessment.confidence.value
    };
    assert!(score(false) < score(true));
}

#[test]
fn enough_decisions_calibrate_every_ground_in_place_of_replay_and_agreement() {
    let (few, enough) = (decided(29), decided(60));
    let agreed = Some(Outcomes { right: 20, total: 60 });
    for ground in Ground::ALL {
        let before = assessed(&few, 0.9, ground, None);
        let after = assessed(&enough, 0.9, ground, agreed);
        assert_eq!(before.assessment.confidence.is_calibrated(), ground == Ground::Silence);
        let named = Calibration::Calibrated { method: "platt".into(), outcomes: 60 };
        assert_eq!(after.assessment.confidence.calibration, named, "{ground:?}");
        // A third was right, whatever the score.
        assert!((after.assessment.confidence.value.get() - 1.0 / 3.0).abs() < 0.1, "{ground:?}");
        assert!(after.assessment.confidence.value < before.assessment.confidence.value);
        // As before, what the next decision is held against is the score without them.
        assert_eq!(after.score, before.score, "{ground:?}");
        let factors = &after.assessment.factors;
        let history = factors.iter().find(|f| f.factor == Factor::HistoricalAccuracy).unwrap();
        assert_eq!(history.basis, "calibrated on 60 such proposals, of which 20 were right");
        assert!((factors.iter().map(|factor| factor.weight).sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!(after.assessment.missing, [Factor::ConsensusScore]);
    }
}

#[test]
fn what_was_decided_moves_the_confidence_and_never_the_score_that_is_kept() {
    for ground in Ground::ALL {
        let without = assessed(&decided(0), 0.8, ground, None);
        let with = assessed(&decided(0), 0.8, ground, Some(Outcomes { right: 1, total: 20 }));
        assert!(with.assessment.confidence.value < without.assessment.confidence.value);
        assert_eq!(with.score, without.score);
    }
    let scores = Ground::ALL.map(|ground| assessed(&decided(0), 0.8, ground, None).score.unwrap());
    assert!(scores.is_sorted_by(|a, b| a > b), "{scores:?}");
}

#[test]
fn decisions_on_another_action_or_ground_calibrate_nothing() {
    let mut experience = Experience::default();
    for n in 0..60 {
        experience.add("close", Some((Ground::Custom.name(), p(0.8))), n % 3 == 0);
        experience.add("add_label", Some(("another_reasoner:custom", p(0.8))), n % 3 == 0);
        experience.add("add_label", None, n % 3 == 0);
    }
    let checks = Checks::learn(&experience, CalibrationMethod::Platt, None).unwrap();
    for ground in Ground::ALL {
        assert!(matches!(checks.of(Some("add_label"), ground), Checked::Unchecked));
        assert_eq!(
            matches!(checks.of(Some("close"), ground), Checked::Decisions(..)),
            ground == Ground::Custom
        );
        assert!(matches!(checks.of(None, ground), Checked::Unchecked));
    }
}

#[test]
fn below_what_the_method_needs_nothing_is_calibrated() {
    let with = |n: u32, wrong: u32, method| {
        let mut experience = Experience::default();
        let pairs = (0..n).map(|i| (p(0.6 + 0.01 * f64::from(i % 30)), i >= wrong));
        pairs.for_each(|(score, right)| experience.add("close", Some((Ground::Custom.name(), score)), right));
        let checks = Checks::learn(&experience, method, None).unwrap();
        matches!(checks.of(Some("close"), Ground::Custom), Checked::Decisions(..))
    };
    for (method, least, each) in [
        (CalibrationMethod::Platt, 30, 5),
        (CalibrationMethod::Temperature, 30, 5),
        (CalibrationMethod::Beta, 50, 10),
        (CalibrationMethod::Isotonic, 1000, 5),
    ] {
        assert!(!with(least - 1, 12, method), "{method:?}");
        assert!(!with(least, each - 1, method) && !with(least, 0, method), "one end only: {method:?}");
    }
    assert!(with(30, 12, CalibrationMethod::Platt) && with(1000, 300, CalibrationMethod::Isotonic));
}

#[test]
fn a_scorer_that_goes_by_decisions_alone_still_scores() {
    let scorer = WeightedScorer::new(Weights::new([0.0, 1.0, 0.0, 0.0, 0.0]).unwrap());
    let decided = Some(Outcomes { right: 15, total: 20 });
    let replay = replayed();
    for checked in [Checked::Unchecked, Checked::Replay(&replay)] {
        let scored = assess(&scorer, checked, inputs(0.8), Ground::Silence, decided, day(0.0)).unwrap();
        assert_eq!(scored.score, None, "without decisions it has nothing to say");
        assert!(scored.assessment.confidence.value.get() > 0.6);
        assert!(!scored.assessment.confidence.is_calibrated());
    }
}
