//! Scores of forecasts against what happened: the namespace `scores`.
use juno_core::confidence;
use juno_core::domain::{Probability, Seed};
use napi::bindgen_prelude::{Env, Unknown};
use napi_derive::napi;

use crate::arrays::numbers;
use crate::error::Fault;
use crate::plain::{count, from_plain, plain};

fn judged(forecasts: Unknown<'_>, outcomes: Unknown<'_>) -> Result<Vec<(Probability, bool)>, Fault> {
    Ok(confidence::judged(&numbers("forecasts", forecasts)?, &numbers("outcomes", outcomes)?)?)
}

fn chances(forecasts: Unknown<'_>) -> Result<Vec<Probability>, Fault> {
    Ok(confidence::probabilities("forecasts", &numbers("forecasts", forecasts)?)?)
}

fn size(what: &str, given: Option<f64>, default: u64) -> Result<usize, Fault> {
    Ok(usize::try_from(count(what, given, default)?).unwrap_or(usize::MAX))
}

/// The mean squared distance between forecasts and outcomes: 0 is perfect, 0.25 is always saying one half.
#[napi(namespace = "scores")]
pub(crate) fn brier(
    #[napi(ts_arg_type = "Numbers")] forecasts: Unknown<'_>,
    #[napi(ts_arg_type = "Outcomes")] outcomes: Unknown<'_>,
) -> Result<Option<f64>, Fault> {
    Ok(confidence::brier(&judged(forecasts, outcomes)?))
}

/// The mean negative natural logarithm of the chance given to what happened: 0 is perfect, 0.693 is always one half.
#[napi(namespace = "scores")]
pub(crate) fn log_loss(
    #[napi(ts_arg_type = "Numbers")] forecasts: Unknown<'_>,
    #[napi(ts_arg_type = "Outcomes")] outcomes: Unknown<'_>,
) -> Result<Option<f64>, Fault> {
    Ok(confidence::log_loss(&judged(forecasts, outcomes)?))
}

/// How often a case that happened got a higher forecast than one that did not; null unless both kinds are there.
#[napi(namespace = "scores")]
pub(crate) fn auc(
    #[napi(ts_arg_type = "Numbers")] forecasts: Unknown<'_>,
    #[napi(ts_arg_type = "Outcomes")] outcomes: Unknown<'_>,
) -> Result<Option<f64>, Fault> {
    Ok(confidence::auc(&judged(forecasts, outcomes)?))
}

/// The variance of the forecasts: among forecasters that are calibrated, the sharper one is better.
#[napi(namespace = "scores")]
pub(crate) fn sharpness(
    #[napi(ts_arg_type = "Numbers")] forecasts: Unknown<'_>,
) -> Result<Option<f64>, Fault> {
    Ok(confidence::sharpness(&chances(forecasts)?))
}

/// The share of cases that a forecast of `threshold` (default 0.5) or more tells apart rightly.
#[napi(namespace = "scores")]
pub(crate) fn accuracy(
    #[napi(ts_arg_type = "Numbers")] forecasts: Unknown<'_>,
    #[napi(ts_arg_type = "Outcomes")] outcomes: Unknown<'_>,
    threshold: Option<f64>,
) -> Result<Option<f64>, Fault> {
    let threshold = Probability::new(threshold.unwrap_or(0.5))?;
    Ok(confidence::accuracy(&judged(forecasts, outcomes)?, threshold))
}

/// The harmonic mean of precision and recall at `threshold` (default 0.5); null where nothing happened and nothing was
/// forecast to.
#[napi(namespace = "scores")]
pub(crate) fn f1(
    #[napi(ts_arg_type = "Numbers")] forecasts: Unknown<'_>,
    #[napi(ts_arg_type = "Outcomes")] outcomes: Unknown<'_>,
    threshold: Option<f64>,
) -> Result<Option<f64>, Fault> {
    let threshold = Probability::new(threshold.unwrap_or(0.5))?;
    Ok(confidence::f1(&judged(forecasts, outcomes)?, threshold))
}

/// The mean distance between forecast and observed frequency over `bins` (default 10) equal stretches. See `eceBand` for
/// what it means.
#[napi(namespace = "scores")]
pub(crate) fn expected_calibration_error(
    #[napi(ts_arg_type = "Numbers")] forecasts: Unknown<'_>,
    #[napi(ts_arg_type = "Outcomes")] outcomes: Unknown<'_>,
    bins: Option<f64>,
) -> Result<Option<f64>, Fault> {
    let bins = size("`bins`", bins, 10)?;
    Ok(confidence::expected_calibration_error(&judged(forecasts, outcomes)?, bins)?)
}

/// The calibration error these very forecasts would have by chance if they were perfectly calibrated. Defaults: 10 bins,
/// level 0.95, 1,000 simulations, seed 42.
#[napi(namespace = "scores", ts_return_type = "EceBand")]
pub(crate) fn ece_band<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "Numbers")] forecasts: Unknown<'_>,
    bins: Option<f64>,
    level: Option<f64>,
    simulations: Option<f64>,
    seed: Option<f64>,
) -> Result<Unknown<'env>, Fault> {
    let (bins, simulations) = (size("`bins`", bins, 10)?, size("`simulations`", simulations, 1000)?);
    let (level, seed) = (Probability::new(level.unwrap_or(0.95))?, Seed(count("`seed`", seed, 42)?));
    plain(env, &confidence::ece_band(&chances(forecasts)?, bins, level, simulations, seed)?)
}

