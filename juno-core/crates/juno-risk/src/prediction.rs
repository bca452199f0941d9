use juno_domain::{Interval, Measure, Probability};
use serde::{Deserialize, Serialize};

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
}

/// What a prediction rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// Finished sprints of the team that could be used.
    pub n_team: u32,
    /// Finished sprints that could be used in all, the team's included.
    pub n_pooled: u32,
    /// The model's name.
    pub model: String,
}
