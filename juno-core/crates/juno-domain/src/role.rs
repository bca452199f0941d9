use std::fmt;

use serde::{Deserialize, Serialize};

/// Who may decide, lowest first. A higher deciding role may vote on a lower rung; `Admin` administers and never
/// votes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Administers roles and policies; never votes.
    Admin,
    /// Decides low and medium impact.
    TeamLead,
    /// Decides high impact.
    ProjectManager,
    /// Decides critical impact.
    EngineeringManager,
    /// The last rung of escalation.
    Director,
}

impl Role {
    /// The deciding roles, lowest first.
    pub const LADDER: [Self; 4] =
        [Self::TeamLead, Self::ProjectManager, Self::EngineeringManager, Self::Director];

    /// The next deciding role up; `None` at the top and for `Admin`.
    #[must_use]
    pub const fn next_up(self) -> Option<Self> {
        match self {
            Self::TeamLead => Some(Self::ProjectManager),
            Self::ProjectManager => Some(Self::EngineeringManager),
            Self::EngineeringManager => Some(Self::Director),
            Self::Director | Self::Admin => None,
        }
    }

    /// Whether a holder of this role may vote on a rung of `rung`.
    #[must_use]
    pub fn may_vote_on(self, rung: Self) -> bool {
        self != Self::Admin && rung != Self::Admin && self >= rung
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Admin => "Admin",
            Self::TeamLead => "Team Lead",
            Self::ProjectManager => "Project Manager",
            Self::EngineeringManager => "Engineering Manager",
            Self::Director => "Director",
        })
    }
}
