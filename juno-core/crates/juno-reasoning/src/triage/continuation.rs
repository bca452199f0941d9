use std::collections::BTreeMap;

use chrono::TimeDelta;
use juno_analytics::SilentSpell;
use juno_domain::TeamId;

use super::seen::Seen;

/// How many silences of the wider group weigh as much as the narrower group's own ones.
const PRIOR: f64 = 10.0;

type Cell = (Option<TeamId>, Option<String>, Option<String>);

/// How often a silence that has lasted so long went on for some days more: counted, in ever narrower groups (all,
/// team, status, type), each shrunk towards the wider one with the weight of ten silences. Unlike a survival curve it
/// stays below 1 where only few ever got that far, and keeps rising as more did.
#[derive(Default)]
pub(super) struct Continuation(BTreeMap<Cell, Lengths>);

/// Lengths in milliseconds, rising.
#[derive(Default)]
struct Lengths {
    all: Vec<i64>,
    ended: Vec<i64>,
}

impl Continuation {
    pub(super) fn learn(seen: &[Seen<'_>]) -> Self {
        // Grouped by the narrowest cell first: very many silences share few of them.
        let mut narrow: BTreeMap<(&TeamId, &str, &str), Lengths> = BTreeMap::new();
        for Seen { spell, length, ended } in seen {
            let lengths = narrow.entry((&spell.team, &spell.status, &spell.issue_type)).or_default();
            let length = length.num_milliseconds();
            lengths.all.push(length);
            if *ended {
                lengths.ended.push(length);
            }
        }
        let mut cells: BTreeMap<Cell, Lengths> = BTreeMap::new();
        for ((team, status, issue_type), lengths) in narrow {
            for cell in cells_of(team, status, issue_type) {
                let wider = cells.entry(cell).or_default();
                wider.all.extend(&lengths.all);
                wider.ended.extend(&lengths.ended);
            }
        }
        for lengths in cells.values_mut() {
            lengths.all.sort_unstable();
            lengths.ended.sort_unstable();
        }
        Self(cells)
    }

    /// The chance that a silence like `spell` that has lasted `so_far` lasts `more` longer: above 0 and below 1.
    pub(super) fn of(&self, spell: &SilentSpell, so_far: TimeDelta, more: TimeDelta) -> f64 {
        let (from, to) = (so_far.num_milliseconds(), (so_far + more).num_milliseconds());
        // The rule of succession over everything, then narrower and narrower.
        let mut chance = None;
        for cell in cells_of(&spell.team, &spell.status, &spell.issue_type) {
            let (went_on, known) = self.0.get(&cell).map_or((0.0, 0.0), |lengths| lengths.between(from, to));
            chance = Some(match chance {
                None => (went_on + 1.0) / (known + 2.0),
                Some(wider) => (went_on + PRIOR * wider) / (known + PRIOR),
            });
        }
        chance.unwrap_or(0.5)
    }
}

impl Lengths {
    /// Silences that went on beyond `to`, and those plus the ones that ended after `from`. One that was still going on
    /// before `to` when last seen tells nothing and counts in neither.
    fn between(&self, from: i64, to: i64) -> (f64, f64) {
        let beyond =
            |lengths: &[i64], limit| lengths.len() - lengths.partition_point(|length| *length <= limit);
        let went_on = beyond(&self.all, to) as f64;
        let ended = (beyond(&self.ended, from) - beyond(&self.ended, to)) as f64;
        (went_on, went_on + ended)
    }
}

/// A group and the wider ones around it, widest first.
fn cells_of(team: &TeamId, status: &str, issue_type: &str) -> [Cell; 4] {
    let (team, status) = (Some(team.clone()), Some(status.to_owned()));
    [
        (None, None, None),
        (team.clone(), None, None),
        (team.clone(), status.clone(), None),
        (team, status, Some(issue_type.to_owned())),
    ]
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use juno_domain::{IssueId, IssueKey};

    use super::*;

    fn spell(team: &str, days: i64, ended: bool) -> SilentSpell {
        let from = DateTime::<Utc>::UNIX_EPOCH;
        SilentSpell {
            issue: IssueId::new("1").unwrap(),
            key: IssueKey::new("PAY-1").unwrap(),
            team: TeamId::new(team).unwrap(),
            issue_type: "Bug".into(),
            status: "To Do".into(),
            from,
            until: from + TimeDelta::days(days),
            ended,
        }
    }

    fn learn(spells: &[SilentSpell]) -> Continuation {
        let end = DateTime::<Utc>::MAX_UTC;
        Continuation::learn(&spells.iter().filter_map(|spell| Seen::at(spell, end)).collect::<Vec<_>>())
    }

    #[test]
    fn it_counts_what_is_known_and_leaves_out_what_is_not() {
        let seen = [spell("a", 20, true), spell("a", 30, true), spell("a", 50, true), spell("a", 25, false)];
        let learnt = learn(&seen);
        let all = Lengths { all: vec![20, 25, 30, 50], ended: vec![20, 30, 50] };
        assert_eq!(all.between(15, 29), (2.0, 3.0), "the one seen for 25 days tells nothing about day 29");
        let chance = learnt.of(&seen[0], TimeDelta::days(15), TimeDelta::days(14));
        let narrower = |wider: f64| (2.0 + 10.0 * wider) / 13.0;
        assert!((chance - narrower(narrower(narrower(3.0 / 5.0)))).abs() < 1e-12);
    }

    #[test]
    fn without_data_it_is_undecided_and_never_certain() {
        let chance = |spells: &[SilentSpell]| {
            learn(spells).of(&spell("a", 1, true), TimeDelta::days(5), TimeDelta::days(14))
        };
        assert!((chance(&[]) - 0.5).abs() < 1e-12);
        assert!(chance(&vec![spell("a", 400, true); 500]) < 1.0);
        assert!(chance(&vec![spell("a", 6, true); 500]) > 0.0);
    }
}
