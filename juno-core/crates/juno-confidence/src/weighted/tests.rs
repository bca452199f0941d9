use chrono::{TimeDelta, TimeZone};
use proptest::prelude::*;

use super::*;

fn p(value: f64) -> Probability {
    Probability::new(value).unwrap()
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

fn score(inputs: &ConfidenceInputs) -> Result<ConfidenceAssessment, ConfidenceError> {
    WeightedScorer::default().score(inputs, now())
}

fn complete() -> ConfidenceInputs {
    ConfidenceInputs {
        qualities: Some(vec![p(0.8)]),
        outcomes: Some(Outcomes { right: 8, total: 16 }),
        pattern_strength: Some(p(0.6)),
        observed_at: Some(vec![now()]),
        agreement: Some(Agreement::Votes { agree: 3, disagree: 1 }),
    }
}

#[test]
fn the_five_factors_add_up_with_their_weights() {
    let got = score(&complete()).unwrap();
    let by_hand = 0.30 * 0.8 + 0.25 * 0.5 + 0.20 * 0.6 + 0.15 * 1.0 + 0.10 * 0.75;
    assert!((got.confidence.value.get() - by_hand).abs() < 1e-12);
    assert!(got.missing.is_empty());
    assert!(!got.confidence.is_calibrated());
}

#[test]
fn missing_factors_are_listed_and_the_weights_renormalise() {
    let inputs = ConfidenceInputs { outcomes: None, agreement: None, ..complete() };
    let got = score(&inputs).unwrap();
    assert_eq!(got.missing, [Factor::HistoricalAccuracy, Factor::ConsensusScore]);
    let by_hand = (0.30 * 0.8 + 0.20 * 0.6 + 0.15 * 1.0) / 0.65;
    assert!((got.confidence.value.get() - by_hand).abs() < 1e-12);
    assert!((got.factors.iter().map(|f| f.weight).sum::<f64>() - 1.0).abs() < 1e-12);
}

#[test]
fn nothing_known_is_an_answer_and_not_a_number() {
    let empty = ConfidenceInputs {
        qualities: Some(vec![]),
        outcomes: Some(Outcomes::default()),
        observed_at: Some(vec![]),
        agreement: Some(Agreement::Votes { agree: 1, disagree: 0 }),
        pattern_strength: None,
    };
    for inputs in [ConfidenceInputs::default(), empty] {
        let error = score(&inputs).unwrap_err();
        assert_eq!(error.kind(), juno_domain::ErrorKind::NotEnoughData);
        assert!(error.to_string().contains("`data_quality`"));
    }
    // A known factor without weight is no ground either.
    let only_pattern = ConfidenceInputs { pattern_strength: Some(p(1.0)), ..ConfidenceInputs::default() };
    let scorer = WeightedScorer::new(Weights::new([1.0, 1.0, 0.0, 1.0, 1.0]).unwrap());
    assert!(scorer.score(&only_pattern, now()).is_err());
}

#[test]
fn fault_one_sources_quality_has_no_effect() {
    let with = |qualities| {
        score(&ConfidenceInputs { qualities: Some(qualities), ..complete() }).unwrap().confidence.value.get()
    };
    assert!((with(vec![p(1.0)]) - with(vec![p(0.1)]) - 0.30 * 0.9).abs() < 1e-12);
    // A worthless source does not vanish among good ones.
    assert!(with(vec![p(0.9), p(0.0)]) < with(vec![p(0.9)]));
}

#[test]
fn fault_a_future_timestamp_is_fresh() {
    let future = now() + TimeDelta::days(3650);
    assert_eq!(freshness(future, now()), Probability::ZERO);
    assert_eq!(freshness(now() + TimeDelta::milliseconds(1), now()), Probability::ZERO);
    assert_eq!(freshness(now() + TimeDelta::nanoseconds(1), now()), Probability::ZERO);
    let inputs = ConfidenceInputs { observed_at: Some(vec![now(), future]), ..ConfidenceInputs::default() };
    let got = score(&inputs).unwrap();
    assert_eq!(got.confidence.value, p(0.5));
    assert!(got.factors[0].basis.contains("1 dated after now"));
}

#[test]
fn fault_a_score_outside_0_to_1_or_nan() {
    assert!(Probability::new(f64::NAN).is_err() && Probability::new(3.58).is_err());
    assert!(serde_json::from_str::<ConfidenceInputs>(r#"{"qualities": [7.0]}"#).is_err());
    assert!(serde_json::from_str::<ConfidenceInputs>(r#"{"pattern_strength": -1.2}"#).is_err());
    let impossible = ConfidenceInputs { outcomes: Some(Outcomes { right: 5, total: 3 }), ..complete() };
    assert_eq!(score(&impossible).unwrap_err().kind(), juno_domain::ErrorKind::InvalidInput);
}

#[test]
fn freshness_falls_smoothly_near_the_known_steps() {
    for (hours, step) in [(0, 1.0), (1, 1.0), (24, 0.9), (168, 0.7), (720, 0.5)] {
        let got = freshness(now() - TimeDelta::hours(hours), now()).get();
        assert!((got - step).abs() <= 0.02, "{hours} h: {got}");
    }
    let ancient = freshness(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC).get();
    assert!((0.3..0.301).contains(&ancient), "{ancient}");
}

#[test]
fn estimates_agree_by_their_spread() {
    let with = |estimates: &[f64]| {
        let agreement = Some(Agreement::Estimates(estimates.iter().map(|e| p(*e)).collect()));
        score(&ConfidenceInputs { agreement, ..ConfidenceInputs::default() })
            .map(|a| a.confidence.value.get())
    };
    assert!((with(&[0.4, 0.4, 0.4]).unwrap() - 1.0).abs() < 1e-12);
    assert_eq!(with(&[0.0, 1.0]).unwrap(), 0.0);
    assert!(with(&[0.4]).is_err());
}

#[test]
fn evidence_gives_quality_and_time() {
    let evidence = juno_domain::Evidence {
        id: "e1".into(),
        source: "changelog of PAY-12".into(),
        statement: "no change for 9 days".into(),
        observed_at: now(),
        quality: p(0.8),
    };
    let got = score(&ConfidenceInputs::from_evidence(&[evidence])).unwrap();
    assert_eq!(got.factors.len(), 2);
    assert_eq!(got.factors[0].basis, "mean quality 0.80 of 1 source");
}

fn probability() -> impl Strategy<Value = Probability> {
    prop_oneof![Just(0.0), Just(1.0), 0.0..=1.0].prop_map(p)
}

prop_compose! {
    fn any_inputs()(
        qualities in prop::option::of(prop::collection::vec(probability(), 0..4)),
        outcomes in prop::option::of((any::<u32>(), any::<u32>())),
        pattern_strength in prop::option::of(probability()),
        ages in prop::option::of(prop::collection::vec(-1_000_000_000_000..1_000_000_000_000_i64, 0..4)),
        agreement in prop::option::of((any::<u32>(), any::<u32>())),
    ) -> ConfidenceInputs {
        ConfidenceInputs {
            qualities,
            outcomes: outcomes.map(|(a, b)| Outcomes { right: a.min(b), total: b }),
            pattern_strength,
            observed_at: ages.map(|ages| ages.into_iter().map(|ms| now() - TimeDelta::milliseconds(ms)).collect()),
            agreement: agreement.map(|(agree, disagree)| Agreement::Votes { agree, disagree }),
        }
    }
}

proptest! {
    #[test]
    fn a_confidence_is_always_between_its_worst_and_best_factor(
        inputs in any_inputs(), weights in prop::array::uniform5(0.0..1e300_f64)
    ) {
        let Ok(weights) = Weights::new(weights) else { return Ok(()) };
        let Ok(got) = WeightedScorer::new(weights).score(&inputs, now()) else { return Ok(()) };
        let value = got.confidence.value.get();
        let scores = || got.factors.iter().map(|f| f.score.get());
        prop_assert!((0.0..=1.0).contains(&value));
        prop_assert!(value >= scores().fold(1.0, f64::min) - 1e-9);
        prop_assert!(value <= scores().fold(0.0, f64::max) + 1e-9);
        prop_assert_eq!(got.factors.len() + got.missing.len(), 5);
    }

    #[test]
    fn better_input_never_lowers_a_confidence(inputs in any_inputs(), more in probability()) {
        let Some(strength) = inputs.pattern_strength else { return Ok(()) };
        let better = ConfidenceInputs { pattern_strength: Some(strength.max_of(more)), ..inputs.clone() };
        prop_assert!(
            score(&better).unwrap().confidence.value.get() >= score(&inputs).unwrap().confidence.value.get() - 1e-12
        );
    }
}

trait MaxOf {
    fn max_of(self, other: Self) -> Self;
}

impl MaxOf for Probability {
    fn max_of(self, other: Self) -> Self {
        if other > self { other } else { self }
    }
}
