use std::collections::{BTreeMap, BTreeSet};

use juno_domain::{ActionCategory, Role};
use serde::{Deserialize, Serialize};

use crate::GovernanceError;

/// Which role may approve which category of action.
///
/// | role | may approve |
/// | --- | --- |
/// | Team Lead | ticket management, sprint planning, escalation |
/// | Project Manager | these and resource allocation |
/// | Engineering Manager, Director | these and process change |
///
/// Read from text, a role that is left out keeps its row above; an empty list takes its rights away. `Admin` has no
/// row: who administers does not vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    try_from = "BTreeMap<Role, BTreeSet<ActionCategory>>",
    into = "BTreeMap<Role, BTreeSet<ActionCategory>>"
)]
pub struct PermissionMatrix(BTreeMap<Role, BTreeSet<ActionCategory>>);

impl PermissionMatrix {
    /// Whether holders of `role` may approve actions of `category`.
    #[must_use]
    pub fn may_approve(&self, role: Role, category: ActionCategory) -> bool {
        self.0.get(&role).is_some_and(|categories| categories.contains(&category))
    }

    /// The categories that holders of `role` may approve.
    #[must_use]
    pub fn categories(&self, role: Role) -> BTreeSet<ActionCategory> {
        self.0.get(&role).cloned().unwrap_or_default()
    }
}

impl Default for PermissionMatrix {
    fn default() -> Self {
        use ActionCategory::{
            Escalation, ProcessChange, ResourceAllocation, SprintPlanning, TicketManagement,
        };
        let lead = BTreeSet::from([TicketManagement, SprintPlanning, Escalation]);
        let manager = &lead | &BTreeSet::from([ResourceAllocation]);
        let all = &manager | &BTreeSet::from([ProcessChange]);
        Self(BTreeMap::from([
            (Role::TeamLead, lead),
            (Role::ProjectManager, manager),
            (Role::EngineeringManager, all.clone()),
            (Role::Director, all),
        ]))
    }
}

impl TryFrom<BTreeMap<Role, BTreeSet<ActionCategory>>> for PermissionMatrix {
    type Error = GovernanceError;
    fn try_from(rows: BTreeMap<Role, BTreeSet<ActionCategory>>) -> Result<Self, GovernanceError> {
        if rows.contains_key(&Role::Admin) {
            let what = "`admin` administers and never votes: take it out of the permissions";
            return Err(GovernanceError::Roles(what.into()));
        }
        let mut matrix = Self::default();
        matrix.0.extend(rows);
        Ok(matrix)
    }
}

impl From<PermissionMatrix> for BTreeMap<Role, BTreeSet<ActionCategory>> {
    fn from(matrix: PermissionMatrix) -> Self {
        matrix.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_category_is_an_error_never_the_lowest() {
        assert!(serde_json::from_str::<PermissionMatrix>(r#"{"team_lead":["ticket_managment"]}"#).is_err());
        assert!(serde_json::from_str::<PermissionMatrix>(r#"{"intern":[]}"#).is_err());
    }

    #[test]
    fn a_role_left_out_keeps_its_rights_and_admin_has_none() {
        let matrix: PermissionMatrix = serde_json::from_str(r#"{"team_lead":[]}"#).unwrap();
        assert!(!matrix.may_approve(Role::TeamLead, ActionCategory::TicketManagement));
        assert!(matrix.may_approve(Role::Director, ActionCategory::ProcessChange));
        assert!(serde_json::from_str::<PermissionMatrix>(r#"{"admin":["escalation"]}"#).is_err());
        assert!(!PermissionMatrix::default().may_approve(Role::Admin, ActionCategory::Escalation));
    }
}
