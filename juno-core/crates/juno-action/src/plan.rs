//! Several authorized actions, one after the other, undone in reverse order if one fails.

use std::collections::BTreeMap;

use juno_domain::{Clock, Outcome, RequestId};
use juno_governance::Authorization;
use serde::{Deserialize, Serialize};

use crate::{ActionError, Execution, ExecutionEvent, ExecutionState, PlanPart, Runner};

/// What is to be done next with a plan whose steps stand so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanMove {
    /// Begin this step.
    Begin(usize),
    /// Undo this step: a later one failed, and nothing later is in place.
    Undo(usize),
    /// This step shall not begin any more: an earlier one failed.
    Drop(usize),
    /// Nobody knows the end of this step: find out before anything else.
    FindOut(usize),
    /// Every step took effect.
    Done,
    /// A step failed, and no step is in place.
    RolledBack,
}

/// What is to be done next. It is pure, and it is all a plan needs after a crash: the steps say where it stands.
///
/// Steps begin in order. As soon as one failed or was undone, the later ones are dropped and the earlier ones undone, the
/// last first. Nothing begins and nothing is undone while nobody knows the end of a step.
#[must_use]
pub fn next_move(steps: &[ExecutionState]) -> PlanMove {
    use ExecutionState as S;
    let last = |wanted: &[S]| steps.iter().rposition(|state| wanted.contains(state));
    if let Some(step) = last(&[S::Unknown, S::Executing, S::Reversing]) {
        return PlanMove::FindOut(step);
    }
    if last(&[S::Failed, S::Reversed]).is_some() {
        return match (last(&[S::Approved]), last(&[S::Succeeded])) {
            (Some(step), _) => PlanMove::Drop(step),
            (None, Some(step)) => PlanMove::Undo(step),
            (None, None) => PlanMove::RolledBack,
        };
    }
    steps.iter().position(|state| *state == S::Approved).map_or(PlanMove::Done, PlanMove::Begin)
}

/// How a plan stands after it was run as far as it goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanOutcome {
    /// Where it stands.
    pub result: PlanResult,
    /// What came of each step that ended, in order.
    pub steps: Vec<Outcome>,
}

/// Where a plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanResult {
    /// Every step took effect.
    Done,
    /// A step failed, and those before it were undone.
    RolledBack,
    /// It cannot go on before somebody finds out about a step, or has undone one that could not be.
    Stuck,
}

impl Runner {
    /// Runs the steps of a plan in the order of `requests`, or goes on with one that was cut off. If a step fails, the
    /// ones before it are undone, the last first.
    ///
    /// `authorizations` holds those of the steps that have not begun. All are checked, and how each step is undone is
    /// captured, before the first begins; every step but the last has to have an inverse.
    ///
    /// # Errors
    /// [`Plan`](ActionError::Plan) if an authorization is missing or the steps belong to another plan,
    /// [`NoInverse`](ActionError::NoInverse) and the errors of [`begin`](Self::begin) before the first step: nothing was
    /// done then. If the store cannot answer: call it again.
    pub async fn run_plan(
        &self,
        requests: &[RequestId],
        mut authorizations: BTreeMap<RequestId, Authorization>,
        clock: &dyn Clock,
    ) -> Result<PlanOutcome, ActionError> {
        let mut steps = self.steps(requests, &authorizations, clock).await?;
        loop {
            let states: Vec<ExecutionState> = steps.iter().map(|step| step.state).collect();
            let (at, after) = match next_move(&states) {
                PlanMove::Done => return Ok(told(PlanResult::Done, &steps)),
                PlanMove::RolledBack => return Ok(told(PlanResult::RolledBack, &steps)),
                PlanMove::FindOut(_) => return Ok(told(PlanResult::Stuck, &steps)),
                PlanMove::Drop(at) => (at, self.drop_step(step(&steps, at)?, clock).await?),
                PlanMove::Undo(at) => {
                    let why = "a later step of its plan failed";
                    let undone = match self.undo(step(&steps, at)?, None, why, clock).await {
                        Err(ActionError::NoInverse(_)) => return Ok(told(PlanResult::Stuck, &steps)),
                        other => other?,
                    };
                    if undone.state == ExecutionState::Succeeded {
                        if let Some(slot) = steps.get_mut(at) {
                            *slot = undone;
                        }
                        return Ok(told(PlanResult::Stuck, &steps));
                    }
                    (at, undone)
                }
                PlanMove::Begin(at) => {
                    let current = step(&steps, at)?;
                    (at, self.begin_step(current, &mut authorizations, clock).await?)
                }
            };
            if let Some(slot) = steps.get_mut(at) {
                *slot = after;
            }
        }
    }

