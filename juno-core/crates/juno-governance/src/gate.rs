use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{DecidedBy, PrincipalId, Proposal, RequestId};

use crate::integrity::check_approval;
use crate::{
    ApprovalEvent, ApprovalRequest, ApprovalStore, Authorization, Ballot, ExecutionWitness, Facts, Fired,
    FiredResult, GovernanceError, GovernancePolicy, Ladder, PolicyDecision, PolicySettings, PolicyVerdict,
    RequestFilter, RequestState, RoleBook, Ruling, Rung, StateKind, transition,
};

/// How often a change is tried again when somebody else changed the request in between. Each loss means that another
/// caller succeeded, so this many in a row is a broken store.
const MAX_RETRIES: usize = 256;
/// How many due requests are read at a time.
const TICK_BATCH: usize = 256;

/// The way from a proposal to an [`Authorization`], and the only one.
///
/// It holds no state of its own and reads no clock: several gates in several processes may share one store.
#[derive(Clone)]
pub struct Gate {
    store: Arc<dyn ApprovalStore>,
    policy: Arc<dyn GovernancePolicy>,
    roles: Arc<RoleBook>,
    facts: Option<Arc<Facts>>,
    approval_lifetime: TimeDelta,
}

impl Gate {
    /// How old an approval may be when it is used, unless [told otherwise](Self::with_approval_lifetime): three days,
    /// so that what was approved before a weekend still runs after it.
    pub const APPROVAL_LIFETIME: TimeDelta = TimeDelta::hours(72);

    /// A gate over a store, a policy and the roles in force.
    #[must_use]
    pub fn new(
        store: Arc<dyn ApprovalStore>,
        policy: Arc<dyn GovernancePolicy>,
        roles: impl Into<Arc<RoleBook>>,
    ) -> Self {
        Self { store, policy, roles: roles.into(), facts: None, approval_lifetime: Self::APPROVAL_LIFETIME }
    }

    /// The same gate with another greatest age of an approval, counted from the vote that settled it, or from the
    /// policy's own decision. Issuing an authorization again does not renew it.
    #[must_use]
    pub fn with_approval_lifetime(self, approval_lifetime: TimeDelta) -> Self {
        Self { approval_lifetime, ..self }
    }

    /// The same gate with what the policy is told besides the proposal: counts for its budgets, labels, whether
    /// somebody stopped everything. Facts are of one proposal at one time, so take such a gate for one call.
    #[must_use]
    pub fn knowing(&self, facts: Facts) -> Self {
        Self { facts: Some(Arc::new(facts)), ..self.clone() }
    }

    /// Facts do not go along: they are of one proposal, and this gate stays.
    pub(crate) fn with_policy(&self, policy: Arc<dyn GovernancePolicy>) -> Self {
        Self { policy, facts: None, ..self.clone() }
    }

    /// The same gate with other roles in force. Whoever changes roles records it
    /// ([`roles_changed`](crate::roles_changed)).
    #[must_use]
    pub fn with_roles(&self, roles: impl Into<Arc<RoleBook>>) -> Self {
        Self { roles: roles.into(), ..self.clone() }
    }

    /// The roles in force.
    #[must_use]
    pub fn roles(&self) -> &RoleBook {
        &self.roles
    }

    /// The policy in force.
    #[must_use]
    pub fn policy(&self) -> &dyn GovernancePolicy {
        self.policy.as_ref()
    }

