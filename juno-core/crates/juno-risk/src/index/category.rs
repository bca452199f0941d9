use serde::{Deserialize, Serialize};

use crate::RiskError;

/// A kind of trouble a sprint can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskCategory {
    /// Delivering more slowly than planned.
    Velocity,
    /// Work added or taken out after the start.
    Scope,
    /// More work than the team has hands for.
    Capacity,
    /// Defects and unsized work.
    Quality,
    /// Work that waits for others.
    Dependencies,
}

impl RiskCategory {
    /// Every category, in the order of settings.
    pub const ALL: [Self; 5] =
        [Self::Velocity, Self::Scope, Self::Capacity, Self::Quality, Self::Dependencies];

    /// The name used in settings and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Velocity => "velocity",
            Self::Scope => "scope",
            Self::Capacity => "capacity",
            Self::Quality => "quality",
            Self::Dependencies => "dependencies",
        }
    }
}

/// How much each category counts in the index: finite, 0 or more, with a sum above 0. They need not sum to 1.
///
/// Defaults: velocity 0.25, scope 0.20, capacity 0.20, quality 0.20, dependencies 0.15. Read from settings, a category that
/// is not named keeps its default and an unknown name is an error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawWeights", into = "RawWeights")]
pub struct CategoryWeights([f64; 5]);

impl CategoryWeights {
    /// Checked weights, in the order of [`RiskCategory::ALL`].
    ///
    /// # Errors
    /// If one is negative or not finite, or if their sum is not above 0 and finite.
    pub fn new(weights: [f64; 5]) -> Result<Self, RiskError> {
        let sum: f64 = weights.iter().sum();
        let bad = weights.into_iter().find(|w| !(*w >= 0.0 && w.is_finite()));
        let bad = bad.or((sum <= 0.0 || sum.is_infinite()).then_some(sum));
        let rule = "each weight must be finite and 0 or more, and their sum above 0";
        bad.map_or(Ok(Self(weights)), |value| {
            Err(RiskError::OutOfRange { what: "a category weight", value, rule })
        })
    }

    /// The number of one category.
    #[must_use]
    pub const fn of(&self, category: RiskCategory) -> f64 {
        pick(&self.0, category)
    }
}

impl Default for CategoryWeights {
    fn default() -> Self {
        Self([0.25, 0.20, 0.20, 0.20, 0.15])
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawWeights {
    velocity: f64,
    scope: f64,
    capacity: f64,
    quality: f64,
    dependencies: f64,
}

impl Default for RawWeights {
    fn default() -> Self {
        CategoryWeights::default().into()
    }
}

impl From<CategoryWeights> for RawWeights {
    fn from(numbers: CategoryWeights) -> Self {
        let [velocity, scope, capacity, quality, dependencies] = numbers.0;
        Self { velocity, scope, capacity, quality, dependencies }
    }
}

impl TryFrom<RawWeights> for CategoryWeights {
    type Error = RiskError;
    fn try_from(raw: RawWeights) -> Result<Self, RiskError> {
        Self::new([raw.velocity, raw.scope, raw.capacity, raw.quality, raw.dependencies])
    }
}

/// The score from which each category raises an alert: above 0 and below 1.
///
/// Defaults: velocity 0.7, scope 0.6, capacity 0.8, quality 0.7, dependencies 0.6. Read from settings, a category that is
/// not named keeps its default and an unknown name is an error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawThresholds", into = "RawThresholds")]
pub struct CategoryThresholds([f64; 5]);

impl CategoryThresholds {
    /// Checked thresholds, in the order of [`RiskCategory::ALL`].
    ///
    /// # Errors
    /// If one is not above 0 and below 1: at 1 it could never be passed.
    pub fn new(thresholds: [f64; 5]) -> Result<Self, RiskError> {
        let bad = thresholds.into_iter().find(|t| !(*t > 0.0 && *t < 1.0));
        let rule = "an alert threshold must be above 0 and below 1";
        bad.map_or(Ok(Self(thresholds)), |value| {
            Err(RiskError::OutOfRange { what: "an alert threshold", value, rule })
        })
    }

    /// The number of one category.
    #[must_use]
    pub const fn of(&self, category: RiskCategory) -> f64 {
        pick(&self.0, category)
    }
}

impl Default for CategoryThresholds {
    fn default() -> Self {
        Self([0.7, 0.6, 0.8, 0.7, 0.6])
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawThresholds {
    velocity: f64,
    scope: f64,
    capacity: f64,
    quality: f64,
    dependencies: f64,
}

impl Default for RawThresholds {
    fn default() -> Self {
        CategoryThresholds::default().into()
    }
}

impl From<CategoryThresholds> for RawThresholds {
    fn from(numbers: CategoryThresholds) -> Self {
        let [velocity, scope, capacity, quality, dependencies] = numbers.0;
        Self { velocity, scope, capacity, quality, dependencies }
    }
}

impl TryFrom<RawThresholds> for CategoryThresholds {
    type Error = RiskError;
    fn try_from(raw: RawThresholds) -> Result<Self, RiskError> {
        Self::new([raw.velocity, raw.scope, raw.capacity, raw.quality, raw.dependencies])
    }
}

const fn pick(numbers: &[f64; 5], category: RiskCategory) -> f64 {
    let [velocity, scope, capacity, quality, dependencies] = *numbers;
    match category {
        RiskCategory::Velocity => velocity,
        RiskCategory::Scope => scope,
        RiskCategory::Capacity => capacity,
        RiskCategory::Quality => quality,
        RiskCategory::Dependencies => dependencies,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_may_name_some_and_must_not_name_unknown_ones() {
        let weights = |text| serde_json::from_str::<CategoryWeights>(text);
        assert_eq!(weights(r#"{"scope": 0.5}"#).unwrap().of(RiskCategory::Scope), 0.5);
        assert_eq!(weights("{}").unwrap(), CategoryWeights::default());
        assert!(weights(r#"{"luck": 0.5}"#).is_err());
        assert!(weights(r#"{"scope": -1}"#).is_err());
        assert!(CategoryWeights::new([0.0; 5]).is_err());
        assert!(CategoryWeights::new([f64::MAX; 5]).is_err());
        assert!(CategoryWeights::new([f64::NAN, 1.0, 1.0, 1.0, 1.0]).is_err());
    }

    #[test]
    fn fault_a_threshold_that_can_never_fire() {
        let thresholds = |text: &str| serde_json::from_str::<CategoryThresholds>(text);
        for bad in ["1", "1.7", "0", "-0.2"] {
            assert!(thresholds(&format!("{{\"scope\": {bad}}}")).is_err(), "{bad}");
        }
        let json = serde_json::to_string(&CategoryThresholds::default()).unwrap();
        assert_eq!(thresholds(&json).unwrap(), CategoryThresholds::default());
    }

    #[test]
    fn the_name_is_the_serialised_form() {
        for category in RiskCategory::ALL {
            assert_eq!(serde_json::to_string(&category).unwrap(), format!("\"{}\"", category.name()));
        }
    }
}
