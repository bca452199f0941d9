use serde::{Deserialize, Serialize};

/// A part of a record that is kept and could be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The record.
    pub index: u64,
    /// Whose it is.
    pub person: String,
}
