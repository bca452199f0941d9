use juno_domain::{Interval, Probability};

use super::interval_chart::{IntervalChart, IntervalRow};
use crate::wording;

/// How many sprints fit side by side and can still be told apart.
const MOST_ROWS: usize = 300;
/// Amounts above this are mistakes, and would leave nothing else to be seen.
const MOST_AMOUNT: f64 = 1e12;
/// From how many sprints on a few that tower above the others are cut off.
const ROWS_TO_CUT: usize = 20;

/// What of an [`IntervalChart`] is drawn and what is said about it; the same for every format.
pub(crate) struct IntervalPlan<'a> {
    /// The rows to draw, in time order.
    pub(crate) bars: Vec<Bar<'a>>,
    /// The lowest and, if there are two, the highest level.
    pub(crate) levels: Vec<Level>,
    /// Where the axis ends; above 0.
    pub(crate) top: f64,
    /// How many of the bars are of each kind.
    pub(crate) counts: [usize; Held::ALL.len()],
    /// The name of the axis.
    pub(crate) axis: String,
    /// What is not in the picture, in sentences; empty if everything is.
    pub(crate) notes: String,
}

/// A level of ranges and how often they held, over all rows of the chart.
pub(crate) struct Level {
    pub(crate) level: Probability,
    held: usize,
    of: usize,
}

/// One sprint in the chart's scale.
pub(crate) struct Bar<'a> {
    pub(crate) label: &'a str,
    pub(crate) committed: f64,
    pub(crate) delivered: f64,
    pub(crate) median: Option<f64>,
    /// The range of the lowest level of the chart.
    pub(crate) narrow: Option<[f64; 2]>,
    /// The range of the highest level, where there are two.
    pub(crate) wide: Option<[f64; 2]>,
    pub(crate) held: Held,
}

/// Whether the ranges of a row held what was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// The narrowest of the chart did.
    Yes,
    /// Only the wide one did.
    Partly,
    /// None did.
    No,
    /// The row has no range.
    Unknown,
}

impl Held {
    pub(crate) const ALL: [Self; 4] = [Self::Yes, Self::Partly, Self::No, Self::Unknown];
}

impl<'a> IntervalPlan<'a> {
    pub(crate) fn of(chart: &'a IntervalChart) -> Self {
        let bounds = level_bounds(&chart.rows);
        let usable: Vec<&IntervalRow> =
            chart.rows.iter().filter(|row| Bar::of(row, &bounds, chart.scaled).is_some()).collect();
        let levels: Vec<Level> = bounds.iter().map(|level| Level::of(*level, &usable)).collect();
        let drawn = usable.get(usable.len().saturating_sub(MOST_ROWS)..).unwrap_or_default();
        let bars: Vec<Bar<'_>> = drawn.iter().filter_map(|row| Bar::of(row, &bounds, chart.scaled)).collect();
        let (top, beyond) = axis_top(&bars);
        let mut notes = Vec::new();
        if drawn.len() < usable.len() {
            let (few, all) = (drawn.len(), usable.len());
            let held: Vec<String> = levels.iter().map(Level::words).collect();
            let over =
                if held.is_empty() { String::new() } else { format!("; over all: {}", held.join(", ")) };
            notes.push(format!("The last {few} of {all} sprints are drawn{over}."));
        }
        if let Some((count, most)) = beyond {
            let most = wording::amount(most);
            notes.push(format!("Beyond the top of the axis (▲): {count}, up to {most}."));
        }
        if usable.len() < chart.rows.len() {
            let left_out = chart.rows.len() - usable.len();
            let why = if chart.scaled { "nothing committed, or an amount" } else { "an amount" };
            notes.push(format!("Left out: {left_out} with {why} that cannot be drawn."));
        }
        let axis = if chart.scaled { format!("{} ÷ committed", chart.unit) } else { chart.unit.clone() };
        let counts = Held::ALL.map(|held| bars.iter().filter(|bar| bar.held == held).count());
        Self { bars, levels, top, counts, axis, notes: notes.join(" ") }
    }

    /// The name of a kind of outcome.
    pub(crate) fn outcome(&self, held: Held) -> String {
        let level = |of: Option<&Level>| of.map(Level::name).unwrap_or_default();
        match held {
            Held::Yes => format!("delivered, inside {}", level(self.levels.first())),
            Held::Partly => format!("delivered, inside {} only", level(self.levels.last())),
            Held::No => "delivered, outside".to_owned(),
            Held::Unknown => "delivered, no range".to_owned(),
        }
    }

    /// How many of the bars are of a kind.
    pub(crate) fn count(&self, held: Held) -> usize {
        Held::ALL.iter().zip(self.counts).find(|(kind, _)| **kind == held).map_or(0, |(_, count)| count)
    }

