//! Calls that take lists of numbers.
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use juno_core::Records;
use juno_core::agent::learning::{self, BacktestOptions};
use juno_core::confidence::{self, CalibrationMethod, Calibrator, FittedCalibrator};
use juno_core::domain::{Probability, Progress, Seed};
use juno_core::learn::BlendOptions;
use juno_core::risk::{BlendParams, ForecastColumns, RiskAssessor};
use ndarray::Array2;
use serde_json::{Value, json};

use crate::{Failure, answer, argument, argument_or, folder};

/// Numbers, or true and false as 1 and 0.
fn numbers(args: &Value, name: &str) -> Result<Vec<f64>, Failure> {
    let mut list = args[name].clone();
    for item in list.as_array_mut().into_iter().flatten() {
        if let Some(truth) = item.as_bool() {
            *item = json!(u8::from(truth));
        }
    }
    argument(&json!({ name: list }), name)
}

fn judged(args: &Value) -> Result<Vec<(Probability, bool)>, Failure> {
    Ok(confidence::judged(&numbers(args, "forecasts")?, &numbers(args, "outcomes")?)?)
}

fn forecasts(args: &Value) -> Result<Vec<Probability>, Failure> {
    Ok(confidence::probabilities("forecasts", &numbers(args, "forecasts")?)?)
}

pub(crate) fn score(name: &str, args: &Value) -> Result<Value, Failure> {
    let bins = argument_or(args, "bins", 10)?;
    let threshold = Probability::new(argument_or(args, "threshold", 0.5)?)?;
    let level = Probability::new(argument_or(args, "level", 0.95)?)?;
    let ranges = || {
        let (lower, upper) = (numbers(args, "lower")?, numbers(args, "upper")?);
        Ok::<_, Failure>(confidence::ranges(&lower, &upper, &numbers(args, "outcomes")?, level)?)
    };
    match name {
        "brier" => answer(confidence::brier(&judged(args)?)),
        "log_loss" => answer(confidence::log_loss(&judged(args)?)),
        "auc" => answer(confidence::auc(&judged(args)?)),
        "accuracy" => answer(confidence::accuracy(&judged(args)?, threshold)),
        "f1" => answer(confidence::f1(&judged(args)?, threshold)),
        "sharpness" => answer(confidence::sharpness(&forecasts(args)?)),
        "expected_calibration_error" => answer(confidence::expected_calibration_error(&judged(args)?, bins)?),
        "ece_band" => {
            let simulations = argument_or(args, "simulations", 1000)?;
            let seed = argument_or(args, "seed", Seed::default())?;
            answer(confidence::ece_band(&forecasts(args)?, bins, level, simulations, seed)?)
        }
        "reliability_curve" => answer(confidence::reliability_curve(&judged(args)?, bins)?),
        "consistency_band" => answer(confidence::consistency_band(&forecasts(args)?, bins, level)?),
        "brier_parts" => answer(confidence::brier_parts(&judged(args)?, bins)?),
        "by_group" => {
            let (groups, judged): (Vec<String>, _) = (argument(args, "groups")?, judged(args)?);
            let cases = groups.iter().zip(judged).map(|(group, (p, happened))| (group.as_str(), p, happened));
            answer(confidence::by_group(cases)?)
        }
        "interval_score" => answer(confidence::mean_interval_score(&ranges()?)?),
        "coverage" => answer(confidence::coverage(&ranges()?)),
        "crps" => {
            let weights: Option<Vec<f64>> = argument_or(args, "weights", None)?;
            let forecast = confidence::distribution(&numbers(args, "values")?, weights.as_deref())?;
            answer(confidence::crps(&forecast, argument(args, "outcome")?)?)
        }
        "crps_normal" => {
            let [mean, sd, outcome] = ["mean", "sd", "outcome"].map(|name| argument(args, name));
            answer(confidence::crps_normal(mean?, sd?, outcome?)?)
        }
        other => panic!("no case can call `scores.{other}`: add it here"),
    }
}

/// Fits a calibrator and asks it.
pub(crate) fn calibrate(args: &Value) -> Result<Value, Failure> {
    let recorded = confidence::judged(&numbers(args, "scores")?, &numbers(args, "outcomes")?)?;
    let method: CalibrationMethod = argument(args, "method")?;
    let fitted = FittedCalibrator::fit(method, &recorded)?;
    let ask: Vec<Probability> = argument(args, "ask")?;
    let applied: Vec<Probability> = ask.into_iter().map(|score| fitted.apply(score)).collect();
    answer(json!({ "applied": applied, "calibrator": fitted }))
}

/// Fits a classifier and asks it.
pub(crate) fn blend(args: &Value) -> Result<Value, Failure> {
    let options: BlendOptions = argument(args, "options")?;
    let labels = confidence::happened("y", &numbers(args, "y")?)?;
    let model = options.params()?.check()?.fit(matrix(args, "x")?.view(), &labels, None)?;
    let ask = matrix(args, "ask")?;
    let (base, contributions) = model.contributions_many(ask.view(), NonZeroUsize::MIN)?;
    let contributions: Vec<Vec<f64>> = contributions.rows().into_iter().map(|row| row.to_vec()).collect();
    answer(json!({
        "p": model.predict_many(ask.view(), NonZeroUsize::MIN)?,
        "logit": model.logit_many(ask.view(), NonZeroUsize::MIN)?,
        "base": base,
        "contributions": contributions,
    }))
}

/// Fits a risk model to a table, and forecasts its last stages.
pub(crate) fn train(args: &Value) -> Result<Value, Failure> {
    let records = records(args)?;
    let params: BlendParams = argument(args, "options")?;
    let model = learning::train(&records, params, None, &Progress::silent())?;
    let forecasts = learning::forecast_rows(&RiskAssessor::new(Arc::new(model)), &records)?;
    let last: usize = argument(args, "last")?;
    answer(forecasts.iter().skip(forecasts.len() - last).collect::<ForecastColumns>())
}

/// Judges a risk model on a table.
pub(crate) fn backtest(args: &Value) -> Result<Value, Failure> {
    let options: BacktestOptions = argument(args, "options")?;
    let found = answer(options.run(&records(args)?, None, &Progress::silent())?)?;
    let last = found["models"].as_array().unwrap().last().unwrap();
    answer(json!({
        "protocol": found["protocol"],
        "mean": last["mean"],
        "sampling": last["sampling"],
        "p_miss": found["predictions"]["p_miss"],
    }))
}

fn records(args: &Value) -> Result<Records, Failure> {
    let path: PathBuf = argument(args, "path")?;
    let text = std::fs::read(folder().join(&path)).unwrap();
    Ok(Records::read_table("the table", &text, &Progress::silent())?)
}

fn matrix(args: &Value, name: &str) -> Result<Array2<f64>, Failure> {
    let rows: Vec<Vec<f64>> = argument(args, name)?;
    let shape = (rows.len(), rows.first().map_or(0, Vec::len));
    Ok(Array2::from_shape_vec(shape, rows.concat()).unwrap())
}
