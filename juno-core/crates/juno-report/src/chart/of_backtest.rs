use juno_confidence::ConfidenceError;
use juno_domain::{Probability, ProjectKey};
use juno_risk::backtest::BacktestReport;

use super::interval_chart::{IntervalChart, IntervalRow};
use super::reliability_chart::{ReliabilityChart, ReliabilityPanel, ReliabilitySeries};
use crate::{backtest_text, wording};

/// Stretches of the reliability curve: those of the report's calibration error.
const BINS: usize = 10;

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
}
