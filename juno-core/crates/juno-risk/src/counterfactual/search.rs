use juno_domain::{FinishedSprint, Probability, Scope, SprintPhase, SprintSnapshot, StoryPoints};

use super::{Change, Counterfactual, Effect, Expected};
use crate::{RiskError, RiskModel, check_history};

/// The chances that taking work out is to get below, the easier one first.
const BOUNDS: [f64; 2] = [0.5, 0.3];
/// Amounts of work tried over the whole range, and how often the range between two of them is halved.
const GRID: u32 = 6;
const HALVINGS: u32 = 3;
/// Steps where the issues are not counted.
const PARTS: u32 = 10;
/// The share of the commitment that stays at least: few sprints lose more than half, so no model knows much of those.
const LEAST_LEFT: f64 = 0.5;
/// How many more people are tried.
const PEOPLE: [u32; 2] = [1, 2];

/// What would change this: the model's answers about the sprint with less work, with nothing blocked, with more people.
/// Only what a team can still change, never its history.
///
/// - Unblocking: where blocked work is known and there is some.
/// - Less work: of what nobody has started, the least amount found that brings the chance of a miss below 0.5, and the least
///   that brings it below 0.3; if neither can be reached, the amount that lowers it most. At least half of
///   the commitment stays. An amount that raises the chance is not given, and none is where the chance is below 0.3 already.
/// - One and two more people: where somebody is assigned.
///
/// In that order. Empty for a sprint that is over or has nothing committed. What the model does not look at is given once,
/// as [`Effect::NotKnown`]. The model is asked 16 times at most, by [`predict_quick`](RiskModel::predict_quick).
///
/// # Errors
/// Invalid input if the history holds the sprint itself or the future, or if the model breaks its contract; whatever else
/// the model answers with.
pub fn counterfactuals(
    model: &dyn RiskModel,
    snapshot: &SprintSnapshot,
    history: &[FinishedSprint],
) -> Result<Vec<Counterfactual>, RiskError> {
    check_history(snapshot, history)?;
    let nothing_committed = snapshot.committed().in_measure(snapshot.measure()) <= 0.0;
    if snapshot.phase == SprintPhase::Finished || nothing_committed {
        return Ok(Vec::new());
    }
    let asked = Asked { model, snapshot, history };
    let before = asked.about(snapshot)?;
    let mut found = Vec::new();
    if let Some(scope) = snapshot.blocked.filter(|blocked| *blocked != Scope::ZERO) {
        let change = Change::Unblock { scope };
        found.push(Counterfactual::new(snapshot, change, before, asked.with(change)?, None));
    }
    found.extend(asked.less_work(before)?);
    if snapshot.members > 0 {
        for people in PEOPLE {
            let change = Change::AddPeople { people };
            let one = Counterfactual::new(snapshot, change, before, asked.with(change)?, None);
            let not_known = one.effect == Effect::NotKnown;
            found.push(one);
            if not_known {
                break;
            }
        }
    }
    Ok(found)
}

struct Asked<'a> {
    model: &'a dyn RiskModel,
    snapshot: &'a SprintSnapshot,
    history: &'a [FinishedSprint],
}

/// An amount of work taken out, in steps, and what is expected then.
#[derive(Clone, Copy)]
struct Tried {
    steps: u32,
    after: Expected,
}

