//! How sure to be of an answer.
#![expect(clippy::unwrap_used, reason = "a bench stops at the first failure")]

use std::hint::black_box;

use chrono::TimeDelta;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use juno_benches::{chance, name, quick, second};
use juno_confidence::{
    Agreement, Calibrator, ConfidenceInputs, ConfidenceScorer, Outcomes, PlattCalibrator, WeightedScorer,
};
use juno_domain::Probability;

/// All five factors, by the number of pieces of evidence.
fn score(c: &mut Criterion) {
    let mut group = c.benchmark_group("confidence_score");
    let now = second(0);
    for evidence in [1_i32, 10, 100] {
        let inputs = ConfidenceInputs {
            qualities: Some((0..evidence).map(|n| chance(f64::from(n % 10) / 10.0)).collect()),
            outcomes: Some(Outcomes { right: 14, total: 16 }),
            pattern_strength: Some(chance(0.7)),
            observed_at: Some((0..evidence).map(|n| now - TimeDelta::hours(n.into())).collect()),
            agreement: Some(Agreement::Votes { agree: 4, disagree: 1 }),
        };
        let scorer = WeightedScorer::default();
        group.bench_function(BenchmarkId::new("juno", evidence), |b| {
            b.iter(|| scorer.score(black_box(&inputs), now).unwrap());
        });
    }
}

/// Fitting a calibration to recorded outcomes.
fn calibrate(c: &mut Criterion) {
    let mut group = c.benchmark_group("confidence_calibrate");
    for outcomes in [100_usize, 1_000, 10_000] {
        let recorded: Vec<(Probability, bool)> =
            (0..outcomes).map(|n| (chance((n % 97) as f64 / 97.0), n * 7 % 97 < n % 97)).collect();
        assert!(PlattCalibrator::fit(&recorded).unwrap().slope() > 0.0);
        group.bench_function(BenchmarkId::new("juno", name(outcomes)), |b| {
            b.iter(|| PlattCalibrator::fit(black_box(&recorded)).unwrap());
        });
    }
    group.finish();
    let fitted = PlattCalibrator::fit(&[(chance(0.2), false), (chance(0.8), true)].repeat(50)).unwrap();
    c.benchmark_group("confidence_apply").bench_function(BenchmarkId::new("juno", 1), |b| {
        b.iter(|| fitted.apply(black_box(chance(0.7))));
    });
}

criterion_group!(name = benches; config = quick(); targets = score, calibrate);
criterion_main!(benches);
