//! What every [`ExecutionStore`] has to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_action::{
    ActionError, Compensation, Execution, ExecutionEvent, ExecutionState, ExecutionStore, Lease, Limits,
    Load, inverse_of, transition,
};
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
    only_the_expected_version_is_replaced(&make().await).await;
    events_arrive_with_their_state_and_once(&make().await).await;
    open_executions_come_oldest_first(&make().await).await;
    what_is_due_comes_longest_due_first(&make().await).await;
    limits_count_what_was_stored(&make().await).await;
    of_32_beginners_one_wins(make().await).await;
    of_32_settlers_one_wins(make().await).await;
    of_32_at_a_limit_as_many_as_fit_win(make().await).await;
    of_32_who_counted_the_same_one_begins(make().await).await;
    of_32_who_take_over_one_wins(make().await).await;
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
        store.create(&started, &Limits::NONE, &[event(&started)]).await.expect("create");
    }
    {
        let (store, outbox) = reopen().await;
        let again = store.create(&started, &Limits::NONE, &[event(&started)]).await;
        let again = again.expect_err("an approved tool runs again");
        assert_eq!(again, ActionError::Exists(started.request.clone()));
        assert_eq!(store.unsettled().await.expect("unsettled"), std::slice::from_ref(&started));
        assert_eq!(all_events(&*outbox).await, [event(&started)]);
        let unknown = settled(&started, ExecutionState::Unknown);
        store.transition(started.version, &unknown, &[event(&unknown)]).await.expect("transition");
    }
    let (store, outbox) = reopen().await;
    let unknown = settled(&started, ExecutionState::Unknown);
    assert_eq!(store.get(&started.request).await.expect("get"), Some(unknown.clone()));
    let due = store.list_due(start() + TimeDelta::days(1), 10).await.expect("due");
    assert_eq!(due, std::slice::from_ref(&unknown));
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

/// An execution that is under way in somebody's hands for an hour, with awkward text and arguments.
///
/// # Panics
/// If `request` is no id.
#[must_use]
pub fn sample_execution(request: &str, at: DateTime<Utc>) -> Execution {
    let action = Action::Custom {
        name: "jira.transition".into(),
        target: "PAY-12; DROP TABLE executions".into(),
        category: ActionCategory::TicketManagement,
        reversible: true,
        arguments: BTreeMap::from([(
            "fields".to_owned(),
            json!({ "a": [1, -2.5, null], "\u{1F600}": "\n" }),
        )]),
    };
    let undo = inverse_of(&action).expect("it can be undone");
    Execution {
        request: RequestId::new(request).expect("a request id"),
        version: 2,
        proposal: ProposalId::new(format!("proposal of {request}")).expect("a proposal id"),
        team: TeamId::new("équipe 'x'").expect("a team"),
        action,
        digest: Digest([7; 32]),
        idempotency_key: format!("juno-{request}"),
        executor: "sample".into(),
        automatic: true,
        blast_radius: 3,
        state: ExecutionState::Executing,
        started_at: at,
        ended_at: None,
        detail: String::new(),
        said_by: None,
        fence: 1,
        lease: Some(Lease { holder: "ho'st ☃".into(), token: 1, until: at + TimeDelta::hours(1) }),
        compensation: Some(Compensation { action: undo, summary: "put it back".into() }),
        check: None,
        reversal: None,
        plan: None,
    }
}

fn settled(execution: &Execution, state: ExecutionState) -> Execution {
    Execution {
        version: execution.version + 1,
        state,
        ended_at: Some(execution.started_at + TimeDelta::nanoseconds(1)),
        lease: execution.lease.clone().filter(|_| state.announces_effect()),
        detail: format!("it is {state} ☃"),
        ..execution.clone()
    }
}

pub(super) fn event(execution: &Execution) -> DomainEvent {
    let kind = match execution.state {
        ExecutionState::Executing => EventKind::ExecutionStarted,
        _ => EventKind::ExecutionFinished,
    };
    DomainEvent {
        id: EventId::new(format!("{} {}", execution.request, execution.version)).expect("an id"),
        kind,
        at: execution.ended_at.unwrap_or(execution.started_at),
        actor: PrincipalId::new("executor:sample").expect("a principal"),
        subject: execution.request.to_string(),
        team: Some(execution.team.clone()),
        payload: json!({ "detail": execution.detail }).into(),
    }
}

