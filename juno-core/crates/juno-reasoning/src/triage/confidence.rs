use chrono::{DateTime, Utc};
use juno_confidence::{
    Calibrator, ConfidenceAssessment, ConfidenceError, ConfidenceInputs, ConfidenceScorer, Factor,
    FactorScore, Outcomes, PlattCalibrator,
};
use juno_domain::{Calibration, Probability};

use super::rules::Ground;

/// How many decisions of people weigh as much as the replay of history.
const REPLAY_WEIGHT: f64 = 10.0;

/// The inputs of the claim "nobody will touch this ticket in the coming days unless somebody is told to": how good
/// the ticket's history is, how often comparable silences went on, and until when the data was kept. The same function
/// scores a ticket today and in the replay, so that what calibrates is what is used.
pub(super) fn silence_inputs(
    complete: bool,
    goes_on: Probability,
    observed_at: DateTime<Utc>,
) -> ConfidenceInputs {
    ConfidenceInputs {
        qualities: Some(vec![quality(complete)]),
        pattern_strength: Some(goes_on),
        observed_at: Some(vec![observed_at]),
        ..ConfidenceInputs::default()
    }
}

/// A cut history still shows its newest entries: worth half.
pub(super) fn quality(complete: bool) -> Probability {
    if complete { Probability::ONE } else { Probability::HALF }
}

/// How sure it is that a step is right.
///
/// A step that rests on the silence alone is calibrated by the replay of history, which says how often such a silence
/// goes on, and people's decisions on such steps move that. What else is proposed rests on judgement as well, which
/// nothing but people's decisions has checked: it counts for less, and stays uncalibrated.
///
/// # Errors
/// If the scorer refuses the inputs, or more decisions agreed than there were.
pub(super) fn assess(
    scorer: &dyn ConfidenceScorer,
    calibrator: Option<&PlattCalibrator>,
    silence: ConfidenceInputs,
    ground: Ground,
    decided: Option<Outcomes>,
    as_of: DateTime<Utc>,
) -> Result<ConfidenceAssessment, ConfidenceError> {
    let Some(calibrator) = calibrator.filter(|_| ground == Ground::Silence) else {
        let strength = silence.pattern_strength.map(|goes_on| goes_on.get() * ground.strength());
        let pattern_strength = strength.and_then(Probability::saturating);
        return scorer.score(&ConfidenceInputs { outcomes: decided, pattern_strength, ..silence }, as_of);
    };
    let mut scored = scorer.score(&silence, as_of)?;
    scored.confidence = calibrator.calibrate(&scored.confidence);
    match decided {
        Some(decided) if decided.total > 0 => with_decisions(scored, decided),
        _ => Ok(scored),
    }
}

/// The mean of the calibrated value and the share of decisions that agreed, weighted by how much each rests on.
fn with_decisions(
    mut scored: ConfidenceAssessment,
    Outcomes { right, total }: Outcomes,
) -> Result<ConfidenceAssessment, ConfidenceError> {
    if right > total {
        return Err(ConfidenceError::Count { right: right.into(), total: total.into() });
    }
    let weight = f64::from(total) / (f64::from(total) + REPLAY_WEIGHT);
    let agreed = Probability::new(f64::from(right) / f64::from(total))?;
    let value = scored.confidence.value.get() * (1.0 - weight) + agreed.get() * weight;
    scored.confidence.value = Probability::saturating(value).unwrap_or(Probability::ZERO);
    if let Calibration::Calibrated { method, outcomes } = &mut scored.confidence.calibration {
        method.push_str(" and decisions");
        *outcomes = outcomes.saturating_add(total);
    }
    for factor in &mut scored.factors {
        factor.weight *= 1.0 - weight;
    }
    scored.missing.retain(|factor| *factor != Factor::HistoricalAccuracy);
    let basis = format!("people agreed with {right} of {total} such proposals");
    scored.factors.push(FactorScore { factor: Factor::HistoricalAccuracy, score: agreed, weight, basis });
    scored.factors.sort_by_key(|factor| factor.factor);
    Ok(scored)
}
