use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_action::Preview;
use juno_domain::{Action, Decision, ErrorKind, Outcome, PrincipalId, Proposal, RequestId};
use juno_governance::{
    ApprovalRequest, Choice, Fired, GovernanceError, RequestFilter, Seen, StateKind, Submission,
    action_digest,
};
use juno_reasoning::Skipped;

use crate::core::Core;
use crate::{AgentError, Pending};

/// Authority, and acting under it. Nothing runs that did not pass here.
#[derive(Clone)]
pub struct GateHandle(pub(crate) Arc<Core>);

impl GateHandle {
    /// Asks whether a proposal may run. The same proposal submitted again is the same request.
    ///
    /// # Errors
    /// If nobody could decide on it, or a store cannot be reached.
    pub async fn submit(&self, proposal: &Proposal) -> Result<Submission, AgentError> {
        let gate = self.0.gate_for(proposal, None).await?;
        let submission = gate.submit(proposal, self.0.config.policy, self.now()).await?;
        self.0.drain().await?;
        Ok(submission)
    }

    /// What waits for a person, the nearest deadline first.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn pending(&self) -> Result<Vec<Pending>, AgentError> {
        let waiting = self.0.gate().pending(RequestFilter::default()).await?;
        let mut pending: Vec<Pending> =
            waiting.iter().filter_map(|request| self.waits_for(request)).collect();
        pending.sort_by(|a, b| {
            (a.deadline, a.role, &a.team, &a.target).cmp(&(b.deadline, b.role, &b.team, &b.target))
        });
        Ok(pending)
    }

    /// One request with its votes and state.
    ///
    /// # Errors
    /// If there is none, or a store cannot be reached.
    pub async fn request(&self, id: &RequestId) -> Result<ApprovalRequest, AgentError> {
        Ok(self.0.gate().get(id).await?)
    }

    /// Votes on the action that the voter has `seen`: what [`pending`](Self::pending) listed, what
    /// [`request`](Self::request) showed, or its id and digest. If the request holds another action by now, the vote is
    /// void: nothing is counted, and the voter has to look again.
    ///
    /// # Errors
    /// If the voter may not vote, the deadline has passed, the request is settled, or holds another action than was
    /// seen. `Corrupt` if its action is not the one that was submitted.
    pub async fn vote(
        &self,
        seen: impl Into<Seen>,
        by: &PrincipalId,
        choice: Choice,
        reason: &str,
    ) -> Result<Decision, AgentError> {
        let (seen, gate) = (seen.into(), self.0.gate());
        gate.get(&seen.request).await?.check_action()?;
        let request = gate.vote(&seen.request, seen.ballot(by.clone(), choice, reason), self.now()).await?;
        self.0.remember_decision(&request).await?;
        self.0.drain().await?;
        Ok(request.decision())
    }

    /// Ends a request that has not run. Whoever may decide it can, and an administrator; its proposer
    /// [withdraws](Self::withdraw) it.
    ///
    /// # Errors
    /// If it is settled already, `by` is none of these, or a store cannot be reached.
    pub async fn cancel(
        &self,
        id: &RequestId,
        by: &PrincipalId,
        reason: &str,
    ) -> Result<Decision, AgentError> {
        let request = self.0.gate().cancel(id, by, reason, self.now()).await?;
        self.0.remember_decision(&request).await?;
        self.0.drain().await?;
        Ok(request.decision())
    }

    /// Takes a request back that has not run. Only its proposer can.
    ///
    /// # Errors
    /// If it is settled already, `by` did not propose it, or a store cannot be reached.
    pub async fn withdraw(
        &self,
        id: &RequestId,
        by: &PrincipalId,
        reason: &str,
    ) -> Result<Decision, AgentError> {
        let request = self.0.gate().withdraw(id, by, reason, self.now()).await?;
        self.0.remember_decision(&request).await?;
        self.0.drain().await?;
        Ok(request.decision())
    }

    /// Passes a request to the next role up, with a fresh deadline. Whoever may vote on it now can.
    ///
    /// # Errors
    /// As [`vote`](Self::vote).
    pub async fn escalate(
        &self,
        id: &RequestId,
        by: &PrincipalId,
        reason: &str,
    ) -> Result<Decision, AgentError> {
        let request = self.0.gate().escalate(id, by, reason, self.now()).await?;
        self.0.remember_decision(&request).await?;
        self.0.drain().await?;
        Ok(request.decision())
    }

    /// Appeals against a request that people refused or let expire: a new request that cites it, for a higher role
    /// and other people. The refused one stays refused.
    ///
    /// # Errors
    /// If it was not refused by people, no role is higher, `by` may not appeal, or a store cannot be reached.
    pub async fn appeal(
        &self,
        id: &RequestId,
        by: &PrincipalId,
        reason: &str,
    ) -> Result<Submission, AgentError> {
        let gate = self.0.gate_for(self.0.gate().get(id).await?.proposal(), None).await?;
        let submission = gate.appeal(id, by, reason, self.0.config.policy, self.now()).await?;
        self.0.drain().await?;
        Ok(submission)
    }

    /// Fires every deadline that has passed: the request goes one role up, stays for a last time, or ends. Hosts call it from time to time;
    /// nothing else waits.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn tick(&self) -> Result<Vec<Fired>, AgentError> {
        let fired = self.0.gate().tick(self.now()).await?;
        for event in &fired {
            let request = self.0.gate().get(&event.request).await?;
            self.0.remember_decision(&request).await?;
        }
        self.0.drain().await?;
        Ok(fired)
    }

    /// What an action would change; changes nothing and needs no authority.
    ///
    /// # Errors
    /// If the executor does not know the action.
    pub async fn preview(&self, action: &Action) -> Result<Preview, AgentError> {
        Ok(self.0.runner.preview(action).await?)
    }

    /// Carries out an approved request, at most once ever. One that was redeemed by a process that died before it
    /// began anything is taken up again.
    ///
    /// # Errors
    /// If it is not approved or has run, or a store cannot be reached. An effect that failed is no error: the
    /// outcome says so.
    pub async fn execute(&self, id: &RequestId) -> Result<Outcome, AgentError> {
        let ready = self.ready(id).await?;
        let outcome = ready.runner.run(ready.authorization, self.0.parts.clock.as_ref()).await?;
        self.0.adopt(id, ready.change, &outcome).await?;
        self.told(outcome).await
    }

    /// Carries out everything that is approved and has not run, in order of submission. What cannot run (the policy
    /// has changed since, the stored request is damaged) stops nothing else.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn execute_approved(&self) -> Result<Vec<Outcome>, AgentError> {
        Ok(self.carry_out(BTreeSet::new()).await?.0)
    }

    /// Carries out what is approved, and what of `lost` was authorized and never begun; and says what cannot run.
    pub(crate) async fn carry_out(
        &self,
        mut lost: BTreeSet<RequestId>,
    ) -> Result<(Vec<Outcome>, Vec<Skipped>), AgentError> {
        let filter =
            RequestFilter { states: BTreeSet::from([StateKind::Approved]), ..RequestFilter::default() };
        let approved = self.0.parts.stores.approvals.list(&filter).await?;
        let mut todo: Vec<(RequestId, String)> = Vec::with_capacity(approved.len() + lost.len());
        for request in &approved {
            lost.remove(request.id());
            todo.push((request.id().clone(), request.action().target().to_owned()));
        }
        todo.extend(lost.into_iter().map(|id| (id.clone(), id.into())));
        let (mut outcomes, mut skipped) = (Vec::new(), Vec::new());
        for (id, subject) in todo {
            match self.execute(&id).await {
                Ok(outcome) => outcomes.push(outcome),
                Err(error) if is_about_this_request(error.kind()) => {
                    skipped.extend(why_not(&error).map(|reason| Skipped { subject, reason }));
                }
                Err(error) => return Err(error),
            }
        }
        Ok((outcomes, skipped))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.0.parts.clock.now()
    }

    fn waits_for(&self, request: &ApprovalRequest) -> Option<Pending> {
        let state = request.pending()?;
        let gate = self.0.gate();
        let book = gate.roles().at(self.now());
        let holders = book.holders(state.role, request.team());
        let people = holders.into_iter().filter(|person| *person != request.proposer()).cloned().collect();
        Some(Pending {
            request: request.id().clone(),
            // Of what is shown here, not of what is said to be.
            digest: action_digest(request.action()).unwrap_or_else(|_| request.digest()),
            proposal: request.proposal().id.clone(),
            target: request.action().target().to_owned(),
            action: request.action().name().to_owned(),
            rationale: request.proposal().rationale.clone(),
            team: request.team().clone(),
            role: state.role,
            people,
            deadline: state.deadline,
        })
    }
}

/// Whether an error says something about one request or proposal only, so that the others can go on.
pub(crate) const fn is_about_this_request(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::InvalidInput
        | ErrorKind::NotFound
        | ErrorKind::NotEnoughData
        | ErrorKind::Conflict
        | ErrorKind::ApprovalRequired
        | ErrorKind::Denied
        | ErrorKind::Corrupt
        | ErrorKind::Unsupported => true,
        ErrorKind::Unavailable | ErrorKind::Cancelled | ErrorKind::Internal => false,
    }
}

/// Why a request was not carried out; `None` where another process was faster, which is nothing to tell.
fn why_not(error: &AgentError) -> Option<String> {
    let told = match error {
        AgentError::Governance(
            GovernanceError::PolicyChanged(_) | GovernanceError::ApprovalExpired { .. },
        ) => true,
        _ => error.kind() != ErrorKind::Conflict,
    };
    told.then(|| error.to_string())
}
