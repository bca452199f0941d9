use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_domain::{DecidedBy, DomainEvent, EventKind, PrincipalId, Role};

use crate::integrity::check_approval;
use crate::record::{Payload, actor_of, decision_event, event, gate_actor};
use crate::{
    ApprovalEvent, ApprovalRequest, Authority, Ballot, Choice, GovernanceError, OnExpiry, Pending, Redeemed,
    RequestState, RoleBook, Rung, Settled, Vote,
};

/// What a request becomes through an event, and what to record about it. The one place where requests change.
///
/// It is pure: same request, event, roles and time, same result. Of `roles` those count that are held at `now`.
///
/// - A vote counts if it names the stored action, comes before the deadline, from a person who holds a role of at
///   least the deciding one that may approve the category, is not the proposer, and has not voted on this request.
///   Somebody else may vote in that person's place ([`Delegation`](crate::Delegation)), and then has voted, too.
///   One refusal denies; the quorum approves the rung; the last rung approves the request.
/// - A deadline or a manual escalation passes the rung to the next role up that may approve the category and has
///   somebody who can still vote; if there is none, the request is denied. Votes from below it no longer count
///   towards the quorum. A rung that is held keeps its role and votes until its final deadline, and expires there.
/// - The proposer withdraws, others cancel, as long as it is not redeemed; whatever their role, nobody cancels what they
///   proposed or, after an appeal, had a part in before.
/// - Denied, expired, cancelled and authorized requests take nothing more (except that an authorization lost before
///   anything began can be issued again).
///
/// # Errors
/// If the event does not fit the request; the request stays as it is then.
pub fn transition(
    request: &ApprovalRequest,
    event: &ApprovalEvent,
    roles: &RoleBook,
    now: DateTime<Utc>,
) -> Result<(ApprovalRequest, Vec<DomainEvent>), GovernanceError> {
    let roles = roles.at(now);
    let step = Step { request, roles: &roles, now };
    match event {
        ApprovalEvent::Vote(ballot) => step.vote(ballot),
        ApprovalEvent::Escalate { by, reason } => step.escalate(by, reason),
        ApprovalEvent::Cancel { by, reason } => step.cancel(by, reason),
        ApprovalEvent::Withdraw { by, reason } => step.withdraw(by, reason),
        ApprovalEvent::Supersede { policy_version } => step.supersede(policy_version),
        ApprovalEvent::Tick => step.tick(),
        ApprovalEvent::Redeem => step.redeem(),
        ApprovalEvent::Reissue => step.reissue(),
    }
}

type Next = Result<(ApprovalRequest, Vec<DomainEvent>), GovernanceError>;

struct Step<'a> {
    request: &'a ApprovalRequest,
    roles: &'a RoleBook,
    now: DateTime<Utc>,
}

impl<'a> Step<'a> {
    fn vote(&self, ballot: &Ballot) -> Next {
        let request = self.request;
        let (pending, rung) = self.pending("be voted on")?;
        if ballot.digest != request.digest {
            return Err(GovernanceError::DigestMismatch {
                request: request.id.clone(),
                voted: ballot.digest,
                stored: request.digest,
            });
        }
        self.unbiased(&ballot.by)?;
        let spent = spent(request);
        if request
            .votes
            .iter()
            .any(|vote| vote.by == ballot.by || vote.on_behalf_of.as_ref() == Some(&ballot.by))
        {
            return Err(GovernanceError::AlreadyVoted { request: request.id.clone(), by: ballot.by.clone() });
        }
        let Authority { role, on_behalf_of } = self.voter(&ballot.by, pending, &spent)?;
        self.in_time(pending)?;
        let vote = Vote {
            by: ballot.by.clone(),
            role,
            on_behalf_of,
            rung: pending.rung,
            choice: ballot.choice,
            reason: ballot.reason.clone(),
            digest: ballot.digest,
            at: self.now,
        };
        let mut next = self.next();
        Arc::make_mut(&mut next.votes).push(vote.clone());
        let settled = || Settled {
            at: self.now,
            by: DecidedBy::Person { principal: ballot.by.clone(), role },
            reasons: vec![vote.reason.clone()],
        };
        match ballot.choice {
            Choice::Deny => next.state = RequestState::Denied(settled()),
            Choice::Approve if approvals(&next, pending) < rung.quorum => {}
            Choice::Approve => match self.rung(pending.rung.saturating_add(1)) {
                None => next.state = RequestState::Approved(settled()),
                Some(upper) => {
                    let role = self.open_rung(upper, &next);
                    next.state = RequestState::Pending(Pending {
                        rung: pending.rung.saturating_add(1),
                        role,
                        since: self.now,
                        deadline: upper.deadline_from(self.now),
                        escalations: 0,
                        held: false,
                    });
                    note_asked(&mut next, role);
                }
            },
        }
        let payload = Payload::Voted { vote: &vote, pending: next.pending() };
        let mut events = vec![event(&next, EventKind::VoteCast, ballot.by.clone(), self.now, &payload)?];
        if next.pending().is_none() {
            events.push(decision_event(&next)?);
        }
        Ok((next, events))
    }

