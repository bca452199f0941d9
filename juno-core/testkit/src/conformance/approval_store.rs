//! What every [`ApprovalStore`] has to do.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_audit::Outbox;
use juno_domain::{DomainEvent, EventId, Probability, Role, TeamId};
use juno_governance::{
    ApprovalEvent, ApprovalRequest, ApprovalStore, Ballot, DefaultPolicy, Gate, GovernanceError, PolicyRules,
    PolicySettings, RequestFilter, StateKind, Stop, transition,
};

use super::approval_sample::{person, roles, sample_proposal, sample_request, start};

/// An empty store and the outbox its events go to.
pub type Subject = (Arc<dyn ApprovalStore>, Arc<dyn Outbox>);

/// Runs every case, each on a fresh, empty store that `make` gives together with its outbox.
///
/// Call it inside a multi-threaded tokio runtime: some cases write from many tasks at once.
///
/// # Panics
/// If the store breaks the contract; the message says in which case and how.
pub async fn approval_store_suite(make: impl AsyncFn() -> Subject) {
    requests_come_back_as_they_were_given(&make().await).await;
    an_id_is_created_once(&make().await).await;
    only_the_successor_of_the_stored_version_is_taken(&make().await).await;
    events_arrive_with_their_state_and_once(&make().await).await;
    due_requests_come_by_deadline(&make().await).await;
    filters_are_exact(&make().await).await;
    authorizations_are_found_by_their_time(&make().await).await;
    stops_hold_until_they_are_ended_by_name(&make().await).await;
    the_limit_applies_after_the_filter(&make().await).await;
    escalated_requests_stay_visible(&make().await).await;
    of_32_creators_one_wins(make().await).await;
    of_32_writers_one_wins(make().await).await;
    of_32_redeemers_one_gets_the_authorization(make().await).await;
    many_voters_at_once_decide_once(make().await).await;
}

/// Runs what a store that outlives its handle has to do; every call of `open` opens the same, at first empty, store,
/// after all earlier handles are gone.
///
/// # Panics
/// If something is lost or changed between two handles.
pub async fn approval_store_reopening_suite(reopen: impl AsyncFn() -> Subject) {
    let (mut request, mut events) = sample_request("p1", "PAY", start());
    let (stopped, told) = stop("over night");
    {
        let (store, _) = reopen().await;
        store.create(&request, &events).await.expect("create");
        store.stop(&stopped, std::slice::from_ref(&told)).await.expect("stop");
        events.push(told);
    }
    for step in
        [ApprovalEvent::Tick, ApprovalEvent::Tick, approval(&request, "director"), ApprovalEvent::Redeem]
    {
        let (store, outbox) = reopen().await;
        assert_eq!(
            store.get(request.id()).await.expect("get").as_ref(),
            Some(&request),
            "lost between handles"
        );
        assert_eq!(all_events(&*outbox).await, events, "events lost between handles");
        let now = request.pending().map_or(request.updated_at(), |pending| pending.deadline);
        let now = if matches!(step, ApprovalEvent::Vote(_)) { now - TimeDelta::hours(1) } else { now };
        assert_eq!(
            store.list_due(now, 10).await.expect("due").len(),
            usize::from(step == ApprovalEvent::Tick)
        );
        let (next, more) = transition(&request, &step, &roles(), now).expect("a legal step");
        store.transition(request.version(), &next, &more).await.expect("transition");
        request = next;
        events.extend(more);
    }
    let (store, _) = reopen().await;
    assert_eq!(store.stops().await.expect("stops"), [stopped], "a stop was lost over a restart");
    let stored = store.get(request.id()).await.expect("get").expect("the request");
    assert_eq!(stored.kind(), StateKind::Authorized);
    let again = transition(&stored, &ApprovalEvent::Redeem, &roles(), start());
    assert!(
        matches!(again, Err(GovernanceError::AlreadyRedeemed(_))),
        "redeemed twice over a restart: {again:?}"
    );
}

fn approval(request: &ApprovalRequest, by: &str) -> ApprovalEvent {
    ApprovalEvent::Vote(Ballot::approve(request, person(by), "fine"))
}

fn step(request: &ApprovalRequest, event: &ApprovalEvent) -> (ApprovalRequest, Vec<DomainEvent>) {
    transition(request, event, &roles(), request.updated_at()).expect("a legal step")
}

