use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use juno_domain::{ActionCategory, PrincipalId, Role, TeamId};
use serde::{Deserialize, Serialize};

use crate::{ApprovalRequest, Choice, Pending, Period, RoleBook};

/// What one person has to decide, and decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonLoad {
    /// Who: everybody who holds or is lent a role now, or voted in the period.
    pub who: PrincipalId,
    /// Requests that wait now and that this person could vote on: by their own role or in the place of another, neither
    /// proposed by them nor voted on, and in time. One request can wait for several people.
    pub waiting: u64,
    /// Votes for, in the period.
    pub approved: u64,
    /// Votes against, in the period.
    pub refused: u64,
}

impl PersonLoad {
    pub(super) fn of(
        requests: &[ApprovalRequest],
        pending: &[(&ApprovalRequest, &Pending)],
        roles: &RoleBook,
        period: &Period,
        now: DateTime<Utc>,
    ) -> Vec<Self> {
        let book = roles.at(now);
        let mut people: BTreeMap<&PrincipalId, Self> = BTreeMap::new();
        let able = Able::of(&book);
        for person in &able.0 {
            people.entry(person).or_insert_with(|| Self::new(person));
        }
        let mut voters: BTreeMap<(&TeamId, Role, ActionCategory), Vec<&PrincipalId>> = BTreeMap::new();
        for (request, state) in pending.iter().filter(|(request, _)| !request.is_due(now)) {
            let place = (request.team(), state.role, request.action().category());
            let candidates = voters.entry(place).or_insert_with(|| able.on(&book, place));
            let spent = spent(request);
            for person in candidates.iter().filter(|person| !spent.contains(*person)) {
                let (team, role, category) = place;
                if book.authority(person, team, role, category, &spent).is_some() {
                    people.entry(person).or_insert_with(|| Self::new(person)).waiting += 1;
                }
            }
        }
        for vote in requests.iter().flat_map(ApprovalRequest::votes).filter(|vote| period.contains(vote.at)) {
            let person = people.entry(&vote.by).or_insert_with(|| Self::new(&vote.by));
            match vote.choice {
                Choice::Approve => person.approved += 1,
                Choice::Deny => person.refused += 1,
            }
        }
        people.into_values().collect()
    }

    fn new(who: &PrincipalId) -> Self {
        Self { who: who.clone(), waiting: 0, approved: 0, refused: 0 }
    }
}

/// Everybody who holds or is lent a deciding role.
struct Able<'a>(BTreeSet<&'a PrincipalId>);

impl<'a> Able<'a> {
    fn of(book: &'a RoleBook) -> Self {
        let held = book.held().filter(|(_, role, _)| *role != Role::Admin).map(|(.., who)| who);
        Self(held.chain(book.delegations().iter().map(|given| &given.to)).collect())
    }

    /// Those who may vote at a place where nobody has yet.
    fn on(
        &self,
        book: &RoleBook,
        (team, role, category): (&TeamId, Role, ActionCategory),
    ) -> Vec<&'a PrincipalId> {
        let none = BTreeSet::new();
        let may = |person: &&PrincipalId| book.authority(person, team, role, category, &none).is_some();
        self.0.iter().copied().filter(|person| may(person)).collect()
    }
}

/// Who has no vote on a request any more: its proposer, whoever is out of an appeal, who voted, and in whose place.
pub(super) fn spent(request: &ApprovalRequest) -> BTreeSet<&PrincipalId> {
    let voters = request.votes().iter().flat_map(|vote| std::iter::once(&vote.by).chain(&vote.on_behalf_of));
    voters.chain(request.excluded()).collect()
}
