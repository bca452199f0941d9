use std::collections::HashMap;

use chrono::{DateTime, Utc};
use juno_domain::{FinishedSprint, Measure, Probability, SprintId, SprintSnapshot, TeamId};

use super::median::{RunningMedian, median};
use crate::history::concerns;
use crate::missed;

/// A stage further from the asked one than this does not show how a sprint stood at the time.
const MAX_STAGE_GAP: f64 = 0.25;
/// Shares of the commitment above this say nothing more.
const MAX_SHARE: f64 = 3.0;
/// Delivered shares above this say nothing more.
const MAX_RATIO: f64 = 2.0;
/// Up to so many teams are found by comparing.
const FEW_TEAMS: usize = 12;
/// Bound of the logarithms of load and need.
const MAX_LOG: f64 = 3.0;

/// A finished sprint as a case: what became of it, and how it stood at the stage asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Past {
    pub(super) same_team: bool,
    pub(super) missed: bool,
    delivered: f64,
    /// Delivered ÷ committed.
    pub(super) ratio: f64,
    /// Delivered from this stage on.
    pub(super) still_delivered: f64,
    pub(super) done: f64,
    pub(super) in_progress: f64,
    pub(super) open: f64,
    pub(super) load: f64,
}

/// The finished sprints a snapshot can be compared with, the first to end first.
#[derive(Debug)]
pub(super) struct PastSprints {
    pub(super) cases: Vec<Past>,
    /// The team's median delivery, or else the project's; `None` before the first.
    pub(super) velocity: Option<f64>,
}

/// The amounts of a snapshot in one measure.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amounts {
    pub(super) committed: f64,
    pub(super) start: f64,
    pub(super) added: f64,
    pub(super) removed: f64,
    pub(super) done: f64,
    pub(super) in_progress: f64,
    pub(super) todo: f64,
}

impl Amounts {
    pub(super) fn of(snapshot: &SprintSnapshot, measure: Measure) -> Self {
        Self {
            committed: snapshot.committed().in_measure(measure),
            start: snapshot.started_with.in_measure(measure),
            added: snapshot.added.in_measure(measure),
            removed: snapshot.removed.in_measure(measure),
            done: snapshot.done.in_measure(measure),
            in_progress: snapshot.in_progress.in_measure(measure),
            todo: snapshot.todo.in_measure(measure),
        }
    }

    pub(super) fn open(&self) -> f64 {
        self.todo + self.in_progress
    }

    /// A part as a share of the commitment.
    pub(super) fn share(&self, part: f64) -> f64 {
        (part / self.committed).min(MAX_SHARE)
    }

    /// The commitment against a velocity; 0, as usual, where there is none.
    pub(super) fn load(&self, velocity: Option<f64>) -> f64 {
        velocity.map_or(0.0, |velocity| log_ratio(self.committed, velocity))
    }
}

/// ln of the ratio of two amounts, one added to each, within ±[`MAX_LOG`]. What is below zero counts as zero.
pub(super) fn log_ratio(amount: f64, usual: f64) -> f64 {
    ((amount.max(0.0) + 1.0) / (usual.max(0.0) + 1.0)).ln().clamp(-MAX_LOG, MAX_LOG)
}

impl PastSprints {
    /// What of `history` can be compared with a snapshot at a stage: sprints of the same project or, with dates, team that had a commitment
    /// in the measure at a stage near enough, and whose source tells what they delivered.
    pub(super) fn new(
        snapshot: &SprintSnapshot,
        stage: Probability,
        measure: Measure,
        history: &[&FinishedSprint],
    ) -> Self {
        let mut rows: Vec<Row<'_>> = history
            .iter()
            .filter(|past| concerns(snapshot, past))
            .filter_map(|past| Row::new(past, stage, measure))
            .collect();
        // By end where all ends are known, else by id: what is known of a sprint must not hang on what else is in the list.
        let dated = rows.iter().all(|row| row.seen_at.is_some() && row.past.closed_at.is_some());
        rows.sort_by(|a, b| {
            a.over(dated).cmp(&b.over(dated)).then_with(|| a.past.project.cmp(&b.past.project))
        });
        let teams = TeamNumbers::of(&rows);
        let own = teams.number_of(&snapshot.team);
        let loads = loads(&rows, &teams, dated);
        let mut cases = Vec::with_capacity(rows.len());
        for ((Row { amounts, delivered, .. }, team), load) in rows.iter().zip(&teams.of_rows).zip(loads) {
            cases.push(Past {
                same_team: Some(*team) == own,
                delivered: *delivered,
                missed: missed(*delivered, amounts.committed),
                ratio: (delivered / amounts.committed).min(MAX_RATIO),
                still_delivered: delivered - amounts.done,
                done: amounts.share(amounts.done),
                in_progress: amounts.share(amounts.in_progress),
                open: amounts.share(amounts.open()),
                load,
            });
        }
        let velocity = median(cases.iter().filter(|case| case.same_team).map(|case| case.delivered))
            .or_else(|| median(cases.iter().map(|case| case.delivered)));
        Self { cases, velocity }
    }
}

