//! What the default policy says about a proposal, and what rules written as data say, by index and looked at one by one.
#![expect(clippy::unwrap_used, reason = "a bench stops at the first failure")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use juno_benches::{proposal, quick, second};
use juno_domain::{EventBuffer, Impact};
use juno_governance::{
    DefaultPolicy, Effect, Gate, GovernancePolicy, InMemoryApprovalStore, PolicyContext, PolicyDecision,
    PolicyRules, PolicySettings, PolicyVerdict, RoleBook, RulePolicy, RuleSet,
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

/// So many rules: one in ten speaks of every action, one allows labels, the others are about actions of the host.
fn rules(count: usize) -> RulePolicy {
    let mut text = String::from("name = \"bench\"\n");
    let custom: Vec<String> = (1..count).map(|n| format!("\"host.action_{n}\"")).collect();
    text += &format!("custom_actions = [{}]\n", custom.join(", "));
    text += "[[rules]]\nid = \"labels\"\neffect = \"allow\"\nwhen = { actions = [\"add_label\"], \
        impacts = [\"low\"], min_confidence = 0.9, calibrated = true, reversible = true }\n";
    for n in 1..count {
        let when = if n % 10 == 0 {
            format!("teams = [\"elsewhere-{n}\"]")
        } else {
            format!("actions = [\"host.action_{n}\"], impacts = [\"critical\"]")
        };
        text += &format!("[[rules]]\nid = \"rule-{n}\"\neffect = \"deny\"\nwhen = {{ {when} }}\n");
    }
    RulePolicy::new(RuleSet::from_toml(&text).unwrap()).unwrap()
}

/// The same rules without an index: what the bench compares with.
fn one_by_one(policy: &RulePolicy, context: &PolicyContext<'_>) -> PolicyDecision {
    let applying = || policy.rules().rules.iter().filter(|rule| rule.applies(context));
    let strongest = applying().map(|rule| rule.effect).max();
    let verdict = if strongest == Some(Effect::Allow) { PolicyVerdict::Allow } else { PolicyVerdict::Deny };
    let reasons = applying().filter(|rule| Some(rule.effect) == strongest);
    PolicyDecision { verdict, reasons: reasons.map(|rule| format!("rule `{}`", rule.id)).collect() }
}

fn decide_by_rules(c: &mut Criterion) {
    let unsupervised = PolicySettings { supervisor_mode: false, ..PolicySettings::default() };
    let proposal = proposal(1, Impact::Low);
    let mut group = c.benchmark_group("decide_by_rules");
    for count in [1, 10, 100, 1_000] {
        let policy = rules(count);
        let context = unsupervised.context(&proposal, second(0));
        assert_eq!(policy.decide(&context), one_by_one(&policy, &context));
        group.bench_function(BenchmarkId::new("juno", count), |b| {
            b.iter(|| policy.decide(black_box(&context)));
        });
        group.bench_function(BenchmarkId::new("one_by_one", count), |b| {
            b.iter(|| one_by_one(&policy, black_box(&context)));
        });
    }
}

criterion_group!(name = benches; config = quick(); targets = decide, decide_by_rules);
criterion_main!(benches);
