use std::collections::BTreeMap;

use juno_domain::TeamId;
use serde::{Deserialize, Serialize};

use super::rows::{Rows, WIDTH};
use crate::{Features, Input, RiskError};

/// From this many finished sprints of the team on, a sprint's inputs count as what is usual: before, they say more about how
/// little is known than about the sprint.
pub(crate) const SEASONED: usize = 3;
/// A bin holds at least one part in so many of the sprints, or one value.
const BINS: usize = 10;

/// How the inputs of the sprints were spread that a stage was fitted on: what drift is told by. Only sprints count whose team
/// had [`SEASONED`] finished sprints by then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved")]
pub(crate) struct Spread {
    /// How many sprints count.
    pub(crate) sprints: u32,
    /// How many sprints of its own team a sprint has on average, itself included.
    pub(crate) team_size: f64,
    /// One for each of [`Input::ALL`], in that order.
    inputs: Vec<InputSpread>,
}

/// How one input was spread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InputSpread {
    /// The greatest value of each bin but the last, rising.
    uppers: Vec<f64>,
    /// How many sprints lie in each bin, and behind them how many where the input is unknown.
    pub(crate) counts: Vec<u32>,
    /// How much sprints of a team are alike in this input, by rank: 0 not at all, 1 wholly (intraclass correlation).
    pub(crate) alike: f64,
}

impl Spread {
    pub(super) fn of(rows: &Rows) -> Result<Self, RiskError> {
        let seasoned: Vec<(&Features, &TeamId)> = rows
            .features
            .iter()
            .zip(&rows.teams)
            .filter(|(_, (_, past))| *past >= SEASONED)
            .map(|(features, (team, _))| (features, team))
            .collect();
        let teams: Vec<&TeamId> = seasoned.iter().map(|(_, team)| *team).collect();
        let inputs = Input::ALL.iter().map(|input| {
            let values = seasoned.iter().map(|(features, _)| features.get(*input));
            InputSpread::of(&values.collect::<Vec<_>>(), &teams)
        });
        Ok(Self { sprints: count(seasoned.len()), team_size: team_size(&teams), inputs: inputs.collect() })
    }

    /// How an input was spread.
    pub(crate) fn of_input(&self, input: Input) -> Option<&InputSpread> {
        self.inputs.get(input.index())
    }
}

impl InputSpread {
    pub(crate) fn of(values: &[Option<f64>], teams: &[&TeamId]) -> Self {
        let mut known: Vec<f64> = values.iter().flatten().copied().collect();
        known.sort_by(f64::total_cmp);
        let mut spread = Self { uppers: uppers(&known), counts: Vec::new(), alike: alike(values, teams) };
        spread.counts = spread.count(values.iter().copied());
        spread
    }

    /// How many of these values lie in each bin, and behind them how many are unknown.
    pub(crate) fn count(&self, values: impl Iterator<Item = Option<f64>>) -> Vec<u32> {
        let mut counts = vec![0_u32; self.uppers.len() + 2];
        for value in values {
            let bin = match value {
                Some(value) => self.uppers.partition_point(|upper| *upper < value),
                None => self.uppers.len() + 1,
            };
            if let Some(count) = counts.get_mut(bin) {
                *count = count.saturating_add(1);
            }
        }
        counts
    }

    fn is_sound(&self, sprints: u32) -> bool {
        let rising = self.uppers.iter().zip(self.uppers.iter().skip(1)).all(|(a, b)| a < b);
        let sum: u64 = self.counts.iter().map(|count| u64::from(*count)).sum();
        rising
            && self.uppers.iter().all(|upper| upper.is_finite())
            && self.counts.len() == self.uppers.len() + 2
            && sum == u64::from(sprints)
            && (0.0..=1.0).contains(&self.alike)
    }
}

/// The ends of bins of about a tenth each. A value that makes up a tenth by itself has a bin of its own, however little lies
/// below it: it is where things go from "never" to "now and then".
fn uppers(sorted: &[f64]) -> Vec<f64> {
    let least = sorted.len().div_ceil(BINS).max(1);
    let (mut ends, mut inside) = (Vec::new(), 0);
    let mut before = None;
    for ties in sorted.chunk_by(|a, b| a == b) {
        if ties.len() >= least && inside > 0 {
            ends.extend(before);
            inside = 0;
        }
        before = ties.first().copied();
        inside += ties.len();
        if inside >= least {
            ends.extend(before);
            inside = 0;
        }
    }
    // Nothing lies above the last one: it is the last bin itself.
    if inside == 0 {
        ends.pop();
    }
    ends
}

/// The mean size of the team a sprint belongs to.
pub(crate) fn team_size<T: Ord>(teams: &[T]) -> f64 {
    let mut sizes: BTreeMap<&T, f64> = BTreeMap::new();
    teams.iter().for_each(|team| *sizes.entry(team).or_default() += 1.0);
    let total: f64 = sizes.values().sum();
    if total > 0.0 { sizes.values().map(|size| size * size).sum::<f64>() / total } else { 1.0 }
}

