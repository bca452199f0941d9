//! What nobody knows the end of, post-conditions, and undoing.

use juno_action::{ActionError, CheckState, Effect, ExecutionState, ExecutionStore};
use juno_domain::{ErrorKind, OutcomeResult, RequestId};

use super::common::{Answer, Desk, label, who};

async fn state(desk: &Desk, request: &RequestId) -> ExecutionState {
    desk.store.get(request).await.unwrap().unwrap().state
}

/// Begins, acts or not, and dies: the permit is lost.
async fn dies(desk: &Desk, id: &str, acts: bool) -> RequestId {
    let authorization = desk.authorized(id, label(id)).await;
    let permit = desk.runner().begin(authorization, &desk.clock).await.unwrap();
    if acts {
        let key = permit.idempotency_key();
        juno_action::ActionExecutor::execute_fenced(&desk.world, permit.action(), &key, permit.fence())
            .await
            .unwrap();
    }
    permit.execution().request.clone()
}

/// control: ASI08
#[tokio::test]
async fn a_crash_leaves_unknown_which_is_probed_and_never_blindly_retried() {
    let desk = Desk::new();
    let (acted, idle) = (dies(&desk, "acted", true).await, dies(&desk, "idle", false).await);
    assert!(desk.runner().recover(&desk.clock).await.unwrap().is_empty(), "its lease runs still");
    desk.advance(60);
    let found = desk.runner().recover(&desk.clock).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(state(&desk, &acted).await, ExecutionState::Succeeded);
    assert_eq!(state(&desk, &idle).await, ExecutionState::Failed);
    assert_eq!(desk.world.done(), ["+acted"], "looked up, not done");
}

#[tokio::test]
async fn what_a_probe_cannot_tell_stays_unknown_until_it_can_or_a_person_says() {
    let desk = Desk::new();
    desk.world.is_blind(true);
    let (first, second) = (dies(&desk, "first", true).await, dies(&desk, "second", false).await);
    desk.advance(60);
    let marked = desk.runner().recover(&desk.clock).await.unwrap();
    assert!(marked.iter().all(|outcome| outcome.result == OutcomeResult::Unknown) && marked.len() == 2);
    assert!(desk.runner().recover(&desk.clock).await.unwrap().is_empty(), "not asked again at once");
    let said = desk.runner().resolve(&second, &who("lead"), false, "no such label", desk_now(&desk)).await;
    assert_eq!(said.unwrap().result, OutcomeResult::Failed);
    desk.world.is_blind(false);
    desk.advance(60);
    let found = desk.runner().recover(&desk.clock).await.unwrap();
    assert_eq!((found.len(), found[0].result), (1, OutcomeResult::Succeeded));
    assert_eq!(state(&desk, &first).await, ExecutionState::Succeeded);
    let twice = desk.runner().resolve(&second, &who("lead"), true, "after all", desk_now(&desk)).await;
    assert!(matches!(twice.unwrap_err(), ActionError::WrongState { .. }), "what is known stays known");
}

fn desk_now(desk: &Desk) -> chrono::DateTime<chrono::Utc> {
    juno_domain::Clock::now(&desk.clock)
}

#[tokio::test]
async fn a_lost_answer_is_no_failure() {
    let desk = Desk::new();
    desk.world.answers("+a", Answer::DoneUnheard);
    desk.world.answers("+b", Answer::Lost);
    for (id, found) in [("a", OutcomeResult::Succeeded), ("b", OutcomeResult::Failed)] {
        let outcome = desk.runner().run(desk.authorized(id, label(id)).await, &desk.clock).await.unwrap();
        assert_eq!(outcome.result, OutcomeResult::Unknown);
        let looked = desk.runner().recover(&desk.clock).await.unwrap();
        assert_eq!(looked[0].result, found, "{id}: nobody is at it, so it is looked up at once");
    }
}

/// The host stalled, somebody looked, and then the host came back.
/// control: ASI08
#[tokio::test]
async fn a_stale_holder_is_kept_out_by_its_token() {
    let desk = Desk::new();
    let authorization = desk.authorized("p1", label("a")).await;
    let permit = desk.runner().begin(authorization, &desk.clock).await.unwrap();
    let request = permit.execution().request.clone();
    desk.advance(60);
    assert!(!permit.is_live(desk_now(&desk)));
    desk.runner().recover(&desk.clock).await.unwrap();
    assert_eq!(state(&desk, &request).await, ExecutionState::Failed);
    let (key, fence) = (permit.idempotency_key(), permit.fence());
    let late = juno_action::ActionExecutor::execute_fenced(&desk.world, permit.action(), &key, fence).await;
    assert!(late.is_err(), "the other side was shown a higher token");
    let effect = Effect { dry_run: false, detail: "done after all".into() };
    let refused = permit.finish(Ok(effect), None, &desk.clock).await.unwrap_err();
    assert!(matches!(refused, ActionError::Stale { .. }), "{refused}");
    assert_eq!(state(&desk, &request).await, ExecutionState::Failed, "and that is true");
    assert_eq!(desk.world.done(), [] as [&str; 0]);
}