async fn all_events(outbox: &dyn Outbox) -> Vec<DomainEvent> {
    outbox.waiting(10_000).await.expect("outbox")
}

async fn put(subject: &Subject, id: &str, team: &str, at: DateTime<Utc>) -> ApprovalRequest {
    let (request, events) = sample_request(id, team, at);
    subject.0.create(&request, &events).await.expect("create");
    request
}

fn stop(reason: &str) -> (Stop, DomainEvent) {
    Stop::new(&person("lead"), reason, &person("juno"), start()).expect("a stop")
}

async fn stops_hold_until_they_are_ended_by_name((store, outbox): &Subject) {
    assert_eq!(store.stops().await.expect("stops"), []);
    let ((one, told), (two, also)) = (stop("one"), stop("two ☃"));
    for _ in 0..2 {
        store.stop(&one, std::slice::from_ref(&told)).await.expect("stop");
    }
    let seen = store.stops().await.expect("stops");
    assert_eq!(seen, std::slice::from_ref(&one), "put in place twice, it is one");
    store.stop(&two, std::slice::from_ref(&also)).await.expect("stop");
    let ended = Stop::ended(&seen, &person("root"), "fine", &person("juno"), start()).expect("a record");
    let ids: Vec<_> = seen.iter().map(|stop| stop.id.clone()).collect();
    store.end_stops(&ids, std::slice::from_ref(&ended)).await.expect("end");
    assert_eq!(store.stops().await.expect("stops"), [two], "one that came since holds");
    assert_eq!(all_events(&**outbox).await, [told, also, ended], "each with its record, once");
}

async fn requests_come_back_as_they_were_given((store, _): &Subject) {
    let (mut request, events) = sample_request("p1", "PAY", start());
    assert_eq!(store.get(request.id()).await.expect("get"), None);
    store.create(&request, &events).await.expect("create");
    for event in [
        ApprovalEvent::Escalate { by: person("lead"), reason: "über mich hinaus".into() },
        approval(&request, "manager"),
        ApprovalEvent::Redeem,
    ] {
        assert_eq!(
            store.get(request.id()).await.expect("get").as_ref(),
            Some(&request),
            "every field comes back"
        );
        let (next, events) = step(&request, &event);
        store.transition(request.version(), &next, &events).await.expect("transition");
        request = next;
    }
    assert_eq!(store.get(request.id()).await.expect("get").as_ref(), Some(&request));
}

async fn an_id_is_created_once(subject: &Subject) {
    let (store, outbox) = subject;
    let request = put(subject, "p1", "PAY", start()).await;
    let before = all_events(&**outbox).await;
    let (other, events) = step(&request, &approval(&request, "lead"));
    let error = store.create(&other, &events).await.expect_err("an id is created once");
    assert_eq!(error, GovernanceError::Exists(request.id().clone()));
    assert_eq!(
        store.get(request.id()).await.expect("get"),
        Some(request),
        "a refused create changed the request"
    );
    assert_eq!(all_events(&**outbox).await, before, "a refused create left its events");
}

async fn only_the_successor_of_the_stored_version_is_taken(subject: &Subject) {
    let (store, outbox) = subject;
    let request = put(subject, "p1", "PAY", start()).await;
    let (approved, approving) = step(&request, &approval(&request, "lead"));
    let (absent, absent_events) = sample_request("p2", "PAY", start());
    let (absent_next, _) = step(&absent, &approval(&absent, "lead"));
    let before = all_events(&**outbox).await;

    let error = store.transition(1, &absent_next, &absent_events).await.expect_err("nothing to replace");
    assert_eq!(error, GovernanceError::NotFound(absent.id().clone()));
    assert_eq!(store.get(absent.id()).await.expect("get"), None, "a transition created a request");

    let (redeemed, redeeming) = step(&approved, &ApprovalEvent::Redeem);
    let error = store.transition(2, &redeemed, &redeeming).await.expect_err("version 2 was never stored");
    let id = request.id().clone();
    assert_eq!(error, GovernanceError::Changed { request: id.clone(), expected: 2, found: 1 });
    let error = store.transition(1, &redeemed, &redeeming).await.expect_err("a version was left out");
    assert!(matches!(error, GovernanceError::Internal(_)), "{error}");
    assert_eq!(all_events(&**outbox).await, before, "a refused transition left its events");
    assert_eq!(store.get(&id).await.expect("get").as_ref(), Some(&request));

    store.transition(1, &approved, &approving).await.expect("the successor");
    let (denied, denying) =
        step(&request, &ApprovalEvent::Vote(Ballot::deny(&request, person("director"), "no")));
    let error = store.transition(1, &denied, &denying).await.expect_err("somebody was faster");
    assert_eq!(error, GovernanceError::Changed { request: id.clone(), expected: 1, found: 2 });
    assert_eq!(store.get(&id).await.expect("get"), Some(approved), "the first decision stands");
}

