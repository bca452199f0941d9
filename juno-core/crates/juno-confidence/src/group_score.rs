use std::collections::BTreeMap;

use juno_domain::{Interval, Probability};
use serde::{Deserialize, Serialize};

use crate::holm::holm;
use crate::poisson_binomial::HappeningCount;
use crate::{ConfidenceError, auc, brier, expected_calibration_error, wilson_interval};

/// Groups with fewer cases are marked, and their gap is not tested.
const FEW: usize = 20;
/// Fewest cases for a calibration error in ten bins: with fewer it is mostly chance.
const FOR_ECE: usize = 100;
/// The chance of flagging any group at all where all are calibrated.
const ALPHA: f64 = 0.05;

/// How forecasts serve one group, such as a team, a project or a sprint length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupScore {
    /// The group's label.
    pub group: String,
    /// How many cases it has; never 0.
    pub n: u32,
    /// Fewer than 20 cases: the numbers are mostly chance, and the gap is not tested.
    pub few: bool,
    /// The share of cases that happened.
    pub rate: Probability,
    /// The mean forecast.
    pub mean_forecast: Probability,
    /// The Brier score.
    pub brier: f64,
    /// The calibration error in ten bins; from 100 cases.
    pub ece: Option<f64>,
    /// How well the group's cases are told apart; where both kinds are there.
    pub auc: Option<f64>,
    /// Mean forecast − rate: above 0 the forecasts are too high for this group.
    pub gap: f64,
    /// 95 % interval of the gap, from Wilson's interval of the rate.
    pub gap_interval: Interval,
    /// The chance of a gap this large or larger, to either side, in a group whose forecasts are right: exact, for independent
    /// cases. `None` for few cases.
    pub p_value: Option<f64>,
    /// The same after allowing for the number of groups tested (Holm). `None` for few cases.
    pub adjusted_p: Option<f64>,
    /// The gap is not chance: the adjusted chance is 0.05 or less.
    pub biased: bool,
}

/// Scores each group by itself, sorted by label. Where every group is calibrated, the chance of marking any as `biased` is 5 %
/// at most, however many there are ([Holm 1979](https://www.jstor.org/stable/4615733)). The order of the cases does not matter.
///
/// # Errors
/// None on valid probabilities; the type is there for the checked values inside.
pub fn by_group<'a>(
    cases: impl IntoIterator<Item = (&'a str, Probability, bool)>,
) -> Result<Vec<GroupScore>, ConfidenceError> {
    let mut groups: BTreeMap<&str, Vec<(Probability, bool)>> = BTreeMap::new();
    for (group, p, happened) in cases {
        groups.entry(group).or_default().push((p, happened));
    }
    let mut scores = Vec::with_capacity(groups.len());
    for (group, mut cases) in groups {
        cases.sort_unstable_by(|a, b| a.0.get().total_cmp(&b.0.get()).then(a.1.cmp(&b.1)));
        scores.push(score(group, &cases)?);
    }
    adjust(&mut scores);
    Ok(scores)
}

fn score(group: &str, cases: &[(Probability, bool)]) -> Result<GroupScore, ConfidenceError> {
    let forecasts: Vec<Probability> = cases.iter().map(|(p, _)| *p).collect();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let hits = cases.iter().filter(|(_, happened)| *happened).count();
    let n = cases.len() as f64;
    let rate = hits as f64 / n;
    let mean = (forecasts.iter().map(|p| p.get()).sum::<f64>() / n).clamp(0.0, 1.0);
    let level = Probability::new(0.95)?;
    let around = wilson_interval(count(hits), count(cases.len()), level)?;
    let few = cases.len() < FEW;
    let ece = expected_calibration_error(cases, 10)?.filter(|_| cases.len() >= FOR_ECE);
    Ok(GroupScore {
        group: group.to_owned(),
        n: count(cases.len()),
        few,
        rate: Probability::new(rate)?,
        mean_forecast: Probability::new(mean)?,
        brier: brier(cases).unwrap_or_default(),
        ece,
        auc: auc(cases),
        gap: mean - rate,
        gap_interval: Interval::new(mean - around.upper(), mean - around.lower(), level)?,
        p_value: (!few).then(|| HappeningCount::new(&forecasts).two_sided_p(hits)),
        adjusted_p: None,
        biased: false,
    })
}

fn adjust(scores: &mut [GroupScore]) {
    let mut tested: Vec<(f64, &mut GroupScore)> =
        scores.iter_mut().filter_map(|score| score.p_value.map(|p| (p, score))).collect();
    let p_values: Vec<f64> = tested.iter().map(|(p, _)| *p).collect();
    for ((_, score), adjusted) in tested.iter_mut().zip(holm(&p_values)) {
        score.adjusted_p = Some(adjusted);
        score.biased = adjusted <= ALPHA;
    }
}

