use juno_domain::{Measure, Scope, SprintPhase, SprintSnapshot};
use serde::{Deserialize, Serialize};

/// Something a team can still change about a sprint. What is done, what was added and who the team is it cannot.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Change {
    /// No work is blocked any more.
    Unblock {
        /// What is blocked now.
        scope: Scope,
    },
    /// Less work: this much of what nobody has started leaves the sprint, in issues of average size.
    RemoveWork {
        /// What leaves.
        scope: Scope,
    },
    /// More people are assigned to its issues.
    AddPeople {
        /// How many more.
        people: u32,
    },
}

impl Change {
    /// The sprint with the change made; all else stays.
    ///
    /// Work that leaves a running sprint counts as removed; one that is only planned is planned with less. No more leaves
    /// than is not started, and no more is blocked, defective or without an estimate than is left.
    #[must_use]
    pub fn apply(&self, snapshot: &SprintSnapshot) -> SprintSnapshot {
        let mut changed = snapshot.clone();
        match *self {
            Self::Unblock { .. } => changed.blocked = snapshot.blocked.map(|_| Scope::ZERO),
            Self::RemoveWork { scope } => {
                let left = smaller(scope, snapshot.todo);
                changed.todo = snapshot.todo.saturating_sub(left);
                let unplanned = match snapshot.phase {
                    SprintPhase::Planned => smaller(left, snapshot.started_with),
                    SprintPhase::Running | SprintPhase::Finished => Scope::ZERO,
                };
                changed.started_with = snapshot.started_with.saturating_sub(unplanned);
                changed.removed += left.saturating_sub(unplanned);
                stay_within(&mut changed);
            }
            Self::AddPeople { people } => changed.members = snapshot.members.saturating_add(people),
        }
        changed
    }

    /// What to do, for people.
    #[must_use]
    pub fn words(&self, snapshot: &SprintSnapshot) -> String {
        let measure = snapshot.measure();
        match *self {
            Self::Unblock { scope } => match (scope.issues, points(scope, measure)) {
                (0, points) => format!("unblock the blocked {}", points.unwrap_or_else(|| "work".to_owned())),
                (n, points) => {
                    let of = if n == 1 {
                        "the blocked issue".to_owned()
                    } else {
                        format!("the {n} blocked issues")
                    };
                    format!(
                        "unblock {of}{}",
                        points.map_or_else(String::new, |points| format!(" ({points})"))
                    )
                }
            },
            Self::RemoveWork { scope } => {
                let todo = snapshot.todo;
                let (verb, from) = match snapshot.phase {
                    SprintPhase::Planned => ("leave", "out of the plan"),
                    SprintPhase::Running | SprintPhase::Finished => ("take", "out of the sprint"),
                };
                let of = |part: &str, all: &str| {
                    if part == all { "all".to_owned() } else { format!("{part} of the") }
                };
                let (part, all) = (number(scope.points.get()), number(todo.points.get()));
                if todo.issues == 0 {
                    return format!("{verb} {} {all} points not started {from}", of(&part, &all));
                }
                let issues = of(&scope.issues.to_string(), &todo.issues.to_string());
                let unit = if todo.issues == 1 { "issue" } else { "issues" };
                let points = match measure {
                    Measure::Points => format!(" (about {part} of {all} points)"),
                    Measure::Issues => String::new(),
                };
                format!("{verb} {issues} {} {unit} not started {from}{points}", todo.issues)
            }
            Self::AddPeople { people: 1 } => "assign one more person".to_owned(),
            Self::AddPeople { people: 2 } => "assign two more people".to_owned(),
            Self::AddPeople { people } => format!("assign {people} more people"),
        }
    }
}

/// Which issues leave is open, so what is said of issues stays, as long as there are enough of them left.
fn stay_within(changed: &mut SprintSnapshot) {
    let open = changed.todo + changed.in_progress;
    changed.blocked = changed.blocked.map(|blocked| smaller(blocked, open));
    changed.open_defects = changed.open_defects.map(|defects| defects.min(open.issues));
    let all = (open + changed.done).issues;
    changed.unestimated = changed.unestimated.map(|unestimated| unestimated.min(all));
}

/// The smaller number of issues and of points.
fn smaller(a: Scope, b: Scope) -> Scope {
    Scope { issues: a.issues.min(b.issues), points: if a.points < b.points { a } else { b }.points }
}

/// An amount in points, where the sprint is counted in them and there are any.
fn points(scope: Scope, measure: Measure) -> Option<String> {
    let points = scope.points.get();
    (measure == Measure::Points && points > 0.0).then(|| match number(points).as_str() {
        "1" => "1 point".to_owned(),
        points => format!("{points} points"),
    })
}

/// At most one decimal, and none where it is whole.
fn number(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded.fract() == 0.0 { format!("{rounded:.0}") } else { format!("{rounded:.1}") }
}
