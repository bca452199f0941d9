use std::fmt;

use chrono::{DateTime, Utc};
use juno_domain::PrincipalId;
use serde::{Deserialize, Serialize};

/// A legal hold: what it covers is not erased until it is lifted. It is itself a record of the log, so nobody places or
/// lifts one unseen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Its name: the case it is for.
    pub name: String,
    /// Whose data are held; everybody's if nobody is named.
    pub person: Option<String>,
    /// Who placed it.
    pub by: PrincipalId,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: DateTime<Utc>,
}

impl Hold {
    /// Whether it covers somebody's data.
    #[must_use]
    pub fn covers(&self, person: &str) -> bool {
        self.person.as_deref().is_none_or(|held| held == person)
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`, placed by `{}` on {}: {}", self.name, self.by, self.at.date_naive(), self.reason)
    }
}
