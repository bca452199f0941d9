use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_domain::{ActionCategory, PrincipalId, Role, TeamId};

use crate::{Authority, Delegation, GovernanceError, RoleBook, Term};

impl RoleBook {
    /// Gives a role for some time.
    ///
    /// # Errors
    /// If it ends before it begins.
    pub fn assign_for(&mut self, term: Term) -> Result<(), GovernanceError> {
        if term.until.is_some_and(|until| term.from.is_some_and(|from| until <= from)) {
            let what = format!("the term of `{}` as {} ends before it begins", term.who, term.role);
            return Err(GovernanceError::Roles(what));
        }
        self.terms.push(term);
        Ok(())
    }

    /// Lets somebody vote in the place of another.
    ///
    /// # Errors
    /// If the giver does not hold the role there when it begins, alone or by what may be passed on; if giver and
    /// delegate are one; if it ends before it begins; or if the id is taken.
    pub fn delegate(&mut self, delegation: Delegation) -> Result<(), GovernanceError> {
        let bad = |what: &str| {
            Err(GovernanceError::Roles(format!("delegation `{}` cannot be: {what}", delegation.id)))
        };
        if delegation.id.trim().is_empty() || self.delegations.iter().any(|d| d.id == delegation.id) {
            return bad("give it an id of its own");
        }
        if delegation.by == delegation.to {
            return bad("nobody takes their own place");
        }
        if delegation.until <= delegation.from {
            return bad("it ends before it begins");
        }
        if delegation.role == Role::Admin {
            return bad("`admin` never votes, so there is nothing to give");
        }
        let then = self.at(delegation.from);
        let held = match &delegation.team {
            Some(team) => {
                let categories = ActionCategories::of(&delegation, &then);
                then.holds(&delegation.by, delegation.role, team)
                    || !categories.0.is_empty()
                        && categories.0.iter().all(|category| {
                            !then.givers(&delegation.by, delegation.role, team, *category, true).is_empty()
                        })
            }
            None => then.holds_anywhere(&delegation.by, delegation.role),
        };
        if !held {
            return bad("its giver does not hold that role there, or may not pass it on");
        }
        self.delegations.push(delegation);
        Ok(())
    }

    /// Ends a delegation at once. Says whether there was one.
    pub fn end_delegation(&mut self, id: &str) -> bool {
        let before = self.delegations.len();
        self.delegations.retain(|delegation| delegation.id != id);
        self.delegations.len() < before
    }

    /// The roles held for some time only, also those that are over.
    #[must_use]
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The delegations, also those that are over.
    #[must_use]
    pub fn delegations(&self) -> &[Delegation] {
        &self.delegations
    }

    /// The book as it stands at an instant: who holds a role for some time holds it, or not. Whoever decides about a
    /// request takes this first; it costs nothing where nobody holds a role for some time only.
    #[must_use]
    pub fn at(&self, now: DateTime<Utc>) -> Cow<'_, Self> {
        if self.terms.is_empty() && self.delegations.iter().all(|delegation| delegation.in_force(now)) {
            return Cow::Borrowed(self);
        }
        let mut then = self.clone();
        for term in std::mem::take(&mut then.terms) {
            if term.in_force(now) {
                then.assign(term.who, term.role, term.team);
            }
        }
        then.delegations.retain(|delegation| delegation.in_force(now));
        Cow::Owned(then)
    }

    /// The right by which a principal may vote on a rung, of the book [at](Self::at) that time: their own role if
    /// they hold one ([`voting_role`](Self::voting_role)), else the place of somebody who is not in `spent`.
    #[must_use]
    pub fn authority(
        &self,
        principal: &PrincipalId,
        team: &TeamId,
        rung: Role,
        category: ActionCategory,
        spent: &BTreeSet<&PrincipalId>,
    ) -> Option<Authority> {
        if let Some(role) = self.voting_role(principal, team, rung, category) {
            return Some(Authority { role, on_behalf_of: None });
        }
        let able = |role: &Role| role.may_vote_on(rung) && self.permissions().may_approve(*role, category);
        Role::LADDER.into_iter().filter(able).find_map(|role| {
            let givers = self.givers(principal, role, team, category, false);
            let giver = givers.into_iter().find(|giver| !spent.contains(giver) && *giver != principal)?;
            Some(Authority { role, on_behalf_of: Some(giver.clone()) })
        })
    }

    /// Who holds a role in a team of their own and has given it to somebody, directly or from hand to hand.
    pub(crate) fn givers(
        &self,
        to: &PrincipalId,
        role: Role,
        team: &TeamId,
        category: ActionCategory,
        to_pass_on: bool,
    ) -> BTreeSet<&PrincipalId> {
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut hands = vec![(to, to_pass_on)];
        while let Some((hand, to_pass_on)) = hands.pop() {
            for delegation in &self.delegations {
                let given = delegation.to == *hand
                    && delegation.covers(role, team, category)
                    && (!to_pass_on || delegation.may_pass_on);
                if !given || !seen.insert(&delegation.id) {
                    continue;
                }
                if self.holds(&delegation.by, role, team) {
                    found.insert(&delegation.by);
                }
                hands.push((&delegation.by, true));
            }
        }
        found
    }
}

/// The categories a delegation speaks of.
struct ActionCategories(BTreeSet<ActionCategory>);

