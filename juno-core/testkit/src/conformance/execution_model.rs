//! Any sequence of calls and races on a store of executions, against a map in memory.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use juno_action::{ActionError, Execution, ExecutionState, Lease, Limits};
use juno_domain::{DomainEvent, RequestId};
use proptest::prelude::*;

use super::at_once::at_once;
use super::execution_store::{Subject, event, sample_execution, start};

/// What is done next to a store of executions. Numbers pick among what there is.
#[derive(Debug, Clone)]
pub enum ExecutionOp {
    /// Begins one of a few, perhaps again.
    Create(u8),
    /// Many begin the same at once.
    CreateAtOnce(u8),
    /// Somebody who read a version, perhaps an old one, writes the next.
    Step {
        /// Which execution.
        request: u8,
        /// What it becomes.
        becomes: u8,
        /// How many versions ago they read it.
        stale: u8,
    },
    /// Several who read the same version write at once.
    Race {
        /// Which execution.
        request: u8,
        /// What it becomes for each.
        becomes: Vec<u8>,
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
pub fn execution_ops() -> impl Strategy<Value = Vec<ExecutionOp>> {
    let race = (any::<u8>(), prop::collection::vec(any::<u8>(), 2..6));
    let op = prop_oneof![
        4 => any::<u8>().prop_map(ExecutionOp::Create),
        1 => any::<u8>().prop_map(ExecutionOp::CreateAtOnce),
        10 => (any::<u8>(), any::<u8>(), prop_oneof![5 => Just(0_u8), 1 => 1..4_u8])
            .prop_map(|(request, becomes, stale)| ExecutionOp::Step { request, becomes, stale }),
        3 => race.prop_map(|(request, becomes)| ExecutionOp::Race { request, becomes }),
        1 => any::<u8>().prop_map(ExecutionOp::Skip),
        3 => (0..90_u16).prop_map(ExecutionOp::Wait),
        1 => any::<u8>().prop_map(ExecutionOp::Acknowledge),
        1 => Just(ExecutionOp::Reopen),
    ];
    prop::collection::vec(op, 1..40)
}

/// Does all of this to a store and to a map, and compares them after every step: each execution, what is open, what is due,
/// and the events that wait. `open` opens the same, at first empty, store each time, after all earlier handles are gone.
///
/// Call it inside a multi-threaded tokio runtime.
///
/// # Panics
/// If store and map differ; the message says after which step.
pub async fn execution_store_follows_the_model(open: impl AsyncFn() -> Subject, ops: &[ExecutionOp]) {
    let mut subject = open().await;
    let mut model = Model::default();
    for (nth, op) in ops.iter().enumerate() {
        if matches!(op, ExecutionOp::Reopen) {
            drop(subject);
            subject = open().await;
        }
        model.take(&subject, op).await;
        model.compare(&subject, &format!("after step {nth}, {op:?}")).await;
    }
}

#[derive(Default)]
struct Model {
    /// Each execution with all its versions, the newest last.
    executions: BTreeMap<RequestId, Vec<Execution>>,
    waiting: BTreeMap<String, DomainEvent>,
    minutes: i64,
}

impl Model {
    fn now(&self) -> DateTime<Utc> {
        start() + TimeDelta::minutes(self.minutes)
    }

    fn pick(&self, number: u8) -> Option<&Vec<Execution>> {
        self.executions.values().nth(usize::from(number) % self.executions.len().max(1))
    }

    fn written(&mut self, execution: Execution) {
        let event = event(&execution);
        self.waiting.insert(event.id.to_string(), event);
        self.executions.entry(execution.request.clone()).or_default().push(execution);
    }

    fn sample(&self, number: u8) -> Execution {
        sample_execution(&format!("r{}", number % 5), self.now())
    }

    /// What an execution may become: any state, in somebody's hands or in nobody's.
    fn next(&self, seen: &Execution, becomes: u8) -> Execution {
        let states = ExecutionState::ALL;
        let state = states[usize::from(becomes) % states.len()];
        let until = self.now() + TimeDelta::minutes(i64::from(becomes));
        let lease = Lease { holder: format!("host {becomes}"), token: seen.fence + 1, until };
        Execution {
            version: seen.version + 1,
            state,
            fence: seen.fence + 1,
            lease: state.announces_effect().then_some(lease).filter(|_| becomes < 200),
            ended_at: (!state.announces_effect()).then_some(self.now()),
            detail: format!("it became {becomes}"),
            ..seen.clone()
        }
    }

    async fn take(&mut self, (store, outbox): &Subject, op: &ExecutionOp) {
        match op {
            ExecutionOp::Create(number) => {
                let begun = self.sample(*number);
                let said = store.create(&begun, &Limits::NONE, &[event(&begun)]).await;
                if self.executions.contains_key(&begun.request) {
                    assert_eq!(said, Err(ActionError::Exists(begun.request)));
                } else {
                    assert_eq!(said, Ok(()));
                    self.written(begun);
                }
            }
            ExecutionOp::CreateAtOnce(number) => {
                let begun = self.sample(*number);
                let said = at_once(store, vec![begun.clone(); 4], |store, begun| async move {
                    store.create(&begun, &Limits::NONE, &[event(&begun)]).await
                });
                let won = said.await.into_iter().filter(Result::is_ok).count();
                assert_eq!(won, usize::from(!self.executions.contains_key(&begun.request)), "one begins it");
                if won == 1 {
                    self.written(begun);
                }
            }
            ExecutionOp::Step { request, becomes, stale } => {
                let Some(versions) = self.pick(*request) else { return };
                let newest = versions.len() - 1;
                let seen = &versions[newest.saturating_sub(usize::from(*stale))];
                let (expected, found, request) =
                    (seen.version, versions[newest].version, seen.request.clone());
                let next = self.next(seen, *becomes);
                let said = store.transition(expected, &next, &[event(&next)]).await;
                if expected == found {
                    assert_eq!(said, Ok(()));
                    self.written(next);
                } else {
                    assert_eq!(said, Err(ActionError::Changed { request, expected, found }));
                }
            }
            ExecutionOp::Race { request, becomes } => {
                let Some(seen) = self.pick(*request).and_then(|versions| versions.last()) else { return };
                let (expected, nexts) =
                    (seen.version, becomes.iter().map(|number| self.next(seen, *number)).collect::<Vec<_>>());
                let said = at_once(store, nexts.clone(), move |store, next| async move {
                    store.transition(expected, &next, &[event(&next)]).await
                });
                let won: Vec<Execution> = said
                    .await
                    .iter()
                    .zip(nexts)
                    .filter(|(said, _)| said.is_ok())
                    .map(|(_, next)| next)
                    .collect();
                assert_eq!(won.len(), 1, "of all who saw one version, one changes it");
                won.into_iter().for_each(|next| self.written(next));
            }
            ExecutionOp::Skip(number) => {
                let Some(seen) = self.pick(*number).and_then(|versions| versions.last()) else { return };
                let next = Execution { version: seen.version + 2, ..self.next(seen, 0) };
                let said = store.transition(seen.version, &next, &[event(&next)]).await;
                assert!(matches!(said, Err(ActionError::Internal(_))), "{said:?}");
            }
            ExecutionOp::Wait(minutes) => self.minutes += i64::from(*minutes),
            ExecutionOp::Acknowledge(number) => {
                let taken = outbox.waiting(usize::from(*number) % 8).await.expect("waiting");
                let ids: Vec<_> = taken.iter().map(|event| event.id.clone()).collect();
                outbox.acknowledge(&ids).await.expect("acknowledged");
                ids.iter().for_each(|id| drop(self.waiting.remove(id.as_str())));
            }
            ExecutionOp::Reopen => {}
        }
    }

    async fn compare(&self, (store, outbox): &Subject, about: &str) {
        let newest = || self.executions.values().filter_map(|versions| versions.last());
        for execution in newest() {
            let stored = store.get(&execution.request).await.expect("get");
            assert_eq!(stored.as_ref(), Some(execution), "{about}");
        }
        let mut open: Vec<Execution> = newest().filter(|one| one.state.is_open()).cloned().collect();
        open.sort_by(|a, b| (a.started_at, &a.request).cmp(&(b.started_at, &b.request)));
        assert_eq!(store.unsettled().await.expect("unsettled"), open, "{about}");
        let mut due: Vec<(DateTime<Utc>, &Execution)> = newest()
            .filter_map(|one| Some((one.due_at()?, one)))
            .filter(|(at, _)| *at <= self.now())
            .collect();
        due.sort_by_key(|(at, one)| (*at, &one.request));
        for limit in [2, 100] {
            let found = store.list_due(self.now(), limit).await.expect("due");
            let wanted: Vec<Execution> = due.iter().take(limit).map(|(_, one)| (*one).clone()).collect();
            assert_eq!(found, wanted, "{about}");
        }
        let waiting = outbox.waiting(10_000).await.expect("waiting");
        assert_eq!(waiting.len(), self.waiting.len(), "{about}: each event once, with its state");
        for event in waiting {
            assert_eq!(Some(&event), self.waiting.get(event.id.as_str()), "{about}");
        }
    }
}
