use juno_core::Review;
use juno_core::agent::learning::BacktestAnswer;
use juno_core::domain::{Probability, ProjectKey};
use juno_core::report::{ChartFormat, backtest_intervals, backtest_reliability};
use napi::bindgen_prelude::{Env, Unknown};
use napi_derive::napi;
use serde::Deserialize;

use crate::error::Fault;
use crate::plain::{from_plain, options as options_of, plain};

/// A review as text for a terminal.
#[napi]
pub(crate) fn report_text(#[napi(ts_arg_type = "Review")] review: Unknown<'_>) -> Result<String, Fault> {
    let review: Review = from_plain("`review`", review)?;
    Ok(juno_core::report::text(&review))
}

/// A review as one HTML page that needs nothing else.
#[napi]
pub(crate) fn report_html(#[napi(ts_arg_type = "Review")] review: Unknown<'_>) -> Result<String, Fault> {
    let review: Review = from_plain("`review`", review)?;
    Ok(juno_core::report::html(&review)?)
}

/// How the forecasts of a backtest served teams, projects and planned lengths, and which of them worse than chance explains.
#[napi(ts_return_type = "BiasReport")]
pub(crate) fn bias_report<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "BacktestReport")] report: Unknown<'_>,
) -> Result<Unknown<'env>, Fault> {
    let report: BacktestAnswer = from_plain("`report`", report)?;
    plain(env, &report.bias()?)
}

/// How to draw.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Look {
    format: ChartFormat,
}

/// What to draw of a backtest, and how.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Drawing {
    project: Option<ProjectKey>,
    t: Option<Probability>,
    format: ChartFormat,
}

/// A reliability diagram of a backtest as text: `svg`, or `vega_lite`, which is JSON.
#[napi]
pub(crate) fn reliability_chart(
    #[napi(ts_arg_type = "BacktestReport")] report: Unknown<'_>,
    #[napi(ts_arg_type = "{ format?: ChartFormat } | null | undefined")] options: Option<Unknown<'_>>,
) -> Result<String, Fault> {
    let report: BacktestAnswer = from_plain("`report`", report)?;
    let Look { format } = options_of("`options`", options)?;
    Ok(backtest_reliability(&report.with_cases()?, format)?)
}

/// What sprints of a backtest delivered against the ranges forecast, as text: `svg`, or `vega_lite`, which is JSON.
///
/// Of one project (default: that with the most forecasts) at stage `t` (default: the one nearest to half time).
#[napi]
pub(crate) fn interval_chart(
    #[napi(ts_arg_type = "BacktestReport")] report: Unknown<'_>,
    #[napi(ts_arg_type = "IntervalChartOptions | null | undefined")] options: Option<Unknown<'_>>,
) -> Result<String, Fault> {
    let report: BacktestAnswer = from_plain("`report`", report)?;
    let Drawing { project, t, format } = options_of("`options`", options)?;
    Ok(backtest_intervals(&report.with_cases()?, project.as_ref(), t, format)?)
}
