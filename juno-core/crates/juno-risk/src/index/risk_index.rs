use juno_domain::Probability;
use serde::{Deserialize, Serialize};

use super::{RiskCategory, RiskLevel};

/// How much trouble a sprint is in: not a probability, but a transparent sum of what can be seen.
///
/// It says what to look at, not how it will end: on public sprints it tells missed from met ones hardly better than chance,
/// because a team that takes in much work also delivers much. For the chance of a miss there is `p_miss`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskIndex {
    /// From 0 (calm) to 1 (as bad as it gets).
    pub value: Probability,
    /// The word for the value.
    pub level: RiskLevel,
    /// The known categories, the worst score first.
    pub categories: Vec<CategoryScore>,
    /// The categories nothing is known about. Their weight went to the others in proportion.
    pub missing: Vec<RiskCategory>,
}

/// One category of the index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CategoryScore {
    /// The category.
    pub category: RiskCategory,
    /// From 0 to 1.
    pub score: Probability,
    /// Its share in the mean after missing categories were left out; the shares sum to 1.
    pub weight: f64,
    /// The score from which it raises an alert.
    pub threshold: f64,
    /// Whether it does.
    pub alert: bool,
    /// What it adds to the index, its part in the lift by alarms included; the contributions sum to the index.
    pub contribution: f64,
    /// What the category's inputs together did to the log odds of `p_miss`, where the model can tell: above 0 they made a
    /// miss more likely. Of another kind than the index, so the two need not agree.
    pub log_odds: Option<f64>,
    /// What was seen, one phrase each, the worst first; what is as usual only where nothing else was seen.
    pub evidence: Vec<String>,
    /// What a team can do about what scored 0.3 or more, the worst first.
    pub mitigations: Vec<String>,
}
