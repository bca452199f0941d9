use serde::{Deserialize, Serialize};

/// One of the five grounds a confidence rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// How good the sources are.
    DataQuality,
    /// How often earlier answers of the same kind were right.
    HistoricalAccuracy,
    /// How clear the pattern is that the answer follows.
    PatternStrength,
    /// How fresh the observations are.
    TemporalRelevance,
    /// How far independent sources agree.
    ConsensusScore,
}

impl Factor {
    /// Every factor, heaviest default weight first.
    pub const ALL: [Self; 5] = [
        Self::DataQuality,
        Self::HistoricalAccuracy,
        Self::PatternStrength,
        Self::TemporalRelevance,
        Self::ConsensusScore,
    ];

    /// The name used in settings and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DataQuality => "data_quality",
            Self::HistoricalAccuracy => "historical_accuracy",
            Self::PatternStrength => "pattern_strength",
            Self::TemporalRelevance => "temporal_relevance",
            Self::ConsensusScore => "consensus_score",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_serialised_form_and_an_unknown_one_is_an_error() {
        for factor in Factor::ALL {
            assert_eq!(serde_json::to_string(&factor).unwrap(), format!("\"{}\"", factor.name()));
        }
        assert!(serde_json::from_str::<Factor>("\"luck\"").is_err());
    }
}
