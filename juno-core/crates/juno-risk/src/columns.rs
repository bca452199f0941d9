//! Answers as columns of equal length, which every library of data frames takes as they are.
use juno_domain::{Interval, Measure, Probability, ProjectKey, SprintId, TeamId};
use serde::{Deserialize, Serialize};

use crate::backtest::{BacktestReport, CasePrediction};
use crate::{Forecast, Outlook, RiskLevel};

/// [`Forecast`]s as columns: what is one value of each. `lo80` to `hi90` are the bounds of the 80 and 90 % intervals.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns are the fields of `Forecast` of the same names")]
pub struct ForecastColumns {
    pub project: Vec<ProjectKey>,
    pub sprint_id: Vec<SprintId>,
    pub team: Vec<TeamId>,
    pub name: Vec<String>,
    pub t: Vec<Probability>,
    pub measure: Vec<Measure>,
    pub committed: Vec<f64>,
    pub done: Vec<f64>,
    pub outlook: Vec<Outlook>,
    pub p_miss: Vec<Option<Probability>>,
    pub delivered: Vec<Option<f64>>,
    #[serde(flatten)]
    pub bounds: BoundColumns,
    pub risk_index: Vec<Option<Probability>>,
    pub level: Vec<Option<RiskLevel>>,
}

impl<'a> FromIterator<&'a Forecast> for ForecastColumns {
    fn from_iter<I: IntoIterator<Item = &'a Forecast>>(forecasts: I) -> Self {
        let mut columns = Self::default();
        for forecast in forecasts {
            columns.project.push(forecast.project.clone());
            columns.sprint_id.push(forecast.sprint_id);
            columns.team.push(forecast.team.clone());
            columns.name.push(forecast.name.clone());
            columns.t.push(forecast.t);
            columns.measure.push(forecast.measure);
            columns.committed.push(forecast.committed);
            columns.done.push(forecast.done);
            columns.outlook.push(forecast.outlook);
            columns.p_miss.push(forecast.p_miss);
            columns.delivered.push(forecast.delivered);
            columns.bounds.push(&forecast.intervals);
            columns.risk_index.push(forecast.risk_index);
            columns.level.push(forecast.level);
        }
        columns
    }
}

/// What one model said about every case of a backtest, as columns, beside what came of it. In points.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PredictionColumns {
    /// The project.
    pub project: Vec<ProjectKey>,
    /// The sprint.
    pub sprint_id: Vec<SprintId>,
    /// The team.
    pub team: Vec<TeamId>,
    /// Elapsed share of the planned time.
    pub t: Vec<Probability>,
    /// What was committed by then.
    pub committed: Vec<f64>,
    /// What was delivered in the end.
    pub outcome: Vec<f64>,
    /// Whether that missed the commitment.
    pub missed: Vec<bool>,
    /// The chance of a miss that was forecast.
    pub p_miss: Vec<Probability>,
    /// The delivery that was forecast.
    pub delivered: Vec<f64>,
    /// Bounds of the intervals.
    #[serde(flatten)]
    pub bounds: BoundColumns,
    /// Whether the model had nothing to go by, so that even odds stand in its place.
    pub even_odds: Vec<bool>,
}

impl PredictionColumns {
    /// What the model of this name said; no rows for an unknown name.
    #[must_use]
    pub fn of(report: &BacktestReport, model: &str) -> Self {
        let mut columns = Self::default();
        for (case, said) in report.predicted(model) {
            let CasePrediction { p_miss, delivered, intervals, even_odds } = said;
            columns.project.push(case.project.clone());
            columns.sprint_id.push(case.sprint);
            columns.team.push(case.team.clone());
            columns.t.push(case.t);
            columns.committed.push(case.committed);
            columns.outcome.push(case.delivered);
            columns.missed.push(case.missed);
            columns.p_miss.push(*p_miss);
            columns.delivered.push(*delivered);
            columns.bounds.push(intervals);
            columns.even_odds.push(*even_odds);
        }
        columns
    }
}

/// The bounds of the 80 and 90 % intervals; `None` where there is no such interval.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BoundColumns {
    /// Lower bound at 80 %.
    pub lo80: Vec<Option<f64>>,
    /// Upper bound at 80 %.
    pub hi80: Vec<Option<f64>>,
    /// Lower bound at 90 %.
    pub lo90: Vec<Option<f64>>,
    /// Upper bound at 90 %.
    pub hi90: Vec<Option<f64>>,
}

impl BoundColumns {
    fn push(&mut self, intervals: &[Interval]) {
        let at = |level: f64| intervals.iter().find(|range| (range.level().get() - level).abs() < 1e-9);
        self.lo80.push(at(0.8).map(Interval::lower));
        self.hi80.push(at(0.8).map(Interval::upper));
        self.lo90.push(at(0.9).map(Interval::lower));
        self.hi90.push(at(0.9).map(Interval::upper));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RiskAssessor;
    use crate::testing::row;

    #[test]
    fn all_columns_are_equally_long_and_hold_what_the_forecasts_say() {
        let rows: Vec<_> = (1..=30)
            .map(|id| row(id, "7", 30.0, 15.0, Some(if id % 3 == 0 { 21.0 } else { 30.0 })))
            .collect();
        let forecasts = RiskAssessor::default().assess_rows(&rows).unwrap();
        let columns: ForecastColumns = forecasts.iter().collect();
        let json = serde_json::to_value(&columns).unwrap();
        let names: Vec<&String> = json.as_object().unwrap().keys().collect();
        assert_eq!(names.len(), 17);
        assert!(json.as_object().unwrap().values().all(|column| column.as_array().unwrap().len() == 60));
        let last = forecasts.last().unwrap();
        assert_eq!(columns.p_miss.last().unwrap(), &last.p_miss);
        let at80 = last.intervals.iter().find(|range| range.level().get() == 0.8);
        assert_eq!(*columns.bounds.hi80.last().unwrap(), at80.map(Interval::upper));
        assert!(at80.is_some() && columns.bounds.lo80[0].is_none());
    }
}
