//! Acting under a permit, through another executor, as a plan; and undoing, revoking and settling by whom may.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use juno_core::action::{ActionError, ActionExecutor, Effect, ExecutionState, PlanResult, Preview};
use juno_core::agent::GateHandle;
use juno_core::domain::{Action, ErrorKind, IssueKey, OutcomeResult, RequestId};
use juno_core::governance::Choice;

use super::desk::{Desk, person, trusting};
use super::ledger::Ledger;
use super::scripted::{Scripted, World, priority, question};

/// A desk where the team lead approved what the script says, and the requests in its order.
async fn approved(script: Scripted, world: &World) -> (Desk, Vec<RequestId>) {
    approved_for(script, Arc::new(world.clone())).await
}

async fn approved_for(script: Scripted, executor: Arc<dyn ActionExecutor>) -> (Desk, Vec<RequestId>) {
    let reasoner = Arc::new(script);
    let stores = juno_core::Stores::in_memory();
    let desk = Desk::open(trusting(), stores, |builder| builder.reasoner(reasoner).executor(executor)).await;
    let review = desk.review(&desk.nothing()).await;
    let mut requests = Vec::new();
    for proposal in &review.proposals {
        let pending = review.pending.iter().find(|pending| pending.proposal == proposal.id).unwrap();
        desk.juno.gate.vote(pending, &person("lea"), Choice::Approve, "yes").await.unwrap();
        requests.push(pending.request.clone());
    }
    (desk, requests)
}

fn done(detail: &str) -> Result<Effect, ActionError> {
    Ok(Effect { dry_run: false, detail: detail.into() })
}

#[tokio::test]
async fn a_permit_is_given_once_and_its_end_is_remembered_and_proved() {
    let world = World::default();
    let (desk, requests) = approved(Scripted::saying([priority("PAY-1")]), &world).await;
    let gate = &desk.juno.gate;
    let permit = gate.permit(&requests[0], None, None).await.unwrap();
    assert_eq!(permit.action().name(), "reprioritise");
    let stored = gate.execution(&requests[0]).await.unwrap().unwrap();
    assert_eq!((stored.state, stored.executor.as_str()), (ExecutionState::Executing, "host"));
    let outcome = gate.finish(permit, done("by hand")).await.unwrap();
    assert_eq!((outcome.result, outcome.detail.as_str()), (OutcomeResult::Succeeded, "by hand"));
    assert_eq!(gate.permit(&requests[0], None, None).await.unwrap_err().kind(), ErrorKind::Conflict);
    assert!(world.effects().is_empty(), "the executor was not asked");
    let ledger = Ledger::audited(&desk.stores).await;
    assert_eq!(ledger.executions[&requests[0]].state, ExecutionState::Succeeded);
}

#[tokio::test]
async fn a_permit_that_is_lost_is_never_given_again() {
    let (desk, requests) =
        approved(Scripted::saying([priority("PAY-1"), priority("PAY-2")]), &World::default()).await;
    let gate = &desk.juno.gate;
    drop(gate.permit(&requests[0], None, None).await.unwrap());
    desk.wait(1);
    let told = gate.recover().await.unwrap().outcomes;
    assert_eq!((told.len(), told[0].result), (1, OutcomeResult::Unknown));
    assert!(gate.execute(&requests[0]).await.is_err());
    let stranger = gate.resolve(&requests[0], &person("nobody"), true, "I saw it").await.unwrap_err();
    assert_eq!(stranger.kind(), ErrorKind::Denied);
    let said = gate.resolve(&requests[0], &person("lea"), true, "I saw it").await.unwrap();
    assert_eq!(said.result, OutcomeResult::Succeeded);

    assert_eq!(
        gate.revoke(&requests[1], &person("nobody"), "no").await.unwrap_err().kind(),
        ErrorKind::Denied
    );
    let revoked = gate.revoke(&requests[1], &person("ada"), "no longer needed").await.unwrap();
    assert_eq!(revoked.result, OutcomeResult::Failed);
    assert!(gate.execute(&requests[1]).await.is_err());
}