/// Forecast against observed frequency in `bins` (default 10) equal stretches; those without forecasts are left out.
#[napi(namespace = "scores", ts_return_type = "ReliabilityBin[]")]
pub(crate) fn reliability_curve<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "Numbers")] forecasts: Unknown<'_>,
    #[napi(ts_arg_type = "Outcomes")] outcomes: Unknown<'_>,
    bins: Option<f64>,
) -> Result<Unknown<'env>, Fault> {
    let bins = size("`bins`", bins, 10)?;
    plain(env, &confidence::reliability_curve(&judged(forecasts, outcomes)?, bins)?)
}

/// The rates that perfectly calibrated forecasts of each stretch would show by chance. Defaults: 10 bins, level 0.95.
#[napi(namespace = "scores", ts_return_type = "ConsistencyBin[]")]
pub(crate) fn consistency_band<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "Numbers")] forecasts: Unknown<'_>,
    bins: Option<f64>,
    level: Option<f64>,
) -> Result<Unknown<'env>, Fault> {
    let (bins, level) = (size("`bins`", bins, 10)?, Probability::new(level.unwrap_or(0.95))?);
    plain(env, &confidence::consistency_band(&chances(forecasts)?, bins, level)?)
}

/// Where a Brier score comes from: reliability − resolution + uncertainty + within_bins. Default 10 bins.
#[napi(namespace = "scores", ts_return_type = "BrierParts | null")]
pub(crate) fn brier_parts<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "Numbers")] forecasts: Unknown<'_>,
    #[napi(ts_arg_type = "Outcomes")] outcomes: Unknown<'_>,
    bins: Option<f64>,
) -> Result<Unknown<'env>, Fault> {
    let bins = size("`bins`", bins, 10)?;
    plain(env, &confidence::brier_parts(&judged(forecasts, outcomes)?, bins)?)
}

/// How forecasts serve each group, sorted by label, and which of them they are biased against.
#[napi(namespace = "scores", ts_return_type = "GroupScore[]")]
pub(crate) fn by_group<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "readonly string[]")] groups: Unknown<'_>,
    #[napi(ts_arg_type = "Numbers")] forecasts: Unknown<'_>,
    #[napi(ts_arg_type = "Outcomes")] outcomes: Unknown<'_>,
) -> Result<Unknown<'env>, Fault> {
    let (groups, judged): (Vec<String>, _) = (from_plain("`groups`", groups)?, judged(forecasts, outcomes)?);
    confidence::same_length("groups", groups.len(), "forecasts", judged.len())?;
    let cases = groups.iter().zip(judged).map(|(group, (p, happened))| (group.as_str(), p, happened));
    plain(env, &confidence::by_group(cases)?)
}

/// The mean of Winkler's score of ranges: width, plus 2 / (1 − level) times the distance of what lies outside.
#[napi(namespace = "scores")]
pub(crate) fn interval_score(
    #[napi(ts_arg_type = "Numbers")] lower: Unknown<'_>,
    #[napi(ts_arg_type = "Numbers")] upper: Unknown<'_>,
    #[napi(ts_arg_type = "Numbers")] outcomes: Unknown<'_>,
    level: f64,
) -> Result<Option<f64>, Fault> {
    let (lower, upper) = (numbers("lower", lower)?, numbers("upper", upper)?);
    let outcomes = numbers("outcomes", outcomes)?;
    let ranges = confidence::ranges(&lower, &upper, &outcomes, Probability::new(level)?)?;
    Ok(confidence::mean_interval_score(&ranges)?)
}

/// The share of ranges that hold their outcome.
#[napi(namespace = "scores")]
pub(crate) fn coverage(
    #[napi(ts_arg_type = "Numbers")] lower: Unknown<'_>,
    #[napi(ts_arg_type = "Numbers")] upper: Unknown<'_>,
    #[napi(ts_arg_type = "Numbers")] outcomes: Unknown<'_>,
) -> Result<Option<f64>, Fault> {
    let (lower, upper) = (numbers("lower", lower)?, numbers("upper", upper)?);
    let level = Probability::HALF; // Of no effect here.
    let ranges = confidence::ranges(&lower, &upper, &numbers("outcomes", outcomes)?, level)?;
    Ok(confidence::coverage(&ranges))
}

/// The continuous ranked probability score of a forecast that is a list of values, equally likely unless weighted.
#[napi(namespace = "scores")]
pub(crate) fn crps(
    #[napi(ts_arg_type = "Numbers")] values: Unknown<'_>,
    outcome: f64,
    #[napi(ts_arg_type = "Numbers | null | undefined")] weights: Option<Unknown<'_>>,
) -> Result<f64, Fault> {
    let weights = weights.map(|weights| numbers("weights", weights)).transpose()?;
    let forecast = confidence::distribution(&numbers("values", values)?, weights.as_deref())?;
    Ok(confidence::crps(&forecast, outcome)?)
}

/// The continuous ranked probability score of a normal forecast.
#[napi(namespace = "scores")]
pub(crate) fn crps_normal(mean: f64, sd: f64, outcome: f64) -> Result<f64, Fault> {
    Ok(confidence::crps_normal(mean, sd, outcome)?)
}
