//! Loading a Jira export from disk.
#![expect(clippy::unwrap_used, reason = "a bench stops at the first failure")]

use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader};

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use juno_benches::{export, name, slow};
use juno_connectors::{ConnectorSettings, load_blocking};
use juno_domain::Progress;
use serde_json::Value;

fn load(c: &mut Criterion) {
    let mut group = c.benchmark_group("load");
    group.sampling_mode(SamplingMode::Flat);
    for issues in [10_000, 100_000] {
        let (file, bytes) = export(issues);
        eprintln!("{} issues: {} MB", name(issues), bytes / 1_000_000);
        group.throughput(Throughput::Elements(issues as u64));
        group.bench_function(BenchmarkId::new("juno", name(issues)), |b| {
            let settings = ConnectorSettings::default();
            b.iter(|| {
                let dataset = load_blocking(&[file.path()], &settings, &Progress::silent()).unwrap();
                assert_eq!(dataset.issues.len(), issues);
                dataset
            });
        });
        if issues > 10_000 {
            continue;
        }
        // Only the text as JSON values, dropped at once: no issue, no event, no check.
        group.bench_function(BenchmarkId::new("serde_json_values", name(issues)), |b| {
            b.iter(|| {
                for line in BufReader::new(File::open(file.path()).unwrap()).lines() {
                    black_box(serde_json::from_str::<Value>(&line.unwrap()).unwrap());
                }
            });
        });
    }
}

criterion_group!(name = benches; config = slow(); targets = load);
criterion_main!(benches);