    /// The chart in words.
    pub(crate) fn description(&self, chart: &IntervalChart) -> String {
        let mut parts = vec![chart.subtitle.clone(), format!("{} sprints in time order.", self.bars.len())];
        parts.extend(self.levels.iter().map(|level| format!("The {}.", level.words())));
        parts.push(self.notes.clone());
        parts.retain(|part| !part.is_empty());
        parts.join(" ")
    }
}

impl Level {
    fn of(level: Probability, rows: &[&IntervalRow]) -> Self {
        let ranges = || rows.iter().filter_map(|row| Some((row, at_level(&row.intervals, level)?)));
        let held = ranges().filter(|(row, range)| range.contains(row.delivered)).count();
        Self { level, held, of: ranges().count() }
    }

    /// Such as `80 %`.
    pub(crate) fn name(&self) -> String {
        wording::percent(self.level.get())
    }

    /// Such as `80 % range held 41 of 50 (82 %)`.
    pub(crate) fn words(&self) -> String {
        let share = self.held as f64 / self.of.max(1) as f64;
        format!("{} range held {} of {} ({})", self.name(), self.held, self.of, wording::percent(share))
    }
}

impl<'a> Bar<'a> {
    /// The row in the chart's scale; None if it cannot be drawn.
    fn of(row: &'a IntervalRow, levels: &[Probability], scaled: bool) -> Option<Self> {
        let usable = |value: f64| (0.0..=MOST_AMOUNT).contains(&value).then_some(value);
        let by = if scaled { usable(row.committed).filter(|by| *by > 0.0)? } else { 1.0 };
        let amount = |value: f64| usable(value / by);
        // Nothing is ever delivered below 0, whatever a range says.
        let range = |of: Option<&Interval>| match of {
            Some(of) => Some(Some([amount(of.lower().max(0.0))?, amount(of.upper().max(0.0))?])),
            None => Some(None),
        };
        let (narrow, wide) = match levels {
            [] => (None, None),
            [one] => (at_level(&row.intervals, *one), None),
            [low, .., high] => (at_level(&row.intervals, *low), at_level(&row.intervals, *high)),
        };
        let holds = |of: Option<&Interval>| of.is_some_and(|of| of.contains(row.delivered));
        let held = match (narrow, wide) {
            (None, None) => Held::Unknown,
            (narrow, _) if holds(narrow) => Held::Yes,
            (_, wide) if holds(wide) => Held::Partly,
            _ => Held::No,
        };
        Some(Self {
            label: &row.label,
            committed: amount(row.committed)?,
            delivered: amount(row.delivered)?,
            median: match row.median {
                Some(median) => Some(amount(median)?),
                None => None,
            },
            narrow: range(narrow)?,
            wide: range(wide)?,
            held,
        })
    }

    /// The highest thing to draw.
    pub(crate) fn top(&self) -> f64 {
        let ranges = [self.narrow, self.wide].into_iter().flatten().map(|[_, upper]| upper);
        ranges.chain([self.committed, self.delivered]).chain(self.median).fold(0.0, f64::max)
    }
}

/// The lowest and the highest level of all ranges; one if they are the same.
fn level_bounds(rows: &[IntervalRow]) -> Vec<Probability> {
    let mut levels: Vec<Probability> =
        rows.iter().flat_map(|row| &row.intervals).map(Interval::level).collect();
    levels.sort_by(|a, b| a.get().total_cmp(&b.get()));
    levels.dedup();
    match levels.as_slice() {
        [low, .., high] => vec![*low, *high],
        _ => levels,
    }
}

fn at_level(intervals: &[Interval], level: Probability) -> Option<&Interval> {
    intervals.iter().find(|interval| interval.level() == level)
}

/// Where the axis ends, and how many bars reach beyond and how far: among many bars a few that tower above all others are
/// cut off, as they would press the others flat.
fn axis_top(bars: &[Bar<'_>]) -> (f64, Option<(usize, f64)>) {
    let mut tops: Vec<f64> = bars.iter().map(Bar::top).collect();
    tops.sort_by(f64::total_cmp);
    let most = tops.last().copied().unwrap_or(0.0);
    let usual = tops.get(tops.len() * 19 / 20).copied().unwrap_or(most) * 1.25;
    if tops.len() >= ROWS_TO_CUT && usual > 0.0 && most > 1.6 * usual {
        let beyond = tops.iter().filter(|top| **top > usual).count();
        return (usual, Some((beyond, most)));
    }
    (if most > 0.0 { most * 1.05 } else { 1.0 }, None)
}