/// The intraclass correlation of ranks within teams, from a one-way analysis of variance; 0 where it cannot be told.
fn alike(values: &[Option<f64>], teams: &[&TeamId]) -> f64 {
    let ranks = ranks(values);
    let mut groups: BTreeMap<&TeamId, Vec<f64>> = BTreeMap::new();
    for (team, rank) in teams.iter().zip(ranks) {
        groups.entry(team).or_default().push(rank);
    }
    let (n, k) = (values.len() as f64, groups.len() as f64);
    if k < 2.0 || n <= k {
        return 0.0;
    }
    let mean_of = |group: &[f64]| group.iter().sum::<f64>() / group.len() as f64;
    let mean = groups.values().flatten().sum::<f64>() / n;
    let (mut between, mut within, mut squares) = (0.0, 0.0, 0.0);
    for group in groups.values() {
        let own = mean_of(group);
        between += group.len() as f64 * (own - mean).powi(2);
        within += group.iter().map(|rank| (rank - own).powi(2)).sum::<f64>();
        squares += (group.len() as f64).powi(2);
    }
    let (between, within) = (between / (k - 1.0), within / (n - k));
    let size = (n - squares / n) / (k - 1.0);
    let correlation = (between - within) / (between + (size - 1.0) * within);
    if correlation.is_finite() { correlation.clamp(0.0, 1.0) } else { 0.0 }
}

/// The rank of each value, ties sharing the middle one, the unknown below all others.
fn ranks(values: &[Option<f64>]) -> Vec<f64> {
    let value = |i: &usize| values.get(*i).copied().flatten().unwrap_or(f64::NEG_INFINITY);
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| value(a).total_cmp(&value(b)));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for ties in order.chunk_by(|a, b| value(a) == value(b)) {
        let middle = first as f64 + (ties.len() - 1) as f64 / 2.0;
        for i in ties {
            if let Some(rank) = ranks.get_mut(*i) {
                *rank = middle;
            }
        }
        first += ties.len();
    }
    ranks
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// As read from a file, not yet checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    sprints: u32,
    team_size: f64,
    inputs: Vec<InputSpread>,
}

impl TryFrom<Saved> for Spread {
    type Error = RiskError;

    fn try_from(Saved { sprints, team_size, inputs }: Saved) -> Result<Self, RiskError> {
        let sound = inputs.iter().all(|input| input.is_sound(sprints));
        if inputs.len() != WIDTH || !sound || !(team_size >= 1.0 && team_size.is_finite()) {
            return Err(RiskError::Saved(
                "the spread of its inputs is not what a fit leaves behind".to_owned(),
            ));
        }
        Ok(Self { sprints, team_size, inputs })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn team(name: usize) -> TeamId {
        TeamId::new(format!("t{name}")).unwrap()
    }

    fn spread(values: &[f64]) -> InputSpread {
        let values: Vec<Option<f64>> = values.iter().map(|v| (!v.is_nan()).then_some(*v)).collect();
        let one = team(0);
        InputSpread::of(&values, &vec![&one; values.len()])
    }

    #[test]
    fn bins_are_tenths_and_values_that_make_up_a_tenth_stand_alone() {
        let even = spread(&(0..100).map(f64::from).collect::<Vec<_>>());
        assert_eq!(even.uppers, [9.0, 19.0, 29.0, 39.0, 49.0, 59.0, 69.0, 79.0, 89.0]);
        assert_eq!(even.counts, [10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 0]);
        let flag: Vec<f64> = (0..100).map(|i| if i < 3 { 0.0 } else { 1.0 }).collect();
        assert_eq!((spread(&flag).uppers, spread(&flag).counts), (vec![0.0], vec![3, 97, 0]));
        let constant = spread(&[4.0; 30]);
        assert_eq!((constant.uppers.len(), &constant.counts[..]), (0, &[30, 0][..]));
        let unknown = spread(&[f64::NAN, 1.0, 2.0, f64::NAN]);
        assert_eq!(unknown.counts, [1, 1, 2]);
        assert_eq!(spread(&[]).counts, [0, 0]);
        assert_eq!(
            even.count([Some(-5.0), Some(9.0), Some(9.5), Some(1e9), None].into_iter()),
            [2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1]
        );
    }

    #[test]
    fn teams_that_differ_in_everything_are_alike_and_drawn_ones_are_not() {
        let teams: Vec<TeamId> = (0..60).map(|i| team(i % 6)).collect();
        let refs: Vec<&TeamId> = teams.iter().collect();
        let own: Vec<Option<f64>> = (0..60).map(|i| Some((i % 6) as f64)).collect();
        assert!(alike(&own, &refs) > 0.999);
        let drawn: Vec<Option<f64>> = (0..60).map(|i| Some(((i * 7919) % 61) as f64)).collect();
        assert!(alike(&drawn, &refs) < 0.2, "{}", alike(&drawn, &refs));
        assert_eq!(alike(&[None; 60], &refs), 0.0);
        assert_eq!(alike(&own, &vec![refs[0]; 60]), 0.0);
        assert_eq!((team_size(&refs), team_size::<TeamId>(&[])), (10.0, 1.0));
        assert_eq!(team_size(&["a", "a", "a", "b"]), 2.5);
    }

    proptest! {
        #[test]
        fn every_value_is_counted_once_and_a_spread_comes_back_from_its_file(
            values in prop::collection::vec(prop_oneof![Just(f64::NAN), Just(1.0), -3.0..3.0_f64], 0..80)
        ) {
            let spread = spread(&values);
            prop_assert!(spread.is_sound(values.len() as u32), "{:?}", spread);
            let json = serde_json::to_string(&spread).unwrap();
            prop_assert_eq!(serde_json::from_str::<InputSpread>(&json).unwrap(), spread);
        }
    }
}
