use std::collections::BTreeSet;

use juno_domain::DecidedBy;

use crate::{ApprovalRequest, Choice, GovernanceError};

/// Checks that a stored approval is backed by what it claims: the digest is that of the action, and the votes, each
/// by another person than the proposer and for this very action, reach the quorum of every rung. A row that was
/// edited in the store so that it reads "approved" does not pass.
///
/// # Errors
/// [`Corrupt`](GovernanceError::Corrupt), naming what does not fit.
pub(crate) fn check_approval(request: &ApprovalRequest) -> Result<(), GovernanceError> {
    let corrupt =
        |what: &str| Err(GovernanceError::Corrupt { request: request.id.to_string(), what: what.to_owned() });
    request.check_action()?;
    let Some(approval) = request.state.settled() else {
        return corrupt("it is not settled");
    };
    let ladder = match (&approval.by, &request.ladder) {
        (DecidedBy::Policy { .. }, None) if request.votes.is_empty() => return Ok(()),
        (DecidedBy::Person { .. }, Some(ladder)) => ladder,
        _ => return corrupt("nobody who may approve has approved it"),
    };
    let mut voters = BTreeSet::new();
    for vote in request.votes.iter() {
        for person in std::iter::once(&vote.by).chain(&vote.on_behalf_of) {
            if *person == request.proposal.proposer {
                return corrupt("its proposer voted on it");
            }
            if request.excluded().any(|out| out == person) {
                return corrupt("it is an appeal, and a person voted who had a part in the case before");
            }
            if !voters.insert(person) {
                return corrupt("a person voted on it twice");
            }
        }
        if vote.digest != request.digest {
            return corrupt("a vote is for another action");
        }
        if vote.choice == Choice::Deny {
            return corrupt("a vote is against it");
        }
    }
    if let Some(appeal) = &request.appeal
        && ladder.rungs().iter().any(|rung| rung.role <= appeal.above)
    {
        return corrupt("it is an appeal that does not go to a higher role");
    }
    for (index, rung) in ladder.rungs().iter().enumerate() {
        let backing = request.votes.iter().filter(|vote| {
            usize::try_from(vote.rung).is_ok_and(|at| at == index) && vote.role.may_vote_on(rung.role)
        });
        if backing.count() < usize::try_from(rung.quorum).unwrap_or(usize::MAX) {
            return corrupt("its votes do not reach the quorum");
        }
    }
    Ok(())
}
