use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, EventKind, PrincipalId};

use crate::record::event as record;
use crate::{
    ActionError, CheckState, Ended, Execution, ExecutionEvent, ExecutionState, Lease, PostCheck, Reversal,
};

/// What an execution becomes through an event, and what to record about it. The one place where executions change.
///
/// It is pure: same execution, event and time, same result.
///
/// - It begins once, from `Approved`. Whoever begins gets a lease and a fencing token.
/// - A lease that has run out can be taken over, which gives a higher token and leaves `Unknown`: the new holder looks,
///   and acts in no case. What the former holder says after that is refused.
/// - `Unknown` ends when a probe or a person says whether the last thing that was begun is there.
/// - A post-condition is met or missed by a finding alone; an error at its deadline leaves it unknown and open.
/// - Only what took effect and has a compensation is undone; an undoing that crashes leaves `Unknown`, too.
///
/// # Errors
/// If the event does not fit; the execution stays as it is then.
pub fn transition(
    execution: &Execution,
    event: &ExecutionEvent,
    now: DateTime<Utc>,
) -> Result<(Execution, Vec<DomainEvent>), ActionError> {
    let step = Step { execution, now };
    match event {
        ExecutionEvent::Begin { holder, until } => step.begin(holder, *until),
        ExecutionEvent::TakeOver { holder, until } => step.take_over(holder, *until),
        ExecutionEvent::Renew { token, until } => step.renew(*token, *until),
        ExecutionEvent::Finish { token, ended, detail, check_by } => {
            step.finish(*token, *ended, detail, *check_by)
        }
        ExecutionEvent::Probed { token, took_effect, detail } => {
            step.in_hand(*token)?;
            step.found(*took_effect, detail, None)
        }
        ExecutionEvent::Resolve { by, took_effect, reason } => step.found(*took_effect, reason, Some(by)),
        ExecutionEvent::Checked { met, detail } => step.checked(*met, detail),
        ExecutionEvent::CheckFailed { detail } => step.check_failed(detail),
        ExecutionEvent::Reverse { holder, until, by, reason } => {
            step.reverse(holder, *until, by.as_ref(), reason)
        }
        ExecutionEvent::Revoke { by, reason } => step.revoke(by.as_ref(), reason),
    }
}

type Next = Result<(Execution, Vec<DomainEvent>), ActionError>;

struct Step<'a> {
    execution: &'a Execution,
    now: DateTime<Utc>,
}

