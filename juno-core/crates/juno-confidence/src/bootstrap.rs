use juno_domain::{Interval, Probability, Seed};
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::{ConfidenceError, empirical_interval};

/// Most resamples a bootstrap takes.
const MAX_RESAMPLES: usize = 100_000;

/// How far a statistic moves when the cases are drawn anew.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// Percentiles of the statistic over the resamples.
    pub interval: Interval,
    /// Its standard deviation over the resamples.
    pub standard_error: f64,
    /// How many resamples gave a number.
    pub used: u32,
    /// How many gave none (such as an AUC of one class only) and were left out. Many of them: distrust the interval.
    pub skipped: u32,
}

/// Percentile bootstrap over clusters: `resamples` times, `clusters` indices below `clusters` are drawn with replacement and
/// handed to `statistic`. Cases that belong together (the sprints of a team, one sprint at several times) go in one cluster, or
/// the interval comes out too narrow; a difference of two models computed inside `statistic` is a paired comparison
/// ([Efron, Tibshirani 1993](https://doi.org/10.1201/9780429246593), chapters 8 and 13).
///
/// Few clusters (below about 20) give too narrow an interval whatever the number of resamples. The same seed gives the same
/// resamples on every platform.
///
/// # Errors
/// Not enough data below 2 clusters, or if fewer than 2 / (1 − level) − 1 resamples (39 at 95 %) gave a finite number; invalid
/// input if there are more than 100,000 resamples or `level` is 1.
pub fn bootstrap_interval(
    clusters: usize,
    level: Probability,
    resamples: usize,
    seed: Seed,
    mut statistic: impl FnMut(&[usize]) -> Option<f64>,
) -> Result<Bootstrap, ConfidenceError> {
    if clusters < 2 {
        return Err(ConfidenceError::NotEnoughData {
            what: "a bootstrap",
            of: "clusters",
            have: clusters,
            need: 2,
        });
    }
    if resamples > MAX_RESAMPLES {
        let (value, rule) = (resamples as f64, "it must be 100000 or less");
        return Err(ConfidenceError::OutOfRange { what: "the number of resamples", value, rule });
    }
    let mut rng = seed.rng();
    let mut drawn = vec![0; clusters];
    let mut values = Vec::with_capacity(resamples);
    for _ in 0..resamples {
        // As u64: a draw of the width of the platform's words would differ between platforms.
        drawn.iter_mut().for_each(|index| *index = rng.gen_range(0..clusters as u64) as usize);
        values.extend(statistic(&drawn).filter(|value| value.is_finite()));
    }
    let interval = empirical_interval(&values, level)?;
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(Bootstrap {
        interval,
        standard_error: variance.sqrt(),
        used: count(values.len()),
        skipped: count(resamples - values.len()),
    })
}

#[cfg(test)]
mod tests {
    use juno_domain::ErrorKind;
    use rand::Rng;

    use super::*;

    fn p(value: f64) -> Probability {
        Probability::new(value).unwrap()
    }

    fn mean_of(values: &[f64], drawn: &[usize]) -> f64 {
        drawn.iter().map(|i| values[*i]).sum::<f64>() / drawn.len() as f64
    }

    #[test]
    fn the_standard_error_of_a_mean_is_the_known_one() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let got =
            bootstrap_interval(100, p(0.95), 4000, Seed(1), |drawn| Some(mean_of(&values, drawn))).unwrap();
        // √((100² − 1) / 12) / √100, and 1.96 of it to each side of 49.5.
        let want = ((10_000.0 - 1.0) / 12.0_f64).sqrt() / 10.0;
        assert!((got.standard_error / want - 1.0).abs() < 0.04, "{got:?}");
        assert!((got.interval.lower() - (49.5 - 1.96 * want)).abs() < 0.5, "{got:?}");
        assert!((got.interval.upper() - (49.5 + 1.96 * want)).abs() < 0.5, "{got:?}");
        assert_eq!((got.used, got.skipped), (4000, 0));
    }

    #[test]
    fn clusters_that_move_together_widen_the_interval_and_pairs_narrow_it() {
        let mut rng = Seed(5).rng();
        let team: Vec<f64> = (0..30).map(|_| rng.r#gen()).collect();
        // Ten equal sprints per team: resampled one by one they pass for 300 cases.
        let sprints: Vec<f64> = team.iter().flat_map(|value| [*value; 10]).collect();
        let error = |values: &[f64]| {
            let n = values.len();
            bootstrap_interval(n, p(0.9), 600, Seed(1), |d| Some(mean_of(values, d))).unwrap().standard_error
        };
        assert!(error(&team) > 2.5 * error(&sprints));
        let better: Vec<f64> = team.iter().map(|value| value + 0.1).collect();
        let paired =
            bootstrap_interval(30, p(0.9), 600, Seed(1), |d| Some(mean_of(&better, d) - mean_of(&team, d)));
        assert!(paired.unwrap().standard_error < 1e-12);
    }

    #[test]
    fn the_same_seed_gives_the_same_answer_and_no_number_is_counted() {
        let values: Vec<f64> = (0..10).map(f64::from).collect();
        let run = |seed| {
            bootstrap_interval(10, p(0.8), 300, seed, |d| d.contains(&0).then(|| mean_of(&values, d)))
                .unwrap()
        };
        assert_eq!(run(Seed(1)), run(Seed(1)));
        assert_ne!(run(Seed(1)), run(Seed(2)));
        let got = run(Seed(1));
        assert_eq!(got.used + got.skipped, 300);
        // (9/10)¹⁰ = 35 % of the resamples lack the first cluster.
        assert!((70..140).contains(&got.skipped), "{got:?}");
    }

    #[test]
    fn too_little_is_refused() {
        let kind = |clusters, level, resamples, value: Option<f64>| {
            bootstrap_interval(clusters, level, resamples, Seed(1), |_| value).unwrap_err().kind()
        };
        assert_eq!(kind(0, p(0.9), 100, Some(1.0)), ErrorKind::NotEnoughData);
        assert_eq!(kind(1, p(0.9), 100, Some(1.0)), ErrorKind::NotEnoughData);
        assert_eq!(kind(5, p(0.95), 38, Some(1.0)), ErrorKind::NotEnoughData);
        assert_eq!(kind(5, p(0.9), 100, None), ErrorKind::NotEnoughData);
        assert_eq!(kind(5, p(0.9), 100, Some(f64::NAN)), ErrorKind::NotEnoughData);
        assert_eq!(kind(5, Probability::ONE, 100, Some(1.0)), ErrorKind::InvalidInput);
        assert_eq!(kind(5, p(0.9), 100_001, Some(1.0)), ErrorKind::InvalidInput);
    }
}
