//! Looking after what was begun: what nobody knows the end of, what waits for its post-condition, and what is undone.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_domain::{Clock, Outcome, PrincipalId, RequestId};
use juno_governance::ApprovalRequest;

use crate::record::idempotency_key;
use crate::runner::{later, outcome_of};
use crate::{
    ActionError, CheckState, Execution, ExecutionEvent, ExecutionState, Permit, PostCheck, Probe, Runner,
    transition,
};

/// How many due executions are read at a time.
const BATCH: usize = 256;

/// What came of looking after what was due.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recovery {
    /// What changed.
    pub outcomes: Vec<Outcome>,
    /// What could not be looked after, and why: it is due still.
    pub failed: Vec<(RequestId, ActionError)>,
}

impl Runner {
    /// Looks at everything that is due, and gives what changed and what could not be looked after: an execution whose lease has run out becomes `Unknown`,
    /// which is probed where the executor can, and a post-condition is looked up again. Nothing is ever run again.
    /// Hosts call it after a restart and from time to time.
    ///
    /// # Errors
    /// If the store cannot say what is due. What goes wrong with one execution is told and stops no other.
    pub async fn recover(&self, clock: &dyn Clock) -> Result<Recovery, ActionError> {
        let (mut recovery, mut seen) = (Recovery::default(), BTreeSet::new());
        loop {
            let mut due = self.store.list_due(clock.now(), BATCH.saturating_add(seen.len())).await?;
            due.retain(|execution| seen.insert(execution.request.clone()));
            if due.is_empty() {
                return Ok(recovery);
            }
            for execution in due {
                let (before, check) = (execution.state, execution.check.clone());
                let request = execution.request.clone();
                match self.look_at(execution, clock).await {
                    Ok(after) if after.state != before || after.check != check => {
                        recovery.outcomes.extend(after.outcome());
                    }
                    Ok(_) => {}
                    // Somebody else was faster, or is at it.
                    Err(ActionError::Changed { .. } | ActionError::Stale { .. }) => {}
                    Err(error) => recovery.failed.push((request, error)),
                }
            }
        }
    }

    async fn look_at(&self, execution: Execution, clock: &dyn Clock) -> Result<Execution, ActionError> {
        let ours = execution.executor == self.executor.name();
        match execution.state {
            ExecutionState::Executing | ExecutionState::Reversing => {
                let taken = self.take_over(&execution, clock.now()).await?;
                if ours && self.executor.can_probe() { self.probe(taken, clock).await } else { Ok(taken) }
            }
            ExecutionState::Unknown if ours && self.executor.can_probe() => {
                let taken = self.take_over(&execution, clock.now()).await?;
                self.probe(taken, clock).await
            }
            ExecutionState::Succeeded if ours => self.look_after(execution, clock).await,
            _ => Ok(execution),
        }
    }

    async fn take_over(&self, execution: &Execution, now: DateTime<Utc>) -> Result<Execution, ActionError> {
        let (holder, until) = (self.options.holder.clone(), later(now, self.options.lease));
        self.apply(execution, &ExecutionEvent::TakeOver { holder, until }, now).await
    }

    /// Asks whether the last thing that was begun is there. Where nobody can tell, it is asked again after the lease.
    async fn probe(&self, unknown: Execution, clock: &dyn Clock) -> Result<Execution, ActionError> {
        let undone = unknown.reversal.as_ref().and(unknown.compensation.as_ref());
        let asked = match undone {
            Some(undo) => self.executor.probe(&undo.action, &unknown.reversal_key(), unknown.fence).await,
            None => self.executor.probe(&unknown.action, &unknown.idempotency_key, unknown.fence).await,
        };
        let (took_effect, detail) = match asked {
            Ok(Probe::Done(detail)) => (true, detail),
            Ok(Probe::NotDone(detail)) => (false, detail),
            Ok(Probe::CannotTell) | Err(_) => return Ok(unknown),
        };
        let event = ExecutionEvent::Probed { token: unknown.fence, took_effect, detail };
        self.apply(&unknown, &event, clock.now()).await
    }

    /// Looks whether what an action was for is true; if it is found not to be at the deadline, the action is undone. An error
    /// is no finding: it undoes nothing, and the next look asks again.
    pub(crate) async fn look_after(
        &self,
        execution: Execution,
        clock: &dyn Clock,
    ) -> Result<Execution, ActionError> {
        let open = execution.check.as_ref().filter(|check| check.is_open());
        let Some(PostCheck { deadline, state, .. }) = open.cloned() else { return Ok(execution) };
        if execution.state != ExecutionState::Succeeded {
            return Ok(execution);
        }
        let found = self.executor.holds(&execution.action).await;
        let now = clock.now();
        let (met, detail) = match found {
            Ok(finding) if finding.holds && (now < deadline || state == CheckState::Unknown) => {
                // After a deadline at which nobody could tell, what is true is not taken for late.
                (true, finding.detail)
            }
            _ if now < deadline => return Ok(execution),
            Ok(finding) => (false, finding.detail),
            Err(_) if state == CheckState::Unknown => return Ok(execution),
            Err(error) => {
                let event = ExecutionEvent::CheckFailed { detail: error.to_string() };
                return self.apply(&execution, &event, now).await;
            }
        };
        let event = ExecutionEvent::Checked { met, detail };
        let checked = self.apply(&execution, &event, now).await?;
        if met || checked.compensation.is_none() || !self.options.roll_back_missed {
            return Ok(checked);
        }
        self.undo(&checked, None, "what it was for did not come true in time", clock).await
    }

