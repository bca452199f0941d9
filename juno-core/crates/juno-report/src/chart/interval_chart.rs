use juno_domain::Interval;
use serde::{Deserialize, Serialize};

/// What finished sprints delivered against what was forecast, one after the other: do the ranges hold?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntervalChart {
    /// What the chart is about.
    pub title: String,
    /// What it rests on: project, moment of the forecast, data. May be empty.
    pub subtitle: String,
    /// What the amounts count, such as `points`.
    pub unit: String,
    /// Whether every amount is divided by the row's commitment, so that sprints of any size compare. Rows that committed to
    /// nothing are then left out, and the chart says how many.
    pub scaled: bool,
    /// The sprints in time order, the earliest first. The last 300 are drawn and the chart says so; the coverage it states is
    /// that of all. Rows with an amount that is negative, not a number or above 10¹² are left out, and the chart says how many.
    pub rows: Vec<IntervalRow>,
}

/// One sprint of an [`IntervalChart`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntervalRow {
    /// The sprint's name; need not be unique.
    pub label: String,
    /// The commitment when the forecast was made.
    pub committed: f64,
    /// What was delivered in the end.
    pub delivered: f64,
    /// The median of the forecast, where there is one.
    pub median: Option<f64>,
    /// The ranges forecast, in any order. Of all levels in the chart the lowest and the highest are drawn.
    pub intervals: Vec<Interval>,
}