impl Asked<'_> {
    fn about(&self, snapshot: &SprintSnapshot) -> Result<Expected, RiskError> {
        let prediction = self.model.predict_quick(snapshot, self.history)?;
        prediction.check(self.model.name(), snapshot)?;
        Ok(Expected::of(snapshot, &prediction))
    }

    fn with(&self, change: Change) -> Result<Expected, RiskError> {
        self.about(&change.apply(self.snapshot))
    }

    fn less_work(&self, before: Expected) -> Result<Vec<Counterfactual>, RiskError> {
        let steps = Steps::of(self.snapshot);
        let most = steps.most(self.snapshot);
        let bounds = BOUNDS.iter().filter(|bound| before.p_miss.get() >= **bound);
        let bounds = bounds.map(|bound| Probability::new(*bound)).collect::<Result<Vec<_>, _>>()?;
        if most == 0 || bounds.is_empty() {
            return Ok(Vec::new());
        }
        let try_out = |steps_out: u32| -> Result<Tried, RiskError> {
            Ok(Tried {
                steps: steps_out,
                after: self.with(Change::RemoveWork { scope: steps.scope(steps_out) })?,
            })
        };
        let mut tried = Vec::new();
        for i in 1..=GRID.min(most) {
            let part = u64::from(i) * u64::from(most) / u64::from(GRID.min(most));
            tried.push(try_out(u32::try_from(part).unwrap_or(most))?);
        }
        let answer = |tried: Tried, below| {
            let change = Change::RemoveWork { scope: steps.scope(tried.steps) };
            Counterfactual::new(self.snapshot, change, before, tried.after, below)
        };
        let mut found: Vec<Counterfactual> = Vec::new();
        for bound in bounds {
            let Some(least) = least_below(bound, &tried, &try_out)? else { continue };
            let one = answer(least, Some(bound));
            // What gets below the harder bound, too, is said once.
            found.retain(|easier| easier.change != one.change);
            found.push(one);
        }
        if found.is_empty() {
            // Of amounts that do as well, the smaller one.
            let best = tried
                .iter()
                .copied()
                .reduce(|best, one| if one.after.p_miss < best.after.p_miss { one } else { best });
            let all_alike =
                tried.iter().all(|one| Effect::of(before.p_miss, one.after.p_miss) == Effect::NotKnown);
            let said = if all_alike { tried.last().copied() } else { best };
            found.extend(
                said.map(|one| answer(one, None)).filter(|one| one.effect == Effect::Lowers || all_alike),
            );
        }
        Ok(found)
    }
}

/// The least amount found to bring the chance below a bound: the first of the grid that does, and what halving the way
/// to the one before it finds. A chance that does not fall evenly may get below at less that nobody looked at.
fn least_below(
    bound: Probability,
    grid: &[Tried],
    try_out: &dyn Fn(u32) -> Result<Tried, RiskError>,
) -> Result<Option<Tried>, RiskError> {
    let Some(at) = grid.iter().position(|tried| tried.after.p_miss < bound) else { return Ok(None) };
    let Some(mut enough) = grid.get(at).copied() else { return Ok(None) };
    let mut too_little = at.checked_sub(1).and_then(|i| grid.get(i)).map_or(0, |tried| tried.steps);
    for _ in 0..HALVINGS {
        let middle = too_little + (enough.steps - too_little) / 2;
        if middle == too_little {
            break;
        }
        let tried = try_out(middle)?;
        if tried.after.p_miss < bound {
            enough = tried;
        } else {
            too_little = middle;
        }
    }
    Ok(Some(enough))
}

/// The work that is not started, cut into equal steps: issues, or parts where issues are not counted.
#[derive(Clone, Copy)]
struct Steps {
    todo: Scope,
    n: u32,
}

impl Steps {
    fn of(snapshot: &SprintSnapshot) -> Self {
        let todo = snapshot.todo;
        let n = match todo.issues {
            0 if todo.points > StoryPoints::ZERO => PARTS,
            issues => issues,
        };
        Self { todo, n }
    }

    fn scope(&self, steps: u32) -> Scope {
        if steps >= self.n {
            return self.todo;
        }
        let share = f64::from(steps) / f64::from(self.n);
        // A share of a finite amount is one, so the fallback is never taken.
        let points = StoryPoints::new(self.todo.points.get() * share).unwrap_or(StoryPoints::ZERO);
        Scope { issues: if self.todo.issues == 0 { 0 } else { steps }, points }
    }

    /// The most steps that can be taken out: at least half of the commitment stays, in the same measure.
    fn most(&self, snapshot: &SprintSnapshot) -> u32 {
        let measure = snapshot.measure();
        let committed = snapshot.committed().in_measure(measure);
        let possible = |steps: u32| {
            let changed = Change::RemoveWork { scope: self.scope(steps) }.apply(snapshot);
            let left = changed.committed().in_measure(measure);
            changed.measure() == measure && left >= committed * LEAST_LEFT && left < committed
        };
        let (mut low, mut high) = (0, self.n);
        while low < high {
            let middle = high - (high - low) / 2;
            if possible(middle) { low = middle } else { high = middle - 1 }
        }
        low
    }
}
