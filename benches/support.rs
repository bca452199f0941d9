//! What the benches share: seeded inputs, and how time is taken. See the folder's README.
#![forbid(unsafe_code)]
#![expect(clippy::expect_used, reason = "a bench stops at the first failure")]

mod peer;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use criterion::Criterion;
use juno_connectors::{ConnectorSettings, load_blocking};
use juno_crypto::payload_of;
use juno_domain::{
    Action, Calibration, Confidence, Dataset, Digest, DomainEvent, EventId, EventKind, Impact, IssueKey,
    PrincipalId, Probability, Progress, Proposal, ProposalId, TeamId,
};
use juno_testkit::synthetic::{Layout, write_issues};
use serde_json::json;
use tempfile::NamedTempFile;

pub use peer::Peer;

/// Settings for what takes less than about a millisecond.
#[must_use]
pub fn quick() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .nresamples(10_000)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1_000))
        .configure_from_args()
}

/// Settings for what takes longer: ten samples, each of one run if need be.
#[must_use]
pub fn slow() -> Criterion {
    quick().sample_size(10).warm_up_time(Duration::from_millis(100)).configure_from_args()
}

/// The value of a future that never waits, which the stores in memory and on SQLite promise: no runtime is measured.
///
/// # Panics
/// If it waits.
pub fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("this future was promised to answer inline"),
    }
}

/// The value of a future that waits for a server; the thread sleeps meanwhile.
pub fn wait<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let (mut future, mut context) = (pin!(future), Context::from_waker(&waker));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// Second `n` of the time in which the benches live.
#[must_use]
pub fn second(n: usize) -> DateTime<Utc> {
    let seconds = i64::try_from(n).unwrap_or(i64::MAX);
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(seconds)
}

/// A size as ids name it: `500`, `10k`, `1M`.
#[must_use]
pub fn name(size: usize) -> String {
    match size {
        n if n >= 1_000_000 && n % 1_000_000 == 0 => format!("{}M", n / 1_000_000),
        n if n >= 1_000 && n % 1_000 == 0 => format!("{}k", n / 1_000),
        n => n.to_string(),
    }
}

/// Times single steps on a state that grows with each of them, and starts anew before it has grown much beyond the
/// size its id names. Making the state is not timed.
pub struct Windowed<S, F> {
    fresh: F,
    state: Option<S>,
    used: usize,
    window: usize,
}

impl<S, F: FnMut() -> S> Windowed<S, F> {
    /// A state that lasts for `window` steps. The first is made at once: criterion estimates how often to call from
    /// the time a first call takes, all of it.
    pub fn new(window: usize, mut fresh: F) -> Self {
        Self { state: Some(fresh()), fresh, used: 0, window }
    }

    /// The time that `iterations` calls of `step` take. A step is told how many went before it on the same state.
    pub fn time<T>(&mut self, iterations: u64, mut step: impl FnMut(&mut S, usize) -> T) -> Duration {
        let mut left = usize::try_from(iterations).unwrap_or(usize::MAX);
        let mut total = Duration::ZERO;
        while left > 0 {
            if self.used == self.window {
                // The old state goes before the new one is made: two of the largest would not fit everywhere.
                self.state = None;
                self.used = 0;
            }
            let state = self.state.get_or_insert_with(&mut self.fresh);
            let steps = left.min(self.window - self.used);
            let start = Instant::now();
            for step_number in self.used..self.used + steps {
                black_box(step(state, step_number));
            }
            total += start.elapsed();
            self.used += steps;
            left -= steps;
        }
        total
    }
}

/// Event `n`: a vote as governance records it, about 480 bytes of JSON.
#[must_use]
pub fn vote_event(n: usize) -> DomainEvent {
    let digest = juno_crypto::digest(&n.to_le_bytes());
    DomainEvent {
        id: EventId::new(format!("vote_cast-{digest}")).expect("a valid id"),
        kind: EventKind::VoteCast,
        at: second(n),
        actor: principal(n % 50),
        subject: format!("req-{n:032x}"),
        team: Some(team(n % 20)),
        payload: payload_of(&json!({
            "choice": "approve",
            "role": "project_manager",
            "reason": "bo knows this part and has room in the sprint",
            "digest": Digest([7; 32]),
        }))
        .expect("canonical JSON"),
    }
}

/// Person `n`.
#[must_use]
pub fn principal(n: usize) -> PrincipalId {
    PrincipalId::new(format!("person-{n}")).expect("a valid id")
}

/// Team `n`.
#[must_use]
pub fn team(n: usize) -> TeamId {
    TeamId::new(format!("team-{n}")).expect("a valid id")
}

/// A probability.
#[must_use]
pub fn chance(value: f64) -> Probability {
    Probability::new(value).expect("a value between 0 and 1")
}

/// Proposal `n` of team 1: to label an issue, with a calibrated confidence of 0.95, so that the default policy may
/// let it run.
#[must_use]
pub fn proposal(n: usize, impact: Impact) -> Proposal {
    let issue = IssueKey::new(format!("PAY-{n}")).expect("a valid key");
    Proposal {
        id: ProposalId::new(format!("label-{n:032x}")).expect("a valid id"),
        action: Action::AddLabel { issue, label: "stale".into() },
        impact,
        team: team(1),
        proposer: PrincipalId::new("juno").expect("a valid id"),
        confidence: Confidence {
            value: chance(0.95),
            calibration: Calibration::Calibrated { method: "platt".into(), outcomes: 60 },
        },
        score: None,
        rationale: "Nobody has looked at it for 30 days; comparable tickets were picked up within 12.".into(),
        evidence: Vec::new(),
        proposed_at: second(0),
    }
}

/// A synthetic export of exactly `issues` issues as one JSON object a line, on disk, and its bytes.
#[must_use]
pub fn export(issues: usize) -> (NamedTempFile, u64) {
    let file = tempfile::Builder::new().suffix(".jsonl").tempfile().expect("a file");
    let mut out = BufWriter::new(file.as_file());
    let size = write_issues(issues, 1, Layout::JsonLines, &mut out).expect("written");
    out.flush().expect("written");
    drop(out);
    (file, size.bytes as u64)
}

/// A synthetic site of exactly `issues` issues, read as a user's export is.
#[must_use]
pub fn dataset(issues: usize) -> Dataset {
    let (file, _) = export(issues);
    load_blocking(&[file.path()], &ConnectorSettings::default(), &Progress::silent()).expect("loaded")
}

/// The dataset cut down to its first whole issues that have `items` changelog items together. Sprints stay.
///
/// # Panics
/// If there are not so many items.
#[must_use]
pub fn with_items(dataset: &Dataset, items: usize) -> Dataset {
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for event in &dataset.events {
        *counts.entry(&event.issue).or_default() += 1;
    }
    let (mut kept, mut total) = (BTreeSet::new(), 0);
    for issue in &dataset.issues {
        if total >= items {
            break;
        }
        total += counts.get(&issue.id).copied().unwrap_or(0);
        kept.insert(issue.id.clone());
    }
    assert!(total >= items, "the site has only {total} changelog items");
    Dataset {
        issues: dataset.issues.iter().filter(|issue| kept.contains(&issue.id)).cloned().collect(),
        events: dataset.events.iter().filter(|event| kept.contains(&event.issue)).cloned().collect(),
        ..dataset.clone()
    }
}
