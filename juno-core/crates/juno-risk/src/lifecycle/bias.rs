use std::collections::BTreeMap;
use std::fmt;

use juno_confidence::{GroupScore, by_group};
use juno_domain::Probability;
use serde::{Deserialize, Serialize};

use super::page::{self, Block, decimal, percent};
use crate::RiskError;
use crate::backtest::{BacktestCase, BacktestReport, CasePrediction};

/// How many groups a text shows beside those that are flagged.
const SHOWN: usize = 5;

/// How forecasts serve groups of sprints. `Display` gives a text for people.
///
/// Where all groups are served alike, the chance that any is marked `biased` is at most 5 %, and so is the chance that the
/// intervals of any are marked as off, however many groups there are (Holm). Groups of fewer than 20 sprints are shown, but
/// not judged: their gaps are mostly chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BiasReport {
    /// By kind of group, stage, then label.
    pub groups: Vec<GroupBias>,
}

/// How forecasts of one stage serve one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupBias {
    /// What sprints are grouped by.
    pub by: GroupedBy,
    /// The stage.
    pub t: Probability,
    /// Its chances of a miss, with the group's label.
    pub chances: GroupScore,
    /// The share of outcomes that its intervals hold, narrowest level first; those levels the model gave.
    pub intervals: Vec<GroupCoverage>,
}

/// What sprints are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupedBy {
    /// Their team.
    Team,
    /// Their project.
    Project,
    /// Their planned length.
    Length,
}

impl GroupedBy {
    const ALL: [Self; 3] = [Self::Team, Self::Project, Self::Length];

    /// Its name in texts and JSON: `team`, `project` or `length`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Project => "project",
            Self::Length => "length",
        }
    }

    fn label(self, case: &BacktestCase) -> String {
        match self {
            Self::Team => case.team.to_string(),
            Self::Project => case.project.to_string(),
            Self::Length => length(case.planned_days).to_owned(),
        }
    }
}

/// How often the intervals of one level hold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GroupCoverage {
    /// What they promise to hold.
    pub level: Probability,
    /// How many there are.
    pub n: u32,
    /// The share that held.
    pub held: Probability,
    /// The chance of a share this far off where the promise is kept, after allowing for the number of groups (Holm). `None`
    /// for few cases.
    pub adjusted_p: Option<f64>,
    /// They hold too much or too little beyond chance.
    pub off: bool,
}

/// The bucket of a planned length.
fn length(days: Option<f64>) -> &'static str {
    match days {
        None => "not stated",
        Some(days) if days.is_nan() => "not stated",
        Some(days) if days <= 0.5 => "none",
        Some(days) if days <= 8.0 => "up to 8 days",
        Some(days) if days <= 15.0 => "9 to 15 days",
        Some(days) if days <= 22.0 => "16 to 22 days",
        Some(days) if days <= 32.0 => "23 to 32 days",
        Some(_) => "more than 32 days",
    }
}

