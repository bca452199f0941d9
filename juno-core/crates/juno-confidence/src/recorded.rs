use juno_domain::Probability;

use crate::ConfidenceError;

/// Recorded outcomes in one order whatever the order they came in, so that a fit sums in the same order.
///
/// # Errors
/// Not enough data below `need` outcomes, or below `each` right or wrong ones.
pub(crate) fn sorted_outcomes(
    recorded: &[(Probability, bool)],
    need: usize,
    each: usize,
) -> Result<Vec<(f64, bool)>, ConfidenceError> {
    let right = recorded.iter().filter(|(_, right)| *right).count();
    enough("recorded outcomes", recorded.len(), need)?;
    enough("right outcomes", right, each)?;
    enough("wrong outcomes", recorded.len() - right, each)?;
    let mut sorted: Vec<(f64, bool)> = recorded.iter().map(|(score, right)| (score.get(), *right)).collect();
    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    Ok(sorted)
}

/// The number of outcomes as it is kept.
pub(crate) fn counted(recorded: &[(Probability, bool)]) -> u32 {
    u32::try_from(recorded.len()).unwrap_or(u32::MAX)
}

/// A parameter read from storage, if it is finite and not below `least`.
pub(crate) fn stored(what: &'static str, value: f64, least: f64) -> Result<f64, ConfidenceError> {
    if value.is_finite() && value >= least {
        return Ok(value);
    }
    let rule = if least == 0.0 { "it must be finite and 0 or more" } else { "it must be finite" };
    Err(ConfidenceError::OutOfRange { what, value, rule })
}

/// A number of outcomes read from storage, if a fit takes that many.
pub(crate) fn stored_outcomes(outcomes: u32, need: usize) -> Result<u32, ConfidenceError> {
    enough("recorded outcomes", outcomes as usize, need)?;
    Ok(outcomes)
}

fn enough(of: &'static str, have: usize, need: usize) -> Result<(), ConfidenceError> {
    if have < need {
        return Err(ConfidenceError::NotEnoughData { what: "calibration", of, have, need });
    }
    Ok(())
}
