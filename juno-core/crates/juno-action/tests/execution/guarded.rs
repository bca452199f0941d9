//! What is looked at just before the effect, and what keeps an approved action from running.

use std::sync::Arc;

use chrono::TimeDelta;
use juno_action::{ActionError, ExecutionState, ExecutionStore, Limits, Runner, RunnerOptions};
use juno_domain::{ErrorKind, OutcomeResult};
use juno_governance::{
    ApprovalRequest, ApprovalStore, DefaultPolicy, Gate, GovernanceError, InMemoryApprovalStore, PolicyRules,
    RoleBook, StateKind,
};

use super::common::{Desk, FREE, gate, label, question, start, who};

/// The fault: an approved tool ran again on a later turn.
/// control: ASI02
#[tokio::test]
async fn an_approved_tool_runs_again_on_replay_in_a_later_turn() {
    let desk = Desk::new();
    let authorization = desk.authorized("p1", label("a")).await;
    let request = authorization.request().clone();
    desk.runner().run(authorization, &desk.clock).await.unwrap();
    for hours in 1..3 {
        desk.advance(60 * hours);
        assert!(desk.gate.redeem(&request, FREE, start()).await.is_err());
        assert!(desk.gate.reissue(&request, &desk.runner(), FREE, start()).await.is_err());
        assert!(desk.runner().recover(&desk.clock).await.unwrap().outcomes.is_empty());
    }
    assert_eq!(desk.world.done(), ["+a"]);
}

/// The fault: run twice, it acted twice.
#[tokio::test]
async fn run_twice_acts_twice() {
    let desk = Desk::new();
    let first = desk.authorized("p1", label("a")).await;
    let request = first.request().clone();
    let second = desk.gate.reissue(&request, &desk.runner(), FREE, start()).await.unwrap();
    desk.runner().run(first, &desk.clock).await.unwrap();
    let refused = desk.runner().run(second, &desk.clock).await.unwrap_err();
    assert_eq!(refused, ActionError::Exists(request));
    assert_eq!(desk.world.done(), ["+a"]);
}

/// control: ASI03
#[tokio::test]
async fn an_authorization_that_is_too_old_does_not_run() {
    let desk = Desk::new();
    let authorization = desk.authorized("p1", label("a")).await;
    let request = authorization.request().clone();
    desk.advance(60);
    let refused = desk.runner().run(authorization, &desk.clock).await.unwrap_err();
    assert!(matches!(refused, ActionError::AuthorizationExpired { .. }), "{refused}");
    assert_eq!((desk.world.done().len(), desk.store.get(&request).await.unwrap()), (0, None));
    // Nothing was begun, so it can be issued again.
    let again = desk.gate.reissue(&request, &desk.runner(), FREE, start() + TimeDelta::hours(1)).await;
    desk.runner().run(again.unwrap(), &desk.clock).await.unwrap();
    assert_eq!(desk.world.done(), ["+a"]);
}

/// control: ASI10
#[tokio::test]
async fn an_approval_under_a_policy_that_changed_does_not_run() {
    let desk = Desk::new();
    let authorization = desk.authorized("p1", label("a")).await;
    let mut rules = PolicyRules::default();
    rules.auto_approve.actions.clear();
    let stricter = gate(&desk.approvals, rules);
    let refused = desk.runner_of(&stricter).run(authorization, &desk.clock).await.unwrap_err();
    assert!(
        matches!(refused, ActionError::NoLongerPermitted(GovernanceError::PolicyChanged(_))),
        "{refused}"
    );
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    assert_eq!(desk.world.done(), [] as [&str; 0]);
}

/// The fault: the amount was raised between the approval and the act.
/// control: ASI01, ASI02
#[tokio::test]
async fn an_action_edited_after_its_approval_does_not_run() {
    let desk = Desk::new();
    let authorization = desk.authorized("p1", label("a")).await;
    let request = desk.gate.get(authorization.request()).await.unwrap();
    let mut json = serde_json::to_value(&request).unwrap();
    json["proposal"]["action"]["label"] = "b".into();
    let edited: ApprovalRequest = serde_json::from_value(json).unwrap();
    let other = Arc::new(InMemoryApprovalStore::new(Arc::default()));
    other.create(&edited, &[]).await.unwrap();
    let over = gate(&other, PolicyRules::default());
    let refused = desk.runner_of(&over).run(authorization, &desk.clock).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Corrupt, "{refused}");
    assert_eq!(desk.world.done(), [] as [&str; 0]);
}

/// control: ASI10, AIA-14-4-e
#[tokio::test]
async fn what_was_revoked_does_not_run() {
    let desk = Desk::new();
    let authorization = desk.authorized("p1", label("a")).await;
    let request = desk.gate.get(authorization.request()).await.unwrap();
    let revoked = desk.runner().revoke(&request, &who("lead"), "the customer called", start()).await.unwrap();
    assert_eq!(revoked.result, OutcomeResult::Failed);
    let refused = desk.runner().run(authorization, &desk.clock).await.unwrap_err();
    assert_eq!(refused, ActionError::Exists(request.id().clone()));
    assert!(desk.gate.reissue(request.id(), &desk.runner(), FREE, start()).await.is_err());
    assert_eq!(desk.world.done(), [] as [&str; 0]);
    let record = desk.outbox.waiting(99).pop().unwrap();
    assert_eq!(record.actor, who("lead"), "and the record says who did it");
}