async fn events_arrive_with_their_state_and_once(subject: &Subject) {
    let (store, outbox) = subject;
    let (request, mut expected) = sample_request("p1", "PAY", start());
    store.create(&request, &expected).await.expect("create");
    assert_eq!(all_events(&**outbox).await, expected, "the events of a create, in order");
    let (next, events) = step(&request, &approval(&request, "lead"));
    // An event that was stored before comes along again, as after a retry.
    let again: Vec<DomainEvent> = expected.iter().chain(&events).cloned().collect();
    store.transition(1, &next, &again).await.expect("transition");
    expected.extend(events);
    assert_eq!(all_events(&**outbox).await, expected, "each event once, in order");
    let ids: Vec<EventId> = expected.iter().map(|event| event.id.clone()).collect();
    outbox.acknowledge(&ids).await.expect("acknowledge");
    let (last, mut events) = step(&next, &ApprovalEvent::Redeem);
    events.push(expected[0].clone());
    store.transition(2, &last, &events).await.expect("transition");
    let waiting = all_events(&**outbox).await;
    assert_eq!(waiting, events[..1], "an event that was taken comes back");
}

async fn due_requests_come_by_deadline(subject: &Subject) {
    let (store, _) = subject;
    // Created out of order, two of them with one deadline, one a nanosecond off.
    let mut expected = Vec::new();
    for (n, offset) in [30_i64, 10, 10, 11, 20, -5].into_iter().enumerate() {
        let request = put(subject, &format!("p{n}"), "PAY", start() + TimeDelta::nanoseconds(offset)).await;
        expected.push((request.pending().expect("pending").deadline, request.id().clone(), request));
    }
    expected.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    let due = async |now, limit| store.list_due(now, limit).await.expect("due");
    let in_order: Vec<ApprovalRequest> = expected.iter().map(|(_, _, request)| request.clone()).collect();
    let (first, last) = (expected[0].0, expected[5].0);
    assert_eq!(due(first - TimeDelta::nanoseconds(1), 10).await, []);
    assert_eq!(due(first, 10).await, in_order[..1], "due at the very instant");
    assert_eq!(due(last - TimeDelta::nanoseconds(1), 10).await, in_order[..5]);
    assert_eq!(due(last, 10).await, in_order, "by deadline, then id");
    assert_eq!(due(last, 2).await, in_order[..2]);
    assert_eq!(due(last, 0).await, []);
    // What was settled is never due, what was escalated is due later.
    let (settled, events) = step(&in_order[0], &approval(&in_order[0], "lead"));
    store.transition(1, &settled, &events).await.expect("transition");
    let (later, events) = transition(&in_order[1], &ApprovalEvent::Tick, &roles(), last).expect("a tick");
    store.transition(1, &later, &events).await.expect("transition");
    assert_eq!(due(last, 10).await, in_order[2..]);
    let end = last + TimeDelta::days(400);
    assert_eq!(due(end, 10).await.last(), Some(&later));
}

