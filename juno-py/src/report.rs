use juno_core::Review;
use juno_core::agent::learning::BacktestAnswer;
use juno_core::domain::{Probability, ProjectKey};
use juno_core::report::{ChartFormat, backtest_intervals, backtest_reliability};
use juno_core::risk::BiasReport;
use pyo3::prelude::*;

use crate::error::Fault;
use crate::plain::Plain;

/// A review as text for a terminal.
#[pyfunction]
pub(crate) fn report_text(review: Plain<Review>) -> String {
    juno_core::report::text(&review.0)
}

/// A review as one HTML page that needs nothing else.
#[pyfunction]
pub(crate) fn report_html(review: Plain<Review>) -> Result<String, Fault> {
    Ok(juno_core::report::html(&review.0)?)
}

/// How the forecasts of a backtest served teams, projects and planned lengths, and which of them worse than chance explains.
#[pyfunction]
pub(crate) fn bias_report(report: Plain<BacktestAnswer>) -> Result<Plain<BiasReport>, Fault> {
    Ok(Plain(report.0.bias()?))
}

/// A reliability diagram of a backtest as text: `"svg"`, or `"vega_lite"`, which is JSON.
#[pyfunction]
#[pyo3(
    signature = (report, *, format = Plain(ChartFormat::Svg)),
    text_signature = "(report, *, format='svg')"
)]
pub(crate) fn reliability_chart(
    report: Plain<BacktestAnswer>,
    format: Plain<ChartFormat>,
) -> Result<String, Fault> {
    Ok(backtest_reliability(&report.0.with_cases()?, format.0)?)
}

/// What sprints of a backtest delivered against the ranges forecast, as text: `"svg"`, or `"vega_lite"`, which is JSON.
///
/// Of one project (default: that with the most forecasts) at stage `t` (default: the one nearest to half time).
#[pyfunction]
#[pyo3(
    signature = (report, *, project = None, t = None, format = Plain(ChartFormat::Svg)),
    text_signature = "(report, *, project=None, t=None, format='svg')"
)]
pub(crate) fn interval_chart(
    report: Plain<BacktestAnswer>,
    project: Option<Plain<ProjectKey>>,
    t: Option<f64>,
    format: Plain<ChartFormat>,
) -> Result<String, Fault> {
    let t = t.map(Probability::new).transpose()?;
    let project = project.map(|project| project.0);
    Ok(backtest_intervals(&report.0.with_cases()?, project.as_ref(), t, format.0)?)
}