/// How heavily each sprint was loaded, by what had been delivered when it was seen.
fn loads(rows: &[Row<'_>], teams: &TeamNumbers<'_>, dated: bool) -> Vec<f64> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&i| rows.get(i).map(|row| row.seen(dated)));
    let mut loads = vec![0.0; rows.len()];
    let mut velocities = Velocities::new(teams.known.len());
    let mut over = rows.iter().zip(&teams.of_rows).peekable();
    for i in order {
        let (Some(row), Some(team), Some(load)) = (rows.get(i), teams.of_rows.get(i), loads.get_mut(i))
        else {
            continue;
        };
        while let Some((earlier, team)) = over.next_if(|(earlier, _)| earlier.is_over_for(row, dated)) {
            velocities.add(*team, earlier.delivered);
        }
        *load = row.amounts.load(velocities.of(*team));
    }
    loads
}

/// A number for each team.
struct TeamNumbers<'a> {
    known: Vec<&'a TeamId>,
    of_rows: Vec<usize>,
}

impl<'a> TeamNumbers<'a> {
    fn of(rows: &[Row<'a>]) -> Self {
        let mut known: Vec<&TeamId> = Vec::new();
        let mut numbers: HashMap<&TeamId, usize> = HashMap::new();
        let mut of_rows = Vec::with_capacity(rows.len());
        for Row { past: FinishedSprint { team, .. }, .. } in rows {
            // A few teams are sooner compared than hashed.
            let found = match known.len() > FEW_TEAMS {
                false => known.iter().position(|other| *other == team),
                true => numbers.get(team).copied(),
            };
            of_rows.push(found.unwrap_or(known.len()));
            if found.is_none() {
                known.push(team);
                if known.len() > FEW_TEAMS {
                    let missing = numbers.len();
                    numbers
                        .extend(known.iter().enumerate().skip(missing).map(|(number, team)| (*team, number)));
                }
            }
        }
        Self { known, of_rows }
    }

    fn number_of(&self, team: &TeamId) -> Option<usize> {
        self.known.iter().position(|other| *other == team)
    }
}

/// Median deliveries by team, and of all together.
#[derive(Debug)]
struct Velocities {
    /// By number.
    teams: Vec<RunningMedian>,
    all: RunningMedian,
    /// Deliveries that `all` has not taken in: only a team's first sprints ask for it.
    pending: Vec<f64>,
}

impl Velocities {
    fn new(teams: usize) -> Self {
        Self {
            teams: vec![RunningMedian::default(); teams],
            all: RunningMedian::default(),
            pending: Vec::new(),
        }
    }

    fn add(&mut self, team: usize, delivered: f64) {
        if let Some(median) = self.teams.get_mut(team) {
            median.add(delivered);
        }
        self.pending.push(delivered);
    }

    /// The median of a team, or else of all; `None` before the first.
    fn of(&mut self, team: usize) -> Option<f64> {
        self.teams.get(team).and_then(RunningMedian::median).or_else(|| {
            self.pending.drain(..).for_each(|delivered| self.all.add(delivered));
            self.all.median()
        })
    }
}

struct Row<'a> {
    past: &'a FinishedSprint,
    amounts: Amounts,
    delivered: f64,
    seen_at: Option<DateTime<Utc>>,
}

impl<'a> Row<'a> {
    fn new(past: &'a FinishedSprint, stage: Probability, measure: Measure) -> Option<Self> {
        let seen = past.stage_near(stage)?;
        if (seen.t.get() - stage.get()).abs() > MAX_STAGE_GAP {
            return None;
        }
        let amounts = Amounts::of(seen, measure);
        let delivered = past.delivered_in(measure)?;
        (amounts.committed > 0.0).then_some(Self { past, amounts, delivered, seen_at: seen.at })
    }

    fn over(&self, dated: bool) -> (Option<DateTime<Utc>>, SprintId) {
        (self.past.closed_at.filter(|_| dated), self.past.sprint)
    }

    fn seen(&self, dated: bool) -> (Option<DateTime<Utc>>, SprintId) {
        (self.seen_at.filter(|_| dated), self.past.sprint)
    }

    /// Whether this sprint was over when the other was seen.
    fn is_over_for(&self, other: &Row<'_>, dated: bool) -> bool {
        match dated {
            true => self.past.closed_at <= other.seen_at,
            false => self.past.sprint < other.past.sprint,
        }
    }
}
