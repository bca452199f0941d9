//! Several steps, undone in reverse order.

use std::collections::BTreeMap;

use juno_action::{ActionError, ExecutionState, ExecutionStore, Limits, PlanResult, RunnerOptions};
use juno_domain::{OutcomeResult, RequestId};
use juno_governance::Authorization;

use super::common::{Answer, Desk, FREE, label, question, start};

async fn authorized(desk: &Desk, ids: &[&str]) -> (Vec<RequestId>, BTreeMap<RequestId, Authorization>) {
    let (mut requests, mut authorizations) = (Vec::new(), BTreeMap::new());
    for id in ids {
        let action = if *id == "ask" { question() } else { label(id) };
        let authorization = desk.authorized(id, action).await;
        requests.push(authorization.request().clone());
        authorizations.insert(authorization.request().clone(), authorization);
    }
    (requests, authorizations)
}

/// The authorizations of what has not begun, issued again.
async fn again(desk: &Desk, requests: &[RequestId]) -> BTreeMap<RequestId, Authorization> {
    let mut authorizations = BTreeMap::new();
    for request in requests {
        if let Ok(one) = desk.gate.reissue(request, &desk.runner(), FREE, start()).await {
            authorizations.insert(request.clone(), one);
        }
    }
    authorizations
}

#[tokio::test]
async fn a_plan_runs_in_order() {
    let desk = Desk::new();
    let (requests, authorizations) = authorized(&desk, &["a", "b", "c"]).await;
    let plan = desk.runner().run_plan(&requests, authorizations, &desk.clock).await.unwrap();
    assert_eq!((plan.result, plan.steps.len()), (PlanResult::Done, 3));
    assert_eq!(desk.world.done(), ["+a", "+b", "+c"]);
}

/// control: ASI08
#[tokio::test]
async fn a_plan_that_fails_is_rolled_back_in_reverse_order() {
    let desk = Desk::new();
    let (requests, authorizations) = authorized(&desk, &["a", "b", "c", "d"]).await;
    desk.world.answers("+c", Answer::Refused);
    let plan = desk.runner().run_plan(&requests, authorizations, &desk.clock).await.unwrap();
    assert_eq!(plan.result, PlanResult::RolledBack);
    let results: Vec<_> = plan.steps.iter().map(|step| step.result).collect();
    use OutcomeResult::{Failed, Reversed};
    assert_eq!(results, [Reversed, Reversed, Failed, Failed]);
    assert_eq!(desk.world.done(), ["+a", "+b", "-b", "-a"]);
    // Run again, nothing happens again.
    let plan = desk.runner().run_plan(&requests, BTreeMap::new(), &desk.clock).await.unwrap();
    assert_eq!(plan.result, PlanResult::RolledBack);
    assert_eq!(desk.world.done().len(), 4);
}

#[tokio::test]
async fn a_plan_waits_for_what_nobody_knows_and_goes_on_from_there() {
    for (answer, result, done) in [
        (Answer::DoneUnheard, PlanResult::Done, vec!["+a", "+b", "+c"]),
        (Answer::Lost, PlanResult::RolledBack, vec!["+a", "-a"]),
    ] {
        let desk = Desk::new();
        let (requests, authorizations) = authorized(&desk, &["a", "b", "c"]).await;
        desk.world.answers("+b", answer);
        let plan = desk.runner().run_plan(&requests, authorizations, &desk.clock).await.unwrap();
        assert_eq!(plan.result, PlanResult::Stuck, "neither on nor back");
        desk.world.answers_again();
        desk.runner().recover(&desk.clock).await.unwrap();
        let rest = again(&desk, &requests).await;
        let plan = desk.runner().run_plan(&requests, rest, &desk.clock).await.unwrap();
        assert_eq!(plan.result, result);
        assert_eq!(desk.world.done(), done);
    }
}

