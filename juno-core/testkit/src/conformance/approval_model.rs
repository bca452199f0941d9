//! Any sequence of calls and races on a store of requests, against a map in memory.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{DomainEvent, RequestId};
use juno_governance::{
    ApprovalEvent, ApprovalRequest, Ballot, Choice, GovernanceError, RequestFilter, StateKind, transition,
};
use proptest::prelude::*;

use super::approval_sample::{person, roles, sample_request, start};
use super::approval_store::Subject;
use super::at_once::at_once;

/// What is done next to a store of requests. Numbers pick among what there is.
#[derive(Debug, Clone)]
pub enum ApprovalOp {
    /// Creates one of a few requests, perhaps again.
    Create(u8),
    /// Many create the same request at once.
    CreateAtOnce(u8),
    /// Somebody who read a version of a request, perhaps an old one, does something with it.
    Step {
        /// Which request.
        request: u8,
        /// What they do.
        deed: u8,
        /// How many versions ago they read it.
        stale: u8,
    },
    /// Several who read the same version act at once.
    Race {
        /// Which request.
        request: u8,
        /// What each does.
        deeds: Vec<u8>,
    },
    /// A version is left out.
    Skip(u8),
    /// So many minutes pass.
    Wait(u16),
    /// The log takes so many events.
    Acknowledge(u8),
    /// The store is closed and opened again.
    Reopen,
}

/// Sequences of calls.
pub fn approval_ops() -> impl Strategy<Value = Vec<ApprovalOp>> {
    let race = (any::<u8>(), prop::collection::vec(any::<u8>(), 2..6));
    let op = prop_oneof![
        4 => any::<u8>().prop_map(ApprovalOp::Create),
        1 => any::<u8>().prop_map(ApprovalOp::CreateAtOnce),
        10 => (any::<u8>(), any::<u8>(), prop_oneof![5 => Just(0_u8), 1 => 1..4_u8])
            .prop_map(|(request, deed, stale)| ApprovalOp::Step { request, deed, stale }),
        3 => race.prop_map(|(request, deeds)| ApprovalOp::Race { request, deeds }),
        1 => any::<u8>().prop_map(ApprovalOp::Skip),
        3 => (0..2_000_u16).prop_map(ApprovalOp::Wait),
        1 => any::<u8>().prop_map(ApprovalOp::Acknowledge),
        1 => Just(ApprovalOp::Reopen),
    ];
    prop::collection::vec(op, 1..40)
}

/// Does all of this to a store and to a map, and compares them after every step: each request, the lists, what is due, and
/// the events that wait. `open` opens the same, at first empty, store each time, after all earlier handles are gone.
///
/// Call it inside a multi-threaded tokio runtime.
///
/// # Panics
/// If store and map differ; the message says after which step.
pub async fn approval_store_follows_the_model(open: impl AsyncFn() -> Subject, ops: &[ApprovalOp]) {
    let mut subject = open().await;
    let mut model = Model::default();
    for (nth, op) in ops.iter().enumerate() {
        if matches!(op, ApprovalOp::Reopen) {
            drop(subject);
            subject = open().await;
        }
        model.take(&subject, op).await;
        model.compare(&subject, &format!("after step {nth}, {op:?}")).await;
    }
}

#[derive(Default)]
struct Model {
    /// Each request with all its versions, the newest last.
    requests: BTreeMap<RequestId, Vec<ApprovalRequest>>,
    waiting: BTreeMap<String, DomainEvent>,
    minutes: i64,
}

impl Model {
    fn now(&self) -> DateTime<Utc> {
        start() + TimeDelta::minutes(self.minutes)
    }

    fn pick(&self, number: u8) -> Option<(&RequestId, &Vec<ApprovalRequest>)> {
        self.requests.iter().nth(usize::from(number) % self.requests.len().max(1))
    }

    fn created(&mut self, request: ApprovalRequest, events: &[DomainEvent]) {
        self.requests.insert(request.id().clone(), vec![request]);
        self.recorded(events);
    }

    fn changed(&mut self, next: ApprovalRequest, events: &[DomainEvent]) {
        self.requests.entry(next.id().clone()).or_default().push(next);
        self.recorded(events);
    }

    fn recorded(&mut self, events: &[DomainEvent]) {
        self.waiting.extend(events.iter().map(|event| (event.id.to_string(), event.clone())));
    }

