use std::collections::BTreeMap;

use juno_confidence::ConfidenceError;
use juno_domain::{Probability, ProjectKey};
use juno_risk::backtest::{BacktestReport, StageReport};
use serde::{Deserialize, Serialize};

use super::interval_chart::{IntervalChart, IntervalRow};
use super::intervals_svg::intervals_svg;
use super::intervals_vega::intervals_vega;
use super::reliability_chart::{ReliabilityChart, ReliabilityPanel, ReliabilitySeries};
use super::reliability_svg::reliability_svg;
use super::reliability_vega::reliability_vega;
use crate::{ReportError, backtest_text, wording};

/// Stretches of the reliability curve: those of the report's calibration error.
const BINS: usize = 10;
/// A stage this near counts as the stage asked for.
const NEAR: f64 = 0.005;

/// What a chart is written as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChartFormat {
    /// A picture, for pages and documents.
    #[default]
    Svg,
    /// A specification of Vega-Lite 5 as JSON, for notebooks and dashboards.
    VegaLite,
}

impl ReliabilityChart {
    /// How the chances of these models of a backtest held: a panel for each stage, in ten bins. The first model is drawn with
    /// its band under perfect calibration, the others for comparison. One that the report does not know, or of which it
    /// keeps no cases, is drawn without forecasts.
    ///
    /// # Errors
    /// None that a report made by a backtest gives.
    pub fn of_backtest(report: &BacktestReport, models: &[&str]) -> Result<Self, ConfidenceError> {
        let series = |name: &str, index: usize, t: Probability| -> Result<_, ConfidenceError> {
            let at = report.predicted(name).filter(|(case, _)| same(case.t, t));
            let judged: Vec<(Probability, bool)> =
                at.map(|(case, said)| (said.p_miss, case.missed)).collect();
            let series = ReliabilitySeries::of(name, &judged, BINS)?;
            Ok(if index == 0 { series } else { series.without_band() })
        };
        let panels = report.stages.iter().map(|stage| {
            let series = models.iter().enumerate().map(|(index, name)| series(name, index, stage.t));
            Ok(ReliabilityPanel {
                title: elapsed(stage.t),
                series: series.collect::<Result<_, ConfidenceError>>()?,
            })
        });
        Ok(Self {
            title: "Chance to miss the commitment, against how often it was missed".to_owned(),
            subtitle: backtest_text::subject(report),
            panels: panels.collect::<Result<_, ConfidenceError>>()?,
        })
    }
}

impl IntervalChart {
    /// What the sprints of a project delivered against what a model of a backtest forecast at stage `t`, in points ÷
    /// committed. Empty where the report keeps no such cases. A forecast without anything to go by has no median.
    #[must_use]
    pub fn of_backtest(report: &BacktestReport, model: &str, project: &ProjectKey, t: Probability) -> Self {
        let cases = report.predicted(model).filter(|(case, _)| case.project == *project && same(case.t, t));
        let rows = cases.map(|(case, said)| IntervalRow {
            label: case.sprint.to_string(),
            committed: case.committed,
            delivered: case.delivered,
            median: (!said.even_odds).then_some(said.delivered),
            intervals: said.intervals.clone(),
        });
        Self {
            title: format!("What sprints of {project} delivered against the forecast at {}", elapsed(t)),
            subtitle: format!("Forecast by {model}. {}", backtest_text::subject(report)),
            unit: "points".to_owned(),
            scaled: true,
            rows: rows.collect(),
        }
    }
}

/// How the chances of a backtest held, as [`ReliabilityChart::of_backtest`] draws it: the last candidate and, for comparison,
/// the last baseline before it, of those whose forecasts the report keeps.
///
/// # Errors
/// None that a report made by a backtest gives.
pub fn backtest_reliability(report: &BacktestReport, format: ChartFormat) -> Result<String, ReportError> {
    let chart = ReliabilityChart::of_backtest(report, &drawn(report))?;
    Ok(match format {
        ChartFormat::Svg => reliability_svg(&chart),
        ChartFormat::VegaLite => text(&reliability_vega(&chart)),
    })
}