#[tokio::test]
async fn another_executor_may_be_handed_in_and_what_it_did_is_undone_through_the_configured_one() {
    let (configured, other) = (World::default(), World::default());
    let (desk, requests) = approved(Scripted::saying([priority("PAY-1")]), &configured).await;
    let gate = &desk.juno.gate;
    gate.execute_with(&requests[0], Arc::new(other.clone())).await.unwrap();
    assert_eq!((other.effects().len(), configured.effects().len()), (1, 0));
    let undone = gate.reverse(&requests[0], &person("lea"), "the wrong ticket").await.unwrap();
    assert_eq!(undone.result, OutcomeResult::Reversed);
    assert_eq!(configured.effects().len(), 1);
    let twice = gate.reverse(&requests[0], &person("lea"), "again").await.unwrap_err();
    assert_eq!(twice.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn a_plan_needs_every_approval_before_it_begins() {
    let world = World::default();
    let (desk, requests) =
        approved(Scripted::saying([priority("PAY-1"), priority("PAY-2"), question("PAY-3")]), &world).await;
    let gate = &desk.juno.gate;
    let script = [requests[2].clone(), requests[0].clone()];
    let refused = gate.execute_plan(&script).await.unwrap_err();
    assert!(refused.to_string().contains("has no inverse"), "{refused}");
    assert!(world.effects().is_empty());
    let plan = gate.execute_plan(&requests).await.unwrap();
    assert_eq!((plan.result, plan.steps.len()), (PlanResult::Done, 3));
    assert_eq!(world.effects().len(), 3);
    Ledger::audited(&desk.stores).await;
}

#[tokio::test]
async fn a_way_back_that_is_none_is_refused_before_anything_begins() {
    let (desk, requests) = approved(Scripted::saying([priority("PAY-1")]), &World::default()).await;
    let gate = &desk.juno.gate;
    let action = gate.request(&requests[0]).await.unwrap().action().clone();
    let label =
        |issue: &str| Action::AddLabel { issue: IssueKey::new(issue).unwrap(), label: "undone".into() };
    for (undo, why) in [(label("PAY-2"), "not for `PAY-1`"), (action, "the same action")] {
        let error = gate.permit(&requests[0], Some(undo), None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(why), "{error}");
    }
    assert!(gate.execution(&requests[0]).await.unwrap().is_none(), "nothing was begun");
    let permit = gate.permit(&requests[0], Some(label("PAY-1")), Some(7)).await.unwrap();
    let (stored, undo) = (permit.execution(), permit.execution().compensation.as_ref().unwrap());
    assert_eq!((stored.blast_radius, undo.action.name()), (7, "add_label"), "what it touches counts");
    gate.finish(permit, done("by hand")).await.unwrap();
}

/// Somebody stops everything while the first action is being carried out.
#[derive(Default)]
struct Stopped {
    world: World,
    gate: OnceLock<GateHandle>,
}

#[async_trait]
impl ActionExecutor for Stopped {
    fn name(&self) -> &str {
        self.world.name()
    }

    async fn preview(&self, action: &Action) -> Result<Preview, ActionError> {
        self.world.preview(action).await
    }

    async fn inverse(&self, action: &Action) -> Result<Option<Action>, ActionError> {
        self.world.inverse(action).await
    }

    async fn execute(&self, action: &Action, idempotency_key: &str) -> Result<Effect, ActionError> {
        self.gate.get().unwrap().stop(&person("lea"), "enough").await.unwrap();
        self.world.execute(action, idempotency_key).await
    }
}

/// control: ASI10, AIA-14-4-e
#[tokio::test]
async fn a_stop_during_a_plan_holds_back_the_steps_that_are_left() {
    let executor = Arc::new(Stopped::default());
    let script = Scripted::saying([priority("PAY-1"), priority("PAY-2")]);
    let (desk, requests) = approved_for(script, executor.clone()).await;
    assert!(executor.gate.set(desk.juno.gate.clone()).is_ok());
    let plan = desk.juno.gate.execute_plan(&requests).await;
    assert!(plan.is_err() || plan.is_ok_and(|plan| plan.result != PlanResult::Done));
    let gate = &desk.juno.gate;
    let first = gate.execution(&requests[0]).await.unwrap().unwrap();
    let second = gate.execution(&requests[1]).await.unwrap().unwrap();
    assert_eq!(second.state, ExecutionState::Failed);
    assert!(second.detail.contains("stopped everything"), "{}", second.detail);
    let effects = executor.world.effects();
    assert_eq!(effects.get(&first.idempotency_key), Some(&1), "the first was under way");
    assert_eq!(effects.get(&second.idempotency_key), None);
}
