//! Triage of stale tickets.
#![expect(clippy::unwrap_used, reason = "a bench stops at the first failure")]

use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use juno_analytics::{History, HistoryOptions};
use juno_benches::{dataset, name, slow};
use juno_confidence::WeightedScorer;
use juno_domain::{PrincipalId, Progress};
use juno_reasoning::{Experience, Reasoner, Situation, StaleTriage, TriageParams};

fn triage(c: &mut Criterion) {
    let mut group = c.benchmark_group("triage");
    group.sampling_mode(SamplingMode::Flat);
    let triage =
        StaleTriage::new(TriageParams::default().check().unwrap(), Arc::new(WeightedScorer::default()));
    let proposer = PrincipalId::new("juno").unwrap();
    for tickets in [1_000, 10_000, 100_000] {
        let dataset = dataset(tickets);
        let history = History::build(&dataset, &HistoryOptions::default(), &Progress::silent()).unwrap();
        let situation = Situation {
            history: &history,
            dataset: &dataset,
            as_of: history.observed_until().unwrap(),
            forecasts: &[],
            experience: &Experience::default(),
            proposer: &proposer,
        };
        let reason = || triage.reason(&situation, &Progress::silent()).unwrap();
        let found = reason();
        assert!(!found.findings.is_empty() && found.skipped.is_empty());
        eprintln!("{} tickets: {} findings", name(tickets), found.findings.len());
        group.throughput(Throughput::Elements(tickets as u64));
        group.bench_function(BenchmarkId::new("juno", name(tickets)), |b| b.iter(reason));
    }
}

criterion_group!(name = benches; config = slow(); targets = triage);
criterion_main!(benches);
