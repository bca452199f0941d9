//! What every [`ExecutionStore`] has to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_action::{ActionError, Execution, ExecutionState, ExecutionStore};
use juno_audit::Outbox;
use juno_domain::{
    Action, ActionCategory, Digest, DomainEvent, EventId, EventKind, PrincipalId, ProposalId, RequestId,
    TeamId,
};
use serde_json::json;

/// An empty store and the outbox its events go to.
pub type Subject = (Arc<dyn ExecutionStore>, Arc<dyn Outbox>);

/// Runs every case, each on a fresh, empty store that `make` gives together with its outbox.
///
/// Call it inside a multi-threaded tokio runtime: some cases write from many tasks at once.
///
/// # Panics
/// If the store breaks the contract; the message says in which case and how.
pub async fn execution_store_suite(make: impl AsyncFn() -> Subject) {
    executions_come_back_as_they_were_given(&make().await).await;
    a_request_is_begun_once(&make().await).await;
    only_the_expected_state_is_settled(&make().await).await;
    events_arrive_with_their_state_and_once(&make().await).await;
    open_executions_come_oldest_first(&make().await).await;
    of_32_beginners_one_wins(make().await).await;
    of_32_settlers_one_wins(make().await).await;
}

/// Runs what a store that outlives its handle has to do; every call of `open` opens the same, at first empty, store,
/// after all earlier handles are gone.
///
/// # Panics
/// If something is lost or changed between two handles.
pub async fn execution_store_reopening_suite(reopen: impl AsyncFn() -> Subject) {
    let started = sample_execution("r1", start());
    {
        let (store, _) = reopen().await;
        store.begin(&started, &[event(&started)]).await.expect("begin");
    }
    {
        let (store, outbox) = reopen().await;
        let again = store.begin(&started, &[event(&started)]).await.expect_err("an approved tool runs again");
        assert_eq!(again, ActionError::Exists(started.request.clone()));
        assert_eq!(store.unsettled().await.expect("unsettled"), std::slice::from_ref(&started));
        assert_eq!(all_events(&*outbox).await, [event(&started)]);
        let unknown = settled(&started, ExecutionState::Unknown);
        store.settle(ExecutionState::Started, &unknown, &[event(&unknown)]).await.expect("settle");
    }
    let (store, outbox) = reopen().await;
    let unknown = settled(&started, ExecutionState::Unknown);
    assert_eq!(store.get(&started.request).await.expect("get"), Some(unknown.clone()));
    assert_eq!(all_events(&*outbox).await, [event(&started), event(&unknown)]);
}

/// When the sample executions start.
///
/// # Panics
/// Never: the instant is fixed.
#[must_use]
pub fn start() -> DateTime<Utc> {
    "2026-03-02T09:15:00.123456789Z".parse().expect("a time")
}

/// An execution that has started, with awkward text and arguments.
///
/// # Panics
/// If `request` is no id.
#[must_use]
pub fn sample_execution(request: &str, at: DateTime<Utc>) -> Execution {
    Execution {
        request: RequestId::new(request).expect("a request id"),
        proposal: ProposalId::new(format!("proposal of {request}")).expect("a proposal id"),
        team: TeamId::new("équipe 'x'").expect("a team"),
        action: Action::Custom {
            name: "jira.transition".into(),
            target: "PAY-12; DROP TABLE executions".into(),
            category: ActionCategory::TicketManagement,
            reversible: true,
            arguments: BTreeMap::from([(
                "fields".to_owned(),
                json!({ "a": [1, -2.5, null], "\u{1F600}": "\n" }),
            )]),
        },
        digest: Digest([7; 32]),
        idempotency_key: format!("juno-{request}"),
        executor: "sample".into(),
        state: ExecutionState::Started,
        started_at: at,
        ended_at: None,
        detail: String::new(),
    }
}