async fn all_events(outbox: &dyn Outbox) -> Vec<DomainEvent> {
    outbox.waiting(10_000).await.expect("outbox")
}

async fn put(subject: &Subject, request: &str, at: DateTime<Utc>) -> Execution {
    let execution = sample_execution(request, at);
    subject.0.create(&execution, &Limits::NONE, &[event(&execution)]).await.expect("create");
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
        store.transition(started.version, &next, &[event(&next)]).await.expect("transition");
        assert_eq!(store.get(&started.request).await.expect("get"), Some(next), "every field comes back");
    }
}

async fn a_request_is_begun_once(subject: &Subject) {
    let (store, outbox) = subject;
    for (n, state) in ExecutionState::ALL.into_iter().enumerate() {
        let started = put(subject, &format!("r{n}"), start()).await;
        let next = settled(&started, state);
        store.transition(started.version, &next, &[event(&next)]).await.expect("transition");
        let before = all_events(&**outbox).await;
        let mut second = sample_execution(started.request.as_str(), start() + TimeDelta::days(1));
        second.executor = "second".into();
        let unseen =
            DomainEvent { id: EventId::new(format!("second {n}")).expect("an id"), ..event(&second) };
        // At a limit, too, the answer is that there is one.
        for limits in [Limits::NONE, Limits { per_hour: Some(0), ..Limits::NONE }] {
            let error = store.create(&second, &limits, std::slice::from_ref(&unseen)).await;
            let error = error.expect_err("an approved tool runs again");
            assert_eq!(error, ActionError::Exists(started.request.clone()), "after {state}");
        }
        let found = store.get(&started.request).await.expect("get");
        assert_eq!(found, Some(next), "a refused create changed it");
        assert_eq!(all_events(&**outbox).await, before, "a refused create left its events");
    }
}

async fn only_the_expected_version_is_replaced(subject: &Subject) {
    let (store, outbox) = subject;
    let started = put(subject, "r1", start()).await;
    let before = all_events(&**outbox).await;
    for expected in [0, 1, 3, u64::MAX - 1] {
        let next = Execution { version: expected + 1, ..settled(&started, ExecutionState::Succeeded) };
        let error = store.transition(expected, &next, &[event(&next)]).await.expect_err("another version");
        let request = started.request.clone();
        assert_eq!(error, ActionError::Changed { request, expected, found: started.version });
    }
    let skips = Execution { version: 9, ..settled(&started, ExecutionState::Succeeded) };
    let error = store.transition(started.version, &skips, &[]).await.expect_err("a version left out");
    assert!(matches!(error, ActionError::Internal(_)), "{error}");
    let absent = settled(&sample_execution("absent", start()), ExecutionState::Failed);
    let error =
        store.transition(started.version, &absent, &[event(&absent)]).await.expect_err("nothing there");
    assert_eq!(error, ActionError::NotFound(absent.request.clone()));
    assert_eq!(store.get(&absent.request).await.expect("get"), None, "a transition created an execution");
    assert_eq!(store.get(&started.request).await.expect("get"), Some(started));
    assert_eq!(all_events(&**outbox).await, before, "a refused transition left its events");
}

async fn events_arrive_with_their_state_and_once(subject: &Subject) {
    let (store, outbox) = subject;
    let started = put(subject, "r1", start()).await;
    assert_eq!(all_events(&**outbox).await, [event(&started)]);
    let next = settled(&started, ExecutionState::Succeeded);
    let both = [event(&started), event(&next)];
    store.transition(started.version, &next, &both).await.expect("transition");
    assert_eq!(all_events(&**outbox).await, both, "each event once, in order");
}

async fn open_executions_come_oldest_first(subject: &Subject) {
    let (store, _) = subject;
    assert_eq!(store.unsettled().await.expect("unsettled"), []);
    let mut open = Vec::new();
    for (n, state) in ExecutionState::ALL.into_iter().cycle().take(24).enumerate() {
        // Younger ones first, three at a time in one instant.
        let at = start() - TimeDelta::nanoseconds(n as i64 / 3);
        let started = put(subject, &format!("r{n:02}"), at).await;
        let next = settled(&started, state);
        store.transition(started.version, &next, &[event(&next)]).await.expect("transition");
        if state.is_open() {
            open.push(next);
        }
    }
    open.sort_by(|a, b| (a.started_at, &a.request).cmp(&(b.started_at, &b.request)));
    assert_eq!(open.len(), 12);
    assert_eq!(store.unsettled().await.expect("unsettled"), open, "what is open, oldest first, then by id");
}

