use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_domain::{FinishedSprint, Measure, Scope, SprintId, TeamId};
use serde::{Deserialize, Serialize};

use crate::error::AnalyticsError;
use crate::history::History;

/// What one team committed to and delivered, sprint by sprint, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Velocity {
    /// The team.
    pub team: TeamId,
    /// Only sprints over by then.
    pub as_of: DateTime<Utc>,
    /// One row per sprint.
    pub sprints: Vec<VelocityRow>,
}

/// One finished sprint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VelocityRow {
    /// The sprint.
    pub sprint: SprintId,
    /// When it was closed, where known.
    pub closed_at: Option<DateTime<Utc>>,
    /// The scope at its start; `None` where no snapshot tells it.
    pub committed: Option<Scope>,
    /// What was done at its close, work added on the way included.
    pub delivered: Scope,
    /// Whether `delivered.issues` is known; if not, it is 0 and means nothing.
    pub delivered_issues_known: bool,
}

/// A team's velocity in figures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct VelocitySummary {
    /// What is counted.
    pub measure: Measure,
    /// Sprints counted.
    pub sprints: usize,
    /// Mean delivered per sprint.
    pub mean: f64,
    /// Median delivered per sprint.
    pub median: f64,
    /// Sample standard deviation; `None` with fewer than two sprints.
    pub deviation: Option<f64>,
    /// Delivered ÷ committed over the sprints whose commitment is known; `None` if nothing was committed.
    pub kept: Option<f64>,
}

impl Velocity {
    /// Takes the finished sprints of one team, which must run from old to new: by closing instant, then id; by id
    /// alone if any closing instant is unknown.
    ///
    /// # Errors
    /// If a row belongs to another team, was not over at `as_of`, stands after a later one, or comes twice.
    pub fn new(team: &TeamId, rows: &[FinishedSprint], as_of: DateTime<Utc>) -> Result<Self, AnalyticsError> {
        let dated = rows.iter().all(|row| row.closed_at.is_some());
        let mut seen = BTreeSet::new();
        let mut sprints: Vec<VelocityRow> = Vec::with_capacity(rows.len());
        for row in rows {
            if row.team != *team {
                let (sprint, found) = (row.sprint, row.team.clone());
                return Err(AnalyticsError::ForeignRow { sprint, team: found, expected: team.clone() });
            }
            if row.closed_at.is_some_and(|closed| closed > as_of) {
                return Err(AnalyticsError::FutureRow { sprint: row.sprint, as_of });
            }
            if !seen.insert(row.sprint) {
                return Err(AnalyticsError::DuplicateRow(row.sprint));
            }
            let place = |closed: Option<DateTime<Utc>>, id| (closed.filter(|_| dated), id);
            let now = place(row.closed_at, row.sprint);
            if sprints.last().is_some_and(|last| now < place(last.closed_at, last.sprint)) {
                return Err(AnalyticsError::UnsortedRow(row.sprint));
            }
            sprints.push(VelocityRow {
                sprint: row.sprint,
                closed_at: row.closed_at,
                committed: row.stages.first().map(|stage| stage.started_with),
                delivered: row.delivered,
                delivered_issues_known: row.delivered_issues_known,
            });
        }
        Ok(Self { team: team.clone(), as_of, sprints })
    }

    /// The velocity in figures. A history of zeros is a history: its mean is 0 and it keeps no share of nothing.
    ///
    /// # Errors
    /// `NotEnoughData` without a sprint whose delivery is known in `measure`.
    pub fn summary(&self, measure: Measure) -> Result<VelocitySummary, AnalyticsError> {
        let known = |row: &&VelocityRow| measure == Measure::Points || row.delivered_issues_known;
        let rows: Vec<&VelocityRow> = self.sprints.iter().filter(known).collect();
        let mut delivered: Vec<f64> = rows.iter().map(|row| row.delivered.in_measure(measure)).collect();
        delivered.sort_by(f64::total_cmp);
        let n = delivered.len();
        let (Some(low), Some(high)) = (delivered.get(n.saturating_sub(1) / 2), delivered.get(n / 2)) else {
            return Err(AnalyticsError::NotEnoughData { what: "a velocity", have: 0, need: 1 });
        };
        let median = low + (high - low) / 2.0;
        // Dividing first keeps the sum finite for the largest numbers of points.
        let mean: f64 = delivered.iter().map(|d| d / n as f64).sum();
        let spread: f64 = delivered.iter().map(|d| (d - mean).powi(2)).sum();
        let pledged = || rows.iter().filter_map(|row| Some((row.committed?, row.delivered)));
        let committed: f64 = pledged().map(|(committed, _)| committed.in_measure(measure)).sum();
        let kept: f64 = pledged().map(|(_, delivered)| delivered.in_measure(measure)).sum();
        Ok(VelocitySummary {
            measure,
            sprints: n,
            mean,
            median,
            deviation: (n > 1).then(|| (spread / (n - 1) as f64).sqrt()).filter(|d| d.is_finite()),
            kept: (committed > 0.0).then(|| kept / committed).filter(|share| share.is_finite()),
        })
    }
}

impl History {
    /// What a team committed to and delivered in the sprints over by `as_of`.
    ///
    /// # Errors
    /// None that data can cause.
    pub fn velocity(&self, team: &TeamId, as_of: DateTime<Utc>) -> Result<Velocity, AnalyticsError> {
        let mut rows = self.finished_sprints(as_of)?;
        rows.retain(|row| row.team == *team);
        if rows.iter().any(|row| row.closed_at.is_none()) {
            rows.sort_by_key(|row| row.sprint);
        }
        Velocity::new(team, &rows, as_of)
    }
}
