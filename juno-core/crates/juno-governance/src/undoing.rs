//! Who may undo what was approved: undoing needs the authority that doing needed.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_domain::{DecidedBy, PrincipalId, Role};

use crate::{ApprovalRequest, Gate, GovernanceError, Ladder};

impl ApprovalRequest {
    /// The lowest role that could have let this action run: that of its highest rung, or of whoever decided it higher up.
    /// Where a policy alone decided, that of the usual ladder of its impact.
    #[must_use]
    pub fn authority_needed(&self) -> Role {
        let usual = Ladder::default_for(self.proposal().impact);
        let rungs = self.ladder().unwrap_or(&usual).rungs().iter().map(|rung| rung.role);
        let decided = match self.state().settled().map(|settled| &settled.by) {
            Some(DecidedBy::Person { role, .. }) if *role != Role::Admin => Some(*role),
            _ => None,
        };
        rungs.chain(decided).max().unwrap_or(Role::Director)
    }

    /// Whether people approved it, and not a policy alone.
    fn approved_by_people(&self) -> bool {
        self.state().settled().is_some_and(|settled| matches!(settled.by, DecidedBy::Person { .. }))
    }
}

impl Gate {
    /// Whether somebody may undo what a request led to, or say how it ended: whoever holds now, or votes in the place of
    /// one who holds, a role that could have let the action run ([`ApprovalRequest::authority_needed`]) and approve its
    /// category. What people approved is not undone by its proposer, nor, after an appeal, by who had a part in the case
    /// before, whatever their role: that would overrule those who decided. What a policy alone approved its proposer may
    /// undo.
    ///
    /// # Errors
    /// [`ProposerVotes`](GovernanceError::ProposerVotes), [`DecidedBefore`](GovernanceError::DecidedBefore) or
    /// [`NotEligible`](GovernanceError::NotEligible), which names the lowest role that may.
    pub fn may_undo(
        &self,
        request: &ApprovalRequest,
        by: &PrincipalId,
        now: DateTime<Utc>,
    ) -> Result<(), GovernanceError> {
        let proposed = by == request.proposer();
        if proposed && !request.approved_by_people() {
            return Ok(());
        }
        let (id, who) = (request.id().clone(), by.clone());
        if proposed {
            return Err(GovernanceError::ProposerVotes { request: id, by: who });
        }
        if request.excluded().any(|out| out == by) {
            return Err(GovernanceError::DecidedBefore { request: id, by: who });
        }
        let needed = request.authority_needed();
        let roles = self.roles().at(now);
        match roles.authority(by, request.team(), needed, request.action().category(), &BTreeSet::new()) {
            Some(_) => Ok(()),
            None => Err(GovernanceError::NotEligible { request: id, by: who, needed }),
        }
    }

    /// Whether somebody may take back what was approved and has not begun: its proposer, who withdraws it; an
    /// administrator of its team; and whoever [may undo](Self::may_undo) it.
    ///
    /// # Errors
    /// As [`may_undo`](Self::may_undo).
    pub fn may_take_back(
        &self,
        request: &ApprovalRequest,
        by: &PrincipalId,
        now: DateTime<Utc>,
    ) -> Result<(), GovernanceError> {
        let administers = || self.roles().at(now).holds(by, Role::Admin, request.team());
        if by == request.proposer() || administers() {
            return Ok(());
        }
        self.may_undo(request, by, now)
    }
}