impl Step<'_> {
    fn begin(&self, holder: &str, until: DateTime<Utc>) -> Next {
        self.must_be(ExecutionState::Approved, "begin")?;
        let mut next = self.leased(holder, until);
        next.state = ExecutionState::Executing;
        self.recorded(next, EventKind::ExecutionStarted, None)
    }

    fn take_over(&self, holder: &str, until: DateTime<Utc>) -> Next {
        let execution = self.execution;
        match execution.state {
            ExecutionState::Executing | ExecutionState::Reversing | ExecutionState::Unknown => {}
            _ => return Err(self.wrong_state("be taken over")),
        }
        if let Some(due) = execution.due_at().filter(|due| self.now < *due) {
            let holder = execution.lease.as_ref().map_or("somebody", |lease| &lease.holder).to_owned();
            return Err(ActionError::Leased { request: execution.request.clone(), holder, until: due });
        }
        let mut next = self.leased(holder, until);
        if execution.state == ExecutionState::Unknown {
            // Nothing happened but that somebody looks.
            return Ok((next, Vec::new()));
        }
        let what = if execution.state == ExecutionState::Reversing { "undoing " } else { "" };
        next.state = ExecutionState::Unknown;
        next.ended_at = Some(self.now);
        next.said_by = None;
        next.detail = format!(
            "{what}{} on {}: the process ended between intent and result: look whether it took effect",
            execution.action.name(),
            execution.action.target()
        );
        self.recorded(next, EventKind::ExecutionFinished, None)
    }

    fn renew(&self, token: u64, until: DateTime<Utc>) -> Next {
        self.in_hand(token)?;
        let mut next = self.next();
        if let Some(lease) = &mut next.lease {
            lease.until = lease.until.max(until);
        }
        Ok((next, Vec::new()))
    }

    fn finish(&self, token: u64, ended: Ended, detail: &str, check_by: Option<DateTime<Utc>>) -> Next {
        self.in_hand(token)?;
        let mut next = self.settled(detail);
        next.state = match (self.execution.state, ended) {
            (ExecutionState::Executing | ExecutionState::Reversing, Ended::Uncertain) => {
                ExecutionState::Unknown
            }
            (ExecutionState::Executing, Ended::Done) => {
                next.check = check_by.map(|deadline| PostCheck {
                    deadline,
                    state: CheckState::Waiting,
                    detail: String::new(),
                });
                ExecutionState::Succeeded
            }
            (ExecutionState::Executing, Ended::Shown) => ExecutionState::DryRun,
            (ExecutionState::Executing, Ended::NotDone) => ExecutionState::Failed,
            (ExecutionState::Reversing, Ended::Done) => ExecutionState::Reversed,
            // It is still there; it can be tried again.
            (ExecutionState::Reversing, Ended::NotDone | Ended::Shown) => ExecutionState::Succeeded,
            _ => return Err(self.wrong_state("end")),
        };
        self.recorded(next, EventKind::ExecutionFinished, None)
    }

    fn found(&self, took_effect: bool, detail: &str, by: Option<&PrincipalId>) -> Next {
        self.must_be(ExecutionState::Unknown, "be looked up")?;
        let mut next = self.settled(detail);
        next.said_by = by.cloned();
        // Whoever is looking at the same time knows less than this.
        next.fence = next.fence.saturating_add(1);
        next.state = match (&self.execution.reversal, took_effect) {
            (None, true) => ExecutionState::Succeeded,
            (None, false) => ExecutionState::Failed,
            (Some(_), true) => ExecutionState::Reversed,
            (Some(_), false) => ExecutionState::Succeeded,
        };
        self.recorded(next, EventKind::ExecutionFinished, by)
    }

    fn checked(&self, met: bool, detail: &str) -> Next {
        let mut next = self.next();
        let open = next.check.as_mut().filter(|check| check.is_open());
        let Some(check) = open.filter(|_| self.execution.state == ExecutionState::Succeeded) else {
            return Err(self.wrong_state("have its post-condition checked"));
        };
        check.state = match (met, self.now >= check.deadline) {
            (true, _) => CheckState::Met,
            (false, true) => CheckState::Missed,
            (false, false) => return Err(ActionError::NotDue(self.execution.request.clone())),
        };
        detail.clone_into(&mut check.detail);
        self.recorded(next, EventKind::ExecutionFinished, None)
    }

    /// An error is no finding: what it was for is neither met nor missed.
    fn check_failed(&self, detail: &str) -> Next {
        let mut next = self.next();
        let waits = next.check.as_mut().filter(|check| check.state == CheckState::Waiting);
        let Some(check) = waits.filter(|_| self.execution.state == ExecutionState::Succeeded) else {
            return Err(self.wrong_state("fail to have its post-condition checked"));
        };
        if self.now < check.deadline {
            return Err(ActionError::NotDue(self.execution.request.clone()));
        }
        check.state = CheckState::Unknown;
        detail.clone_into(&mut check.detail);
        self.recorded(next, EventKind::ExecutionFinished, None)
    }

    fn reverse(&self, holder: &str, until: DateTime<Utc>, by: Option<&PrincipalId>, reason: &str) -> Next {
        self.must_be(ExecutionState::Succeeded, "be undone")?;
        if self.execution.compensation.is_none() {
            return Err(ActionError::NoInverse(self.execution.action.name().to_owned()));
        }
        let mut next = self.leased(holder, until);
        next.state = ExecutionState::Reversing;
        next.ended_at = None;
        next.reversal = Some(Reversal { by: by.cloned(), reason: reason.to_owned(), began_at: self.now });
        self.recorded(next, EventKind::ExecutionStarted, by)
    }

    fn revoke(&self, by: Option<&PrincipalId>, reason: &str) -> Next {
        self.must_be(ExecutionState::Approved, "be revoked")?;
        let mut next = self.settled(&format!("it was revoked before it began: {reason}"));
        next.said_by = by.cloned();
        next.state = ExecutionState::Failed;
        self.recorded(next, EventKind::ExecutionFinished, by)
    }

    /// The execution one version on, otherwise unchanged.
    fn next(&self) -> Execution {
        let mut next = self.execution.clone();
        next.version = next.version.saturating_add(1);
        next
    }

    /// One version on, in the hands of a new holder.
    fn leased(&self, holder: &str, until: DateTime<Utc>) -> Execution {
        let mut next = self.next();
        next.fence = next.fence.saturating_add(1);
        next.lease = Some(Lease { holder: holder.to_owned(), token: next.fence, until });
        next
    }

    /// One version on, in nobody's hands.
    fn settled(&self, detail: &str) -> Execution {
        let (ended_at, detail) = (Some(self.now), detail.to_owned());
        Execution { lease: None, ended_at, detail, said_by: None, ..self.next() }
    }

    fn recorded(&self, next: Execution, kind: EventKind, by: Option<&PrincipalId>) -> Next {
        let events = vec![record(&self.unsaid(&next), kind, by, self.now)?];
        Ok((next, events))
    }

    /// The execution as the record of this step holds it: without the texts that earlier records hold already, so that
    /// every record holds the words of nobody but its actor.
    fn unsaid(&self, next: &Execution) -> Execution {
        let mut said = next.clone();
        if said.detail == self.execution.detail && said.said_by == self.execution.said_by {
            said.detail.clear();
            said.said_by = None;
        }
        if let Some(reversal) = said.reversal.as_mut().filter(|_| next.reversal == self.execution.reversal) {
            reversal.reason.clear();
        }
        said
    }

    /// Whether the token is the last one given out. A lease that has run out still counts until somebody takes over.
    fn in_hand(&self, token: u64) -> Result<(), ActionError> {
        let held = self.execution.lease.as_ref().map(|lease| lease.token);
        if held == Some(token) && token == self.execution.fence {
            return Ok(());
        }
        Err(ActionError::Stale {
            request: self.execution.request.clone(),
            token,
            current: self.execution.fence,
        })
    }

    fn must_be(&self, state: ExecutionState, what: &'static str) -> Result<(), ActionError> {
        if self.execution.state == state { Ok(()) } else { Err(self.wrong_state(what)) }
    }

    fn wrong_state(&self, what: &'static str) -> ActionError {
        ActionError::WrongState { request: self.execution.request.clone(), state: self.execution.state, what }
    }
}
