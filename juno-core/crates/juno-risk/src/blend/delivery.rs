use juno_confidence::Distribution;
use juno_domain::Probability;

use crate::RiskError;

/// A delivered share this close to 1 keeps the commitment; the same bound as for a miss.
const KEPT: f64 = 1.0 - 1e-9;

/// Delivered shares with their weights, made to agree with a chance of missing: what lies below the whole commitment gets
/// `p_miss` of the weight, the rest the rest. So the same forecast never says two things. Where one side has no weight at
/// all, the other keeps everything.
pub(super) fn agree(points: Vec<(f64, f64)>, p_miss: Probability) -> Result<Distribution, RiskError> {
    let total: f64 = points.iter().map(|(_, weight)| weight).sum();
    let below: f64 = points.iter().filter(|(ratio, _)| *ratio < KEPT).map(|(_, weight)| weight).sum();
    let kept = total - below;
    let (low, high) = match below > 0.0 && kept > 1e-12 * total {
        true => (p_miss.get() / below, (1.0 - p_miss.get()) / kept),
        false => (1.0, 1.0),
    };
    let (values, weights) = points
        .into_iter()
        .map(|(ratio, weight)| (ratio, weight * if ratio < KEPT { low } else { high }))
        .filter(|(_, weight)| *weight > 0.0)
        .unzip();
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