#[tokio::test]
async fn a_step_that_may_not_run_any_more_keeps_the_plan_from_beginning() {
    let desk = Desk::new();
    let (requests, mut authorizations) = authorized(&desk, &["a", "b"]).await;
    // The second was authorized long ago; by now only the first is fresh.
    desk.advance(61);
    let now = juno_domain::Clock::now(&desk.clock);
    let fresh = desk.gate.reissue(&requests[0], &desk.runner(), FREE, now).await.unwrap();
    authorizations.insert(requests[0].clone(), fresh);
    let refused = desk.runner().run_plan(&requests, authorizations, &desk.clock).await.unwrap_err();
    assert!(matches!(refused, ActionError::AuthorizationExpired { .. }), "{refused}");
    assert!(desk.world.done().is_empty(), "all are looked at before the first begins");
    assert_eq!(desk.store.get(&requests[0]).await.unwrap(), None);
}

#[tokio::test]
async fn a_step_that_cannot_be_undone_stands_last_or_not_at_all() {
    let desk = Desk::new();
    let (requests, authorizations) = authorized(&desk, &["a", "ask", "b"]).await;
    let refused = desk.runner().run_plan(&requests, authorizations, &desk.clock).await.unwrap_err();
    assert_eq!(refused, ActionError::NoInverse("request_info".into()));
    assert_eq!((desk.world.done().len(), desk.store.get(&requests[0]).await.unwrap()), (0, None));

    let desk = Desk::new();
    let (requests, authorizations) = authorized(&desk, &["a", "ask"]).await;
    let plan = desk.runner().run_plan(&requests, authorizations, &desk.clock).await.unwrap();
    assert_eq!(plan.result, PlanResult::Done);
    assert_eq!(desk.world.done(), ["+a", "request_info"]);
}

/// control: ASI08
#[tokio::test]
async fn an_undoing_that_does_not_work_stops_the_rolling_back() {
    let desk = Desk::new();
    let (requests, authorizations) = authorized(&desk, &["a", "b", "c"]).await;
    desk.world.answers("+c", Answer::Refused);
    desk.world.answers("-b", Answer::Refused);
    let plan = desk.runner().run_plan(&requests, authorizations, &desk.clock).await.unwrap();
    assert_eq!(plan.result, PlanResult::Stuck);
    assert_eq!(desk.world.done(), ["+a", "+b"], "what is before it stays as long as it does");
    desk.world.answers_again();
    let plan = desk.runner().run_plan(&requests, BTreeMap::new(), &desk.clock).await.unwrap();
    assert_eq!(plan.result, PlanResult::RolledBack);
    assert_eq!(desk.world.done(), ["+a", "+b", "-b", "-a"]);
}

#[tokio::test]
async fn a_plan_without_every_authorization_does_not_begin() {
    let desk = Desk::new();
    let (requests, mut authorizations) = authorized(&desk, &["a", "b"]).await;
    authorizations.remove(&requests[1]);
    let refused = desk.runner().run_plan(&requests, authorizations, &desk.clock).await.unwrap_err();
    assert!(matches!(refused, ActionError::Plan(_)), "{refused}");
    assert_eq!(desk.store.get(&requests[0]).await.unwrap(), None);
    let empty = desk.runner().run_plan(&[], BTreeMap::new(), &desk.clock).await.unwrap_err();
    assert!(matches!(empty, ActionError::Plan(_)), "{empty}");
}

#[tokio::test]
async fn a_plan_beyond_the_limits_waits_and_has_not_begun() {
    let desk = Desk::new();
    let (requests, authorizations) = authorized(&desk, &["a", "b"]).await;
    let limits = Limits { per_hour: Some(1), ..Limits::NONE };
    let bounded = desk.runner().with_options(RunnerOptions { limits, ..RunnerOptions::default() });
    let refused = bounded.run_plan(&requests, authorizations, &desk.clock).await.unwrap_err();
    assert!(matches!(refused, ActionError::LimitReached { .. }), "{refused}");
    let first = desk.store.get(&requests[0]).await.unwrap().unwrap();
    assert_eq!((first.state, desk.world.done().len()), (ExecutionState::Approved, 0));
    // Where there is room, it goes on from there.
    let rest = again(&desk, &requests).await;
    let plan = desk.runner().run_plan(&requests, rest, &desk.clock).await.unwrap();
    assert_eq!(plan.result, PlanResult::Done);
    assert_eq!(desk.world.done(), ["+a", "+b"]);
}
