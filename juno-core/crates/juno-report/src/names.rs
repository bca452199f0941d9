use std::collections::BTreeMap;

use juno_agent::Review;
use juno_domain::{MemberId, TeamId};

/// Names of teams and people by id; an id where no name is known.
pub(crate) struct Names<'a> {
    teams: BTreeMap<&'a TeamId, &'a str>,
    people: BTreeMap<&'a MemberId, &'a str>,
}

impl<'a> Names<'a> {
    pub(crate) fn of(review: &'a Review) -> Self {
        Self {
            teams: review.teams.iter().map(|team| (&team.id, team.name.as_str())).collect(),
            people: review.people.iter().map(|person| (&person.id, person.name.as_str())).collect(),
        }
    }

    pub(crate) fn team(&self, id: &'a TeamId) -> &'a str {
        self.teams.get(id).copied().unwrap_or(id.as_str())
    }

    pub(crate) fn person<'b>(&'b self, id: &'b MemberId) -> &'b str {
        self.people.get(id).copied().unwrap_or(id.as_str())
    }
}