async fn what_is_due_comes_longest_due_first(subject: &Subject) {
    let (store, _) = subject;
    for (request, minutes) in [("r3", 2), ("r1", 1), ("r2", 1), ("r4", 30)] {
        put(subject, request, start() + TimeDelta::minutes(minutes)).await;
    }
    let done = put(subject, "r0", start()).await;
    let done_now = settled(&done, ExecutionState::Succeeded);
    store.transition(done.version, &done_now, &[]).await.expect("transition");
    let due = async |minutes: i64, limit: usize| {
        let found = store.list_due(start() + TimeDelta::minutes(minutes), limit).await.expect("due");
        found.into_iter().map(|execution| execution.request.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(due(60, 10).await, [] as [&str; 0], "every lease runs still");
    assert_eq!(due(61, 10).await, ["r1", "r2"], "a lease that ends at this instant has run out");
    assert_eq!(due(62, 10).await, ["r1", "r2", "r3"], "the longest due first, then by id");
    assert_eq!(due(62, 2).await, ["r1", "r2"]);
    assert_eq!(due(62, 0).await, [] as [&str; 0]);
    let taken = store.get(&RequestId::new("r1").expect("an id")).await.expect("get").expect("there");
    let (holder, now) = ("other".to_owned(), start() + TimeDelta::minutes(61));
    let event = ExecutionEvent::TakeOver { holder, until: now + TimeDelta::hours(1) };
    let (next, events) = transition(&taken, &event, now).expect("a step");
    store.transition(taken.version, &next, &events).await.expect("transition");
    assert_eq!(due(62, 10).await, ["r2", "r3"], "it is in other hands now");
    assert_eq!(due(121, 10).await, ["r2", "r3", "r4", "r1"]);
}

async fn limits_count_what_was_stored(subject: &Subject) {
    let (store, outbox) = subject;
    let at = |minutes: i64| start() + TimeDelta::minutes(minutes);
    for (request, minutes) in [("r1", -61), ("r2", -60), ("r3", -59), ("r4", 0)] {
        put(subject, request, at(minutes)).await;
    }
    let shown = put(subject, "r5", start()).await;
    let dry = settled(&shown, ExecutionState::DryRun);
    store.transition(shown.version, &dry, &[]).await.expect("transition");
    let mut other = sample_execution("r6", start());
    other.team = TeamId::new("équipe 'x'y").expect("a team");
    store.create(&other, &Limits::NONE, &[]).await.expect("create");
    let before = all_events(&**outbox).await;

    let try_at = async |request: &str, limits: Limits| {
        let execution = sample_execution(request, start());
        store.create(&execution, &limits, &[event(&execution)]).await
    };
    let refused = [
        (Limits { per_hour: Some(2), ..Limits::NONE }, 2, 3, "two in the hour before, and this"),
        (Limits { blast_radius: Some(2), ..Limits::NONE }, 2, 3, "it touches three"),
        (Limits { blast_radius_per_hour: Some(8), ..Limits::NONE }, 8, 9, "three times three"),
        (Limits { per_target_per_day: Some(5), ..Limits::NONE }, 5, 6, "five on the target today"),
    ];
    let (own, target) = (RequestId::new("r4").expect("an id"), shown.action.target());
    let load = store.load(&shown.team, target, start(), &own).await.expect("load");
    let expected = Load { team_last_hour: 1, touched_last_hour: 3, target_last_day: 4, target_ever: 4 };
    assert_eq!(load, expected, "what others did, and what was only shown does not count");
    for (limits, limit, would_be, why) in refused {
        let error = try_at("new", limits).await.expect_err(why);
        let told = match &error {
            ActionError::LimitReached { limit, would_be, .. } => Some((*limit, *would_be)),
            _ => None,
        };
        assert_eq!(told, Some((limit, would_be)), "{why}: {error}");
    }
    let new = RequestId::new("new").expect("an id");
    assert_eq!(store.get(&new).await.expect("get"), None, "what was refused is not stored");
    assert_eq!(all_events(&**outbox).await, before, "nor its events");
    let enough = Limits {
        per_hour: Some(3),
        per_target_per_day: Some(6),
        blast_radius: Some(3),
        blast_radius_per_hour: Some(9),
        after_on_target: Some(5),
    };
    try_at("new", enough).await.expect("it fits exactly");
}

async fn of_32_beginners_one_wins((store, outbox): Subject) {
    let tasks: Vec<_> = (0..32)
        .map(|n| {
            let store = Arc::clone(&store);
            let execution = Execution { executor: format!("e{n}"), ..sample_execution("r1", start()) };
            let begun =
                DomainEvent { id: EventId::new(format!("begun {n}")).expect("an id"), ..event(&execution) };
            tokio::spawn(async move {
                let events = std::slice::from_ref(&begun);
                store.create(&execution, &Limits::NONE, events).await.map(|()| (execution, begun))
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
            let (store, version, next) = (Arc::clone(&store), started.version, settled(&started, state));
            let ended =
                DomainEvent { id: EventId::new(format!("ended {n}")).expect("an id"), ..event(&next) };
            tokio::spawn(async move {
                let events = std::slice::from_ref(&ended);
                store.transition(version, &next, events).await.map(|()| (next, ended))
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

async fn of_32_at_a_limit_as_many_as_fit_win((store, outbox): Subject) {
    let limits = Limits { per_hour: Some(5), blast_radius_per_hour: Some(100), ..Limits::NONE };
    let tasks: Vec<_> = (0..32)
        .map(|n| {
            let (store, execution) = (Arc::clone(&store), sample_execution(&format!("r{n}"), start()));
            tokio::spawn(async move { store.create(&execution, &limits, &[event(&execution)]).await })
        })
        .collect();
    let mut admitted = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(()) => admitted += 1,
            Err(error) => assert!(matches!(error, ActionError::LimitReached { limit: 5, .. }), "{error}"),
        }
    }
    assert_eq!(admitted, 5, "callers at once passed a limit together");
    assert_eq!(all_events(&*outbox).await.len(), 5);
}

async fn of_32_who_counted_the_same_one_begins((store, outbox): Subject) {
    let begun = sample_execution("r0", start());
    store.create(&begun, &Limits::NONE, &[]).await.expect("create");
    let failed = settled(&begun, ExecutionState::Failed);
    store.transition(begun.version, &failed, &[]).await.expect("transition");
    let limits = Limits { after_on_target: Some(0), ..Limits::NONE };
    let tasks: Vec<_> = (1..33)
        .map(|n| {
            let (store, execution) = (Arc::clone(&store), sample_execution(&format!("r{n}"), start()));
            tokio::spawn(async move { store.create(&execution, &limits, &[event(&execution)]).await })
        })
        .collect();
    let mut begun = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(()) => begun += 1,
            Err(error) => assert!(matches!(error, ActionError::Overtaken { .. }), "{error}"),
        }
    }
    assert_eq!(begun, 1, "of several that counted the same one begins, and what failed does not count");
    assert_eq!(all_events(&*outbox).await.len(), 1);
}

async fn of_32_who_take_over_one_wins(subject: Subject) {
    let started = put(&subject, "r1", start()).await;
    let store = subject.0;
    let now = start() + TimeDelta::hours(1);
    let tasks: Vec<_> = (0..32)
        .map(|n| {
            let (store, seen) = (Arc::clone(&store), started.clone());
            tokio::spawn(async move {
                let event =
                    ExecutionEvent::TakeOver { holder: format!("h{n}"), until: now + TimeDelta::hours(1) };
                let (next, events) = transition(&seen, &event, now)?;
                store.transition(seen.version, &next, &events).await.map(|()| next)
            })
        })
        .collect();
    let mut winners = Vec::new();
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(next) => winners.push(next),
            Err(error) => assert!(matches!(error, ActionError::Changed { .. }), "{error}"),
        }
    }
    assert_eq!(winners.len(), 1, "one token, one holder");
    let stored = store.get(&started.request).await.expect("get").expect("there");
    assert_eq!((stored.fence, stored.state), (2, ExecutionState::Unknown));
    // Whoever held it before is late.
    let late = ExecutionEvent::Finish {
        token: 1,
        ended: juno_action::Ended::Done,
        detail: "late".into(),
        check_by: None,
    };
    let refused = transition(&stored, &late, now).expect_err("a stale holder");
    assert!(matches!(refused, ActionError::Stale { token: 1, current: 2, .. }), "{refused}");
}
