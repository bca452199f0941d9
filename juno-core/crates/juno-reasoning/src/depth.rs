use serde::{Deserialize, Serialize};

/// How deep an explanation goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// The conclusion and how sure it is.
    Basic,
    /// Also the steps and the evidence they rest on.
    #[default]
    Detailed,
    /// Also the factors of the confidence, the alternatives, assumptions and limitations.
    Verbose,
}
