//! The life of an issue outside sprints: somebody touches it now and then, until nobody does any more.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::catalogue::{BUG, FINISHED, IN_PROGRESS, LABELS, STORY, TASK, TEAMS, TO_DO};
use super::dice::Dice;
use super::model::{Fields, Issue, Set, Team, Who};
use super::words;
use super::worktime::office_hours;

/// Days between two touches of an issue that is still cared for: median 13, one in ten above 30.
const GAP_DAYS: [(f64, f64); 9] = [
    (0.0, 1.0),
    (0.1, 5.5),
    (0.25, 8.5),
    (0.5, 13.0),
    (0.75, 20.0),
    (0.9, 30.0),
    (0.97, 43.0),
    (0.995, 62.0),
    (1.0, 80.0),
];

/// How a stretch of life may end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fate {
    /// Chance after each touch that nobody comes back.
    pub(crate) forgotten: f64,
    /// Chance at each touch that it is closed without work.
    pub(crate) closed: f64,
}

impl Fate {
    /// On its way into a sprint: cared for to the end.
    pub(crate) const CARED_FOR: Self = Self { forgotten: 0.0, closed: 0.0 };
    /// Never planned.
    pub(crate) const BACKLOG: Self = Self { forgotten: 0.25, closed: 0.05 };
    /// Fell out of a sprint.
    pub(crate) const DROPPED: Self = Self { forgotten: 0.4, closed: 0.05 };
}

/// Lets an issue live from `from` until `until`. Gives whether it was forgotten.
pub(crate) fn live(
    dice: &mut Dice,
    team: &Team,
    issue: &mut Issue,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    fate: Fate,
) {
    let mut at = from;
    loop {
        if dice.chance(fate.forgotten) {
            forget(dice, team, issue, at, until);
            return;
        }
        let gap = TimeDelta::minutes((dice.quantile(&GAP_DAYS) * 1440.0) as i64);
        at = office_hours(dice, team.zone, at + gap);
        if at >= until {
            return;
        }
        if dice.chance(fate.closed) {
            let resolution = 1 + dice.index(3);
            if dice.chance(0.5) {
                issue.comment(at - TimeDelta::seconds(50), team.lead, "Closing, see above.".to_owned());
            }
            issue.change(at, team.lead, vec![Set::Resolution(Some(resolution)), Set::Status(FINISHED)]);
            return;
        }
        touch(dice, team, issue, at, true);
    }
}

/// Silence for good, but for the rare question after months.
fn forget(dice: &mut Dice, team: &Team, issue: &mut Issue, from: DateTime<Utc>, until: DateTime<Utc>) {
    issue.abandoned = true;
    if dice.chance(0.04) {
        let later = from + TimeDelta::days(dice.whole(40, 110));
        let at = office_hours(dice, team.zone, later);
        if at < until {
            issue.comment(
                at,
                someone(dice, team),
                "Still needed? We said we would decide after the pilot.".to_owned(),
            );
        }
    }
}

/// One human act on an issue. `freely`: points and assignee may change too.
pub(crate) fn touch(dice: &mut Dice, team: &Team, issue: &mut Issue, at: DateTime<Utc>, freely: bool) {
    let who = someone(dice, team);
    let set = match dice.whole(0, 99) {
        0..=8 => Set::Priority(dice.index(5)),
        9..=17 => {
            let mut labels = issue.now.labels.clone();
            let label = dice.pick(&LABELS);
            if !labels.remove(label) {
                labels.insert(label);
            }
            Set::Labels(labels)
        }
        18..=24 => Set::Component(dice.pick(&TEAMS[team.seed].components), dice.chance(0.7)),
        25..=30 => Set::Description(words::description(dice, team.seed, issue.kind)),
        31..=38 if freely => Set::Points(Some(resized(dice, issue.now.points))),
        39..=45 if freely => Set::Assignee(Some(dice.pick(&team.members))),
        46..=48 if freely && issue.now.status == TO_DO => Set::Status(IN_PROGRESS),
        49..=50 if freely && issue.now.status == IN_PROGRESS => Set::Flagged(!issue.now.flagged),
        _ => Set::Rank,
    };
    let mut sets = vec![set];
    if matches!(sets[0], Set::Status(_)) && issue.now.assignee.is_none() {
        sets.push(Set::Assignee(Some(who)));
    }
    let entries = issue.entries.len();
    if sets[0] != Set::Rank {
        issue.change(at, who, sets);
    }
    if issue.entries.len() == entries || dice.chance(0.2) {
        issue.comment(at + TimeDelta::seconds(75), who, words::comment(dice));
    }
}

/// A new issue as its reporter leaves it.
pub(crate) fn born(dice: &mut Dice, team: &Team, position: usize, kind: usize, at: DateTime<Utc>) -> Issue {
    let components = TEAMS[team.seed].components;
    let mut labels = BTreeSet::new();
    if dice.chance(0.3) {
        labels.insert(dice.pick(&LABELS));
    }
    let fields = Fields {
        status: TO_DO,
        assignee: dice.chance(0.2).then(|| dice.pick(&team.members)),
        sprints: Vec::new(),
        points: (kind != BUG && dice.chance(0.25)).then(|| size(dice)),
        flagged: false,
        priority: dice.pick(&[0, 1, 1, 2, 2, 2, 2, 2, 3, 3, 4]),
        resolution: None,
        labels,
        components: if dice.chance(0.8) { BTreeSet::from([dice.pick(&components)]) } else { BTreeSet::new() },
        fix_versions: BTreeSet::new(),
        summary: words::summary(dice, team.seed, kind),
        description: words::description(dice, team.seed, kind),
    };
    let reporter = someone(dice, team);
    let mut issue = Issue::new(position, kind, at, reporter, fields);
    issue.watchers = u32::try_from(dice.whole(1, 6)).unwrap_or(1);
    issue
}

/// Story, task or bug.
pub(crate) fn kind(dice: &mut Dice) -> usize {
    dice.pick(&[STORY, STORY, STORY, STORY, TASK, TASK, TASK, BUG, BUG, BUG])
}

/// A story-point estimate, 3 on average.
pub(crate) fn size(dice: &mut Dice) -> f64 {
    dice.pick(&[0.5, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0, 5.0, 5.0, 5.0, 8.0, 8.0])
}

/// What a second look makes of an estimate: a step up, less often a step down.
pub(crate) fn resized(dice: &mut Dice, points: Option<f64>) -> f64 {
    const STEPS: [f64; 7] = [0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0];
    let Some(points) = points else { return size(dice) };
    let at = STEPS.iter().position(|s| *s >= points).unwrap_or(0);
    let up = dice.chance(0.65);
    STEPS[if up { (at + 1).min(STEPS.len() - 1) } else { at.saturating_sub(1) }]
}

/// The lead or a member.
pub(crate) fn someone(dice: &mut Dice, team: &Team) -> Who {
    if dice.chance(0.3) { team.lead } else { dice.pick(&team.members) }
}
