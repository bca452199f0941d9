use std::collections::BTreeMap;

use juno_domain::{DecidedBy, Role, TeamId};
use serde::{Deserialize, Serialize};

use crate::rate::number;
use crate::{ApprovalRequest, StateKind};

/// How long people took: from the submission of a request to the vote that settled it.
///
/// It counts requests that a person approved or refused in the period. What a policy decided alone took no time of
/// anybody's, and what ended by silence, cancellation or withdrawal was not decided.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionTimes {
    /// All of them; `None` if there is none.
    pub all: Option<DecisionTime>,
    /// By the role of the last vote.
    pub by_role: BTreeMap<Role, DecisionTime>,
    /// By team.
    pub by_team: BTreeMap<TeamId, DecisionTime>,
}

/// A distribution of times.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionTime {
    /// How many, at least 1.
    pub count: u64,
    /// The median, in seconds: of an even number the mean of the two in the middle.
    pub median_seconds: f64,
    /// The nearest-rank 90th percentile, in seconds: the least of these times that nine in ten do not exceed.
    pub p90_seconds: f64,
}

impl DecisionTime {
    /// Of times in seconds; `None` of none.
    pub(crate) fn of(mut seconds: Vec<f64>) -> Option<Self> {
        seconds.sort_by(f64::total_cmp);
        let n = seconds.len();
        let rank = n.saturating_mul(9).div_ceil(10).saturating_sub(1);
        Some(Self {
            count: u64::try_from(n).unwrap_or(u64::MAX),
            median_seconds: median(&seconds)?,
            p90_seconds: *seconds.get(rank)?,
        })
    }
}

/// The median of sorted numbers.
pub(crate) fn median(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get((sorted.len() / 2).checked_sub(1)?)?;
    Some(f64::midpoint(lower, upper))
}

impl DecisionTimes {
    /// Of requests that were settled in the period.
    pub(super) fn of(settled: &[&ApprovalRequest]) -> Self {
        let mut all = Vec::new();
        let mut by_role: BTreeMap<Role, Vec<f64>> = BTreeMap::new();
        let mut by_team: BTreeMap<TeamId, Vec<f64>> = BTreeMap::new();
        for request in settled {
            let kind = request.kind();
            let voted = matches!(kind, StateKind::Approved | StateKind::Authorized | StateKind::Denied);
            let Some((end, DecidedBy::Person { role, .. })) =
                request.state().settled().filter(|_| voted).map(|end| (end, &end.by))
            else {
                continue;
            };
            let taken = seconds(end.at - request.created_at());
            all.push(taken);
            by_role.entry(*role).or_default().push(taken);
            by_team.entry(request.team().clone()).or_default().push(taken);
        }
        Self { all: DecisionTime::of(all), by_role: each(by_role), by_team: each(by_team) }
    }
}

fn each<K: Ord>(times: BTreeMap<K, Vec<f64>>) -> BTreeMap<K, DecisionTime> {
    times.into_iter().filter_map(|(key, times)| Some((key, DecisionTime::of(times)?))).collect()
}

/// A span of time in seconds, to the millisecond; 0 of a negative one.
pub(crate) fn seconds(span: chrono::TimeDelta) -> f64 {
    number(u64::try_from(span.num_milliseconds()).unwrap_or(0)) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_and_percentile_are_what_they_say() {
        assert_eq!(DecisionTime::of(vec![]), None);
        let of = |times: &[f64]| {
            let time = DecisionTime::of(times.to_vec()).unwrap();
            (time.count, time.median_seconds, time.p90_seconds)
        };
        assert_eq!(of(&[7.0]), (1, 7.0, 7.0));
        assert_eq!(of(&[4.0, 1.0]), (2, 2.5, 4.0));
        let ten: Vec<f64> = (1_u8..=10).map(f64::from).collect();
        assert_eq!(of(&ten), (10, 5.5, 9.0));
        let eleven: Vec<f64> = (1_u8..=11).map(f64::from).collect();
        assert_eq!(of(&eleven), (11, 6.0, 10.0));
    }
}
