use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_domain::PrincipalId;

use crate::transition::spent;
use crate::{ApprovalRequest, RoleBook};

impl ApprovalRequest {
    /// The people this request waits for at an instant: those of the deciding role, or in the place of one, whose vote
    /// would count; where there is none, everybody whose vote would. Empty once the request is settled.
    #[must_use]
    pub fn waits_for(&self, roles: &RoleBook, now: DateTime<Utc>) -> BTreeSet<PrincipalId> {
        let Some(pending) = self.pending() else { return BTreeSet::new() };
        let book = roles.at(now);
        let (team, category, spent) = (self.team(), self.action().category(), spent(self));
        let held = book.held().filter(|(place, ..)| place.is_none_or(|place| place == team));
        let mut able = BTreeSet::new();
        for person in held.map(|(_, _, who)| who).chain(book.delegations().iter().map(|given| &given.to)) {
            if spent.contains(person) {
                continue;
            }
            if let Some(right) = book.authority(person, team, pending.role, category, &spent) {
                able.insert((right.role, person));
            }
        }
        let own: BTreeSet<PrincipalId> =
            able.iter().filter(|(role, _)| *role == pending.role).map(|(_, who)| (*who).clone()).collect();
        if own.is_empty() { able.into_iter().map(|(_, who)| who.clone()).collect() } else { own }
    }
}
