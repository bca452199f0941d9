use serde::{Deserialize, Serialize};

use crate::{LearnError, checks};

/// How a [`Blend`](crate::Blend) weighs its two models: the mean of their log odds, with the probability of the trees first
/// held within `[clip, 1 − clip]`.
///
/// Few rows in a leaf can make the trees sure of what they cannot know, and log odds of 0 or 1 are infinite: the clip
/// bounds how much they may say.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved", into = "Saved")]
pub struct Mix {
    tree_weight: f64,
    clip: f64,
}

impl Default for Mix {
    /// Half and half, clip 0.005.
    fn default() -> Self {
        Self { tree_weight: 0.5, clip: 0.005 }
    }
}

impl Mix {
    /// The trees' share of the log odds, 0 to 1, and the clip, above 0 and below ½.
    ///
    /// # Errors
    /// If either is outside its range.
    pub fn new(tree_weight: f64, clip: f64) -> Result<Self, LearnError> {
        let fine = (0.0..=1.0).contains(&tree_weight);
        checks::parameter("tree_weight", tree_weight, fine, "it must be from 0 to 1")?;
        // Closer to 0 than rounding, the clip would clip nothing.
        let fine = (1e-12..0.5).contains(&clip);
        checks::parameter("clip", clip, fine, "it must be at least 1e-12 and below 0.5")?;
        Ok(Self { tree_weight, clip })
    }

    /// The trees' share of the log odds.
    #[must_use]
    pub const fn tree_weight(self) -> f64 {
        self.tree_weight
    }

    /// The least probability the trees may give, and one minus the greatest.
    #[must_use]
    pub const fn clip(self) -> f64 {
        self.clip
    }

    /// Log odds of both models together.
    pub(crate) fn logit(self, linear: f64, tree_probability: f64) -> f64 {
        (1.0 - self.tree_weight) * linear + self.tree_weight * self.tree_logit(tree_probability)
    }

    /// Log odds of the trees, clipped.
    pub(crate) fn tree_logit(self, probability: f64) -> f64 {
        let clipped = probability.clamp(self.clip, 1.0 - self.clip);
        (clipped / (1.0 - clipped)).ln()
    }

    /// What a contribution to the trees' probability is times, to be one to the blended log odds: the slope between base
    /// and probability of the clipped log odds.
    pub(crate) fn tree_factor(self, base: f64, probability: f64) -> f64 {
        let way = probability - base;
        let slope = if way.abs() > 1e-9 {
            (self.tree_logit(probability) - self.tree_logit(base)) / way
        } else if (self.clip..=1.0 - self.clip).contains(&base) {
            // So short a way is straight.
            1.0 / (base * (1.0 - base))
        } else {
            0.0
        };
        self.tree_weight * slope
    }
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Saved {
    tree_weight: f64,
    clip: f64,
}

impl From<Mix> for Saved {
    fn from(mix: Mix) -> Self {
        Self { tree_weight: mix.tree_weight, clip: mix.clip }
    }
}

impl TryFrom<Saved> for Mix {
    type Error = LearnError;

    fn try_from(saved: Saved) -> Result<Self, LearnError> {
        Self::new(saved.tree_weight, saved.clip)
    }
}
