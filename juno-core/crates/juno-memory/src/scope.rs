use std::fmt;

use juno_domain::{PrincipalId, SessionId, TeamId, TenantId};
use serde::{Deserialize, Serialize};

use crate::MemoryError;

/// Whose memory it is: tenant ⊃ team ⊃ agent ⊃ session.
///
/// A tenant is always there. Below it a scope may name a team, an agent in it, and a session of that agent. An
/// agent that serves no single team stands directly under its tenant; a session always belongs to an agent.
/// Two scopes are the same only if every level is the same: nothing is read sideways or downwards.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Levels", into = "Levels")]
pub struct MemoryScope {
    tenant: TenantId,
    team: Option<TeamId>,
    agent: Option<PrincipalId>,
    session: Option<SessionId>,
}

impl MemoryScope {
    /// The scope of a whole tenant.
    #[must_use]
    pub const fn tenant_wide(tenant: TenantId) -> Self {
        Self { tenant, team: None, agent: None, session: None }
    }

    /// Any scope, by its levels.
    ///
    /// # Errors
    /// If a session is given without an agent.
    pub fn new(
        tenant: TenantId,
        team: Option<TeamId>,
        agent: Option<PrincipalId>,
        session: Option<SessionId>,
    ) -> Result<Self, MemoryError> {
        match (&agent, &session) {
            (None, Some(session)) => Err(MemoryError::SessionWithoutAgent { session: session.clone() }),
            _ => Ok(Self { tenant, team, agent, session }),
        }
    }

    /// The same tenant's team `team`, without the deeper levels.
    #[must_use]
    pub fn with_team(&self, team: TeamId) -> Self {
        Self { tenant: self.tenant.clone(), team: Some(team), agent: None, session: None }
    }

    /// The agent `agent` at this scope's team, or at its tenant where it has no team.
    #[must_use]
    pub fn with_agent(&self, agent: PrincipalId) -> Self {
        Self { agent: Some(agent), session: None, ..self.clone() }
    }

    /// The session `session` of this scope's agent.
    ///
    /// # Errors
    /// If this scope names no agent.
    pub fn with_session(&self, session: SessionId) -> Result<Self, MemoryError> {
        Self::new(self.tenant.clone(), self.team.clone(), self.agent.clone(), Some(session))
    }

    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The team, if the scope goes that deep.
    #[must_use]
    pub const fn team(&self) -> Option<&TeamId> {
        self.team.as_ref()
    }

    /// The agent, if the scope goes that deep.
    #[must_use]
    pub const fn agent(&self) -> Option<&PrincipalId> {
        self.agent.as_ref()
    }

    /// The session, if the scope goes that deep.
    #[must_use]
    pub const fn session(&self) -> Option<&SessionId> {
        self.session.as_ref()
    }

    /// This scope and those that enclose it, the deepest first: session, agent, team, tenant.
    #[must_use]
    pub fn path_upwards(&self) -> Vec<Self> {
        let mut path = vec![self.clone()];
        while let Some(parent) = path.last().and_then(Self::parent) {
            path.push(parent);
        }
        path
    }

    fn parent(&self) -> Option<Self> {
        if self.session.is_some() {
            Some(Self { session: None, ..self.clone() })
        } else if self.agent.is_some() {
            Some(Self { agent: None, ..self.clone() })
        } else if self.team.is_some() {
            Some(Self::tenant_wide(self.tenant.clone()))
        } else {
            None
        }
    }
}

impl fmt::Display for MemoryScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tenant {}", self.tenant)?;
        if let Some(team) = &self.team {
            write!(f, ", team {team}")?;
        }
        if let Some(agent) = &self.agent {
            write!(f, ", agent {agent}")?;
        }
        if let Some(session) = &self.session {
            write!(f, ", session {session}")?;
        }
        Ok(())
    }
}

/// The levels before they are checked.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Levels {
    tenant: TenantId,
    #[serde(default)]
    team: Option<TeamId>,
    #[serde(default)]
    agent: Option<PrincipalId>,
    #[serde(default)]
    session: Option<SessionId>,
}

impl TryFrom<Levels> for MemoryScope {
    type Error = MemoryError;
    fn try_from(levels: Levels) -> Result<Self, MemoryError> {
        Self::new(levels.tenant, levels.team, levels.agent, levels.session)
    }
}

impl From<MemoryScope> for Levels {
    fn from(scope: MemoryScope) -> Self {
        Self { tenant: scope.tenant, team: scope.team, agent: scope.agent, session: scope.session }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant() -> MemoryScope {
        MemoryScope::tenant_wide(TenantId::new("acme").unwrap())
    }

    /// control: ASI06
    #[test]
    fn the_path_upwards_drops_one_level_at_a_time_and_skips_none() {
        let team = tenant().with_team(TeamId::new("pay").unwrap());
        let agent = team.with_agent(PrincipalId::new("juno").unwrap());
        let session = agent.with_session(SessionId::new("s1").unwrap()).unwrap();
        assert_eq!(session.path_upwards(), [session.clone(), agent, team, tenant()]);
        assert_eq!(tenant().path_upwards(), [tenant()]);

        let teamless = tenant().with_agent(PrincipalId::new("juno").unwrap());
        assert_eq!(teamless.path_upwards(), [teamless.clone(), tenant()]);
    }

    #[test]
    fn a_session_without_an_agent_is_refused_also_from_json() {
        assert!(tenant().with_session(SessionId::new("s1").unwrap()).is_err());
        assert!(serde_json::from_str::<MemoryScope>(r#"{"tenant":"acme","session":"s1"}"#).is_err());
        assert!(serde_json::from_str::<MemoryScope>(r#"{"tenant":"acme","tema":"pay"}"#).is_err());
        assert_eq!(serde_json::from_str::<MemoryScope>(r#"{"tenant":"acme"}"#).unwrap(), tenant());
    }
}
