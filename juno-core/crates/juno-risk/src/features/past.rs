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
/// Of the sprints of other teams, the last so many to end are enough to tell a project by. More of them only take time: many
/// thousands of teams may share a project.
const MOST_OF_OTHERS: usize = 1000;
/// Bound of the logarithms of load and need.
const MAX_LOG: f64 = 3.0;

/// A finished sprint as a case: what became of it, and how it stood at the stage asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Past {
    pub(super) same_team: bool,
    pub(super) missed: bool,
    delivered: f64,
    committed: f64,
    /// Delivered ÷ committed.
    pub(super) ratio: f64,
    /// Delivered from this stage on.
    pub(super) still_delivered: f64,
    pub(super) done: f64,
    pub(super) in_progress: f64,
    pub(super) open: f64,
    pub(super) load: f64,
}

/// The finished sprints a snapshot can be compared with as they stood at one stage, the first to end first.
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
}

/// A commitment against a velocity; 0, as usual, where there is none.
pub(super) fn load(committed: f64, velocity: Option<f64>) -> f64 {
    velocity.map_or(0.0, |velocity| log_ratio(committed, velocity))
}

/// ln of the ratio of two amounts, one added to each, within ±[`MAX_LOG`]. What is below zero counts as zero.
pub(super) fn log_ratio(amount: f64, usual: f64) -> f64 {
    ((amount.max(0.0) + 1.0) / (usual.max(0.0) + 1.0)).ln().clamp(-MAX_LOG, MAX_LOG)
}

/// The finished sprints that say something about a snapshot, in order of time: what all stages have in common.
pub(crate) struct Comparable<'a> {
    /// Each with the number of its team.
    sprints: Vec<(&'a FinishedSprint, usize)>,
    measure: Measure,
    /// Whether all have dates. Without, ids stand for them.
    dated: bool,
    teams: usize,
    own: Option<usize>,
}