    async fn take(&mut self, (store, outbox): &Subject, op: &ApprovalOp) {
        match op {
            ApprovalOp::Create(number) => {
                let (request, events) = sample(*number, self.now());
                let found = store.create(&request, &events).await;
                if self.requests.contains_key(request.id()) {
                    assert_eq!(found, Err(GovernanceError::Exists(request.id().clone())));
                } else {
                    assert_eq!(found, Ok(()));
                    self.created(request, &events);
                }
            }
            ApprovalOp::CreateAtOnce(number) => {
                let (request, events) = sample(*number, self.now());
                let given = (0..4).map(|_| (request.clone(), events.clone())).collect();
                let won = at_once(store, given, |store, (request, events)| async move {
                    store.create(&request, &events).await
                });
                let won = won.await.into_iter().filter(Result::is_ok).count();
                assert_eq!(won, usize::from(!self.requests.contains_key(request.id())), "one creates it");
                if won == 1 {
                    self.created(request, &events);
                }
            }
            ApprovalOp::Step { request, deed, stale } => {
                let Some((id, versions)) = self.pick(*request) else { return };
                let (id, newest) = (id.clone(), versions.len() - 1);
                let seen = &versions[newest.saturating_sub(usize::from(*stale))];
                let found = versions[newest].version();
                let Ok((next, events)) = transition(seen, &event(seen, *deed), &roles(), self.now()) else {
                    return;
                };
                let (expected, said) =
                    (seen.version(), store.transition(seen.version(), &next, &events).await);
                if expected == found {
                    assert_eq!(said, Ok(()));
                    self.changed(next, &events);
                } else {
                    assert_eq!(said, Err(GovernanceError::Changed { request: id, expected, found }));
                }
            }
            ApprovalOp::Race { request, deeds } => {
                let Some(seen) = self.pick(*request).and_then(|(_, versions)| versions.last().cloned())
                else {
                    return;
                };
                let step = |deed: &u8| transition(&seen, &event(&seen, *deed), &roles(), self.now()).ok();
                let steps: Vec<_> = deeds.iter().filter_map(step).collect();
                let expected = seen.version();
                let said = at_once(store, steps.clone(), move |store, (next, events)| async move {
                    store.transition(expected, &next, &events).await
                });
                let won: Vec<usize> = said
                    .await
                    .iter()
                    .enumerate()
                    .filter(|(_, said)| said.is_ok())
                    .map(|(nth, _)| nth)
                    .collect();
                assert_eq!(won.len(), steps.len().min(1), "of all who saw one version, one changes it");
                for (next, events) in won.iter().map(|nth| steps[*nth].clone()) {
                    self.changed(next, &events);
                }
            }
            ApprovalOp::Skip(number) => {
                let Some(seen) = self.pick(*number).and_then(|(_, versions)| versions.last()) else { return };
                let Ok((next, events)) = transition(seen, &event(seen, 0), &roles(), self.now()) else {
                    return;
                };
                let said = store.transition(seen.version() + 1, &next, &events).await;
                assert!(matches!(said, Err(GovernanceError::Internal(_))), "{said:?}");
            }
            ApprovalOp::Wait(minutes) => self.minutes += i64::from(*minutes),
            ApprovalOp::Acknowledge(number) => {
                let taken = outbox.waiting(usize::from(*number) % 8).await.expect("waiting");
                let ids: Vec<_> = taken.iter().map(|event| event.id.clone()).collect();
                outbox.acknowledge(&ids).await.expect("acknowledged");
                ids.iter().for_each(|id| drop(self.waiting.remove(id.as_str())));
            }
            ApprovalOp::Reopen => {}
        }
    }

    async fn compare(&self, (store, outbox): &Subject, about: &str) {
        let newest = || self.requests.values().filter_map(|versions| versions.last());
        for request in newest() {
            let stored = store.get(request.id()).await.expect("get");
            assert_eq!(stored.as_ref(), Some(request), "{about}");
        }
        let mut all: Vec<&ApprovalRequest> = newest().collect();
        all.sort_by(|a, b| (a.created_at(), a.id()).cmp(&(b.created_at(), b.id())));
        for filter in [RequestFilter::default(), RequestFilter::waiting()] {
            let wanted: Vec<_> = all.iter().filter(|one| filter.matches(one)).map(|one| one.id()).collect();
            let found = store.list(&filter).await.expect("list");
            assert_eq!(found.iter().map(ApprovalRequest::id).collect::<Vec<_>>(), wanted, "{about}");
        }
        let deadline = |one: &ApprovalRequest| Some((one.pending()?.deadline, one.id().clone()));
        let mut due: Vec<_> = all.iter().filter_map(|one| deadline(one)).collect();
        due.retain(|(deadline, _)| *deadline <= self.now());
        due.sort();
        for limit in [2, 100] {
            let found = store.list_due(self.now(), limit).await.expect("due");
            let found: Vec<_> = found.iter().map(|one| one.id().clone()).collect();
            let wanted: Vec<_> = due.iter().take(limit).map(|(_, id)| id.clone()).collect();
            assert_eq!(found, wanted, "{about}");
        }
        let waiting = outbox.waiting(10_000).await.expect("waiting");
        assert_eq!(waiting.len(), self.waiting.len(), "{about}: each event once, with its state");
        for event in waiting {
            assert_eq!(Some(&event), self.waiting.get(event.id.as_str()), "{about}");
        }
    }
}

fn sample(number: u8, at: DateTime<Utc>) -> (ApprovalRequest, Vec<DomainEvent>) {
    sample_request(&format!("p{}", number % 4), "PAY", at)
}

/// What somebody may want to do with a request; much of it is not allowed.
fn event(seen: &ApprovalRequest, deed: u8) -> ApprovalEvent {
    let reason = || format!("because of {deed}");
    let vote = |by, choice| ApprovalEvent::Vote(Ballot::on(seen, person(by), choice, reason()));
    match (seen.kind(), deed % 12) {
        (StateKind::Pending, 0..=3) => ApprovalEvent::Tick,
        (StateKind::Pending, 4) => vote("lead", Choice::Approve),
        (StateKind::Pending, 5) => vote("director", Choice::Approve),
        (StateKind::Pending, 6) => vote("manager", Choice::Deny),
        (StateKind::Pending, 7 | 8) => ApprovalEvent::Escalate { by: person("lead"), reason: reason() },
        (_, 9) => ApprovalEvent::Cancel { by: person("director"), reason: reason() },
        (_, 10) => ApprovalEvent::Withdraw { by: person("juno"), reason: reason() },
        (StateKind::Authorized, _) => ApprovalEvent::Reissue,
        _ => ApprovalEvent::Redeem,
    }
}