impl ActionCategories {
    fn of(delegation: &Delegation, book: &RoleBook) -> Self {
        if delegation.categories.is_empty() {
            Self(book.permissions().categories(delegation.role))
        } else {
            Self(delegation.categories.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> PrincipalId {
        PrincipalId::new(name).unwrap()
    }

    fn pay() -> TeamId {
        TeamId::new("PAY").unwrap()
    }

    fn day(n: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::TimeDelta::days(n)
    }

    fn lent(name: &str, by: &str, to: &str) -> Delegation {
        Delegation {
            id: name.into(),
            by: id(by),
            to: id(to),
            role: Role::ProjectManager,
            team: Some(pay()),
            categories: BTreeSet::new(),
            from: day(1),
            until: day(10),
            may_pass_on: false,
        }
    }

    fn book() -> RoleBook {
        let mut book = RoleBook::new();
        book.assign(id("cem"), Role::ProjectManager, Some(pay()));
        book
    }

    fn by_right(book: &RoleBook, who: &str, at: i64, category: ActionCategory) -> Option<Authority> {
        book.at(day(at)).authority(&id(who), &pay(), Role::TeamLead, category, &BTreeSet::new())
    }

    use ActionCategory::{ProcessChange, ResourceAllocation, TicketManagement};

    /// control: SOC2-CC6.2
    #[test]
    fn a_role_is_held_from_its_first_instant_to_just_before_its_last() {
        let mut book = RoleBook::new();
        let term = Term {
            who: id("eva"),
            role: Role::TeamLead,
            team: None,
            from: Some(day(2)),
            until: Some(day(4)),
        };
        book.assign_for(term.clone()).unwrap();
        let held: Vec<bool> =
            (1..5).map(|n| book.at(day(n)).holds(&id("eva"), Role::TeamLead, &pay())).collect();
        assert_eq!(held, [false, true, true, false]);
        assert!(!book.is_empty());
        assert!(book.assign_for(Term { until: Some(day(2)), ..term }).is_err());
        let again: RoleBook = serde_json::from_str(&serde_json::to_string(&book).unwrap()).unwrap();
        assert_eq!(again, book);
    }

    /// control: ASI03
    #[test]
    fn a_delegate_has_what_the_giver_has_at_that_moment_and_no_more() {
        let mut book = book();
        book.delegate(Delegation { categories: [ResourceAllocation].into(), ..lent("d", "cem", "bo") })
            .unwrap();
        let right = by_right(&book, "bo", 1, ResourceAllocation).unwrap();
        assert_eq!((right.role, right.on_behalf_of), (Role::ProjectManager, Some(id("cem"))));
        assert_eq!(by_right(&book, "bo", 0, ResourceAllocation), None, "not yet");
        assert_eq!(by_right(&book, "bo", 10, ResourceAllocation), None, "over");
        assert_eq!(by_right(&book, "bo", 1, TicketManagement), None, "another category");
        assert_eq!(by_right(&book, "bo", 1, ProcessChange), None, "the giver may not either");
        let spent = BTreeSet::from([&id("cem")]).into_iter().cloned().collect::<Vec<_>>();
        let spent = spent.iter().collect();
        let now = book.at(day(1));
        assert_eq!(now.authority(&id("bo"), &pay(), Role::TeamLead, ResourceAllocation, &spent), None);
        drop(now);
        assert!(book.revoke(&id("cem"), Role::ProjectManager, Some(&pay())));
        assert_eq!(by_right(&book, "bo", 1, ResourceAllocation), None, "the giver lost the role");
    }

    #[test]
    fn nobody_gives_what_they_do_not_hold_or_may_not_pass_on() {
        let mut book = book();
        assert!(book.delegate(lent("d", "bo", "eva")).is_err());
        assert!(book.delegate(lent("d", "cem", "cem")).is_err());
        assert!(book.delegate(Delegation { role: Role::Director, ..lent("d", "cem", "bo") }).is_err());
        assert!(book.delegate(Delegation { until: day(1), ..lent("d", "cem", "bo") }).is_err());
        book.delegate(lent("d", "cem", "bo")).unwrap();
        assert!(book.delegate(lent("d", "cem", "eva")).is_err(), "the id is taken");
        assert!(book.delegate(lent("e", "bo", "eva")).is_err(), "it may not be passed on");
        assert!(book.end_delegation("d") && !book.end_delegation("d"));
        book.delegate(Delegation { may_pass_on: true, ..lent("d", "cem", "bo") }).unwrap();
        book.delegate(lent("e", "bo", "eva")).unwrap();
        let right = by_right(&book, "eva", 1, TicketManagement).unwrap();
        assert_eq!(right.on_behalf_of, Some(id("cem")), "it stays the vote of the first giver");
        assert!(book.end_delegation("d"));
        assert_eq!(by_right(&book, "eva", 1, TicketManagement), None, "the chain is cut");
    }

    #[test]
    fn hands_that_give_in_a_circle_come_to_an_end_and_to_nothing() {
        let json = serde_json::json!({ "delegations": [
            Delegation { may_pass_on: true, ..lent("a", "bo", "eva") },
            Delegation { may_pass_on: true, ..lent("b", "eva", "bo") },
        ] });
        let book: RoleBook = serde_json::from_value(json).unwrap();
        assert_eq!(by_right(&book, "bo", 1, TicketManagement), None);
    }
}
