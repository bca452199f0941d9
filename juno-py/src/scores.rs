//! Scores of forecasts against what happened: the module `juno.scores`.
use juno_core::confidence::{self, BrierParts, ConsistencyBin, EceBand, GroupScore, ReliabilityBin};
use juno_core::domain::{Probability, Seed};
use pyo3::prelude::*;

use crate::arrays::Numbers;
use crate::error::Fault;
use crate::plain::Plain;

type Object<'a, 'py> = &'a Bound<'py, PyAny>;

fn judged(forecasts: Object<'_, '_>, outcomes: Object<'_, '_>) -> Result<Vec<(Probability, bool)>, Fault> {
    let (forecasts, outcomes) = (Numbers::of("forecasts", forecasts)?, Numbers::of("outcomes", outcomes)?);
    Ok(confidence::judged(&forecasts.values(), &outcomes.values())?)
}

fn forecasts(given: Object<'_, '_>) -> Result<Vec<Probability>, Fault> {
    Ok(confidence::probabilities("forecasts", &Numbers::of("forecasts", given)?.values())?)
}

/// The mean squared distance between forecasts and outcomes: 0 is perfect, 0.25 is always saying one half.
#[pyfunction]
fn brier(forecasts: Object<'_, '_>, outcomes: Object<'_, '_>) -> Result<Option<f64>, Fault> {
    Ok(confidence::brier(&judged(forecasts, outcomes)?))
}

/// The mean negative natural logarithm of the chance given to what happened: 0 is perfect, 0.693 is always one half.
#[pyfunction]
fn log_loss(forecasts: Object<'_, '_>, outcomes: Object<'_, '_>) -> Result<Option<f64>, Fault> {
    Ok(confidence::log_loss(&judged(forecasts, outcomes)?))
}

/// How often a case that happened got a higher forecast than one that did not; None unless both kinds are there.
#[pyfunction]
fn auc(forecasts: Object<'_, '_>, outcomes: Object<'_, '_>) -> Result<Option<f64>, Fault> {
    Ok(confidence::auc(&judged(forecasts, outcomes)?))
}

/// The variance of the forecasts: among forecasters that are calibrated, the sharper one is better.
#[pyfunction]
#[pyo3(name = "sharpness")]
fn sharpness(forecasts: Object<'_, '_>) -> Result<Option<f64>, Fault> {
    Ok(confidence::sharpness(&self::forecasts(forecasts)?))
}

/// The share of cases that a forecast of `threshold` or more tells apart rightly.
#[pyfunction]
#[pyo3(signature = (forecasts, outcomes, threshold = 0.5))]
fn accuracy(
    forecasts: Object<'_, '_>,
    outcomes: Object<'_, '_>,
    threshold: f64,
) -> Result<Option<f64>, Fault> {
    Ok(confidence::accuracy(&judged(forecasts, outcomes)?, Probability::new(threshold)?))
}

/// The harmonic mean of precision and recall at `threshold`; None where nothing happened and nothing was forecast to.
#[pyfunction]
#[pyo3(signature = (forecasts, outcomes, threshold = 0.5))]
fn f1(forecasts: Object<'_, '_>, outcomes: Object<'_, '_>, threshold: f64) -> Result<Option<f64>, Fault> {
    Ok(confidence::f1(&judged(forecasts, outcomes)?, Probability::new(threshold)?))
}

/// The mean distance between forecast and observed frequency over `bins` equal stretches. See `ece_band` for what it means.
#[pyfunction]
#[pyo3(signature = (forecasts, outcomes, bins = 10))]
fn expected_calibration_error(
    forecasts: Object<'_, '_>,
    outcomes: Object<'_, '_>,
    bins: usize,
) -> Result<Option<f64>, Fault> {
    Ok(confidence::expected_calibration_error(&judged(forecasts, outcomes)?, bins)?)
}

/// The calibration error these very forecasts would have by chance if they were perfectly calibrated.
#[pyfunction]
#[pyo3(signature = (forecasts, bins = 10, level = 0.95, simulations = 1000, seed = 42))]
fn ece_band(
    py: Python<'_>,
    forecasts: Object<'_, '_>,
    bins: usize,
    level: f64,
    simulations: usize,
    seed: u64,
) -> Result<Plain<EceBand>, Fault> {
    let (forecasts, level) = (self::forecasts(forecasts)?, Probability::new(level)?);
    Ok(Plain(py.detach(|| confidence::ece_band(&forecasts, bins, level, simulations, Seed(seed)))?))
}

/// Forecast against observed frequency in `bins` equal stretches; those without forecasts are left out.
#[pyfunction]
#[pyo3(signature = (forecasts, outcomes, bins = 10))]
fn reliability_curve(
    forecasts: Object<'_, '_>,
    outcomes: Object<'_, '_>,
    bins: usize,
) -> Result<Plain<Vec<ReliabilityBin>>, Fault> {
    Ok(Plain(confidence::reliability_curve(&judged(forecasts, outcomes)?, bins)?))
}

