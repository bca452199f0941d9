//! What a sprint looked like at an instant.
#![expect(clippy::unwrap_used, reason = "a bench stops at the first failure")]

use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;

use chrono::{DateTime, Utc};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use juno_analytics::{History, HistoryOptions};
use juno_benches::{dataset, name, slow, with_items};
use juno_domain::{Dataset, Field, FieldValue, IssueId, Progress, SprintId};

/// The naive way: undo every change after the instant, newest first, then count the sprint's issues by status.
fn rewind(dataset: &Dataset, sprint: SprintId, at: DateTime<Utc>) -> BTreeMap<String, usize> {
    let now = |field: Field| -> HashMap<&IssueId, FieldValue> {
        dataset.issues.iter().filter_map(|i| Some((&i.id, i.current(&field)?))).collect()
    };
    let (mut status, mut sprints) = (now(Field::Status), now(Field::Sprint));
    for event in dataset.events.iter().rev().take_while(|event| event.at > at) {
        match event.change.field {
            Field::Status => status.insert(&event.issue, event.change.from.clone()),
            Field::Sprint => sprints.insert(&event.issue, event.change.from.clone()),
            _ => None,
        };
    }
    let wanted = sprint.to_string();
    let mut counts = BTreeMap::new();
    for (issue, value) in &sprints {
        let ids = value.id.as_deref().unwrap_or_default();
        if ids.split(',').any(|id| id.trim() == wanted) {
            let name = status.get(issue).and_then(|status| status.text.as_deref()).unwrap_or_default();
            *counts.entry(name.to_owned()).or_default() += 1;
        }
    }
    counts
}

fn snapshot(c: &mut Criterion) {
    let whole = dataset(20_000);
    for items in [10_000, 30_000, 100_000] {
        let dataset = with_items(&whole, items);
        let history = History::build(&dataset, &HistoryOptions::default(), &Progress::silent()).unwrap();
        let as_of = history.observed_until().unwrap();
        // Half way through the first finished sprint with ten issues or more.
        let mut halves = history.sprints().filter(|sprint| sprint.closed_at.is_some()).filter_map(|sprint| {
            let start = sprint.start?;
            Some((sprint.id, start + (sprint.end? - start) / 2))
        });
        let (sprint, at) =
            halves.find(|(id, at)| history.snapshot(*id, *at).unwrap().committed().issues >= 10).unwrap();

        let mut group = c.benchmark_group("snapshot");
        group.bench_function(BenchmarkId::new("juno", name(items)), |b| {
            b.iter(|| history.snapshot(black_box(sprint), at).unwrap());
        });
        group.bench_function(BenchmarkId::new("rewind_all_events", name(items)), |b| {
            b.iter(|| rewind(&dataset, black_box(sprint), at));
        });
        group.finish();

        // All finished sprints of the site at their four stages: what forecasts learn from.
        let mut group = c.benchmark_group("snapshot_finished_sprints");
        let finished = history.finished_sprints(as_of).unwrap().len();
        group.throughput(Throughput::Elements(finished as u64));
        group.bench_function(BenchmarkId::new("juno", name(items)), |b| {
            b.iter(|| history.finished_sprints(as_of).unwrap());
        });
    }
}

criterion_group!(name = benches; config = slow(); targets = snapshot);
criterion_main!(benches);