    fn escalate(&self, by: &PrincipalId, reason: &str) -> Next {
        let (pending, rung) = self.pending("be escalated")?;
        self.unbiased(by)?;
        let role = self.voter(by, pending, &spent(self.request))?.role;
        self.in_time(pending)?;
        self.pass_up(pending, rung, DecidedBy::Person { principal: by.clone(), role }, reason)
    }

    fn tick(&self) -> Next {
        let (pending, rung) = self.pending("reach a deadline")?;
        if self.now < pending.deadline {
            return Err(GovernanceError::NotDue(self.request.id.clone()));
        }
        let why = format!("{} did not decide by {}", pending.role, pending.deadline.to_rfc3339());
        match (rung.on_expiry, rung.held_until(pending.since)) {
            (OnExpiry::Escalate, _) => self.pass_up(pending, rung, DecidedBy::Deadline, &why),
            (OnExpiry::Hold { .. }, Some(until)) if !pending.held => self.hold(pending, until, &why),
            (OnExpiry::Hold { .. } | OnExpiry::Deny, _) => {
                let settled = Settled { at: self.now, by: DecidedBy::Deadline, reasons: vec![why] };
                let next = ApprovalRequest { state: RequestState::Expired(settled), ..self.next() };
                let events = vec![decision_event(&next)?];
                Ok((next, events))
            }
        }
    }

    /// The same role decides on, until its final deadline.
    fn hold(&self, pending: &Pending, until: DateTime<Utc>, reason: &str) -> Next {
        let mut next = self.next();
        next.state = RequestState::Pending(Pending { deadline: until, held: true, ..*pending });
        let payload = Payload::Held { rung: pending.rung, role: pending.role, reason, until };
        let actor = actor_of(&DecidedBy::Deadline)?;
        let held = event(&next, EventKind::RequestHeld, actor, self.now, &payload)?;
        Ok((next, vec![held]))
    }

    /// The next role up decides, or the request is denied because none is left.
    fn pass_up(&self, pending: &Pending, rung: &Rung, by: DecidedBy, reason: &str) -> Next {
        let mut next = self.next();
        let to = pending.role.next_up().and_then(|above| self.route(above, rung.quorum, &next));
        match to {
            Some(role) => {
                next.state = RequestState::Pending(Pending {
                    rung: pending.rung,
                    role,
                    since: self.now,
                    deadline: rung.deadline_from(self.now),
                    escalations: pending.escalations.saturating_add(1),
                    held: false,
                });
                note_asked(&mut next, role);
            }
            None => {
                let nobody = format!("no role above {} is left to decide", pending.role);
                let reasons = vec![reason.to_owned(), nobody];
                next.state = RequestState::Denied(Settled { at: self.now, by: by.clone(), reasons });
            }
        }
        let payload = Payload::Escalated {
            rung: pending.rung,
            from: pending.role,
            to,
            by: &by,
            reason,
            deadline: next.pending().map(|pending| pending.deadline),
        };
        let mut events = vec![event(&next, EventKind::RequestEscalated, actor_of(&by)?, self.now, &payload)?];
        if next.pending().is_none() {
            events.push(decision_event(&next)?);
        }
        Ok((next, events))
    }

