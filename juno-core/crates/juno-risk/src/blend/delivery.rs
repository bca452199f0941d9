use juno_confidence::Distribution;
use juno_domain::Probability;

use crate::RiskError;

/// A delivered share this close to 1 keeps the commitment; the same bound as for a miss.
const KEPT: f64 = 1.0 - 1e-9;

/// A side with less than this share of the weight has none.
const NO_WEIGHT: f64 = 1e-12;

/// Delivered shares with their weights, made to agree with a chance of missing: what lies below the whole commitment gets
/// `p_miss` of the weight, the rest the rest. So the same forecast never says two things. Where none of the shares misses,
/// what does is `usual_miss`, below 1; where all of them do, what does not is the whole commitment.
pub(super) fn agree(
    points: Vec<(f64, f64)>,
    p_miss: Probability,
    usual_miss: f64,
) -> Result<Distribution, RiskError> {
    let first_kept = points.partition_point(|(ratio, _)| *ratio < KEPT);
    let (low, high) = points.split_at(first_kept);
    let weight = |side: &[(f64, f64)]| side.iter().map(|(_, weight)| weight).sum::<f64>();
    let (below, above) = (weight(low), weight(high));
    let (mut values, mut weights) =
        (Vec::with_capacity(points.len() + 1), Vec::with_capacity(points.len() + 1));
    let mut add = |side: &[(f64, f64)], sum: f64, chance: f64, without: f64| {
        let scarce = [(without, 1.0)];
        let (side, sum) = if sum > NO_WEIGHT * (below + above) { (side, sum) } else { (&scarce[..], 1.0) };
        for (ratio, weight) in side.iter().filter(|_| chance > 0.0) {
            values.push(*ratio);
            weights.push(weight * chance / sum);
        }
    };
    add(low, below, p_miss.get(), usual_miss);
    add(high, above, 1.0 - p_miss.get(), 1.0);
    Ok(Distribution::from_sorted(values, weights)?)
}

/// Two lists of sorted points as one, the second with `share` of the weight.
pub(super) fn mix(first: Vec<(f64, f64)>, second: Vec<(f64, f64)>, share: f64) -> Vec<(f64, f64)> {
    let mut out: Vec<(f64, f64)> = first
        .into_iter()
        .map(|(ratio, weight)| (ratio, weight * (1.0 - share)))
        .chain(second.into_iter().map(|(ratio, weight)| (ratio, weight * share)))
        .collect();
    out.sort_by(|a, b| a.0.total_cmp(&b.0));
    out
}
