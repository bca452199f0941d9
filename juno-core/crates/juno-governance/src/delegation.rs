use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_domain::{ActionCategory, PrincipalId, Role, TeamId};
use serde::{Deserialize, Serialize};

/// A role held for some time only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// Who holds it.
    pub who: PrincipalId,
    /// The role.
    pub role: Role,
    /// In one team; in every team by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// From this instant on; from ever by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// Until just before this instant; for ever by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

impl Term {
    /// Whether the role is held at an instant.
    #[must_use]
    pub fn in_force(&self, now: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }
}

/// One person votes in the place of another for some time.
///
/// It gives no more than its giver holds at the moment of the vote: once the giver loses the role, so does the
/// delegate. Giver and delegates have one vote together on each request, and on what the giver proposed the delegate
/// has none in this place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    /// Its name; each stands once.
    pub id: String,
    /// Who gives.
    pub by: PrincipalId,
    /// Who may vote in their place.
    pub to: PrincipalId,
    /// The role in which.
    pub role: Role,
    /// In one team; by default in every team where the giver holds the role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// On these categories of actions; by default on all that the role may approve.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub categories: BTreeSet<ActionCategory>,
    /// From this instant on.
    pub from: DateTime<Utc>,
    /// Until just before this instant: there is always an end.
    pub until: DateTime<Utc>,
    /// Whether the delegate may pass it on to somebody else; default no.
    #[serde(default)]
    pub may_pass_on: bool,
}

impl Delegation {
    /// Whether it holds at an instant.
    #[must_use]
    pub fn in_force(&self, now: DateTime<Utc>) -> bool {
        self.from <= now && now < self.until
    }

    /// Whether it speaks of a role in a team and a category.
    pub(crate) fn covers(&self, role: Role, team: &TeamId, category: ActionCategory) -> bool {
        self.role == role
            && self.team.as_ref().is_none_or(|own| own == team)
            && (self.categories.is_empty() || self.categories.contains(&category))
    }
}

/// The right by which somebody votes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The role.
    pub role: Role,
    /// Who holds that role, if it is somebody else whose place the voter takes.
    pub on_behalf_of: Option<PrincipalId>,
}
