//! The life of an approval: submit, votes, redeem, run.
#![expect(clippy::unwrap_used, reason = "a bench stops at the first failure")]

use std::sync::Arc;

use chrono::TimeDelta;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use juno_action::{DryRunExecutor, ExecutionStore, InMemoryExecutionStore, Runner};
use juno_audit::{AuditLog, InMemoryAuditLog, Outbox, drain};
use juno_benches::{Windowed, name, principal, proposal, quick, ready, second, team};
use juno_domain::{EventBuffer, FixedClock, Impact, Proposal, Role};
use juno_governance::{
    ApprovalStore, Authorization, Ballot, DefaultPolicy, Facts, Gate, InMemoryApprovalStore, Ladder,
    OnExpiry, PolicyRules, PolicySettings, RequestFilter, RoleBook, Rung, StateKind,
};
use juno_sqlite::{SqliteConfig, SqliteStore};

/// Somewhere to keep approvals, executions and their records.
struct Place {
    gate: Gate,
    runner: Runner,
    outbox: Arc<dyn Outbox>,
    audit: Arc<dyn AuditLog>,
}

impl Place {
    fn new(
        approvals: Arc<dyn ApprovalStore>,
        executions: Arc<dyn ExecutionStore>,
        outbox: Arc<dyn Outbox>,
        audit: Arc<dyn AuditLog>,
    ) -> Self {
        let mut roles = RoleBook::new();
        for (n, role) in Role::LADDER.into_iter().enumerate() {
            roles.assign(principal(n), role, Some(team(1)));
        }
        let rung = |role| Rung { role, quorum: 1, deadline_hours: 4, on_expiry: OnExpiry::Escalate };
        let mut rules = PolicyRules::default();
        rules.ladders.critical = Ladder::new(Role::LADDER.map(rung).into()).unwrap();
        let gate = Gate::new(approvals, Arc::new(DefaultPolicy::new(rules).unwrap()), roles);
        Self { gate, runner: Runner::new(Arc::new(DryRunExecutor), executions), outbox, audit }
    }

    fn in_memory() -> Self {
        let outbox = Arc::new(EventBuffer::default());
        Self::new(
            Arc::new(InMemoryApprovalStore::new(outbox.clone())),
            Arc::new(InMemoryExecutionStore::new(outbox.clone())),
            outbox,
            Arc::new(InMemoryAuditLog::new()),
        )
    }

    fn in_sqlite(store: &SqliteStore) -> Self {
        Self::new(
            Arc::new(store.approvals()),
            Arc::new(store.executions()),
            Arc::new(store.outbox()),
            Arc::new(store.audit()),
        )
    }

    /// Submits, lets each role in turn vote until it is approved, and redeems.
    fn authorize(&self, proposal: &Proposal) -> Authorization {
        let (settings, now) = (PolicySettings::default(), second(0));
        let mut request = ready(self.gate.submit(proposal, settings, now)).unwrap().request;
        let mut voter = 0;
        while request.pending().is_some() {
            let ballot = Ballot::approve(&request, principal(voter), "agreed in the stand-up");
            request = ready(self.gate.vote(request.id(), ballot, now)).unwrap();
            voter += 1;
        }
        let votes = if proposal.impact == Impact::Critical { 4 } else { 1 };
        assert_eq!(request.votes().len(), votes);
        ready(self.gate.redeem(request.id(), settings, now)).unwrap()
    }

    /// As [`Self::authorize`], carries it out as a dry run, and takes its records into the audit log.
    fn whole_life(&self, proposal: &Proposal) {
        let authorization = self.authorize(proposal);
        ready(self.runner.run(authorization, &FixedClock(second(1)))).unwrap();
        self.drain();
    }

    fn drain(&self) {
        ready(drain(self.outbox.as_ref(), self.audit.as_ref())).unwrap();
    }
}

/// By how many requests the store holds already.
fn in_memory(c: &mut Criterion) {
    type Life = fn(&Place, &Proposal);
    let lives: [(&str, Impact, Life); 3] = [
        ("approval_one_rung", Impact::Low, |place, proposal| drop(place.authorize(proposal))),
        ("approval_four_rungs", Impact::Critical, |place, proposal| drop(place.authorize(proposal))),
        ("approval_one_rung_run_and_audited", Impact::Low, Place::whole_life),
    ];
    for (group, impact, life) in lives {
        let mut group = c.benchmark_group(group);
        for held in [0, 10_000] {
            let window = (held / 2).max(1_000);
            let proposals: Vec<Proposal> = (held..held + window).map(|n| proposal(n, impact)).collect();
            let mut places = Windowed::new(window, || {
                let place = Place::in_memory();
                (0..held).for_each(|n| drop(place.authorize(&proposal(n, Impact::Low))));
                place.drain();
                place
            });
            group.bench_function(BenchmarkId::new("juno", name(held)), |b| {
                b.iter_custom(|n| places.time(n, |place, i| life(place, &proposals[i])));
            });
        }
    }
}

/// The same life kept in a file, which has to survive the process but not the loss of power.
fn in_sqlite(c: &mut Criterion) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let store = SqliteStore::open(folder.path().join("juno.db"), SqliteConfig::default()).unwrap();
    let place = Place::in_sqlite(&store);
    let mut n = 0;
    c.benchmark_group("approval_one_rung_run_and_audited").bench_function(
        BenchmarkId::new("juno_sqlite", name(0)),
        |b| {
            b.iter_batched(
                || {
                    n += 1;
                    proposal(n, Impact::Low)
                },
                |proposal| place.whole_life(&proposal),
                criterion::BatchSize::PerIteration,
            );
        },
    );
}

/// What a host pays for calling `tick` when nothing is due, by how many requests wait.
fn tick(c: &mut Criterion) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let store = SqliteStore::open(folder.path().join("juno.db"), SqliteConfig::default()).unwrap();
    let mut group = c.benchmark_group("tick_nothing_due");
    for (id, place) in [("juno", Place::in_memory()), ("juno_sqlite", Place::in_sqlite(&store))] {
        for n in 0..10_000 {
            ready(place.gate.submit(&proposal(n, Impact::High), PolicySettings::default(), second(0)))
                .unwrap();
        }
        group.bench_function(BenchmarkId::new(id, name(10_000)), |b| {
            b.iter(|| assert!(ready(place.gate.tick(second(60))).unwrap().is_empty()));
        });
    }
}

/// What counting for budgets costs, by how many requests were authorized before the day that counts.
fn budgets(c: &mut Criterion) {
    let mut group = c.benchmark_group("budget_count");
    for held in [100, 1_000, 10_000] {
        let place = Place::in_memory();
        (0..held).for_each(|n| drop(place.authorize(&proposal(n, Impact::Low))));
        let (asked, now) = (proposal(held, Impact::Low), second(0) + Facts::WINDOW + TimeDelta::hours(1));
        let all = RequestFilter { states: [StateKind::Authorized].into(), ..RequestFilter::default() };
        let of_a_day = RequestFilter { authorized_since: Some(now - Facts::WINDOW), ..all.clone() };
        for (way, filter) in [("juno", of_a_day), ("whole_history", all)] {
            group.bench_function(BenchmarkId::new(way, name(held)), |b| {
                b.iter(|| Facts::count(&ready(place.gate.store().list(&filter)).unwrap(), &asked, now));
            });
        }
    }
}

criterion_group!(name = benches; config = quick(); targets = in_memory, in_sqlite, tick, budgets);
criterion_main!(benches);
