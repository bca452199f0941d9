use std::collections::BTreeMap;

use juno_confidence::Outcomes;
use serde::{Deserialize, Serialize};

/// What earlier proposals came to, by action name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Experience {
    /// How often people agreed with each action.
    pub outcomes: BTreeMap<String, Outcomes>,
}
