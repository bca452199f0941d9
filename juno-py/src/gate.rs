//! Authority, and acting under it.
use juno_core::action::{Execution, PlanOutcome};
use juno_core::agent::{Pending, Recovered};
use juno_core::domain::{Action, Decision, Digest, Outcome, PrincipalId, Proposal, RequestId};
use juno_core::governance::{ApprovalRequest, Choice, Fired, Seen, Submission};
use pyo3::prelude::*;

use crate::error::Fault;
use crate::plain::Plain;
use crate::runtime::waits;

waits! {
    /// Asks whether a proposal may run: `request`, `decision`, `already_known`. The same proposal is the same request.
    submit / submit_async (proposal)
    |juno, proposal: Plain<Proposal>| -> Plain<Submission> {
        Plain(juno.core.gate.submit(&proposal.0).await?)
    }

    /// What waits for a person, the nearest deadline first.
    pending / pending_async ()
    |juno| -> Plain<Vec<Pending>> {
        Plain(juno.core.gate.pending().await?)
    }

    /// Votes `"approve"` or `"deny"` on the action the voter saw: what `pending` listed or `request` showed, or its
    /// `request` and `digest`. If the request holds another action by now, the vote is void.
    vote / vote_async (seen, by, choice, reason)
    |juno, seen: Plain<Seen>, by: Plain<PrincipalId>, choice: Plain<Choice>, reason: String| -> Plain<Decision> {
        Plain(juno.core.gate.vote(seen.0, &by.0, choice.0, &reason).await?)
    }

    /// Ends a request that has not run. Who may decide it can, and an administrator; its proposer withdraws it.
    cancel / cancel_async (request, by, reason)
    |juno, request: Plain<RequestId>, by: Plain<PrincipalId>, reason: String| -> Plain<Decision> {
        Plain(juno.core.gate.cancel(&request.0, &by.0, &reason).await?)
    }

    /// Takes a request back that has not run. Only its proposer can.
    withdraw / withdraw_async (request, by, reason)
    |juno, request: Plain<RequestId>, by: Plain<PrincipalId>, reason: String| -> Plain<Decision> {
        Plain(juno.core.gate.withdraw(&request.0, &by.0, &reason).await?)
    }

    /// Passes a request to the next role up, with a fresh deadline. Who may vote on it now can.
    escalate / escalate_async (request, by, reason)
    |juno, request: Plain<RequestId>, by: Plain<PrincipalId>, reason: String| -> Plain<Decision> {
        Plain(juno.core.gate.escalate(&request.0, &by.0, &reason).await?)
    }

    /// Appeals against a request that people refused or let expire: a new one, for a higher role and other people.
    appeal / appeal_async (request, by, reason)
    |juno, request: Plain<RequestId>, by: Plain<PrincipalId>, reason: String| -> Plain<Submission> {
        Plain(juno.core.gate.appeal(&request.0, &by.0, &reason).await?)
    }

    /// Fires every deadline that has passed: the request goes one role up, is held, or ends. Call it from time to time.
    tick / tick_async ()
    |juno| -> Plain<Vec<Fired>> {
        Plain(juno.core.gate.tick().await?)
    }

    /// Carries out an approved request, at most once ever. An effect that failed is no error: the outcome says so.
    execute / execute_async (request)
    |juno, request: Plain<RequestId>| -> Plain<Outcome> {
        Plain(juno.core.gate.execute(&request.0).await?)
    }

    /// Carries out several approved requests in order; if one fails, those before it are undone, the last first.
    execute_plan / execute_plan_async (requests)
    |juno, requests: Plain<Vec<RequestId>>| -> Plain<PlanOutcome> {
        Plain(juno.core.gate.execute_plan(&requests.0).await?)
    }

    /// A request with its votes and state.
    request / request_async (request)
    |juno, request: Plain<RequestId>| -> Plain<ApprovalRequest> {
        Plain(juno.core.gate.request(&request.0).await?)
    }

    /// The execution of a request; None where none was begun.
    execution / execution_async (request)
    |juno, request: Plain<RequestId>| -> Plain<Option<Execution>> {
        Plain(juno.core.gate.execution(&request.0).await?)
    }

    /// Takes back what was approved and has not begun. Its proposer can, an administrator, and who could have let it run.
    revoke / revoke_async (request, by, reason)
    |juno, request: Plain<RequestId>, by: Plain<PrincipalId>, reason: String| -> Plain<Outcome> {
        Plain(juno.core.gate.revoke(&request.0, &by.0, &reason).await?)
    }

    /// Undoes what took effect, by the action captured before it. Who could have let it run can; not its proposer, if people did.
    reverse / reverse_async (request, by, reason)
    |juno, request: Plain<RequestId>, by: Plain<PrincipalId>, reason: String| -> Plain<Outcome> {
        Plain(juno.core.gate.reverse(&request.0, &by.0, &reason).await?)
    }

    /// Says whether an execution that nobody knew the end of took effect. Who may reverse it can.
    resolve / resolve_async (request, by, took_effect, reason)
    |juno, request: Plain<RequestId>, by: Plain<PrincipalId>, took_effect: bool, reason: String| -> Plain<Outcome> {
        Plain(juno.core.gate.resolve(&request.0, &by.0, took_effect, &reason).await?)
    }

    /// Looks at executions whose process died: they become unknown and are looked up, never a second attempt. `outcomes`
    /// says what changed, `failed` what could not be looked after and why.
    recover / recover_async ()
    |juno| -> Plain<Recovered> {
        Plain(juno.core.gate.recover().await?)
    }
}

/// The digest that votes bind to: SHA-256 over the action's canonical JSON.
#[pyfunction]
pub(crate) fn action_digest(action: Plain<Action>) -> Result<Plain<Digest>, Fault> {
    Ok(Plain(juno_core::governance::action_digest(&action.0)?))
}