impl<'a> Comparable<'a> {
    /// The sprints of the same project or, with dates, team: all of the team's own, and the last [`MOST_OF_OTHERS`] of others.
    pub(crate) fn new(snapshot: &SprintSnapshot, history: &[&'a FinishedSprint]) -> Self {
        let mut sprints: Vec<&FinishedSprint> = Vec::with_capacity(history.len());
        sprints.extend(history.iter().copied().filter(|past| concerns(snapshot, past)));
        let dated = sprints
            .iter()
            .all(|past| past.closed_at.is_some() && past.stages.iter().all(|seen| seen.at.is_some()));
        let end = |past: &FinishedSprint| (past.closed_at.filter(|_| dated), past.sprint);
        sprints.sort_by(|a, b| end(a).cmp(&end(b)).then_with(|| a.project.cmp(&b.project)));
        let of_team = |past: &&FinishedSprint| past.team == snapshot.team;
        if sprints.len() > MOST_OF_OTHERS {
            let mut excess =
                sprints.iter().filter(|past| !of_team(past)).count().saturating_sub(MOST_OF_OTHERS);
            sprints.retain(|past| {
                let is_excess = excess > 0 && !of_team(past);
                excess -= usize::from(is_excess);
                !is_excess
            });
        }
        let mut teams = TeamNumbers::default();
        let sprints = sprints.into_iter().map(|past| (past, teams.add(&past.team))).collect();
        let own = teams.known.iter().position(|team| **team == snapshot.team);
        Self { sprints, measure: snapshot.measure(), dated, teams: teams.known.len(), own }
    }

    /// Those that had a commitment in the measure at a stage near enough, and whose source tells what they delivered.
    pub(super) fn at(&self, stage: Probability) -> PastSprints {
        let (mut rows, mut cases) =
            (Vec::with_capacity(self.sprints.len()), Vec::with_capacity(self.sprints.len()));
        for (past, team) in &self.sprints {
            let Some((seen, amounts, delivered)) = as_seen(past, stage, self.measure) else { continue };
            let times = (seen.at.filter(|_| self.dated), past.closed_at.filter(|_| self.dated));
            rows.push(Row { team: *team, sprint: past.sprint, seen_at: times.0, closed_at: times.1 });
            cases.push(Past {
                same_team: Some(*team) == self.own,
                delivered,
                committed: amounts.committed,
                missed: missed(delivered, amounts.committed),
                ratio: (delivered / amounts.committed).min(MAX_RATIO),
                still_delivered: delivered - amounts.done,
                done: amounts.share(amounts.done),
                in_progress: amounts.share(amounts.in_progress),
                open: amounts.share(amounts.open()),
                load: 0.0,
            });
        }
        self.add_loads(&rows, &mut cases);
        let velocity = median(cases.iter().filter(|case| case.same_team).map(|case| case.delivered))
            .or_else(|| median(cases.iter().map(|case| case.delivered)));
        PastSprints { cases, velocity }
    }

    /// How heavily each sprint was loaded, by what had been delivered when it was seen.
    fn add_loads(&self, rows: &[Row], cases: &mut [Past]) {
        let mut velocities = Velocities::new(self.teams);
        let mut over = 0;
        let mut add_load = |nth: usize| {
            let (Some(row), true) = (rows.get(nth), nth < cases.len()) else { return };
            while let (Some(earlier), Some(case)) = (rows.get(over), cases.get(over))
                && earlier.is_over_for(row)
            {
                velocities.add(earlier.team, case.delivered);
                over += 1;
            }
            if let Some(case) = cases.get_mut(nth) {
                case.load = load(case.committed, velocities.of(row.team));
            }
        };
        // Mostly sprints end in the order they were seen in.
        if rows.is_sorted_by_key(Row::seen) {
            (0..rows.len()).for_each(add_load);
        } else {
            let mut order: Vec<usize> = (0..rows.len()).collect();
            order.sort_by_key(|nth| rows.get(*nth).map(Row::seen));
            order.into_iter().for_each(&mut add_load);
        }
    }
}

/// A finished sprint as it stood at a stage near enough, in one measure, and what it delivered; `None` where it had no
/// commitment or nobody knows.
fn as_seen(
    past: &FinishedSprint,
    stage: Probability,
    measure: Measure,
) -> Option<(&SprintSnapshot, Amounts, f64)> {
    let seen = past.stage_near(stage)?;
    if (seen.t.get() - stage.get()).abs() > MAX_STAGE_GAP {
        return None;
    }
    let amounts = Amounts::of(seen, measure);
    let delivered = past.delivered_in(measure)?;
    (amounts.committed > 0.0).then_some((seen, amounts, delivered))
}

/// A number for each team.
#[derive(Default)]
struct TeamNumbers<'a> {
    known: Vec<&'a TeamId>,
    /// Of all, once they are more than a few.
    numbers: HashMap<&'a TeamId, usize>,
}

impl<'a> TeamNumbers<'a> {
    /// The number of a team, a new one where it has none.
    fn add(&mut self, team: &'a TeamId) -> usize {
        // A few teams are sooner compared than hashed.
        let found = match self.known.len() > FEW_TEAMS {
            false => self.known.iter().position(|other| *other == team),
            true => self.numbers.get(team).copied(),
        };
        found.unwrap_or_else(|| {
            let number = self.known.len();
            self.known.push(team);
            if self.known.len() > FEW_TEAMS {
                let missing = self.numbers.len();
                self.numbers.extend(self.known.iter().copied().zip(0..).skip(missing));
            }
            number
        })
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

/// When a sprint was seen and when it was over.
struct Row {
    team: usize,
    sprint: SprintId,
    /// Both known, or neither: then the id stands for them.
    seen_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
}

impl Row {
    fn seen(&self) -> (Option<DateTime<Utc>>, SprintId) {
        (self.seen_at, self.sprint)
    }

    /// Whether this sprint was over when the other was seen.
    fn is_over_for(&self, other: &Row) -> bool {
        match self.closed_at {
            Some(_) => self.closed_at <= other.seen_at,
            None => self.sprint < other.sprint,
        }
    }
}
