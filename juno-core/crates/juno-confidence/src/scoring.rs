use juno_domain::Probability;

/// The mean squared distance between forecasts and what happened (1 or 0): 0 is perfect, 0.25 is always saying one half.
/// `None` without forecasts.
#[must_use]
pub fn brier(forecasts: &[(Probability, bool)]) -> Option<f64> {
    mean(forecasts, |p, happened| (p - f64::from(u8::from(happened))).powi(2))
}

/// The mean negative logarithm (base e) of the probability given to what happened: 0 is perfect, 0.693 is always saying one
/// half. A probability is taken no nearer to 0 or 1 than 2.2e-16, so a certain error costs 36 and not infinity. `None`
/// without forecasts.
#[must_use]
pub fn log_loss(forecasts: &[(Probability, bool)]) -> Option<f64> {
    mean(forecasts, |p, happened| {
        let p = p.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        if happened { -p.ln() } else { -(1.0 - p).ln() }
    })
}

/// How far forecasts dare to leave their own mean: their variance, from 0 (always the same) to 0.25 (half 0, half 1). Among
/// forecasters that are calibrated, the sharper one is better
/// ([Gneiting, Balabdaoui, Raftery 2007](https://doi.org/10.1111/j.1467-9868.2007.00587.x)). `None` without forecasts.
#[must_use]
pub fn sharpness(forecasts: &[Probability]) -> Option<f64> {
    let n = forecasts.len() as f64;
    let centre = forecasts.iter().map(|p| p.get()).sum::<f64>() / n;
    let total: f64 = forecasts.iter().map(|p| (p.get() - centre).powi(2)).sum();
    (!forecasts.is_empty()).then(|| total / n)
}

fn mean(forecasts: &[(Probability, bool)], loss: impl Fn(f64, bool) -> f64) -> Option<f64> {
    let total: f64 = forecasts.iter().map(|(p, happened)| loss(p.get(), *happened)).sum();
    (!forecasts.is_empty()).then(|| total / forecasts.len() as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn forecasts(of: &[(f64, bool)]) -> Vec<(Probability, bool)> {
        of.iter().map(|(p, happened)| (Probability::new(*p).unwrap(), *happened)).collect()
    }

    #[test]
    fn the_scores_agree_with_their_closed_forms() {
        let given = forecasts(&[(0.9, true), (0.2, false), (0.6, false)]);
        assert!((brier(&given).unwrap() - (0.01 + 0.04 + 0.36) / 3.0).abs() < 1e-15);
        let by_hand = -(0.9_f64.ln() + 0.8_f64.ln() + 0.4_f64.ln()) / 3.0;
        assert!((log_loss(&given).unwrap() - by_hand).abs() < 1e-15);
    }

    #[test]
    fn certainty_and_nothing_are_handled() {
        assert_eq!(brier(&[]), None);
        assert_eq!(log_loss(&[]), None);
        assert!(log_loss(&forecasts(&[(1.0, true), (0.0, false)])).unwrap() < 1e-15);
        let wrong = log_loss(&forecasts(&[(1.0, false)])).unwrap();
        assert!((wrong - 36.04).abs() < 0.01, "{wrong}");
    }

    #[test]
    fn sharpness_is_the_variance() {
        let given = |of: &[f64]| of.iter().map(|p| Probability::new(*p).unwrap()).collect::<Vec<_>>();
        assert_eq!(sharpness(&given(&[0.0, 1.0])), Some(0.25));
        assert_eq!(sharpness(&given(&[0.5, 0.5])), Some(0.0));
        assert_eq!(sharpness(&[]), None);
    }

    proptest! {
        #[test]
        fn saying_the_truth_is_best(truth in 0.0..=1.0_f64, other in 0.0..=1.0_f64) {
            for score in [brier, log_loss] {
                let one = |p, happened| score(&forecasts(&[(p, happened)])).unwrap();
                let expected = |p| truth * one(p, true) + (1.0 - truth) * one(p, false);
                prop_assert!(expected(truth) <= expected(other) + 1e-12);
            }
        }
    }
}