async fn filters_are_exact(subject: &Subject) {
    let (store, _) = subject;
    let teams = ["team_1", "team_10", "Team_1", "team%", "équipe", "ÉQUIPE", "' OR 1=1 --"];
    let mut requests = Vec::new();
    for (n, team) in teams.into_iter().enumerate() {
        requests.push(put(subject, &format!("p{n}"), team, start()).await);
    }
    let list = async |filter: RequestFilter| store.list(&filter).await.expect("list");
    for request in &requests {
        let filter = RequestFilter { team: Some(request.team().clone()), ..RequestFilter::default() };
        assert_eq!(list(filter).await, std::slice::from_ref(request), "team `{}`", request.team());
    }
    let nobody =
        RequestFilter { team: Some(TeamId::new("team").expect("a team")), ..RequestFilter::default() };
    assert_eq!(list(nobody).await, []);

    let (approved, events) = step(&requests[0], &approval(&requests[0], "lead"));
    store.transition(1, &approved, &events).await.expect("transition");
    let of = |states: &[StateKind]| RequestFilter {
        states: states.iter().copied().collect(),
        ..RequestFilter::default()
    };
    assert_eq!(list(of(&[StateKind::Approved])).await, [approved]);
    assert_eq!(list(of(&[StateKind::Pending])).await.len(), 6);
    assert_eq!(list(of(&[StateKind::Pending, StateKind::Approved])).await.len(), 7);
    assert_eq!(list(of(&[])).await.len(), 7, "no state means all");
    assert_eq!(list(of(&[StateKind::Denied, StateKind::Authorized])).await, []);
}

async fn authorizations_are_found_by_their_time(subject: &Subject) {
    let (store, _) = subject;
    let mut authorized = Vec::new();
    for (n, nanos) in [30_i64, 10, 10, 20].into_iter().enumerate() {
        let request = put(subject, &format!("p{n}"), "PAY", start() - TimeDelta::seconds(n as i64)).await;
        let (approved, events) = step(&request, &approval(&request, "lead"));
        store.transition(1, &approved, &events).await.expect("transition");
        let at = start() + TimeDelta::nanoseconds(nanos);
        let (issued, events) =
            transition(&approved, &ApprovalEvent::Redeem, &roles(), at).expect("an authorization");
        store.transition(2, &issued, &events).await.expect("transition");
        assert_eq!(issued.authorized_at(), Some(at));
        authorized.push(issued);
    }
    put(subject, "pending", "PAY", start()).await;
    let since = async |nanos: i64| {
        let authorized_since = Some(start() + TimeDelta::nanoseconds(nanos));
        let filter = RequestFilter { authorized_since, ..RequestFilter::default() };
        store.list(&filter).await.expect("list")
    };
    let of = |places: &[usize]| places.iter().map(|nth| authorized[*nth].clone()).collect::<Vec<_>>();
    assert_eq!(since(31).await, []);
    assert_eq!(since(30).await, of(&[0]), "at the very instant");
    assert_eq!(since(11).await, of(&[3, 0]), "oldest request first");
    assert_eq!(since(0).await, of(&[3, 2, 1, 0]), "none that has no authorization");
    // Issued again, it counts from then.
    let at = start() + TimeDelta::nanoseconds(40);
    let (again, events) = transition(&authorized[1], &ApprovalEvent::Reissue, &roles(), at).expect("again");
    store.transition(3, &again, &events).await.expect("transition");
    assert_eq!(since(31).await, [again]);
}

async fn the_limit_applies_after_the_filter(subject: &Subject) {
    let (store, _) = subject;
    let mut mine = Vec::new();
    for n in 0..20_i64 {
        let (team, at) = (if n < 15 { "other" } else { "mine" }, start() - TimeDelta::nanoseconds(n % 3));
        let request = put(subject, &format!("p{n}"), team, at).await;
        if team == "mine" {
            mine.push(request);
        }
    }
    mine.sort_by(|a, b| (a.created_at(), a.id()).cmp(&(b.created_at(), b.id())));
    let team = Some(TeamId::new("mine").expect("a team"));
    for limit in [0, 1, 3, 5, 50] {
        let filter = RequestFilter { team: team.clone(), limit: Some(limit), ..RequestFilter::default() };
        let found = store.list(&filter).await.expect("list");
        assert_eq!(found, mine[..limit.min(5)], "limit {limit}: oldest first, then by id");
    }
}

async fn escalated_requests_stay_visible(subject: &Subject) {
    let (store, _) = subject;
    let request = put(subject, "p1", "PAY", start()).await;
    put(subject, "p2", "PAY", start()).await;
    let event = ApprovalEvent::Escalate { by: person("lead"), reason: "higher".into() };
    let (escalated, events) = step(&request, &event);
    store.transition(1, &escalated, &events).await.expect("transition");
    for (role, seen) in [(Role::TeamLead, 2), (Role::ProjectManager, 1), (Role::EngineeringManager, 0)] {
        let filter = RequestFilter { role: Some(role), ..RequestFilter::waiting() };
        assert_eq!(store.list(&filter).await.expect("list").len(), seen, "visible to {role}");
    }
}

