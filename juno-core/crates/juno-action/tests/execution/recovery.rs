//! What nobody knows the end of, post-conditions, and undoing.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_action::{
    ActionError, CheckState, Effect, Execution, ExecutionState, ExecutionStore, InMemoryExecutionStore,
    Limits, Load, Runner,
};
use juno_domain::{DomainEvent, ErrorKind, OutcomeResult, RequestId, TeamId};

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
    assert!(desk.runner().recover(&desk.clock).await.unwrap().outcomes.is_empty(), "its lease runs still");
    desk.advance(60);
    let found = desk.runner().recover(&desk.clock).await.unwrap().outcomes;
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
    let marked = desk.runner().recover(&desk.clock).await.unwrap().outcomes;
    assert!(marked.iter().all(|outcome| outcome.result == OutcomeResult::Unknown) && marked.len() == 2);
    assert!(desk.runner().recover(&desk.clock).await.unwrap().outcomes.is_empty(), "not asked again at once");
    let said = desk.runner().resolve(&second, &who("lead"), false, "no such label", desk_now(&desk)).await;
    assert_eq!(said.unwrap().result, OutcomeResult::Failed);
    desk.world.is_blind(false);
    desk.advance(60);
    let found = desk.runner().recover(&desk.clock).await.unwrap().outcomes;
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
        let looked = desk.runner().recover(&desk.clock).await.unwrap().outcomes;
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
    assert!(desk.runner().recover(&desk.clock).await.unwrap().outcomes.is_empty());
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
    assert!(
        desk.runner().recover(&desk.clock).await.unwrap().outcomes.is_empty(),
        "not yet, and there is time"
    );
    desk.world.comes_true();
    assert_eq!(desk.runner().recover(&desk.clock).await.unwrap().outcomes.len(), 1);
    assert_eq!(check(stored().await), CheckState::Met);
    assert!(desk.runner().recover(&desk.clock).await.unwrap().outcomes.is_empty(), "and looked at no more");
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
    let found = desk.runner().recover(&desk.clock).await.unwrap().outcomes;
    assert_eq!((found.len(), found[0].result), (1, OutcomeResult::Reversed));
    let stored = desk.store.get(&outcome.request).await.unwrap().unwrap();
    assert_eq!(stored.check.unwrap().state, CheckState::Missed);
    assert_eq!(stored.reversal.unwrap().by, None);
    assert_eq!(desk.world.done(), ["+a", "-a"]);
}

/// control: ASI08
#[tokio::test]
async fn an_error_at_the_deadline_is_no_finding_and_undoes_nothing() {
    for true_after_all in [true, false] {
        let desk = Desk::new();
        desk.world.checked_within(10);
        let outcome = desk.runner().run(desk.authorized("p1", label("a")).await, &desk.clock).await.unwrap();
        desk.world.cannot_be_asked(true);
        desk.advance(10);
        let stored = || async { desk.store.get(&outcome.request).await.unwrap().unwrap() };
        for _ in 0..2 {
            desk.runner().recover(&desk.clock).await.unwrap();
            let (state, check) = (stored().await.state, stored().await.check.unwrap());
            assert_eq!((state, check.state), (ExecutionState::Succeeded, CheckState::Unknown));
            assert!(check.detail.contains("nobody answers"), "{}", check.detail);
            assert_eq!(desk.world.done(), ["+a"], "nobody knows, so nothing is undone");
        }
        desk.world.cannot_be_asked(false);
        if true_after_all {
            desk.world.comes_true();
        }
        desk.advance(10);
        desk.runner().recover(&desk.clock).await.unwrap();
        let check = stored().await.check.unwrap().state;
        if true_after_all {
            assert_eq!((check, desk.world.done()), (CheckState::Met, vec!["+a".to_owned()]));
        } else {
            assert_eq!((check, desk.world.done()), (CheckState::Missed, vec!["+a".into(), "-a".into()]));
        }
    }
}

#[tokio::test]
async fn one_execution_that_cannot_be_looked_after_stops_no_other() {
    let desk = Desk::new();
    desk.world.checked_within(10);
    let mut requests = Vec::new();
    for name in ["a", "b", "c"] {
        let authorization = desk.authorized(&format!("p-{name}"), label(name)).await;
        requests.push(desk.runner().run(authorization, &desk.clock).await.unwrap().request);
    }
    desk.world.comes_true();
    desk.advance(5);
    let store = Arc::new(OneBad { inner: Arc::clone(&desk.store), bad: requests[0].clone() });
    let runner = Runner::new(Arc::new(desk.world.clone()), store);
    let found = runner.recover(&desk.clock).await.unwrap();
    let failed: Vec<_> = found.failed.iter().map(|(request, error)| (request, error.kind())).collect();
    assert_eq!(failed, [(&requests[0], ErrorKind::Unavailable)], "it is told");
    for request in &requests[1..] {
        let check = desk.store.get(request).await.unwrap().unwrap().check.unwrap();
        assert_eq!(check.state, CheckState::Met, "the others are looked after");
    }
}

/// A store that takes nothing about one execution.
struct OneBad {
    inner: Arc<InMemoryExecutionStore>,
    bad: RequestId,
}

#[async_trait]
impl ExecutionStore for OneBad {
    async fn create(
        &self,
        execution: &Execution,
        limits: &Limits,
        events: &[DomainEvent],
    ) -> Result<(), ActionError> {
        self.inner.create(execution, limits, events).await
    }
    async fn get(&self, request: &RequestId) -> Result<Option<Execution>, ActionError> {
        self.inner.get(request).await
    }
    async fn load(
        &self,
        team: &TeamId,
        target: &str,
        at: DateTime<Utc>,
        except: &RequestId,
    ) -> Result<Load, ActionError> {
        self.inner.load(team, target, at, except).await
    }
    async fn transition(
        &self,
        expected: u64,
        next: &Execution,
        events: &[DomainEvent],
    ) -> Result<(), ActionError> {
        if next.request == self.bad {
            return Err(ActionError::Unavailable("this row is locked".into()));
        }
        self.inner.transition(expected, next, events).await
    }
    async fn list_due(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<Execution>, ActionError> {
        self.inner.list_due(now, limit).await
    }
    async fn unsettled(&self) -> Result<Vec<Execution>, ActionError> {
        self.inner.unsettled().await
    }
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
        let looked = desk.runner().recover(&desk.clock).await.unwrap().outcomes;
        assert_eq!(looked[0].result, found);
        assert_eq!(desk.world.done(), done);
    }
}