fn settled(execution: &Execution, state: ExecutionState) -> Execution {
    let ended_at = Some(execution.started_at + TimeDelta::nanoseconds(1));
    Execution { state, ended_at, detail: format!("it is {state} ☃"), ..execution.clone() }
}

fn event(execution: &Execution) -> DomainEvent {
    let kind = match execution.state {
        ExecutionState::Started => EventKind::ExecutionStarted,
        _ => EventKind::ExecutionFinished,
    };
    DomainEvent {
        id: EventId::new(format!("{} {}", execution.request, execution.state)).expect("an id"),
        kind,
        at: execution.ended_at.unwrap_or(execution.started_at),
        actor: PrincipalId::new("executor:sample").expect("a principal"),
        subject: execution.request.to_string(),
        team: Some(execution.team.clone()),
        payload: json!({ "detail": execution.detail }),
    }
}

async fn all_events(outbox: &dyn Outbox) -> Vec<DomainEvent> {
    outbox.waiting(10_000).await.expect("outbox")
}

async fn put(subject: &Subject, request: &str, at: DateTime<Utc>) -> Execution {
    let execution = sample_execution(request, at);
    subject.0.begin(&execution, &[event(&execution)]).await.expect("begin");
    execution
}

async fn executions_come_back_as_they_were_given(subject: &Subject) {
    let (store, _) = subject;
    let absent = RequestId::new("absent").expect("an id");
    assert_eq!(store.get(&absent).await.expect("get"), None);
    for (n, state) in ExecutionState::ALL.into_iter().enumerate() {
        let started = put(subject, &format!("r{n}"), start()).await;
        assert_eq!(store.get(&started.request).await.expect("get").as_ref(), Some(&started));
        let next = settled(&started, state);
        store.settle(ExecutionState::Started, &next, &[event(&next)]).await.expect("settle");
        assert_eq!(store.get(&started.request).await.expect("get"), Some(next), "every field comes back");
    }
}

async fn a_request_is_begun_once(subject: &Subject) {
    let (store, outbox) = subject;
    for (n, state) in ExecutionState::ALL.into_iter().enumerate() {
        let started = put(subject, &format!("r{n}"), start()).await;
        let next = settled(&started, state);
        store.settle(ExecutionState::Started, &next, &[event(&next)]).await.expect("settle");
        let before = all_events(&**outbox).await;
        let mut second = sample_execution(started.request.as_str(), start() + TimeDelta::days(1));
        second.executor = "second".into();
        let unseen =
            DomainEvent { id: EventId::new(format!("second {n}")).expect("an id"), ..event(&second) };
        let error = store.begin(&second, &[unseen]).await.expect_err("an approved tool runs again");
        assert_eq!(error, ActionError::Exists(started.request.clone()), "after {state}");
        assert_eq!(store.get(&started.request).await.expect("get"), Some(next), "a refused begin changed it");
        assert_eq!(all_events(&**outbox).await, before, "a refused begin left its events");
    }
}

async fn only_the_expected_state_is_settled(subject: &Subject) {
    let (store, outbox) = subject;
    let started = put(subject, "r1", start()).await;
    let before = all_events(&**outbox).await;
    let succeeded = settled(&started, ExecutionState::Succeeded);
    for expected in ExecutionState::ALL.into_iter().filter(|state| *state != ExecutionState::Started) {
        let error =
            store.settle(expected, &succeeded, &[event(&succeeded)]).await.expect_err("another state");
        let request = started.request.clone();
        assert_eq!(error, ActionError::Changed { request, expected, found: ExecutionState::Started });
    }
    let absent = settled(&sample_execution("absent", start()), ExecutionState::Failed);
    let error =
        store.settle(ExecutionState::Started, &absent, &[event(&absent)]).await.expect_err("nothing there");
    assert_eq!(error, ActionError::NotFound(absent.request.clone()));
    assert_eq!(store.get(&absent.request).await.expect("get"), None, "settling created an execution");
    assert_eq!(store.get(&started.request).await.expect("get"), Some(started));
    assert_eq!(all_events(&**outbox).await, before, "a refused settle left its events");
}

