use serde::{Deserialize, Serialize};

use crate::{ConfidenceError, Factor};

/// How much each factor counts: finite, 0 or more, with a sum above 0. They need not sum to 1.
///
/// | factor | default |
/// | --- | --- |
/// | `data_quality` | 0.30 |
/// | `historical_accuracy` | 0.25 |
/// | `pattern_strength` | 0.20 |
/// | `temporal_relevance` | 0.15 |
/// | `consensus_score` | 0.10 |
///
/// Read from settings, a factor that is not named keeps its default and an unknown name is an error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawWeights", into = "RawWeights")]
pub struct Weights([f64; 5]);

/// The defaults, in the order of [`Factor::ALL`].
const DEFAULTS: [f64; 5] = [0.30, 0.25, 0.20, 0.15, 0.10];

impl Weights {
    /// Checked weights, in the order of [`Factor::ALL`].
    ///
    /// # Errors
    /// If one is negative or not finite, or if their sum is not above 0 and finite.
    pub fn new(given: [f64; 5]) -> Result<Self, ConfidenceError> {
        let sum: f64 = given.iter().sum();
        if given.iter().all(|w| *w >= 0.0) && sum > 0.0 && sum.is_finite() {
            Ok(Self(given))
        } else {
            Err(ConfidenceError::Weights { given })
        }
    }

    /// The weight of one factor.
    #[must_use]
    pub const fn of(&self, factor: Factor) -> f64 {
        let [quality, accuracy, pattern, time, consensus] = self.0;
        match factor {
            Factor::DataQuality => quality,
            Factor::HistoricalAccuracy => accuracy,
            Factor::PatternStrength => pattern,
            Factor::TemporalRelevance => time,
            Factor::ConsensusScore => consensus,
        }
    }
}

impl Default for Weights {
    fn default() -> Self {
        Self(DEFAULTS)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawWeights {
    data_quality: f64,
    historical_accuracy: f64,
    pattern_strength: f64,
    temporal_relevance: f64,
    consensus_score: f64,
}

impl Default for RawWeights {
    fn default() -> Self {
        Weights::default().into()
    }
}

impl From<Weights> for RawWeights {
    fn from(weights: Weights) -> Self {
        let [data_quality, historical_accuracy, pattern_strength, temporal_relevance, consensus_score] =
            weights.0;
        Self { data_quality, historical_accuracy, pattern_strength, temporal_relevance, consensus_score }
    }
}

impl TryFrom<RawWeights> for Weights {
    type Error = ConfidenceError;
    fn try_from(raw: RawWeights) -> Result<Self, ConfidenceError> {
        Self::new([
            raw.data_quality,
            raw.historical_accuracy,
            raw.pattern_strength,
            raw.temporal_relevance,
            raw.consensus_score,
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unusable_weights_are_refused() {
        for bad in [
            [0.0; 5],
            [f64::NAN, 1.0, 1.0, 1.0, 1.0],
            [-0.1, 1.0, 1.0, 1.0, 1.0],
            [f64::INFINITY, 0.0, 0.0, 0.0, 0.0],
            [f64::MAX; 5],
        ] {
            assert!(Weights::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn settings_may_name_some_and_must_not_name_unknown_ones() {
        let read = |text| serde_json::from_str::<Weights>(text);
        let weights = read(r#"{"data_quality": 0.5}"#).unwrap();
        assert_eq!(weights.of(Factor::DataQuality), 0.5);
        assert_eq!(weights.of(Factor::ConsensusScore), 0.10);
        assert!(read(r#"{"luck": 0.5}"#).is_err());
        assert!(read(r#"{"data_quality": -1}"#).is_err());
        let json = serde_json::to_string(&Weights::default()).unwrap();
        assert_eq!(read(&json).unwrap(), Weights::default());
    }
}
