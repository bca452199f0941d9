use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use juno_domain::{ActionCategory, PrincipalId, Role, TeamId};
use serde::{Deserialize, Serialize};

use crate::{Delegation, PermissionMatrix, Term};

/// Who holds which role.
type Holders = BTreeMap<Role, BTreeSet<PrincipalId>>;

/// Who holds which role in which team, for how long and in whose place, and what each role may approve. A person may
/// hold several roles.
///
/// What is held for some time only, or in the place of another, counts in the book [at](Self::at) an instant;
/// [`transition`](crate::transition) and [`open`](crate::open()) take it by themselves.
///
/// In TOML:
/// ```toml
/// [everywhere]
/// director = ["dana"]
///
/// [teams.PAY]
/// team_lead = ["ann", "bo"]
/// project_manager = ["cem"]
///
/// [[terms]]
/// who = "eva"
/// role = "team_lead"
/// team = "PAY"             # or everywhere
/// until = "2026-07-01T00:00:00Z"
///
/// [[delegations]]
/// id = "cem-on-leave"
/// by = "cem"
/// to = "bo"
/// role = "project_manager"
/// from = "2026-06-01T00:00:00Z"
/// until = "2026-06-15T00:00:00Z"
///
/// [may_approve]            # optional, see `PermissionMatrix`
/// team_lead = ["ticket_management", "escalation"]
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoleBook {
    /// What each role may approve.
    may_approve: PermissionMatrix,
    /// Roles held in every team.
    everywhere: Holders,
    /// Roles held in one team, by its exact id.
    teams: BTreeMap<TeamId, Holders>,
    /// Roles held for some time only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) terms: Vec<Term>,
    /// Who votes in whose place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) delegations: Vec<Delegation>,
}

impl RoleBook {
    /// A book without holders and with the default permissions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The book with other permissions.
    #[must_use]
    pub fn with_permissions(mut self, may_approve: PermissionMatrix) -> Self {
        self.may_approve = may_approve;
        self
    }

    /// Gives a role in one team, or in every team (`None`).
    pub fn assign(&mut self, principal: PrincipalId, role: Role, team: Option<TeamId>) {
        let holders = match team {
            None => &mut self.everywhere,
            Some(team) => self.teams.entry(team).or_default(),
        };
        holders.entry(role).or_default().insert(principal);
    }

    /// Takes a role away again, where it was given: in one team, or in every team (`None`). Says whether it was held
    /// there.
    pub fn revoke(&mut self, principal: &PrincipalId, role: Role, team: Option<&TeamId>) -> bool {
        let holders = match team {
            None => Some(&mut self.everywhere),
            Some(team) => self.teams.get_mut(team),
        };
        holders.and_then(|held| held.get_mut(&role)).is_some_and(|people| people.remove(principal))
    }