    /// The store behind this gate.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn ApprovalStore> {
        &self.store
    }

    /// What the policy makes of a proposal within the settings: its decision, on a smaller action if it narrows.
    /// Nothing is stored.
    #[must_use]
    pub fn rule(&self, proposal: &Proposal, settings: PolicySettings, now: DateTime<Utc>) -> Ruling {
        settings.rule(self.policy.as_ref(), proposal, self.facts.as_deref(), now)
    }

    /// The decision of [`rule`](Self::rule).
    #[must_use]
    pub fn decide(
        &self,
        proposal: &Proposal,
        settings: PolicySettings,
        now: DateTime<Utc>,
    ) -> PolicyDecision {
        self.rule(proposal, settings, now).decision
    }

    /// Casts a vote. Look at the request first: [`Ballot::approve`] and [`Ballot::deny`] take the digest of the
    /// action from what was looked at.
    ///
    /// # Errors
    /// If the voter proposed it, holds no role that may decide now, or has voted; if the deadline has passed or the
    /// action is another one; if the request is not pending, unknown, or the store cannot answer.
    pub async fn vote(
        &self,
        id: &RequestId,
        ballot: Ballot,
        now: DateTime<Utc>,
    ) -> Result<ApprovalRequest, GovernanceError> {
        self.apply(id, &ApprovalEvent::Vote(ballot), now).await
    }

    /// Passes a pending request to the next role up, with a fresh deadline. Only somebody who may vote on it now can
    /// do that; above the last role the request is denied.
    ///
    /// # Errors
    /// As [`vote`](Self::vote).
    pub async fn escalate(
        &self,
        id: &RequestId,
        by: &PrincipalId,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<ApprovalRequest, GovernanceError> {
        self.apply(id, &ApprovalEvent::Escalate { by: by.clone(), reason: reason.to_owned() }, now).await
    }

    /// Cancels a request that was not redeemed yet. An administrator can, and whoever may vote on it; the proposer
    /// [withdraws](Self::withdraw).
    ///
    /// # Errors
    /// If it is final, if `by` is none of these, or if the store cannot answer.
    pub async fn cancel(
        &self,
        id: &RequestId,
        by: &PrincipalId,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<ApprovalRequest, GovernanceError> {
        self.apply(id, &ApprovalEvent::Cancel { by: by.clone(), reason: reason.to_owned() }, now).await
    }

    /// Takes a request back that was not redeemed yet. Only its proposer can.
    ///
    /// # Errors
    /// If it is final, if `by` did not propose it, or if the store cannot answer.
    pub async fn withdraw(
        &self,
        id: &RequestId,
        by: &PrincipalId,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<ApprovalRequest, GovernanceError> {
        self.apply(id, &ApprovalEvent::Withdraw { by: by.clone(), reason: reason.to_owned() }, now).await
    }

    /// Fires every deadline that has come, and says what each did. The library owns no timer: hosts call this, from
    /// a timer or before they show what is pending. It costs one look at the store when nothing is due.
    ///
    /// # Errors
    /// If the store cannot answer; what fired until then stays fired and recorded.
    pub async fn tick(&self, now: DateTime<Utc>) -> Result<Vec<Fired>, GovernanceError> {
        let mut fired = Vec::new();
        let mut stuck = BTreeSet::new();
        let mut fruitless = 0;
        loop {
            let mut due = self.store.list_due(now, TICK_BATCH.saturating_add(stuck.len())).await?;
            due.retain(|request| !stuck.contains(request.id()));
            if due.is_empty() {
                return Ok(fired);
            }
            let before = fired.len();
            for request in due {
                let (next, events) = match transition(&request, &ApprovalEvent::Tick, &self.roles, now) {
                    Ok(step) => step,
                    Err(error) => {
                        let result = FiredResult::Stuck { error: error.to_string() };
                        fired.extend(report(&request, result));
                        stuck.insert(request.id().clone());
                        continue;
                    }
                };
                match self.store.transition_owned(request.version(), next.clone(), events).await {
                    Ok(()) => fired.extend(report(&request, outcome(&next))),
                    // Another process fired it, or somebody cancelled: nothing is left to do here.
                    Err(GovernanceError::Changed { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            if fired.len() == before {
                retry(&mut fruitless)?;
            }
        }
    }

    /// The request with that id.
    ///
    /// # Errors
    /// [`NotFound`](GovernanceError::NotFound), or if the store cannot answer.
    pub async fn get(&self, id: &RequestId) -> Result<ApprovalRequest, GovernanceError> {
        self.store.get(id).await?.ok_or_else(|| GovernanceError::NotFound(id.clone()))
    }

    /// The requests that wait for a person, oldest first, within a filter whose states are ignored. A request that
    /// was escalated shows for the roles that were asked before, too.
    ///
    /// # Errors
    /// If the store cannot answer.
    pub async fn pending(&self, filter: RequestFilter) -> Result<Vec<ApprovalRequest>, GovernanceError> {
        self.store.list(&RequestFilter { states: [StateKind::Pending].into(), ..filter }).await
    }

    /// Turns an approved request into its one authorization. It checks once more that the stored action is the one
    /// that was approved, that its votes back the approval, and that the policy and settings in force now would
    /// still let it run.
    ///
    /// # Errors
    /// [`ApprovalRequired`](GovernanceError::ApprovalRequired) while it waits for a person,
    /// [`Refused`](GovernanceError::Refused) if it was refused, ended, or is denied by the policy of today,
    /// [`AlreadyRedeemed`](GovernanceError::AlreadyRedeemed) the second time,
    /// [`PolicyChanged`](GovernanceError::PolicyChanged) if the policy of today asks for more,
    /// [`ApprovalExpired`](GovernanceError::ApprovalExpired) if it was approved too long ago,
    /// [`Corrupt`](GovernanceError::Corrupt) if the stored request contradicts itself.
    pub async fn redeem(
        &self,
        id: &RequestId,
        settings: PolicySettings,
        now: DateTime<Utc>,
    ) -> Result<Authorization, GovernanceError> {
        let mut retries = 0;
        loop {
            let request = self.get(id).await?;
            let (next, events) = transition(&request, &ApprovalEvent::Redeem, &self.roles, now)?;
            self.still_permitted(&request, settings, now)?;
            match self.store.transition_owned(request.version(), next.clone(), events).await {
                Ok(()) => return Authorization::of(next),
                Err(GovernanceError::Changed { .. }) => retry(&mut retries)?,
                Err(error) => return Err(error),
            }
        }
    }

    /// Issues the authorization of a redeemed request again, when a crash lost it before anything began. The witness
    /// has to confirm that no execution of the request is on record; since the intent is recorded before the effect,
    /// no effect can have happened then. Should the lost authorization turn up after all, the execution store still
    /// takes only one execution of the request, so there is at most one effect. Each issue is recorded.
    ///
    /// # Errors
    /// [`ExecutionExists`](GovernanceError::ExecutionExists) if anything was begun, `WrongState` if the request was
    /// not redeemed, and as [`redeem`](Self::redeem).
    pub async fn reissue(
        &self,
        id: &RequestId,
        witness: &dyn ExecutionWitness,
        settings: PolicySettings,
        now: DateTime<Utc>,
    ) -> Result<Authorization, GovernanceError> {
        let request = self.get(id).await?;
        let (next, events) = transition(&request, &ApprovalEvent::Reissue, &self.roles, now)?;
        self.still_permitted(&request, settings, now)?;
        if witness.has_execution(id).await? {
            return Err(GovernanceError::ExecutionExists(id.clone()));
        }
        self.store.transition_owned(request.version(), next.clone(), events).await?;
        Authorization::of(next)
    }

    /// Whether an authorization may still be used: its request is authorized still, for this very action and backed by
    /// its votes, and the policy and settings of now would let it run. Asked just before the effect; stores nothing.
    ///
    /// # Errors
    /// [`Refused`](GovernanceError::Refused) if the request was withdrawn since or is denied by the policy of today,
    /// [`DigestMismatch`](GovernanceError::DigestMismatch) if it holds another action,
    /// [`PolicyChanged`](GovernanceError::PolicyChanged) if the policy of today asks for more,
    /// [`Corrupt`](GovernanceError::Corrupt) if the stored request contradicts itself.
    pub async fn recheck(
        &self,
        authorization: &Authorization,
        settings: PolicySettings,
        now: DateTime<Utc>,
    ) -> Result<(), GovernanceError> {
        let request = self.get(authorization.request()).await?;
        if request.kind() != StateKind::Authorized {
            let why = request.decision().reasons.join("; ");
            return Err(GovernanceError::Refused {
                request: request.id().clone(),
                state: request.kind(),
                why,
            });
        }
        check_approval(&request)?;
        if request.digest() != authorization.digest() {
            return Err(GovernanceError::DigestMismatch {
                request: request.id().clone(),
                voted: authorization.digest(),
                stored: request.digest(),
            });
        }
        self.still_permitted(&request, settings, now)
    }

    /// Reads, applies and stores; again if somebody else was faster, since the event may still fit.
    async fn apply(
        &self,
        id: &RequestId,
        event: &ApprovalEvent,
        now: DateTime<Utc>,
    ) -> Result<ApprovalRequest, GovernanceError> {
        let mut retries = 0;
        loop {
            let request = self.get(id).await?;
            let (next, events) = transition(&request, event, &self.roles, now)?;
            match self.store.transition_owned(request.version(), next.clone(), events).await {
                Ok(()) => return Ok(next),
                Err(GovernanceError::Changed { .. }) => retry(&mut retries)?,
                Err(error) => return Err(error),
            }
        }
    }

    /// When an approval is too old to be used; `None` of what is not approved.
    fn approval_ends(&self, request: &ApprovalRequest) -> Option<DateTime<Utc>> {
        let approved = match request.state() {
            RequestState::Approved(settled) => settled.at,
            RequestState::Authorized(redeemed) => redeemed.approval.at,
            _ => return None,
        };
        Some(approved.checked_add_signed(self.approval_lifetime).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    /// Whether a request was approved too long ago to run.
    pub(crate) fn is_outdated(&self, request: &ApprovalRequest, now: DateTime<Utc>) -> bool {
        self.approval_ends(request).is_some_and(|ends| now >= ends)
    }

    /// Whether an approval still stands under the policy, settings and facts of now: everything is decided anew, also
    /// under the same version, since hours, labels and counts may have changed.
    fn still_permitted(
        &self,
        request: &ApprovalRequest,
        settings: PolicySettings,
        now: DateTime<Utc>,
    ) -> Result<(), GovernanceError> {
        if let Some(at) = self.approval_ends(request).filter(|at| now >= *at) {
            return Err(GovernanceError::ApprovalExpired { request: request.id().clone(), at });
        }
        let Ruling { decision, narrowed } = self.rule(request.proposal(), settings, now);
        if narrowed.is_some() {
            return Err(GovernanceError::PolicyChanged(request.id().clone()));
        }
        let by_person = request.state().settled().is_some_and(|settled| !is_policy(&settled.by));
        match decision.verdict {
            PolicyVerdict::Allow => Ok(()),
            PolicyVerdict::RequireApproval(ladder) if by_person && suffices(request, &ladder) => Ok(()),
            PolicyVerdict::RequireApproval(_) | PolicyVerdict::Narrow(_) => {
                Err(GovernanceError::PolicyChanged(request.id().clone()))
            }
            PolicyVerdict::Deny => Err(GovernanceError::Refused {
                request: request.id().clone(),
                state: StateKind::Denied,
                why: decision.reasons.join("; "),
            }),
        }
    }

    /// Whether the people who were asked are those the policy asks for now. Under the same version they are: whom a
    /// request asks does not change by the hour, but what was approved is decided anew when it is to run.
    pub(crate) fn same_ladder(&self, request: &ApprovalRequest, ladder: &Ladder) -> bool {
        if request.policy_version() == self.policy.version() {
            return true;
        }
        match request.appeal() {
            Some(appeal) => request.ladder() == ladder.above(appeal.above).as_ref(),
            None => request.ladder() == Some(ladder),
        }
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("policy", &self.policy.version()).finish_non_exhaustive()
    }
}

pub(crate) const fn is_policy(by: &DecidedBy) -> bool {
    matches!(by, DecidedBy::Policy { .. })
}

/// Whether the people who approved are enough for a ladder: each of its rungs has one of theirs to itself, of that role
/// or a higher one and of as many votes.
fn suffices(request: &ApprovalRequest, asked: &Ladder) -> bool {
    let Some(approved) = request.ladder() else { return false };
    let raised = request.appeal().map(|appeal| asked.above(appeal.above));
    let asked = match &raised {
        None => asked,
        Some(Some(above)) => above,
        Some(None) => return false,
    };
    let mut left: Vec<Rung> = approved.rungs().to_vec();
    asked.rungs().iter().rev().all(|rung| {
        let found = left.iter().position(|has| has.role >= rung.role && has.quorum >= rung.quorum);
        found.map(|at| left.remove(at)).is_some()
    })
}

fn outcome(after: &ApprovalRequest) -> FiredResult {
    match after.pending() {
        Some(new) if new.held => FiredResult::Held { until: new.deadline },
        Some(new) => FiredResult::Escalated { to: new.role, deadline: new.deadline },
        None => FiredResult::Ended { verdict: after.decision().verdict },
    }
}

fn report(before: &ApprovalRequest, result: FiredResult) -> Option<Fired> {
    let pending = before.pending()?;
    Some(Fired {
        request: before.id().clone(),
        proposal: before.proposal().id.clone(),
        role: pending.role,
        deadline: pending.deadline,
        result,
    })
}

pub(crate) fn retry(count: &mut usize) -> Result<(), GovernanceError> {
    *count += 1;
    if *count > MAX_RETRIES {
        return Err(GovernanceError::Unavailable(
            "it reports a change each time a request is written".into(),
        ));
    }
    Ok(())
}