async fn events_arrive_with_their_state_and_once(subject: &Subject) {
    let (store, outbox) = subject;
    let started = put(subject, "r1", start()).await;
    assert_eq!(all_events(&**outbox).await, [event(&started)]);
    let next = settled(&started, ExecutionState::Succeeded);
    let both = [event(&started), event(&next)];
    store.settle(ExecutionState::Started, &next, &both).await.expect("settle");
    assert_eq!(all_events(&**outbox).await, both, "each event once, in order");
}

async fn open_executions_come_oldest_first(subject: &Subject) {
    let (store, _) = subject;
    assert_eq!(store.unsettled().await.expect("unsettled"), []);
    let mut open = Vec::new();
    for (n, state) in ExecutionState::ALL.into_iter().cycle().take(15).enumerate() {
        // Younger ones first, three at a time in one instant.
        let at = start() - TimeDelta::nanoseconds(n as i64 / 3);
        let started = put(subject, &format!("r{n:02}"), at).await;
        let next = settled(&started, state);
        store.settle(ExecutionState::Started, &next, &[event(&next)]).await.expect("settle");
        if state.is_open() {
            open.push(next);
        }
    }
    open.sort_by(|a, b| (a.started_at, &a.request).cmp(&(b.started_at, &b.request)));
    assert_eq!(open.len(), 6);
    assert_eq!(
        store.unsettled().await.expect("unsettled"),
        open,
        "started and unknown, oldest first, then by id"
    );
}

async fn of_32_beginners_one_wins((store, outbox): Subject) {
    let tasks: Vec<_> = (0..32)
        .map(|n| {
            let store = Arc::clone(&store);
            let execution = Execution { executor: format!("e{n}"), ..sample_execution("r1", start()) };
            let begun =
                DomainEvent { id: EventId::new(format!("begun {n}")).expect("an id"), ..event(&execution) };
            tokio::spawn(async move {
                store.begin(&execution, std::slice::from_ref(&begun)).await.map(|()| (execution, begun))
            })
        })
        .collect();
    let mut winners = Vec::new();
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(begun) => winners.push(begun),
            Err(error) => assert!(matches!(error, ActionError::Exists(_)), "{error}"),
        }
    }
    assert_eq!(winners.len(), 1, "one request, one execution");
    let (execution, begun) = winners.remove(0);
    assert_eq!(store.get(&execution.request).await.expect("get"), Some(execution));
    assert_eq!(all_events(&*outbox).await, [begun], "only the winner's event");
}

async fn of_32_settlers_one_wins(subject: Subject) {
    let started = put(&subject, "r1", start()).await;
    let (store, outbox) = subject;
    let tasks: Vec<_> = (0..32)
        .map(|n| {
            let state = [ExecutionState::Succeeded, ExecutionState::Failed, ExecutionState::Unknown][n % 3];
            let (store, next) = (Arc::clone(&store), settled(&started, state));
            let ended =
                DomainEvent { id: EventId::new(format!("ended {n}")).expect("an id"), ..event(&next) };
            tokio::spawn(async move {
                store
                    .settle(ExecutionState::Started, &next, std::slice::from_ref(&ended))
                    .await
                    .map(|()| (next, ended))
            })
        })
        .collect();
    let mut winners = Vec::new();
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(ended) => winners.push(ended),
            Err(error) => assert!(matches!(error, ActionError::Changed { .. }), "{error}"),
        }
    }
    assert_eq!(winners.len(), 1);
    let (execution, ended) = winners.remove(0);
    assert_eq!(store.get(&started.request).await.expect("get"), Some(execution));
    assert_eq!(all_events(&*outbox).await, [event(&started), ended], "only the winner's event");
}
