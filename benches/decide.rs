//! What the default policy says about a proposal.
#![expect(clippy::unwrap_used, reason = "a bench stops at the first failure")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use juno_benches::{proposal, quick, second};
use juno_domain::{EventBuffer, Impact};
use juno_governance::{
    DefaultPolicy, Gate, GovernancePolicy, InMemoryApprovalStore, PolicyRules, PolicySettings, PolicyVerdict,
    RoleBook,
};

/// The default policy with so many actions listed that may run without a person: the only list it has. The one in
/// question sorts between the others.
fn policy(listed: usize) -> DefaultPolicy {
    let mut rules = PolicyRules::default();
    rules.auto_approve.actions =
        (1..listed).map(|n| format!("{}_{n}", if n % 2 == 0 { "a" } else { "b" })).collect();
    rules.auto_approve.actions.insert("add_label".into());
    DefaultPolicy::new(rules).unwrap()
}

fn decide(c: &mut Criterion) {
    let unsupervised = PolicySettings { supervisor_mode: false, ..PolicySettings::default() };
    let (low, high) = (proposal(1, Impact::Low), proposal(1, Impact::High));
    let now = second(0);
    for (group, proposal) in [("decide_allow", &low), ("decide_ask_a_person", &high)] {
        let mut group = c.benchmark_group(group);
        for listed in [1, 10, 100] {
            let policy = policy(listed);
            let context = unsupervised.context(proposal, now);
            let allows = policy.decide(&context).verdict == PolicyVerdict::Allow;
            assert_eq!(allows, proposal.impact == Impact::Low);
            group.bench_function(BenchmarkId::new("juno", listed), |b| {
                b.iter(|| policy.decide(black_box(&context)));
            });
            let store = InMemoryApprovalStore::new(Arc::new(EventBuffer::default()));
            let gate = Gate::new(Arc::new(store), Arc::new(policy), RoleBook::new());
            group.bench_function(BenchmarkId::new("through_the_gate", listed), |b| {
                b.iter(|| gate.decide(black_box(proposal), unsupervised, now));
            });
        }
    }
}

criterion_group!(name = benches; config = quick(); targets = decide);
criterion_main!(benches);
