//! Rebuilding the past from a changelog, and asking it questions.
#![expect(clippy::unwrap_used, reason = "a bench stops at the first failure")]

use std::hint::black_box;

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use juno_analytics::{History, HistoryOptions};
use juno_benches::{dataset, name, slow, with_items};
use juno_domain::{Dataset, Field, FieldValue, IssueId, Progress};

/// The naive answer: every event is looked at for every question.
fn scan<'a>(dataset: &'a Dataset, issue: &IssueId, at: DateTime<Utc>) -> Option<&'a FieldValue> {
    let (mut status, mut at_creation) = (None, None);
    for event in &dataset.events {
        if event.issue == *issue && event.change.field == Field::Status {
            at_creation.get_or_insert(&event.change.from);
            if event.at <= at {
                status = Some(&event.change.to);
            }
        }
    }
    status.or(at_creation)
}

fn replay(c: &mut Criterion) {
    let whole = dataset(20_000);
    for items in [10_000, 30_000, 100_000] {
        let dataset = with_items(&whole, items);
        let build = || History::build(&dataset, &HistoryOptions::default(), &Progress::silent()).unwrap();

        let mut group = c.benchmark_group("replay_build");
        group.throughput(Throughput::Elements(dataset.events.len() as u64));
        group.bench_function(BenchmarkId::new("juno", name(items)), |b| b.iter(build));
        group.finish();

        // An issue's status ten days after its creation: asked of issues all over the dataset.
        let history = build();
        let every = (dataset.issues.len() / 64).max(1);
        let questions: Vec<(IssueId, DateTime<Utc>)> = dataset
            .issues
            .iter()
            .step_by(every)
            .map(|issue| (issue.id.clone(), issue.created + TimeDelta::days(10)))
            .collect();
        let mut group = c.benchmark_group("replay_question");
        let mut next = 0;
        group.bench_function(BenchmarkId::new("juno", name(items)), |b| {
            b.iter(|| {
                next = (next + 1) % questions.len();
                let (id, at) = &questions[next];
                black_box(history.issue(id).and_then(|issue| issue.status_at(*at)));
            });
        });
        group.bench_function(BenchmarkId::new("scan_of_all_events", name(items)), |b| {
            b.iter(|| {
                next = (next + 1) % questions.len();
                let (id, at) = &questions[next];
                black_box(scan(&dataset, id, *at));
            });
        });
    }
}

criterion_group!(name = benches; config = slow(); targets = replay);
criterion_main!(benches);