async fn of_32_creators_one_wins((store, outbox): Subject) {
    let (request, events) = sample_request("p1", "PAY", start());
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let (store, request, events) = (Arc::clone(&store), request.clone(), events.clone());
            tokio::spawn(async move { store.create(&request, &events).await })
        })
        .collect();
    let mut winners = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(()) => winners += 1,
            Err(error) => assert_eq!(error, GovernanceError::Exists(request.id().clone())),
        }
    }
    assert_eq!(winners, 1);
    assert_eq!(all_events(&*outbox).await, events);
}

async fn of_32_writers_one_wins(subject: Subject) {
    let request = put(&subject, "p1", "PAY", start()).await;
    let (store, outbox) = subject;
    let before = all_events(&*outbox).await.len();
    let tasks: Vec<_> = (0..32_i64)
        .map(|n| {
            let (store, request) = (Arc::clone(&store), request.clone());
            let event = match n % 3 {
                0 => approval(&request, "lead"),
                1 => ApprovalEvent::Vote(Ballot::deny(&request, person("director"), "no")),
                _ => ApprovalEvent::Withdraw { by: person("juno"), reason: "not needed".into() },
            };
            let at = start() + TimeDelta::seconds(n);
            let (next, events) = transition(&request, &event, &roles(), at).expect("a legal step");
            tokio::spawn(async move { store.transition(1, &next, &events).await.map(|()| (next, events)) })
        })
        .collect();
    let mut winners = Vec::new();
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(step) => winners.push(step),
            Err(error) => {
                assert!(matches!(error, GovernanceError::Changed { expected: 1, found: 2, .. }), "{error}");
            }
        }
    }
    assert_eq!(winners.len(), 1, "two decisions in a race");
    let (next, events) = winners.remove(0);
    assert_eq!(store.get(request.id()).await.expect("get"), Some(next));
    assert_eq!(all_events(&*outbox).await[before..], events[..], "only the winner's events");
}

fn gate(store: &Arc<dyn ApprovalStore>) -> Gate {
    let policy = DefaultPolicy::new(PolicyRules::default()).expect("the default rules");
    Gate::new(Arc::clone(store), Arc::new(policy), roles())
}

async fn submitted(gate: &Gate) -> ApprovalRequest {
    let mut proposal = sample_proposal("p1", "PAY", start());
    proposal.confidence.value = Probability::ONE;
    gate.submit(&proposal, PolicySettings::default(), start()).await.expect("submit").request
}

async fn of_32_redeemers_one_gets_the_authorization((store, _): Subject) {
    let first = gate(&store);
    let request = submitted(&first).await;
    let ballot = Ballot::approve(&request, person("lead"), "yes");
    first.vote(request.id(), ballot, start()).await.expect("vote");
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let (gate, id) = (gate(&store), request.id().clone());
            tokio::spawn(async move { gate.redeem(&id, PolicySettings::default(), start()).await })
        })
        .collect();
    let mut granted = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(authorization) => {
                assert_eq!(authorization.digest(), request.digest());
                granted += 1;
            }
            Err(error) => assert_eq!(error, GovernanceError::AlreadyRedeemed(request.id().clone())),
        }
    }
    assert_eq!(granted, 1, "an authorization is issued once");
}

async fn many_voters_at_once_decide_once((store, outbox): Subject) {
    let request = submitted(&gate(&store)).await;
    let tasks: Vec<_> = (0..32)
        .map(|n| {
            let by = person(["lead", "manager", "engineer", "director"][n % 4]);
            let ballot = if n % 8 < 4 {
                Ballot::approve(&request, by, "yes")
            } else {
                Ballot::deny(&request, by, "no")
            };
            let (gate, id) = (gate(&store), request.id().clone());
            tokio::spawn(async move { gate.vote(&id, ballot, start()).await.is_ok() })
        })
        .collect();
    let mut counted = 0;
    for task in tasks {
        counted += usize::from(task.await.expect("no panic"));
    }
    assert_eq!(counted, 1);
    let stored = store.get(request.id()).await.expect("get").expect("the request");
    assert_eq!((stored.version(), stored.votes().len()), (2, 1));
    let ids: BTreeSet<EventId> = all_events(&*outbox).await.into_iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), 4, "two events of the submission, two of the one decision");
}
