//! Answers as columns of equal length, which every library of data frames takes as they are.
use juno_domain::{Interval, Measure, Probability, ProjectKey, SprintId, TeamId};
use serde::{Deserialize, Serialize};

use crate::backtest::{BacktestCase, BacktestReport, CasePrediction};
use crate::{Forecast, Outlook, RiskError, RiskLevel};

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
    /// Planned length in days, where known.
    #[serde(default)]
    pub planned_days: Vec<Option<f64>>,
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
            columns.planned_days.push(case.planned_days);
        }
        columns
    }

    /// The cases, each with what was said about it. Folds are not told in columns: all are 0.
    ///
    /// # Errors
    /// If a column has another length than the first, or a range ends before it begins.
    pub fn cases(&self) -> Result<Vec<(BacktestCase, CasePrediction)>, RiskError> {
        let n = self.project.len();
        let bounds = &self.bounds;
        let lengths = [
            ("sprint_id", self.sprint_id.len()),
            ("team", self.team.len()),
            ("t", self.t.len()),
            ("committed", self.committed.len()),
            ("outcome", self.outcome.len()),
            ("missed", self.missed.len()),
            ("p_miss", self.p_miss.len()),
            ("delivered", self.delivered.len()),
            ("lo80", bounds.lo80.len()),
            ("hi80", bounds.hi80.len()),
            ("lo90", bounds.lo90.len()),
            ("hi90", bounds.hi90.len()),
            ("even_odds", self.even_odds.len()),
            // Columns written before there was this one.
            ("planned_days", if self.planned_days.is_empty() { n } else { self.planned_days.len() }),
        ];
        if let Some((name, length)) = lengths.into_iter().find(|(_, length)| *length != n) {
            return Err(RiskError::Columns { name, length, rows: n });
        }
        (0..n).filter_map(|i| self.case(i).transpose()).collect()
    }

    fn case(&self, i: usize) -> Result<Option<(BacktestCase, CasePrediction)>, RiskError> {
        let at = |column: &[Option<f64>]| column.get(i).copied().flatten();
        let mut intervals = Vec::new();
        for (level, lower, upper) in
            [(0.8, &self.bounds.lo80, &self.bounds.hi80), (0.9, &self.bounds.lo90, &self.bounds.hi90)]
        {
            if let (Some(lower), Some(upper)) = (at(lower), at(upper)) {
                intervals.push(Interval::new(lower, upper, Probability::new(level)?)?);
            }
        }
        let case = || {
            Some(BacktestCase {
                project: self.project.get(i)?.clone(),
                sprint: *self.sprint_id.get(i)?,
                team: self.team.get(i)?.clone(),
                t: *self.t.get(i)?,
                planned_days: at(&self.planned_days),
                committed: *self.committed.get(i)?,
                delivered: *self.outcome.get(i)?,
                missed: *self.missed.get(i)?,
                fold: 0,
            })
        };
        let said = || {
            Some(CasePrediction {
                p_miss: *self.p_miss.get(i)?,
                delivered: *self.delivered.get(i)?,
                intervals,
                even_odds: *self.even_odds.get(i)?,
            })
        };
        Ok(case().zip(said()))
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

    #[test]
    fn what_was_taken_apart_is_put_together_again() {
        use crate::backtest::{Backtest, Part, Split};
        let rows: Vec<_> = (1..=40)
            .map(|id| row(id, "7", 30.0, 15.0, Some(if id % 3 == 0 { 21.0 } else { 30.0 })))
            .collect();
        let training = crate::TrainingSet::from_rows(&rows).unwrap();
        let split = Split::Shares { evaluate: Part::Test };
        let report =
            Backtest::default().run(&training, &split, &[], &juno_domain::Progress::silent()).unwrap();
        let columns = PredictionColumns::of(&report, "shrunk_history");
        let cases = columns.cases().unwrap();
        assert!(cases.iter().any(|(_, said)| said.intervals.len() == 2));
        let given: Vec<_> = report.predicted("shrunk_history").collect();
        assert_eq!(cases.iter().map(|(case, said)| (case, said)).collect::<Vec<_>>(), given);
        let mut short = columns;
        short.missed.pop();
        let error = short.cases().unwrap_err();
        assert_eq!(error.kind(), juno_domain::ErrorKind::InvalidInput);
        assert!(error.to_string().starts_with("column `missed` has 23 rows and `project` has 24"), "{error}");
    }
}
