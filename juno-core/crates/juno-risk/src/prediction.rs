use juno_domain::{Interval, Measure, Probability, SprintSnapshot};
use serde::{Deserialize, Serialize};

use crate::{Attribution, FinishEstimate, RiskError};

/// What a model says about a sprint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The chance that less is delivered than is committed at the snapshot.
    pub p_miss: Probability,
    /// The median of what will be delivered, in `measure`.
    pub delivered: f64,
    /// What `delivered` and the intervals count.
    pub measure: Measure,
    /// Ranges for what will be delivered, narrowest level first; only those the history can bear, so perhaps none.
    pub intervals: Vec<Interval>,
    /// What it rests on.
    pub basis: Basis,
    /// What each input did to `p_miss`, from a model that can tell.
    #[serde(default)]
    pub attribution: Option<Attribution>,
    /// When the committed work will be done, by rising chance; empty from a model that cannot tell.
    #[serde(default)]
    pub finish: Vec<FinishEstimate>,
}

/// What a prediction rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// Finished sprints of the team that could be used: they had a commitment in the snapshot's measure, and it is told what
    /// they delivered in it.
    pub n_team: u32,
    /// Finished sprints that could be used in all, the team's included; of a model that was fitted before, those it was
    /// fitted on at the snapshot's stage.
    pub n_pooled: u32,
    /// The model's name.
    pub model: String,
}

impl Prediction {
    /// Refuses what no prediction about this sprint can be; `model` is named in the error.
    ///
    /// # Errors
    /// If it counts in another measure than the snapshot, `delivered` is negative or not finite, or the intervals
    /// begin below 0, have a level outside (0, 1) or are not nested with rising level.
    pub fn check(&self, model: &str, snapshot: &SprintSnapshot) -> Result<(), RiskError> {
        let refuse = |reason: String| {
            Err(RiskError::Model { model: model.to_owned(), sprint: snapshot.sprint, reason })
        };
        let Self { delivered, measure, intervals, .. } = self;
        if *measure != snapshot.measure() {
            return refuse("it counts in another measure than the snapshot".to_owned());
        }
        if !(*delivered >= 0.0 && delivered.is_finite()) {
            return refuse(format!("`{delivered}` cannot be delivered; give a finite number, 0 or more"));
        }
        if intervals
            .iter()
            .any(|i| i.lower() < 0.0 || i.level() <= Probability::ZERO || i.level() >= Probability::ONE)
        {
            return refuse(
                "an interval must begin at 0 or above and have a level between 0 and 1".to_owned(),
            );
        }
        let nested = |(narrow, wide): (&Interval, &Interval)| {
            narrow.level() < wide.level() && wide.lower() <= narrow.lower() && narrow.upper() <= wide.upper()
        };
        if !intervals.iter().zip(intervals.iter().skip(1)).all(nested) {
            return refuse("its intervals are not nested with rising level".to_owned());
        }
        Ok(())
    }
}