/// How the ranges of a backtest held, as [`IntervalChart::of_backtest`] draws it, of the last candidate whose forecasts the
/// report keeps. Without a project that with the most forecasts, without a stage the one nearest to half the time.
///
/// # Errors
/// If the report keeps no forecasts, or none of this project or near this stage.
pub fn backtest_intervals(
    report: &BacktestReport,
    project: Option<&ProjectKey>,
    t: Option<Probability>,
    format: ChartFormat,
) -> Result<String, ReportError> {
    let mut projects: BTreeMap<&ProjectKey, usize> = BTreeMap::new();
    report.cases.iter().for_each(|case| *projects.entry(&case.project).or_default() += 1);
    let most = || projects.iter().max_by_key(|(_, cases)| **cases).map(|(project, _)| *project);
    let wanted = t.unwrap_or(Probability::HALF);
    let far = |stage: &&StageReport| (stage.t.get() - wanted.get()).abs();
    let stage = report.stages.iter().min_by(|a, b| far(a).total_cmp(&far(b)));
    let stage = stage.filter(|stage| t.is_none() || far(stage) < NEAR);
    let (Some(model), Some(any)) = (drawn(report).first().copied(), most()) else {
        return Err(ReportError::Absent("the backtest keeps no forecasts to draw".to_owned()));
    };
    let project = project.unwrap_or(any);
    if !projects.contains_key(project) {
        let names: Vec<&str> = projects.keys().map(|project| project.as_str()).collect();
        let there = names.join("`, `");
        return Err(ReportError::Absent(format!(
            "nothing of project `{project}` was evaluated, but of `{there}`"
        )));
    }
    let stage = stage.ok_or_else(|| {
        let stages: Vec<String> = report.stages.iter().map(|stage| stage.t.get().to_string()).collect();
        ReportError::Absent(format!("no stage `{}` was evaluated, but {}", wanted.get(), stages.join(", ")))
    })?;
    let chart = IntervalChart::of_backtest(report, model, project, stage.t);
    Ok(match format {
        ChartFormat::Svg => intervals_svg(&chart),
        ChartFormat::VegaLite => text(&intervals_vega(&chart)),
    })
}

/// The last candidate, then the last baseline, of the models with forecasts.
fn drawn(report: &BacktestReport) -> Vec<&str> {
    let last = |baseline| {
        let mut with = report.models.iter().filter(|model| !model.predictions.is_empty());
        with.rfind(|model| model.baseline == baseline)
    };
    [last(false), last(true)].into_iter().flatten().map(|model| model.name.as_str()).collect()
}

fn text(specification: &serde_json::Value) -> String {
    format!("{specification:#}\n")
}

fn elapsed(t: Probability) -> String {
    format!("{} elapsed", wording::percent(t.get()))
}

/// Whether two shares are the same stage.
fn same(a: Probability, b: Probability) -> bool {
    (a.get() - b.get()).abs() < 1e-9
}

#[cfg(test)]
mod tests {
    use juno_domain::{Interval, Seed, SprintId, TeamId};
    use juno_risk::backtest::{
        BacktestCase, CasePrediction, FoldReport, ModelReport, Part, Protocol, Sampling, Scores, StageReport,
    };

    use super::*;

    fn p(value: f64) -> Probability {
        Probability::new(value).unwrap()
    }

    /// Ten sprints of each of two projects at 0 % and 50 %; `sure` says 0.9 to every miss and 0.2 else, `even` always 0.5.
    fn report() -> BacktestReport {
        let mut cases = Vec::new();
        for project in ["CORE", "OPS"] {
            for sprint in 1..=10_u32 {
                for t in [0.0, 0.5] {
                    let delivered = if sprint.is_multiple_of(3) { 6.0 } else { 10.0 };
                    cases.push(BacktestCase {
                        project: ProjectKey::new(project).unwrap(),
                        sprint: SprintId(sprint.into()),
                        team: TeamId::new("board-1").unwrap(),
                        t: p(t),
                        planned_days: None,
                        committed: 8.0,
                        delivered,
                        missed: delivered < 8.0,
                        fold: 0,
                    });
                }
            }
        }
        let model = |name: &str, say: fn(&BacktestCase) -> CasePrediction| ModelReport {
            name: name.to_owned(),
            baseline: name == "even",
            not_fitted: Vec::new(),
            stages: Vec::new(),
            mean: Scores::default(),
            sampling: Sampling::default(),
            against: Vec::new(),
            predictions: cases.iter().map(say).collect(),
        };
        let sure = |case: &BacktestCase| CasePrediction {
            p_miss: p(if case.missed { 0.9 } else { 0.2 }),
            delivered: 9.0,
            intervals: [(7.0, 11.0, 0.8), (5.0, 13.0, 0.9)]
                .map(|(lower, upper, level)| Interval::new(lower, upper, p(level)).unwrap())
                .to_vec(),
            even_odds: false,
        };
        let even = |case: &BacktestCase| CasePrediction {
            p_miss: p(0.5),
            delivered: case.committed,
            intervals: Vec::new(),
            even_odds: true,
        };
        let models = vec![model("even", even), model("sure", sure)];
        let stages =
            [0.0, 0.5].map(|t| StageReport { t: p(t), n: 20, projects: 2, base_rate: p(0.3) }).to_vec();
        let folds = vec![FoldReport { fitted: 70, evaluated: 20, left_out: 0 }];
        let protocol = Protocol::Given { evaluated: Part::Test };
        BacktestReport { protocol, seed: Seed(1), resamples: 0, folds, stages, models, cases }
    }

