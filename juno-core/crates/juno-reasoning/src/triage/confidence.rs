use chrono::{DateTime, Utc};
use juno_confidence::{
    Calibrator, ConfidenceAssessment, ConfidenceError, ConfidenceInputs, ConfidenceScorer, Factor,
    FactorScore, Outcomes,
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

/// What holds the score of a step against outcomes.
#[derive(Clone, Copy)]
pub(super) enum Checked<'a> {
    /// What became of such proposals.
    Decisions(&'a dyn Calibrator, Outcomes),
    /// How often such a silence went on, replayed from history. Only for a step that rests on the silence alone.
    Replay(&'a dyn Calibrator),
    /// Nothing does.
    Unchecked,
}

/// How sure it is that a step is right, and the score behind it before outcomes had a say: that is what decisions to come
/// are held against. `None` where the scorer gives no such score.
pub(super) struct Assessed {
    pub assessment: ConfidenceAssessment,
    pub score: Option<Probability>,
}

/// How sure it is that a step is right.
///
/// Where enough decisions on such steps are recorded with their scores, these calibrate: that is the very question. Until
/// then a step that rests on the silence alone is calibrated by the replay of history, which says how often such a silence
/// goes on, and the share of decisions that agreed moves that. What else is proposed stays uncalibrated, and the share
/// counts as one factor.
///
/// # Errors
/// If the scorer refuses the inputs, or more decisions agreed than there were.
pub(super) fn assess(
    scorer: &dyn ConfidenceScorer,
    checked: Checked<'_>,
    silence: ConfidenceInputs,
    ground: Ground,
    decided: Option<Outcomes>,
    as_of: DateTime<Utc>,
) -> Result<Assessed, ConfidenceError> {
    let strength = silence.pattern_strength.map(|goes_on| goes_on.get() * ground.strength());
    let inputs = ConfidenceInputs { pattern_strength: strength.and_then(Probability::saturating), ..silence };
    let uncalibrated = |scored: &ConfidenceAssessment| {
        (!scored.confidence.is_calibrated()).then_some(scored.confidence.value)
    };
    let raw = scorer.score(&inputs, as_of);
    let score = raw.as_ref().ok().and_then(uncalibrated);
    let assessment = match (checked, raw, decided) {
        (Checked::Decisions(calibrator, recorded), Ok(scored), _) => {
            with_record(calibrated(scored, calibrator), recorded)?
        }
        (Checked::Replay(calibrator), Ok(scored), Some(decided)) if decided.total > 0 => {
            with_decisions(calibrated(scored, calibrator), decided)?
        }
        (Checked::Replay(calibrator), Ok(scored), _) => calibrated(scored, calibrator),
        (_, raw, None) => raw?,
        // Also where the scorer goes by decisions alone.
        (_, _, Some(_)) => scorer.score(&ConfidenceInputs { outcomes: decided, ..inputs }, as_of)?,
    };
    Ok(Assessed { assessment, score })
}

fn calibrated(mut scored: ConfidenceAssessment, calibrator: &dyn Calibrator) -> ConfidenceAssessment {
    scored.confidence = calibrator.calibrate(&scored.confidence);
    scored
}

/// Names the decisions that calibrated. They moved the value as a whole, so as a factor they have no weight of their own.
fn with_record(
    mut scored: ConfidenceAssessment,
    recorded: Outcomes,
) -> Result<ConfidenceAssessment, ConfidenceError> {
    let share = share(recorded)?;
    let Outcomes { right, total } = recorded;
    let basis = format!("calibrated on {total} such proposals, of which {right} were right");
    add_history(&mut scored, share, 0.0, basis);
    Ok(scored)
}

/// The mean of the calibrated value and the share of decisions that agreed, weighted by how much each rests on.
fn with_decisions(
    mut scored: ConfidenceAssessment,
    Outcomes { right, total }: Outcomes,
) -> Result<ConfidenceAssessment, ConfidenceError> {
    let agreed = share(Outcomes { right, total })?;
    let weight = f64::from(total) / (f64::from(total) + REPLAY_WEIGHT);
    let value = scored.confidence.value.get() * (1.0 - weight) + agreed.get() * weight;
    scored.confidence.value = Probability::saturating(value).unwrap_or(Probability::ZERO);
    if let Calibration::Calibrated { method, outcomes } = &mut scored.confidence.calibration {
        method.push_str(" and decisions");
        *outcomes = outcomes.saturating_add(total);
    }
    for factor in &mut scored.factors {
        factor.weight *= 1.0 - weight;
    }
    let basis = format!("people agreed with {right} of {total} such proposals");
    add_history(&mut scored, agreed, weight, basis);
    Ok(scored)
}

fn share(Outcomes { right, total }: Outcomes) -> Result<Probability, ConfidenceError> {
    if right > total {
        return Err(ConfidenceError::Count { right: right.into(), total: total.into() });
    }
    Ok(Probability::new(f64::from(right) / f64::from(total.max(1)))?)
}

fn add_history(scored: &mut ConfidenceAssessment, score: Probability, weight: f64, basis: String) {
    scored.missing.retain(|factor| *factor != Factor::HistoricalAccuracy);
    scored.factors.push(FactorScore { factor: Factor::HistoricalAccuracy, score, weight, basis });
    scored.factors.sort_by_key(|factor| factor.factor);
}