    fn cancel(&self, by: &PrincipalId, reason: &str) -> Next {
        let request = self.request;
        self.not_final("be cancelled")?;
        let (team, category) = (request.team(), request.proposal.action.category());
        // As high as whoever decides, or has decided, and no lower: a withdrawal overrules them.
        let needed = match (request.pending(), request.state.settled()) {
            (Some(pending), _) => pending.role,
            (None, Some(Settled { by: DecidedBy::Person { role, .. }, .. })) => *role,
            (None, _) => Role::TeamLead,
        };
        let unbiased = self.unbiased(by);
        let role = match self.roles.voting_role(by, team, needed, category) {
            Some(role) if unbiased.is_ok() => role,
            _ if unbiased.is_ok() && self.roles.holds(by, Role::Admin, team) => Role::Admin,
            _ => return Err(unbiased.err().unwrap_or_else(|| self.not_eligible(by, needed))),
        };
        self.end(EventKind::RequestCancelled, DecidedBy::Person { principal: by.clone(), role }, reason)
    }

    fn withdraw(&self, by: &PrincipalId, reason: &str) -> Next {
        self.not_final("be withdrawn")?;
        let request = self.request;
        if *by != request.proposal.proposer {
            return Err(GovernanceError::NotProposer { request: request.id.clone(), by: by.clone() });
        }
        self.end(EventKind::RequestWithdrawn, DecidedBy::Proposer { principal: by.clone() }, reason)
    }

    fn supersede(&self, policy_version: &str) -> Next {
        self.not_final("be replaced")?;
        let by = DecidedBy::Policy { version: policy_version.to_owned() };
        self.end(EventKind::RequestCancelled, by, &format!("policy `{policy_version}` asks anew"))
    }

    fn end(&self, kind: EventKind, by: DecidedBy, reason: &str) -> Next {
        let settled = Settled { at: self.now, by, reasons: vec![reason.to_owned()] };
        let payload = Payload::Ended { by: &settled.by, reason };
        let mut next = self.next();
        let ended = event(&next, kind, actor_of(&settled.by)?, self.now, &payload)?;
        next.state = RequestState::Cancelled(settled);
        let events = vec![ended, decision_event(&next)?];
        Ok((next, events))
    }

    fn redeem(&self) -> Next {
        match &self.request.state {
            RequestState::Approved(approval) => self.issue(approval, 1),
            RequestState::Authorized(_) => Err(GovernanceError::AlreadyRedeemed(self.request.id.clone())),
            RequestState::Pending(pending) => Err(GovernanceError::ApprovalRequired {
                request: self.request.id.clone(),
                role: pending.role,
                deadline: pending.deadline,
                digest: self.request.digest,
            }),
            RequestState::Denied(settled)
            | RequestState::Expired(settled)
            | RequestState::Cancelled(settled) => Err(GovernanceError::Refused {
                request: self.request.id.clone(),
                state: self.request.kind(),
                why: settled.reasons.join("; "),
            }),
        }
    }

    fn reissue(&self) -> Next {
        match &self.request.state {
            RequestState::Authorized(redeemed) => {
                self.issue(&redeemed.approval, redeemed.issued.saturating_add(1))
            }
            _ => Err(self.wrong_state("be issued again")),
        }
    }

    fn issue(&self, approval: &Settled, issued: u32) -> Next {
        check_approval(self.request)?;
        let redeemed = Redeemed { approval: approval.clone(), redeemed_at: self.now, issued };
        let next = ApprovalRequest { state: RequestState::Authorized(redeemed), ..self.next() };
        let payload = Payload::Issued { digest: next.digest, approved_by: &approval.by, issued };
        let issued = event(&next, EventKind::AuthorizationIssued, gate_actor()?, self.now, &payload)?;
        Ok((next, vec![issued]))
    }

    /// The request one version on, otherwise unchanged.
    fn next(&self) -> ApprovalRequest {
        let mut next = self.request.clone();
        next.version = next.version.saturating_add(1);
        next.updated_at = self.now;
        next
    }

