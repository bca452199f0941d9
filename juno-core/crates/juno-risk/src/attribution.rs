use serde::{Deserialize, Serialize};

use crate::{Input, RiskCategory};

/// What each input did to a forecast, on the log odds of a miss: `base` plus all contributions is the log odds of `p_miss`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attribution {
    /// The log odds before anything is known about the sprint.
    pub base: f64,
    /// Every input, the one that did most first.
    pub inputs: Vec<InputContribution>,
}

/// What one input did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct InputContribution {
    /// The input.
    pub input: Input,
    /// Its value; `None` where it is unknown.
    pub value: Option<f64>,
    /// What it added to the log odds: above 0 it made a miss more likely.
    pub contribution: f64,
}

impl Attribution {
    /// The log odds that the parts add up to.
    #[must_use]
    pub fn logit(&self) -> f64 {
        self.base + self.inputs.iter().map(|part| part.contribution).sum::<f64>()
    }

    /// What a category's inputs did together.
    #[must_use]
    pub fn of_category(&self, category: RiskCategory) -> f64 {
        self.inputs
            .iter()
            .filter(|part| part.input.category() == category)
            .map(|part| part.contribution)
            .sum()
    }
}