    /// Whether nobody holds any role, now or at another time.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
            && self
                .everywhere
                .values()
                .chain(self.teams.values().flat_map(BTreeMap::values))
                .all(BTreeSet::is_empty)
    }

    /// Whether a principal holds any role now, in any team.
    #[must_use]
    pub fn has_any_role(&self, principal: &PrincipalId, now: DateTime<Utc>) -> bool {
        self.at(now).held().any(|(_, _, who)| who == principal)
    }

    /// Whether a principal holds a role now in every team.
    #[must_use]
    pub fn holds_everywhere(&self, principal: &PrincipalId, role: Role, now: DateTime<Utc>) -> bool {
        self.at(now).everywhere.get(&role).is_some_and(|people| people.contains(principal))
    }

    /// What each role may approve.
    #[must_use]
    pub const fn permissions(&self) -> &PermissionMatrix {
        &self.may_approve
    }

    /// Who holds a role in a team, there or everywhere, in order.
    #[must_use]
    pub fn holders(&self, role: Role, team: &TeamId) -> BTreeSet<&PrincipalId> {
        let here = self.teams.get(team).and_then(|held| held.get(&role));
        self.everywhere.get(&role).into_iter().chain(here).flatten().collect()
    }

    /// Whether a principal holds a role in a team, there or everywhere.
    #[must_use]
    pub fn holds(&self, principal: &PrincipalId, role: Role, team: &TeamId) -> bool {
        let holds = |held: &Holders| held.get(&role).is_some_and(|people| people.contains(principal));
        holds(&self.everywhere) || self.teams.get(team).is_some_and(holds)
    }

    /// Whether a principal holds a role in any team.
    pub(crate) fn holds_anywhere(&self, principal: &PrincipalId, role: Role) -> bool {
        let mut all = std::iter::once(&self.everywhere).chain(self.teams.values());
        all.any(|held| held.get(&role).is_some_and(|people| people.contains(principal)))
    }

    /// Every role somebody holds, with the team it is for (`None`: every team).
    pub(crate) fn held(&self) -> impl Iterator<Item = (Option<&TeamId>, Role, &PrincipalId)> {
        let places = std::iter::once((None, &self.everywhere));
        let places = places.chain(self.teams.iter().map(|(team, held)| (Some(team), held)));
        places.flat_map(|(team, held)| {
            held.iter().flat_map(move |(role, people)| people.iter().map(move |who| (team, *role, who)))
        })
    }

    /// The role in which a principal may vote on a rung: the lowest role they hold that is at least `rung` and may
    /// approve the category.
    #[must_use]
    pub fn voting_role(
        &self,
        principal: &PrincipalId,
        team: &TeamId,
        rung: Role,
        category: ActionCategory,
    ) -> Option<Role> {
        Role::LADDER.into_iter().find(|role| {
            role.may_vote_on(rung)
                && self.may_approve.may_approve(*role, category)
                && self.holds(principal, *role, team)
        })
    }

    /// The lowest role from `from` up that may approve the category, has a holder outside `excluded`, and has with
    /// the roles above it at least `needed` different people outside `excluded`. `None` if no role has.
    #[must_use]
    pub fn route(
        &self,
        from: Role,
        category: ActionCategory,
        team: &TeamId,
        excluded: &BTreeSet<&PrincipalId>,
        needed: usize,
    ) -> Option<Role> {
        let able = |role: &Role| role.may_vote_on(from) && self.may_approve.may_approve(*role, category);
        let voters = |role| {
            let here = self.teams.get(team).and_then(|held| held.get(&role));
            let people = self.everywhere.get(&role).into_iter().chain(here).flatten();
            people.filter(|person| !excluded.contains(person))
        };
        let mut found = Vec::with_capacity(needed.min(16));
        Role::LADDER.into_iter().filter(able).find(|role| {
            if voters(*role).next().is_none() {
                return false;
            }
            found.clear();
            // Counting ends where enough are found, which mostly is soon.
            let mut from_here_up = Role::LADDER.into_iter().filter(|higher| higher >= role && able(higher));
            needed <= 1
                || from_here_up.by_ref().flat_map(voters).any(|person| {
                    if !found.contains(&person) {
                        found.push(person);
                    }
                    found.len() >= needed
                })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> PrincipalId {
        PrincipalId::new(name).unwrap()
    }

    fn team(name: &str) -> TeamId {
        TeamId::new(name).unwrap()
    }

    /// control: ASI03, SOC2-CC6.1
    #[test]
    fn a_role_in_one_team_says_nothing_about_another_with_a_similar_name() {
        let mut book = RoleBook::new();
        book.assign(id("ann"), Role::TeamLead, Some(team("team_1")));
        assert!(book.holds(&id("ann"), Role::TeamLead, &team("team_1")));
        assert!(!book.holds(&id("ann"), Role::TeamLead, &team("team_10")));
        assert!(book.revoke(&id("ann"), Role::TeamLead, Some(&team("team_1"))));
        assert!(!book.revoke(&id("ann"), Role::TeamLead, Some(&team("team_1"))));
        assert!(book.is_empty());
    }

    #[test]
    fn routed_to_a_role_that_cannot_approve_never_happens() {
        let mut book = RoleBook::new();
        let here = team("PAY");
        book.assign(id("ann"), Role::TeamLead, Some(here.clone()));
        book.assign(id("cem"), Role::ProjectManager, Some(here.clone()));
        book.assign(id("dana"), Role::Director, None);
        let route = |category, excluded: &[&PrincipalId], needed| {
            book.route(Role::TeamLead, category, &here, &excluded.iter().copied().collect(), needed)
        };
        use ActionCategory::{ProcessChange, ResourceAllocation, TicketManagement};
        assert_eq!(route(TicketManagement, &[], 1), Some(Role::TeamLead));
        assert_eq!(route(TicketManagement, &[&id("ann")], 1), Some(Role::ProjectManager));
        assert_eq!(route(ResourceAllocation, &[], 1), Some(Role::ProjectManager));
        assert_eq!(route(ProcessChange, &[], 1), Some(Role::Director));
        assert_eq!(route(ProcessChange, &[&id("dana")], 1), None);
        assert_eq!(route(TicketManagement, &[], 3), Some(Role::TeamLead));
        assert_eq!(route(TicketManagement, &[], 4), None);
        assert_eq!(book.voting_role(&id("ann"), &here, Role::TeamLead, ResourceAllocation), None);
        assert_eq!(book.voting_role(&id("dana"), &here, Role::TeamLead, ProcessChange), Some(Role::Director));
    }

    /// control: SOC2-CC6.3
    #[test]
    fn an_admin_never_votes() {
        let mut book = RoleBook::new();
        book.assign(id("root"), Role::Admin, None);
        for rung in Role::LADDER {
            assert_eq!(book.voting_role(&id("root"), &team("PAY"), rung, ActionCategory::Escalation), None);
        }
        let nobody = BTreeSet::new();
        assert_eq!(book.route(Role::Admin, ActionCategory::Escalation, &team("PAY"), &nobody, 1), None);
    }

    #[test]
    fn the_book_reads_as_people_write_it() {
        let book: RoleBook = serde_json::from_str(
            r#"{"everywhere":{"director":["dana"]},"teams":{"PAY":{"team_lead":["ann","bo"]}}}"#,
        )
        .unwrap();
        assert_eq!(book.holders(Role::TeamLead, &team("PAY")).len(), 2);
        let again: RoleBook = serde_json::from_str(&serde_json::to_string(&book).unwrap()).unwrap();
        assert_eq!(again, book);
        assert!(serde_json::from_str::<RoleBook>(r#"{"team":{}}"#).is_err());
    }
}