#[tokio::test]
async fn what_has_begun_is_not_revoked() {
    let desk = Desk::new();
    let authorization = desk.authorized("p1", label("a")).await;
    let request = desk.gate.get(authorization.request()).await.unwrap();
    let permit = desk.runner().begin(authorization, &desk.clock).await.unwrap();
    let late = desk.runner().revoke(&request, &who("lead"), "too late", start()).await.unwrap_err();
    assert!(matches!(late, ActionError::WrongState { state: ExecutionState::Executing, .. }), "{late}");
    drop(permit);
}

/// A withdrawal that this process has not seen, as when another one works on a store that was put back.
/// control: ASI10
#[tokio::test]
async fn a_request_withdrawn_in_the_store_does_not_run() {
    let desk = Desk::new();
    let id = desk.approved("p1", label("a")).await;
    let other = Arc::new(InMemoryApprovalStore::new(Arc::default()));
    other.create(&desk.gate.get(&id).await.unwrap(), &[]).await.unwrap();
    let over = gate(&other, PolicyRules::default());
    let authorization = desk.gate.redeem(&id, FREE, start()).await.unwrap();
    let withdrawn = over.withdraw(&id, &who("juno"), "no longer needed", start()).await.unwrap();
    assert_eq!(withdrawn.kind(), StateKind::Cancelled);
    let refused = desk.runner_of(&over).run(authorization, &desk.clock).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Denied, "{refused}");
    assert!(refused.to_string().contains("no longer needed"), "{refused}");
    assert_eq!(desk.world.done(), [] as [&str; 0]);
}

#[tokio::test]
async fn a_request_the_store_does_not_know_does_not_run() {
    let desk = Desk::new();
    let authorization = desk.authorized("p1", label("a")).await;
    let empty = Arc::new(InMemoryApprovalStore::new(Arc::default()));
    let policy = Arc::new(DefaultPolicy::new(PolicyRules::default()).unwrap());
    let forgetful = Gate::new(empty, policy, RoleBook::new());
    let refused = desk.runner_of(&forgetful).run(authorization, &desk.clock).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound, "{refused}");
    assert_eq!(desk.world.done(), [] as [&str; 0]);
}

/// What cannot be undone is never done without a person, whatever a policy says.
/// control: ASI02, AIA-14-4-d
#[tokio::test]
async fn no_inverse_never_automatic() {
    let desk = Desk::new();
    desk.world.undoes_nothing();
    let automatic = desk.authorized("p1", label("a")).await;
    let request = automatic.request().clone();
    let refused = desk.runner().run(automatic, &desk.clock).await.unwrap_err();
    assert_eq!(refused, ActionError::NoInverse("add_label".into()));
    assert_eq!(desk.store.get(&request).await.unwrap(), None);
    // A person may.
    let by_person = desk.authorized("p2", question()).await;
    let outcome = desk.runner().run(by_person, &desk.clock).await.unwrap();
    assert_eq!(outcome.result, OutcomeResult::Succeeded);
    assert_eq!(desk.world.done(), ["request_info"]);
    let undone = desk.runner().reverse(&outcome.request, &who("lead"), "oops", &desk.clock).await;
    assert_eq!(undone.unwrap_err(), ActionError::NoInverse("request_info".into()));
}

/// control: AIA-14-4-d
#[tokio::test]
async fn how_it_is_undone_is_known_before_it_is_done() {
    let desk = Desk::new();
    let authorization = desk.authorized("p1", label("a")).await;
    let permit = desk.runner().begin(authorization, &desk.clock).await.unwrap();
    let stored = desk.store.get(&permit.execution().request).await.unwrap().unwrap();
    assert_eq!(stored.state, ExecutionState::Executing);
    let compensation = stored.compensation.unwrap();
    assert_eq!(super::common::word(&compensation.action), "-a");
    assert_eq!(compensation.summary, "run undo.add_label on PAY-1");
    assert_eq!(desk.world.done(), [] as [&str; 0], "nothing was done yet");
    drop(permit);
}

/// control: ASI02, ASI08
#[tokio::test]
async fn limits_hold_whatever_was_approved() {
    let desk = Desk::new();
    let limits = Limits { per_hour: Some(2), ..Limits::NONE };
    let runner: Runner = desk.runner().with_options(RunnerOptions { limits, ..RunnerOptions::default() });
    for id in ["p1", "p2"] {
        runner.run(desk.authorized(id, label(id)).await, &desk.clock).await.unwrap();
    }
    let third = desk.authorized("p3", label("p3")).await;
    let request = third.request().clone();
    let refused = runner.run(third, &desk.clock).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Denied);
    assert!(refused.to_string().contains("limit is 2"), "{refused}");
    // An hour later it may.
    desk.advance(60);
    let again = desk.gate.reissue(&request, &runner, FREE, start() + TimeDelta::hours(1)).await.unwrap();
    runner.run(again, &desk.clock).await.unwrap();
    assert_eq!(desk.world.done(), ["+p1", "+p2", "+p3"]);
}
