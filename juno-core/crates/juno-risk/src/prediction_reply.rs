use juno_domain::{FinishedSprint, Interval, Probability, SprintSnapshot};
use serde::{Deserialize, Serialize};

use crate::{Basis, Prediction, RiskError, history::outcome};

/// A model's answer as another language writes it: numbers that nobody has checked, and no more than it must say. The
/// words may not be misspelt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PredictionReply {
    /// The chance that less is delivered than is committed, 0 to 1.
    pub p_miss: f64,
    /// The median of what will be delivered, in the snapshot's own measure.
    pub delivered: f64,
    /// Ranges for what will be delivered, narrowest level first; may be left out.
    #[serde(default)]
    pub intervals: Vec<IntervalReply>,
}

/// A range as another language writes it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalReply {
    /// The lower bound, inside the range.
    pub lower: f64,
    /// The upper bound, inside the range.
    pub upper: f64,
    /// The chance that the range holds the true value, above 0 and below 1.
    pub level: f64,
}

impl PredictionReply {
    /// The checked prediction this answer means; its basis is what can be used of the history the model was given.
    ///
    /// # Errors
    /// [`RiskError::Model`], naming the model and the sprint, if a number is not what it can be.
    pub fn for_snapshot(
        self,
        model: &str,
        snapshot: &SprintSnapshot,
        history: &[FinishedSprint],
    ) -> Result<Prediction, RiskError> {
        let refuse =
            |reason: String| RiskError::Model { model: model.to_owned(), sprint: snapshot.sprint, reason };
        let p_miss = Probability::new(self.p_miss)
            .map_err(|_| refuse(format!("its `p_miss` is `{}`; give a number from 0 to 1", self.p_miss)))?;
        let interval = |i: IntervalReply| Interval::new(i.lower, i.upper, Probability::new(i.level)?);
        let intervals = self.intervals.into_iter().map(interval).collect::<Result<_, _>>();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let measure = snapshot.measure();
        let usable: Vec<_> =
            history.iter().filter(|past| outcome(past, snapshot.t, measure).is_some()).collect();
        let prediction = Prediction {
            p_miss,
            delivered: self.delivered,
            measure,
            intervals: intervals.map_err(|error| refuse(error.to_string()))?,
            basis: Basis {
                n_team: count(usable.iter().filter(|past| past.team == snapshot.team).count()),
                n_pooled: count(usable.len()),
                model: model.to_owned(),
            },
            attribution: None,
            finish: Vec::new(),
        };
        prediction.check(model, snapshot)?;
        Ok(prediction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{running, ten};

    fn sprint_and_history() -> (SprintSnapshot, Vec<FinishedSprint>) {
        (running(11, "7", 0.5, 30.0, 10.0), ten())
    }

    fn reply(p_miss: f64, delivered: f64, level: f64) -> PredictionReply {
        let intervals = vec![IntervalReply { lower: 1.0, upper: 9.0, level }];
        PredictionReply { p_miss, delivered, intervals }
    }

    #[test]
    fn a_good_answer_becomes_a_prediction_on_the_history_it_was_given() {
        let (snapshot, history) = sprint_and_history();
        let prediction = reply(0.25, 5.0, 0.8).for_snapshot("mine", &snapshot, &history).unwrap();
        assert_eq!(prediction.p_miss.get(), 0.25);
        assert_eq!(prediction.basis.n_pooled as usize, history.len());
        assert_eq!(prediction.measure, snapshot.measure());
    }

    #[test]
    fn the_basis_counts_what_can_be_used() {
        let (snapshot, mut history) = sprint_and_history();
        // Nothing was committed in one; of another only its points are told, and the snapshot counts in them.
        history[0].stages.iter_mut().for_each(|stage| stage.started_with = juno_domain::Scope::ZERO);
        history[1].delivered_issues_known = false;
        history[2].team = juno_domain::TeamId::new("8").unwrap();
        let basis = reply(0.25, 5.0, 0.8).for_snapshot("mine", &snapshot, &history).unwrap().basis;
        assert_eq!((basis.n_team, basis.n_pooled), (8, 9));
    }

    #[test]
    fn nan_and_out_of_range_are_errors_that_name_the_model() {
        let (snapshot, history) = sprint_and_history();
        let wrong = [
            reply(f64::NAN, 5.0, 0.8),
            reply(7.0, 5.0, 0.8),
            reply(0.2, f64::NAN, 0.8),
            reply(0.2, -1.0, 0.8),
            reply(0.2, 5.0, 1.0),
            reply(0.2, 5.0, f64::NAN),
        ];
        for reply in wrong {
            let error = reply.for_snapshot("mine", &snapshot, &history).unwrap_err().to_string();
            assert!(error.starts_with("risk model `mine` is wrong about sprint `"), "{error}");
        }
        assert!(serde_json::from_str::<PredictionReply>(r#"{"p_mis": 0.2, "delivered": 1}"#).is_err());
    }
}