    fn rung(&self, index: u32) -> Option<&'a Rung> {
        self.request.ladder.as_ref()?.rungs().get(usize::try_from(index).ok()?)
    }

    fn pending(&self, what: &'static str) -> Result<(&'a Pending, &'a Rung), GovernanceError> {
        let pending = self.request.pending().ok_or_else(|| self.wrong_state(what))?;
        let rung = self.rung(pending.rung).ok_or_else(|| GovernanceError::Corrupt {
            request: self.request.id.to_string(),
            what: format!("it waits on rung `{}`, which its ladder lacks", pending.rung),
        })?;
        Ok((pending, rung))
    }

    fn not_final(&self, what: &'static str) -> Result<(), GovernanceError> {
        if self.request.kind().is_final() { Err(self.wrong_state(what)) } else { Ok(()) }
    }

    fn wrong_state(&self, what: &'static str) -> GovernanceError {
        GovernanceError::WrongState { request: self.request.id.clone(), state: self.request.kind(), what }
    }

    fn not_eligible(&self, by: &PrincipalId, needed: Role) -> GovernanceError {
        GovernanceError::NotEligible { request: self.request.id.clone(), by: by.clone(), needed }
    }

    /// Whoever proposed it, or had a part in what it appeals against, decides nothing about it.
    fn unbiased(&self, by: &PrincipalId) -> Result<(), GovernanceError> {
        let (request, by) = (self.request, by.clone());
        if by == request.proposal.proposer {
            return Err(GovernanceError::ProposerVotes { request: request.id.clone(), by });
        }
        if request.excluded().any(|out| *out == by) {
            return Err(GovernanceError::DecidedBefore { request: request.id.clone(), by });
        }
        Ok(())
    }

    fn in_time(&self, pending: &Pending) -> Result<(), GovernanceError> {
        if self.now < pending.deadline {
            return Ok(());
        }
        Err(GovernanceError::DeadlinePassed { request: self.request.id.clone(), deadline: pending.deadline })
    }

    fn voter(
        &self,
        by: &PrincipalId,
        pending: &Pending,
        spent: &BTreeSet<&PrincipalId>,
    ) -> Result<Authority, GovernanceError> {
        let (team, category) = (self.request.team(), self.request.proposal.action.category());
        self.roles
            .authority(by, team, pending.role, category, spent)
            .ok_or_else(|| self.not_eligible(by, pending.role))
    }

    /// The lowest role from `from` up that can still reach `quorum` among people who have not voted.
    fn route(&self, from: Role, quorum: u32, after: &ApprovalRequest) -> Option<Role> {
        let excluded = spent(after);
        let needed = usize::try_from(quorum).unwrap_or(usize::MAX);
        self.roles.route(from, after.proposal.action.category(), after.team(), &excluded, needed)
    }

    /// Who decides on a rung that opens now. If nobody can any more (people voted further down, or left), the rung
    /// waits at the lowest role that may approve the category: somebody may be appointed before the deadline.
    fn open_rung(&self, rung: &Rung, after: &ApprovalRequest) -> Role {
        let category = after.proposal.action.category();
        let able = |role: &Role| {
            role.may_vote_on(rung.role) && self.roles.permissions().may_approve(*role, category)
        };
        self.route(rung.role, rung.quorum, after)
            .or_else(|| Role::LADDER.into_iter().find(able))
            .unwrap_or(rung.role)
    }
}

/// The people whose right to vote on this request is spent: the proposer has none, nor whoever is out of an appeal;
/// voters and those in whose place they voted had theirs.
pub(crate) fn spent(request: &ApprovalRequest) -> BTreeSet<&PrincipalId> {
    let voters = request.votes.iter().flat_map(|vote| std::iter::once(&vote.by).chain(&vote.on_behalf_of));
    voters.chain(request.excluded()).collect()
}

/// Approvals that count towards the quorum of the rung as it stands: from its deciding role up.
fn approvals(request: &ApprovalRequest, pending: &Pending) -> u32 {
    let counts = |vote: &&Vote| {
        vote.rung == pending.rung && vote.choice == Choice::Approve && vote.role.may_vote_on(pending.role)
    };
    u32::try_from(request.votes.iter().filter(counts).count()).unwrap_or(u32::MAX)
}

fn note_asked(request: &mut ApprovalRequest, role: Role) {
    if !request.asked.contains(&role) {
        Arc::make_mut(&mut request.asked).push(role);
    }
}
