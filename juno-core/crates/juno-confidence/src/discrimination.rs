use juno_domain::Probability;

/// The area under the ROC curve: how often a case that happened got a higher forecast than one that did not, ties counting
/// half. 0.5 is no better than chance, 1 is perfect order. `None` unless both kinds are there. The Mann–Whitney statistic
/// ([Hanley, McNeil 1982](https://doi.org/10.1148/radiology.143.1.7063747)).
#[must_use]
pub fn auc(forecasts: &[(Probability, bool)]) -> Option<f64> {
    let mut sorted: Vec<(f64, bool)> = forecasts.iter().map(|(p, happened)| (p.get(), *happened)).collect();
    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    // Whole and half pairs below 2⁵³ are counted exactly, so the order of the cases does not show.
    let (mut below, mut wins, mut happened) = (0.0, 0.0, 0.0);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let hits = tied.iter().filter(|(_, happened)| *happened).count() as f64;
        let misses = tied.len() as f64 - hits;
        wins += hits * (below + misses / 2.0);
        below += misses;
        happened += hits;
    }
    let pairs = happened * below;
    (pairs > 0.0).then(|| wins / pairs)
}

/// The share of cases that a forecast of `threshold` or more (usually one half) tells apart rightly. `None` without
/// forecasts.
#[must_use]
pub fn accuracy(forecasts: &[(Probability, bool)], threshold: Probability) -> Option<f64> {
    let right = forecasts.iter().filter(|(p, happened)| (*p >= threshold) == *happened).count();
    (!forecasts.is_empty()).then(|| right as f64 / forecasts.len() as f64)
}

/// The harmonic mean of precision and recall at `threshold` (usually one half): `2TP / (2TP + FP + FN)`. `None` where nothing
/// happened and nothing was forecast to.
#[must_use]
pub fn f1(forecasts: &[(Probability, bool)], threshold: Probability) -> Option<f64> {
    let count = |of: fn(bool, bool) -> bool| {
        forecasts.iter().filter(|(p, happened)| of(*p >= threshold, *happened)).count() as f64
    };
    let (both, either) = (count(|said, happened| said && happened), count(|said, happened| said != happened));
    let all = 2.0 * both + either;
    (all > 0.0).then(|| 2.0 * both / all)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn forecasts(of: &[(f64, bool)]) -> Vec<(Probability, bool)> {
        of.iter().map(|(p, happened)| (Probability::new(*p).unwrap(), *happened)).collect()
    }

    #[test]
    fn by_hand() {
        let given = forecasts(&[(0.9, true), (0.5, true), (0.5, false), (0.3, true), (0.1, false)]);
        // Of six pairs four are in order, one is tied (0.5, 0.5), one is not (0.3 below 0.5).
        assert_eq!(auc(&given), Some(4.5 / 6.0));
        assert_eq!(accuracy(&given, Probability::HALF), Some(0.6));
        assert_eq!(f1(&given, Probability::HALF), Some(4.0 / 6.0));
    }

    #[test]
    fn what_cannot_be_said_is_not_said() {
        assert_eq!(
            (auc(&[]), accuracy(&[], Probability::HALF), f1(&[], Probability::HALF)),
            (None, None, None)
        );
        let one_class = forecasts(&[(0.2, false), (0.4, false)]);
        assert_eq!(auc(&one_class), None);
        assert_eq!(accuracy(&one_class, Probability::HALF), Some(1.0));
        assert_eq!(f1(&one_class, Probability::HALF), None);
    }

    proptest! {
        #[test]
        fn auc_only_sees_the_order(cases in prop::collection::vec(((0..=20_u8), any::<bool>()), 2..80)) {
            let with = |map: fn(f64) -> f64| {
                auc(&forecasts(&cases.iter().map(|(p, h)| (map(f64::from(*p) / 20.0), *h)).collect::<Vec<_>>()))
            };
            let plain = with(|p| p);
            prop_assert_eq!(plain, with(|p| p.powi(3) / 2.0));
            prop_assert_eq!(plain, with(|p| 1.0 / (1.0 + (-9.0 * p).exp())));
            let reversed: Vec<_> = cases.iter().map(|(p, h)| (f64::from(*p) / 20.0, !h)).collect();
            if let (Some(plain), Some(reversed)) = (plain, auc(&forecasts(&reversed))) {
                prop_assert!((plain + reversed - 1.0).abs() < 1e-12);
            }
            // Every pair by itself.
            let (mut wins, mut pairs) = (0.0, 0.0);
            for (p, _) in cases.iter().filter(|(_, h)| *h) {
                for (q, _) in cases.iter().filter(|(_, h)| !*h) {
                    pairs += 1.0;
                    wins += if p > q { 1.0 } else if p == q { 0.5 } else { 0.0 };
                }
            }
            prop_assert_eq!(plain, (pairs > 0.0).then(|| wins / pairs));
        }
    }
}
