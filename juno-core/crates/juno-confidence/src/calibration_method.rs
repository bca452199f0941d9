use serde::{Deserialize, Serialize};

/// A way to map scores to probabilities that recorded outcomes bear out, as settings name it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationMethod {
    /// Slope and intercept on the logit, smoothed targets: from 30 outcomes. The default.
    #[default]
    Platt,
    /// The two ends bend differently: from 50 outcomes.
    Beta,
    /// Any rising shape: from 1,000 outcomes.
    Isotonic,
    /// A slope on the logit alone: from 30 outcomes.
    Temperature,
}

impl CalibrationMethod {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Platt, Self::Beta, Self::Isotonic, Self::Temperature];

    /// The name, as in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Platt => "platt",
            Self::Beta => "beta",
            Self::Isotonic => "isotonic",
            Self::Temperature => "temperature",
        }
    }
}