impl BiasReport {
    /// How forecasts with known outcomes serve teams, projects and planned lengths, each stage by itself: a sprint counts once
    /// at each. The order of the cases does not matter.
    ///
    /// # Errors
    /// None on valid cases; the type is there for the checked values inside.
    pub fn of<'a>(
        cases: impl IntoIterator<Item = (&'a BacktestCase, &'a CasePrediction)>,
    ) -> Result<Self, RiskError> {
        let mut keys: BTreeMap<String, (GroupedBy, Probability, String)> = BTreeMap::new();
        let (mut judged, mut held) = (Vec::new(), Vec::new());
        let mut levels: BTreeMap<String, (String, Probability)> = BTreeMap::new();
        for (case, said) in cases {
            for by in GroupedBy::ALL {
                let name = by.label(case);
                let key = format!("{}\u{1f}{:.6}\u{1f}{name}", by.name(), case.t.get());
                for range in &said.intervals {
                    let label = format!("{key}\u{1f}{:.6}", range.level().get());
                    levels.entry(label.clone()).or_insert_with(|| (key.clone(), range.level()));
                    held.push((label, range.level(), range.contains(case.delivered)));
                }
                keys.entry(key.clone()).or_insert((by, case.t, name));
                judged.push((key, said.p_miss, case.missed));
            }
        }
        let mut intervals: BTreeMap<String, Vec<GroupCoverage>> = BTreeMap::new();
        // That a range of level 0.8 holds is a forecast of 0.8.
        for score in by_group(held.iter().map(|(label, level, held)| (label.as_str(), *level, *held)))? {
            let Some((key, level)) = levels.get(&score.group) else { continue };
            intervals.entry(key.clone()).or_default().push(GroupCoverage {
                level: *level,
                n: score.n,
                held: score.rate,
                adjusted_p: score.adjusted_p,
                off: score.biased,
            });
        }
        let scores = by_group(judged.iter().map(|(key, p, missed)| (key.as_str(), *p, *missed)))?;
        let mut groups: Vec<GroupBias> = scores
            .into_iter()
            .filter_map(|score| {
                let (by, t, name) = keys.get(&score.group)?.clone();
                let intervals = intervals.remove(&score.group).unwrap_or_default();
                Some(GroupBias { by, t, chances: GroupScore { group: name, ..score }, intervals })
            })
            .collect();
        groups.sort_by(|a, b| {
            let key = |of: &GroupBias| (of.by, of.chances.group.clone());
            (a.by, a.t)
                .partial_cmp(&(b.by, b.t))
                .unwrap_or(std::cmp::Ordering::Equal)
                .then_with(|| key(a).cmp(&key(b)))
        });
        Ok(Self { groups })
    }

    /// The same for a model of a backtest; empty for a name it does not have, or a report without its cases.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn of_backtest(report: &BacktestReport, model: &str) -> Result<Self, RiskError> {
        Self::of(report.predicted(model))
    }

    /// The groups whose chances or intervals are off beyond chance.
    pub fn flagged(&self) -> impl Iterator<Item = &GroupBias> {
        self.groups.iter().filter(|group| group.is_flagged())
    }

    fn blocks(&self) -> Vec<Block> {
        let flagged = self.flagged().count();
        let tested = self.groups.iter().filter(|group| !group.chances.few).count();
        let mut out = vec![
            Block::Title("Bias by group".to_owned()),
            Block::Text(format!(
                "{tested} of {} groups have 20 sprints or more; {flagged} of them are served worse than chance explains.",
                self.groups.len()
            )),
        ];
        for by in GroupedBy::ALL {
            // The flagged ones, then the largest gaps.
            let mut of: Vec<&GroupBias> =
                self.groups.iter().filter(|group| group.by == by && !group.chances.few).collect();
            of.sort_by(|a, b| {
                let gap = |group: &GroupBias| group.chances.gap.abs();
                b.is_flagged().cmp(&a.is_flagged()).then(gap(b).total_cmp(&gap(a)))
            });
            let flagged = of.iter().filter(|group| group.is_flagged()).count();
            if of.is_empty() {
                continue;
            }
            let header =
                [by.name(), "at", "n", "mean forecast", "missed", "adjusted p", "80 % held", "90 % held", ""];
            let mut rows = vec![header.map(str::to_owned).to_vec()];
            rows.extend(of.into_iter().take(flagged + SHOWN).map(GroupBias::row));
            out.push(Block::Table(rows));
        }
        out
    }
}

impl GroupBias {
    fn is_flagged(&self) -> bool {
        self.chances.biased || self.intervals.iter().any(|of| of.off)
    }

    fn row(&self) -> Vec<String> {
        let held = |level: f64| {
            let of = self.intervals.iter().find(|of| (of.level.get() - level).abs() < 1e-9);
            of.map_or("–".to_owned(), |of| percent(of.held.get()))
        };
        let GroupScore { group, n, mean_forecast, rate, adjusted_p, gap, biased, .. } = &self.chances;
        let verdict = match (biased, *gap > 0.0) {
            (true, true) => "too high",
            (true, false) => "too low",
            (false, _) if self.is_flagged() => "intervals off",
            (false, _) => "",
        };
        vec![
            group.clone(),
            percent(self.t.get()),
            n.to_string(),
            percent(mean_forecast.get()),
            percent(rate.get()),
            decimal(*adjusted_p),
            held(0.8),
            held(0.9),
            verdict.to_owned(),
        ]
    }
}

impl fmt::Display for BiasReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&page::text(&self.blocks()))
    }
}

#[cfg(test)]
#[path = "tests/bias.rs"]
mod tests;
