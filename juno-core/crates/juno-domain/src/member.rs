use serde::{Deserialize, Serialize};

use crate::MemberId;

/// A person in the tracker.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Member {
    /// The lasting id.
    pub id: MemberId,
    /// The name people see.
    pub name: String,
}