/// The rates that perfectly calibrated forecasts of each stretch would show by chance.
#[pyfunction]
#[pyo3(signature = (forecasts, bins = 10, level = 0.95))]
fn consistency_band(
    forecasts: Object<'_, '_>,
    bins: usize,
    level: f64,
) -> Result<Plain<Vec<ConsistencyBin>>, Fault> {
    let forecasts = self::forecasts(forecasts)?;
    Ok(Plain(confidence::consistency_band(&forecasts, bins, Probability::new(level)?)?))
}

/// Where a Brier score comes from: reliability − resolution + uncertainty + within_bins.
#[pyfunction]
#[pyo3(signature = (forecasts, outcomes, bins = 10))]
fn brier_parts(
    forecasts: Object<'_, '_>,
    outcomes: Object<'_, '_>,
    bins: usize,
) -> Result<Plain<Option<BrierParts>>, Fault> {
    Ok(Plain(confidence::brier_parts(&judged(forecasts, outcomes)?, bins)?))
}

/// How forecasts serve each group, sorted by label, and which of them they are biased against.
#[pyfunction]
fn by_group(
    groups: Vec<String>,
    forecasts: Object<'_, '_>,
    outcomes: Object<'_, '_>,
) -> Result<Plain<Vec<GroupScore>>, Fault> {
    let judged = judged(forecasts, outcomes)?;
    confidence::same_length("groups", groups.len(), "forecasts", judged.len())?;
    let cases = groups.iter().zip(judged).map(|(group, (p, happened))| (group.as_str(), p, happened));
    Ok(Plain(confidence::by_group(cases)?))
}

/// The mean of Winkler's score of ranges: width, plus 2 / (1 − level) times the distance of what lies outside.
#[pyfunction]
fn interval_score(
    lower: Object<'_, '_>,
    upper: Object<'_, '_>,
    outcomes: Object<'_, '_>,
    level: f64,
) -> Result<Option<f64>, Fault> {
    let (lower, upper) = (Numbers::of("lower", lower)?, Numbers::of("upper", upper)?);
    let (outcomes, level) = (Numbers::of("outcomes", outcomes)?, Probability::new(level)?);
    let ranges = confidence::ranges(&lower.values(), &upper.values(), &outcomes.values(), level)?;
    Ok(confidence::mean_interval_score(&ranges)?)
}

/// The share of ranges that hold their outcome.
#[pyfunction]
fn coverage(
    lower: Object<'_, '_>,
    upper: Object<'_, '_>,
    outcomes: Object<'_, '_>,
) -> Result<Option<f64>, Fault> {
    let (lower, upper) = (Numbers::of("lower", lower)?, Numbers::of("upper", upper)?);
    let outcomes = Numbers::of("outcomes", outcomes)?;
    let level = Probability::HALF; // Of no effect here.
    let ranges = confidence::ranges(&lower.values(), &upper.values(), &outcomes.values(), level)?;
    Ok(confidence::coverage(&ranges))
}

/// The continuous ranked probability score of a forecast that is a list of values, equally likely unless weighted.
#[pyfunction]
#[pyo3(signature = (values, outcome, weights = None))]
fn crps(values: Object<'_, '_>, outcome: f64, weights: Option<Object<'_, '_>>) -> Result<f64, Fault> {
    let values = Numbers::of("values", values)?;
    let weights = weights.map(|weights| Numbers::of("weights", weights)).transpose()?;
    let weights = weights.as_ref().map(Numbers::values);
    let forecast = confidence::distribution(&values.values(), weights.as_deref())?;
    Ok(confidence::crps(&forecast, outcome)?)
}

/// The continuous ranked probability score of a normal forecast.
#[pyfunction]
fn crps_normal(mean: f64, sd: f64, outcome: f64) -> Result<f64, Fault> {
    Ok(confidence::crps_normal(mean, sd, outcome)?)
}

/// Adds the module `juno.scores`, so that it can be imported by that name.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let scores = PyModule::new(py, "juno.scores")?;
    scores.setattr("__doc__", "Scores of forecasts against what happened.")?;
    macro_rules! add {
        ($($function:ident),+) => {
            $(scores.add_function(wrap_pyfunction!($function, &scores)?)?;)+
        };
    }
    add!(accuracy, auc, brier, brier_parts, by_group, consistency_band, coverage, crps, crps_normal);
    add!(ece_band, expected_calibration_error, f1, interval_score, log_loss, reliability_curve, sharpness);
    py.import("sys")?.getattr("modules")?.set_item("juno.scores", &scores)?;
    module.add("scores", scores)
}