    /// A step that may not begin any more is dropped, which rolls the plan back.
    async fn begin_step(
        &self,
        current: &Execution,
        authorizations: &mut BTreeMap<RequestId, Authorization>,
        clock: &dyn Clock,
    ) -> Result<Execution, ActionError> {
        let missing = || ActionError::Plan(format!("step `{}` has no authorization", current.request));
        let authorization = authorizations.remove(&current.request).ok_or_else(missing)?;
        match self.begin_stored(&current.request, &authorization, clock).await {
            Ok(permit) => self.carry_out(permit, clock).await,
            Err(
                refused @ (ActionError::NoLongerPermitted(_)
                | ActionError::AuthorizationExpired { .. }
                | ActionError::DigestMismatch { .. }),
            ) => {
                let event = ExecutionEvent::Revoke { by: None, reason: refused.to_string() };
                self.apply(current, &event, clock.now()).await
            }
            Err(ActionError::NotDone(_)) => self.execution(&current.request).await,
            Err(error) => Err(error),
        }
    }

    async fn drop_step(&self, current: &Execution, clock: &dyn Clock) -> Result<Execution, ActionError> {
        let reason = "an earlier step of its plan failed".to_owned();
        self.apply(current, &ExecutionEvent::Revoke { by: None, reason }, clock.now()).await
    }

    /// The stored steps; those that are missing are stored as approved, all of them checked before.
    async fn steps(
        &self,
        requests: &[RequestId],
        authorizations: &BTreeMap<RequestId, Authorization>,
        clock: &dyn Clock,
    ) -> Result<Vec<Execution>, ActionError> {
        let (mut steps, mut fresh) = (Vec::with_capacity(requests.len()), Vec::new());
        for (nth, request) in requests.iter().enumerate() {
            let part = PlanPart { step: u32::try_from(nth).unwrap_or(u32::MAX), requests: requests.to_vec() };
            if let Some(stored) = self.store.get(request).await? {
                if stored.plan.as_ref() != Some(&part) {
                    return Err(ActionError::Plan(format!("`{request}` was not begun as this step of it")));
                }
                steps.push(stored);
                continue;
            }
            let missing = || ActionError::Plan(format!("step `{request}` has no authorization"));
            let authorization = authorizations.get(request).ok_or_else(missing)?;
            let compensation = self.capture(authorization.action()).await?;
            if compensation.is_none() && nth.saturating_add(1) < requests.len() {
                return Err(ActionError::NoInverse(authorization.action().name().to_owned()));
            }
            let radius = self.blast_radius(authorization.action()).await?;
            let approved = self.approved(authorization, compensation, radius, Some(part), clock.now())?;
            let limits = self.check(authorization, clock.now()).await?;
            fresh.push((approved.clone(), limits));
            steps.push(approved);
        }
        if steps.is_empty() {
            return Err(ActionError::Plan("it has no steps".into()));
        }
        // Should one not be admitted, those before it wait, not begun, for the plan to be run again.
        for (approved, limits) in &fresh {
            self.store.create(approved, limits, &[]).await?;
        }
        Ok(steps)
    }
}

fn step(steps: &[Execution], at: usize) -> Result<&Execution, ActionError> {
    steps.get(at).ok_or_else(|| ActionError::Internal("a plan has no such step".into()))
}

fn told(result: PlanResult, steps: &[Execution]) -> PlanOutcome {
    PlanOutcome { result, steps: steps.iter().filter_map(Execution::outcome).collect() }
}