    /// Undoes what took effect, by the compensation that was captured before it, at most once at a time.
    ///
    /// # Errors
    /// If it did not take effect or is undone already, has no compensation, or the store cannot answer. An undoing that
    /// failed is no error: the outcome still says succeeded; one nobody knows the end of says unknown.
    pub async fn reverse(
        &self,
        request: &RequestId,
        by: &PrincipalId,
        reason: &str,
        clock: &dyn Clock,
    ) -> Result<Outcome, ActionError> {
        let execution = self.execution(request).await?;
        outcome_of(&self.undo(&execution, Some(by), reason, clock).await?)
    }

    /// Stores the intent to undo and gives the permit for it, which the caller carries out and ends.
    ///
    /// # Errors
    /// As [`reverse`](Self::reverse).
    pub async fn begin_reversal(
        &self,
        request: &RequestId,
        by: &PrincipalId,
        reason: &str,
        clock: &dyn Clock,
    ) -> Result<Permit, ActionError> {
        let execution = self.execution(request).await?;
        self.reversing(&execution, Some(by), reason, clock.now()).await
    }

    pub(crate) async fn undo(
        &self,
        execution: &Execution,
        by: Option<&PrincipalId>,
        reason: &str,
        clock: &dyn Clock,
    ) -> Result<Execution, ActionError> {
        let permit = self.reversing(execution, by, reason, clock.now()).await?;
        Box::pin(self.carry_out(permit, clock)).await
    }

    async fn reversing(
        &self,
        execution: &Execution,
        by: Option<&PrincipalId>,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Permit, ActionError> {
        let (holder, until) = (self.options.holder.clone(), later(now, self.options.lease));
        let event = ExecutionEvent::Reverse { holder, until, by: by.cloned(), reason: reason.to_owned() };
        let next = self.apply(execution, &event, now).await?;
        Ok(Permit::of(Arc::clone(&self.store), next))
    }

    /// A person says what they found about an execution nobody knew the end of.
    ///
    /// # Errors
    /// If its end is known, there is none, or the store cannot answer.
    pub async fn resolve(
        &self,
        request: &RequestId,
        by: &PrincipalId,
        took_effect: bool,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Outcome, ActionError> {
        let event = ExecutionEvent::Resolve { by: by.clone(), took_effect, reason: reason.to_owned() };
        outcome_of(&self.apply(&self.execution(request).await?, &event, now).await?)
    }

    /// Takes back what was approved or authorized and has not begun: it takes the one place an execution of the request
    /// has, so that whoever holds the authorization finds it taken.
    ///
    /// # Errors
    /// If it has begun, or the store cannot answer.
    pub async fn revoke(
        &self,
        request: &ApprovalRequest,
        by: &PrincipalId,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Outcome, ActionError> {
        let event = ExecutionEvent::Revoke { by: Some(by.clone()), reason: reason.to_owned() };
        if let Some(stored) = self.store.get(request.id()).await? {
            return outcome_of(&self.apply(&stored, &event, now).await?);
        }
        let approved = Execution {
            request: request.id().clone(),
            version: 1,
            proposal: request.proposal().id.clone(),
            team: request.team().clone(),
            action: request.action().clone(),
            digest: request.digest(),
            idempotency_key: idempotency_key(request.id(), request.digest())?,
            executor: self.executor.name().to_owned(),
            automatic: false,
            blast_radius: 1,
            state: ExecutionState::Approved,
            started_at: now,
            ended_at: None,
            detail: String::new(),
            said_by: None,
            fence: 0,
            lease: None,
            compensation: None,
            check: None,
            reversal: None,
            plan: None,
        };
        let (revoked, events) = transition(&approved, &event, now)?;
        self.store.create(&revoked, &crate::Limits::NONE, &events).await?;
        outcome_of(&revoked)
    }

    pub(crate) async fn execution(&self, request: &RequestId) -> Result<Execution, ActionError> {
        self.store.get(request).await?.ok_or_else(|| ActionError::NotFound(request.clone()))
    }

    pub(crate) async fn apply(
        &self,
        execution: &Execution,
        event: &ExecutionEvent,
        now: DateTime<Utc>,
    ) -> Result<Execution, ActionError> {
        let (next, events) = transition(execution, event, now)?;
        self.store.transition(execution.version, &next, &events).await?;
        Ok(next)
    }
}