    #[test]
    fn a_panel_for_each_stage_and_a_band_for_the_first_model() {
        let chart = ReliabilityChart::of_backtest(&report(), &["sure", "even", "unheard of"]).unwrap();
        assert_eq!(
            chart.subtitle,
            "Backtest of 20 sprints, the rows marked test, fitted on the 70 before them."
        );
        let titles: Vec<&str> = chart.panels.iter().map(|panel| panel.title.as_str()).collect();
        assert_eq!(titles, ["0 % elapsed", "50 % elapsed"]);
        for panel in &chart.panels {
            let summaries: Vec<String> = panel.series.iter().map(ReliabilitySeries::summary).collect();
            // 14 of 20 at a distance of 0.2 and 6 at 0.1; then 0.5 against 0.3.
            let expected = ["sure: n = 20, ECE 0.170", "even: n = 20, ECE 0.200", "unheard of: no forecasts"];
            assert_eq!(summaries, expected);
            assert_eq!(panel.series.iter().map(|series| series.band.len()).collect::<Vec<_>>(), [2, 0, 0]);
        }
    }

    #[test]
    fn the_sprints_of_one_project_at_one_stage_in_their_order() {
        let core = ProjectKey::new("CORE").unwrap();
        let chart = IntervalChart::of_backtest(&report(), "sure", &core, p(0.5));
        assert_eq!(chart.title, "What sprints of CORE delivered against the forecast at 50 % elapsed");
        let labels: Vec<&str> = chart.rows.iter().map(|row| row.label.as_str()).collect();
        assert_eq!(labels, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
        let third = &chart.rows[2];
        assert_eq!((third.committed, third.delivered, third.median), (8.0, 6.0, Some(9.0)));
        assert_eq!(third.intervals.len(), 2);
        let unsure = IntervalChart::of_backtest(&report(), "even", &core, p(0.0));
        assert!(unsure.rows.len() == 10 && unsure.rows.iter().all(|row| row.median.is_none()));
    }

    #[test]
    fn a_report_that_kept_no_cases_gives_charts_without_forecasts() {
        let bare = report().without_cases();
        let chart = ReliabilityChart::of_backtest(&bare, &["sure"]).unwrap();
        assert!(chart.panels.iter().all(|panel| panel.series[0].bins.is_empty()));
        let core = ProjectKey::new("CORE").unwrap();
        assert!(IntervalChart::of_backtest(&bare, "sure", &core, p(0.5)).rows.is_empty());
    }

    #[test]
    fn a_backtest_is_drawn_without_saying_what_of_it() {
        let whole = backtest_reliability(&report(), ChartFormat::Svg).unwrap();
        assert!(
            whole.starts_with("<svg") && whole.contains("sure: n = 20") && whole.contains("even: n = 20")
        );
        let vega = backtest_reliability(&report(), ChartFormat::VegaLite).unwrap();
        let vega: serde_json::Value = serde_json::from_str(&vega).unwrap();
        assert!(vega["$schema"].as_str().unwrap().contains("vega-lite"));
        let drawn = backtest_intervals(&report(), None, None, ChartFormat::Svg).unwrap();
        assert!(
            drawn.contains("What sprints of OPS delivered against the forecast at 50 % elapsed"),
            "{drawn}"
        );
        let core = ProjectKey::new("CORE").unwrap();
        let early = backtest_intervals(&report(), Some(&core), Some(p(0.0)), ChartFormat::VegaLite).unwrap();
        assert!(early.contains("What sprints of CORE delivered against the forecast at 0 % elapsed"));
    }

    #[test]
    fn what_was_not_evaluated_is_not_drawn() {
        let error = |report: &BacktestReport, project: Option<&str>, t: Option<f64>| {
            let project = project.map(|project| ProjectKey::new(project).unwrap());
            let drawn = backtest_intervals(report, project.as_ref(), t.map(p), ChartFormat::Svg);
            drawn.unwrap_err().to_string()
        };
        assert!(
            error(&report(), Some("PAY"), None)
                .contains("nothing of project `PAY` was evaluated, but of `CORE`, `OPS`")
        );
        assert!(error(&report(), None, Some(0.3)).contains("no stage `0.3` was evaluated, but 0, 0.5"));
        assert!(error(&report().without_cases(), None, None).contains("keeps no forecasts"));
    }
}
