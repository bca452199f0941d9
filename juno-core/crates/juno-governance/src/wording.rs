use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_domain::{DecidedBy, PrincipalId, Wording};

use crate::appealing::quotes_appeal;
use crate::{ApprovalRequest, RequestState, Settled};

/// Rationale and evidence are the proposer's, the reason of an appeal the appellant's, that of a vote the voter's, those
/// of an end theirs who ended it. The action is none of these: it is what was decided on.
impl Wording for ApprovalRequest {
    fn each_text(&mut self, see: &mut dyn FnMut(&PrincipalId, DateTime<Utc>, &mut String)) {
        let proposal = Arc::make_mut(&mut self.proposal);
        let (proposer, at) = (&proposal.proposer, proposal.proposed_at);
        see(proposer, at, &mut proposal.rationale);
        for evidence in &mut proposal.evidence {
            see(proposer, at, &mut evidence.statement);
        }
        if let Some(appeal) = &mut self.appeal {
            let appeal = Arc::make_mut(appeal);
            if self.policy_reasons.first().is_some_and(|reason| quotes_appeal(reason, &appeal.of)) {
                let mut reasons = self.policy_reasons.to_vec();
                reasons.iter_mut().take(1).for_each(|reason| see(&appeal.by, self.created_at, reason));
                self.policy_reasons = reasons.into();
            }
            see(&appeal.by, self.created_at, &mut appeal.reason);
        }
        for vote in Arc::make_mut(&mut self.votes) {
            see(&vote.by, vote.at, &mut vote.reason);
        }
        let settled = match &mut self.state {
            RequestState::Pending(_) => return,
            RequestState::Approved(settled)
            | RequestState::Denied(settled)
            | RequestState::Expired(settled)
            | RequestState::Cancelled(settled) => settled,
            RequestState::Authorized(redeemed) => &mut redeemed.approval,
        };
        let Settled { at, by, reasons } = settled;
        if let DecidedBy::Person { principal, .. } | DecidedBy::Proposer { principal } = by {
            reasons.iter_mut().for_each(|reason| see(principal, *at, reason));
        }
    }

    fn count_change(&mut self) {
        self.version = self.version.saturating_add(1);
    }
}
