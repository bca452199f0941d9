//! Fitting the learners and asking them, beside scikit-learn where `JUNO_PEER_PYTHON` names a Python that has it.
#![expect(clippy::unwrap_used, reason = "a bench stops at the first failure")]

use std::hint::black_box;
use std::io::Write;
use std::num::NonZeroUsize;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use juno_benches::{Peer, name, quick, slow};
use juno_domain::Seed;
use juno_learn::{BlendClassifier, BlendClassifierParams, ExtraTrees, Logistic, QuantileForest};
use ndarray::Array2;
use rand::Rng;
use tempfile::NamedTempFile;

const ROWS: [usize; 3] = [300, 900, 2_700];
const COLUMNS: usize = 45;

/// A matrix like that of sprints: shares, counts, flags; two columns drive the label together, two alone.
struct Data {
    x: Array2<f64>,
    labels: Vec<bool>,
    outcomes: Vec<f64>,
}

impl Data {
    fn new(rows: usize) -> Self {
        let mut dice = Seed(1).rng();
        let x = Array2::from_shape_fn((rows, COLUMNS), |(_, column)| match column % 5 {
            3 => dice.gen_range(0_i32..20).into(),
            4 => f64::from(u8::from(dice.gen_bool(0.3))),
            _ => dice.gen_range(-2.0..2.0),
        });
        let outcomes: Vec<f64> = x
            .rows()
            .into_iter()
            .map(|row| row[0] - 0.7 * row[1] + 0.5 * row[5] * row[6] + dice.gen_range(-2.0..2.0))
            .collect();
        Self { x, labels: outcomes.iter().map(|outcome| *outcome > 0.0).collect(), outcomes }
    }

    /// For the peer: rows of numbers, the label or the outcome last.
    fn file(&self, last: impl Fn(usize) -> f64) -> NamedTempFile {
        let mut file = NamedTempFile::new().unwrap();
        for (number, row) in self.x.rows().into_iter().enumerate() {
            row.iter().for_each(|value| write!(file, "{value},").unwrap());
            writeln!(file, "{}", last(number)).unwrap();
        }
        file
    }
}

/// What the default sprint model is made of: 200 trees, leaves of 3, half the features, `c` 0.02.
fn blend() -> BlendClassifierParams {
    BlendClassifier::params().logistic(Logistic::params().c(0.02))
}

/// Each learner over rows of 45 columns, one thread.
fn fit(c: &mut Criterion) {
    let peer = Peer::start();
    for rows in ROWS {
        let data = Data::new(rows);
        let (x, labels) = (data.x.view(), &data.labels);
        let labelled = data.file(|row| f64::from(u8::from(data.labels[row])));
        let continuous = data.file(|row| data.outcomes[row]);

        let mut group = c.benchmark_group("learn_fit_extra_trees");
        let params = ExtraTrees::params().check().unwrap();
        group.bench_function(BenchmarkId::new("juno", name(rows)), |b| {
            b.iter(|| params.fit(black_box(x), labels, None).unwrap());
        });
        Peer::beside(peer.as_ref(), &mut group, "extra_trees", &name(rows), &[&labelled]);
        group.finish();

        let mut group = c.benchmark_group("learn_fit_logistic");
        let params = Logistic::params().c(0.02).check().unwrap();
        group.bench_function(BenchmarkId::new("juno", name(rows)), |b| {
            b.iter(|| params.fit(black_box(x), labels, None).unwrap());
        });
        Peer::beside(peer.as_ref(), &mut group, "logistic", &name(rows), &[&labelled]);
        group.finish();

        let mut group = c.benchmark_group("learn_fit_blend");
        let params = blend().check().unwrap();
        group.bench_function(BenchmarkId::new("juno", name(rows)), |b| {
            b.iter(|| params.fit(black_box(x), labels, None).unwrap());
        });
        Peer::beside(peer.as_ref(), &mut group, "blend", &name(rows), &[&labelled]);
        group.finish();

        // The peer only grows the trees: it keeps no outcomes in their leaves.
        let mut group = c.benchmark_group("learn_fit_quantile_forest");
        let params = QuantileForest::params().check().unwrap();
        group.bench_function(BenchmarkId::new("juno", name(rows)), |b| {
            b.iter(|| params.fit(black_box(x), &data.outcomes, None).unwrap());
        });
        Peer::beside(peer.as_ref(), &mut group, "extra_trees_regressor", &name(rows), &[&continuous]);
        group.finish();
    }
}

/// One row, by the rows that were fitted to.
fn ask(c: &mut Criterion) {
    let peer = Peer::start();
    for rows in ROWS {
        let data = Data::new(rows);
        let labelled = data.file(|row| f64::from(u8::from(data.labels[row])));
        let model = blend().check().unwrap().fit(data.x.view(), &data.labels, None).unwrap();
        let forest =
            QuantileForest::params().check().unwrap().fit(data.x.view(), &data.outcomes, None).unwrap();
        // Another row every time, as in life: the same one again would find its way in the caches.
        let asked: Vec<Vec<f64>> = Data::new(200).x.rows().into_iter().map(|row| row.to_vec()).collect();
        let mut turn = 0;
        let mut next = move || {
            turn = (turn + 1) % asked.len();
            asked[turn].clone()
        };

        let mut group = c.benchmark_group("learn_predict");
        group.bench_function(BenchmarkId::new("juno", name(rows)), |b| {
            b.iter_batched(&mut next, |row| model.predict(&row).unwrap(), criterion::BatchSize::SmallInput);
        });
        Peer::beside(peer.as_ref(), &mut group, "predict_blend", &name(rows), &[&labelled]);
        group.finish();

        let mut group = c.benchmark_group("learn_contributions");
        let mut out = vec![0.0; COLUMNS];
        group.bench_function(BenchmarkId::new("juno", name(rows)), |b| {
            b.iter_batched(
                &mut next,
                |row| model.contributions(&row, &mut out).unwrap(),
                criterion::BatchSize::SmallInput,
            );
        });
        group.finish();

        let mut group = c.benchmark_group("learn_distribution");
        group.bench_function(BenchmarkId::new("juno", name(rows)), |b| {
            b.iter_batched(
                &mut next,
                |row| forest.distribution(&row).unwrap(),
                criterion::BatchSize::SmallInput,
            );
        });
        group.finish();
    }
}

/// Ten thousand rows with contributions, on one thread and on two.
fn many(c: &mut Criterion) {
    let data = Data::new(900);
    let model = blend().check().unwrap().fit(data.x.view(), &data.labels, None).unwrap();
    let asked = Data::new(10_000);
    let mut group = c.benchmark_group("learn_contributions_many");
    group.throughput(Throughput::Elements(10_000));
    for (way, threads) in [("juno", 1), ("two_threads", 2)] {
        let threads = NonZeroUsize::new(threads).unwrap();
        group.bench_function(BenchmarkId::new(way, name(10_000)), |b| {
            b.iter(|| model.contributions_many(black_box(asked.x.view()), threads).unwrap());
        });
    }
}

criterion_group!(name = fitting; config = slow(); targets = fit, many);
criterion_group!(name = asking; config = quick(); targets = ask);
criterion_main!(fitting, asking);