#[tokio::test]
async fn who_needs_longer_says_so() {
    let desk = Desk::new();
    let authorization = desk.authorized("p1", label("a")).await;
    let mut permit = desk.runner().begin(authorization, &desk.clock).await.unwrap();
    desk.advance(50);
    permit.renew(chrono::TimeDelta::minutes(30), desk_now(&desk)).await.unwrap();
    desk.advance(20);
    assert!(desk.runner().recover(&desk.clock).await.unwrap().is_empty());
    let effect = Effect { dry_run: false, detail: "slowly".into() };
    let ended = permit.finish(Ok(effect), None, &desk.clock).await.unwrap();
    assert_eq!(ended.state, ExecutionState::Succeeded);
}

#[tokio::test]
async fn a_post_condition_that_comes_true_in_time_is_noted() {
    let desk = Desk::new();
    desk.world.checked_within(10);
    let outcome = desk.runner().run(desk.authorized("p1", label("a")).await, &desk.clock).await.unwrap();
    assert_eq!(outcome.result, OutcomeResult::Succeeded);
    let check = |execution: juno_action::Execution| execution.check.unwrap().state;
    let stored = || async { desk.store.get(&outcome.request).await.unwrap().unwrap() };
    assert_eq!(check(stored().await), CheckState::Waiting);
    desk.advance(9);
    assert!(desk.runner().recover(&desk.clock).await.unwrap().is_empty(), "not yet, and there is time");
    desk.world.comes_true();
    assert_eq!(desk.runner().recover(&desk.clock).await.unwrap().len(), 1);
    assert_eq!(check(stored().await), CheckState::Met);
    assert!(desk.runner().recover(&desk.clock).await.unwrap().is_empty(), "and looked at no more");
    assert_eq!(desk.world.done(), ["+a"]);
}

/// control: ASI08, AIA-14-4-d
#[tokio::test]
async fn a_post_condition_missed_at_its_deadline_is_rolled_back() {
    let desk = Desk::new();
    desk.world.checked_within(10);
    let outcome = desk.runner().run(desk.authorized("p1", label("a")).await, &desk.clock).await.unwrap();
    desk.advance(10);
    // At the very deadline it is late, even if it is true now.
    desk.world.comes_true();
    let found = desk.runner().recover(&desk.clock).await.unwrap();
    assert_eq!((found.len(), found[0].result), (1, OutcomeResult::Reversed));
    let stored = desk.store.get(&outcome.request).await.unwrap().unwrap();
    assert_eq!(stored.check.unwrap().state, CheckState::Missed);
    assert_eq!(stored.reversal.unwrap().by, None);
    assert_eq!(desk.world.done(), ["+a", "-a"]);
}

/// control: AIA-14-4-d
#[tokio::test]
async fn a_person_has_it_undone_once() {
    let desk = Desk::new();
    let outcome = desk.runner().run(desk.authorized("p1", label("a")).await, &desk.clock).await.unwrap();
    let request = outcome.request;
    let undone = desk.runner().reverse(&request, &who("lead"), "wrong ticket", &desk.clock).await.unwrap();
    assert_eq!(undone.result, OutcomeResult::Reversed);
    let again = desk.runner().reverse(&request, &who("lead"), "again", &desk.clock).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
    assert_eq!(desk.world.done(), ["+a", "-a"]);
    let begun: Vec<_> = desk.outbox.waiting(99).into_iter().filter(|e| e.actor == who("lead")).collect();
    assert_eq!(begun.len(), 1, "the record says who asked");
}

#[tokio::test]
async fn an_undoing_that_crashes_is_looked_up_too() {
    for (answer, found, done) in [
        (Answer::DoneUnheard, OutcomeResult::Reversed, vec!["+a", "-a"]),
        (Answer::Lost, OutcomeResult::Succeeded, vec!["+a"]),
    ] {
        let desk = Desk::new();
        let outcome = desk.runner().run(desk.authorized("p1", label("a")).await, &desk.clock).await.unwrap();
        desk.world.answers("-a", answer);
        let undone =
            desk.runner().reverse(&outcome.request, &who("lead"), "oops", &desk.clock).await.unwrap();
        assert_eq!(undone.result, OutcomeResult::Unknown);
        let looked = desk.runner().recover(&desk.clock).await.unwrap();
        assert_eq!(looked[0].result, found);
        assert_eq!(desk.world.done(), done);
    }
}