#[cfg(test)]
mod tests {
    use juno_domain::Seed;
    use proptest::prelude::*;
    use rand::Rng;

    use super::*;

    fn p(value: f64) -> Probability {
        Probability::new(value).unwrap()
    }

    /// `n` cases of a group: forecasts drawn anew, and what happened drawn from them plus `off`.
    fn drawn(group: &str, n: usize, off: f64, rng: &mut impl Rng) -> Vec<(String, Probability, bool)> {
        (0..n)
            .map(|_| {
                let q = 0.1 + 0.8 * rng.r#gen::<f64>();
                (group.to_owned(), p(q), rng.r#gen::<f64>() < q + off)
            })
            .collect()
    }

    fn scored(cases: &[(String, Probability, bool)]) -> Vec<GroupScore> {
        by_group(cases.iter().map(|(g, p, y)| (g.as_str(), *p, *y))).unwrap()
    }

    #[test]
    fn a_group_by_hand() {
        let got = by_group([("b", p(0.6), true), ("a", p(0.5), false), ("b", p(0.2), false)]).unwrap();
        assert_eq!(
            got.iter().map(|s| (s.group.as_str(), s.n, s.few)).collect::<Vec<_>>(),
            [("a", 1, true), ("b", 2, true)]
        );
        let b = &got[1];
        assert!((b.gap + 0.1).abs() < 1e-12 && (b.brier - 0.1).abs() < 1e-12);
        assert_eq!(
            (b.rate, b.auc, b.ece, b.p_value, b.biased),
            (Probability::HALF, Some(1.0), None, None, false)
        );
        assert!(b.gap_interval.contains(b.gap));
        assert_eq!(got[0].auc, None);
        assert_eq!(by_group([]).unwrap(), []);
    }

    #[test]
    fn a_group_the_forecasts_wrong_is_found_among_many_they_do_not() {
        let mut rng = Seed(3).rng();
        let mut cases: Vec<_> =
            (0..40).flat_map(|g| drawn(&format!("team {g:02}"), 60, 0.0, &mut rng)).collect();
        cases.extend(drawn("wronged", 150, 0.25, &mut rng));
        let found: Vec<_> = scored(&cases).into_iter().filter(|s| s.biased).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].group, "wronged");
        assert!(found[0].gap < -0.1 && found[0].gap_interval.upper() < 0.0 && found[0].ece.is_some());
    }

    #[test]
    fn among_calibrated_groups_hardly_ever_is_any_marked() {
        let mut rng = Seed(8).rng();
        let (trials, mut any, mut single) = (150, 0, 0);
        for _ in 0..trials {
            let cases: Vec<_> = (0..12).flat_map(|g| drawn(&format!("{g}"), 30, 0.0, &mut rng)).collect();
            let scores = scored(&cases);
            any += u32::from(scores.iter().any(|s| s.biased));
            single += u32::from(scores.iter().any(|s| s.p_value.is_some_and(|p| p <= 0.05)));
        }
        assert!(f64::from(any) / f64::from(trials) <= 0.09, "{any}");
        assert!(single > trials / 5, "without the allowance chance would be taken for bias: {single}");
    }

    #[test]
    fn holm_by_hand() {
        let mut scores: Vec<_> = [0.04, 0.01, 0.03]
            .iter()
            .map(|chance| {
                let mut score = by_group([("x", p(0.5), true)]).unwrap().remove(0);
                score.p_value = Some(*chance);
                score
            })
            .collect();
        adjust(&mut scores);
        let adjusted: Vec<f64> = scores.iter().filter_map(|s| s.adjusted_p).collect();
        for (got, want) in adjusted.iter().zip([0.06, 0.03, 0.06]) {
            assert!((got - want).abs() < 1e-12, "{adjusted:?}");
        }
        assert_eq!(scores.iter().map(|s| s.biased).collect::<Vec<_>>(), [false, true, false]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn order_does_not_matter_and_the_interval_holds_the_gap(
            raw in prop::collection::vec((0..4_u8, 0.0..=1.0_f64, any::<bool>()), 1..120)
        ) {
            let cases: Vec<_> = raw.iter().map(|(g, q, y)| (format!("g{g}"), p(*q), *y)).collect();
            let reversed: Vec<_> = cases.iter().rev().cloned().collect();
            let scores = scored(&cases);
            prop_assert_eq!(&scores, &scored(&reversed));
            prop_assert_eq!(scores.iter().map(|s| s.n as usize).sum::<usize>(), cases.len());
            for s in &scores {
                prop_assert!(s.gap_interval.lower() <= s.gap + 1e-12 && s.gap <= s.gap_interval.upper() + 1e-12);
                prop_assert!(s.few == (s.n < 20) && s.p_value.is_none_or(|p| (0.0..=1.0).contains(&p)));
                prop_assert!(s.adjusted_p >= s.p_value);
            }
        }
    }
}
