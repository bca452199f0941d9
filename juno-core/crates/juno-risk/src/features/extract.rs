use juno_domain::{FinishedSprint, Probability, SprintPhase, SprintSnapshot};

use super::median::median;
use super::past::{Amounts, Comparable, Past, PastSprints, load, log_ratio};
use crate::{Input, RiskError, check_history};

/// How many sprints at its parent's value a team's, and a project's, own value is shrunk by.
const PARENT_SPRINTS: f64 = 4.0;
/// Where a project without sprints starts from: even odds, 85 % delivered, and 80 % still open; done goes with time.
const START_MISS_RATE: f64 = 0.5;
const START_RATIO: f64 = 0.85;
const START_OPEN: f64 = 0.8;
const START_DONE_PER_T: f64 = 0.6;
/// What each sprint counts of the next in the recent ratio, and how many sprints that is shrunk by.
const DECAY: f64 = 0.8;
const RECENT_SPRINTS: f64 = 2.0;
/// An alike sprint counts 1/e at this difference of the share done, of the share in progress, of the load.
const DONE_SCALE: f64 = 0.15;
const IN_PROGRESS_SCALE: f64 = 0.3;
const LOAD_SCALE: f64 = 0.8;
/// How much an alike sprint of another team counts, and how many sprints at the team's own rate the alike ones are shrunk by.
const OTHER_TEAM: f64 = 0.25;
const ALIKE_SPRINTS: f64 = 2.0;
/// Longer plans say nothing more.
const MAX_PLANNED_DAYS: f64 = 90.0;

/// The inputs of one snapshot, in the order of [`Input::ALL`]. Every known one is finite; an unknown one is NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Features {
    values: [f64; Input::COUNT],
}

impl Features {
    /// The inputs of a snapshot from itself and the sprints that were over by then, as a model for the stage `stage` sees
    /// them: earlier sprints are compared as they stood at their stage nearest to it. Sprints of other projects are left out,
    /// unless the team is the same and both have dates, and so are, of more than a thousand sprints of other teams, all but
    /// the thousand that ended last. The order of the history does not matter.
    ///
    /// The same sprints give the same inputs with dates and without as long as those of a project do not overlap. Where they
    /// do, dates tell what was over when, and without them ids stand for it: every sprint with a smaller id.
    ///
    /// # Errors
    /// Invalid input for a finished sprint, one without commitment, or a history that holds the sprint itself or the future.
    pub fn of(
        snapshot: &SprintSnapshot,
        stage: Probability,
        history: &[FinishedSprint],
    ) -> Result<Self, RiskError> {
        check_history(snapshot, history)?;
        Self::from_known(snapshot, stage, &history.iter().collect::<Vec<_>>())
    }

    /// The same from a history that is known to be the snapshot's past.
    pub(crate) fn from_known(
        snapshot: &SprintSnapshot,
        stage: Probability,
        history: &[&FinishedSprint],
    ) -> Result<Self, RiskError> {
        Self::compared(snapshot, stage, &Comparable::new(snapshot, history))
    }

    /// The same from what the snapshot can be compared with.
    pub(crate) fn compared(
        snapshot: &SprintSnapshot,
        stage: Probability,
        past: &Comparable<'_>,
    ) -> Result<Self, RiskError> {
        let sprint = snapshot.sprint;
        if snapshot.phase == SprintPhase::Finished {
            return Err(RiskError::Finished { sprint });
        }
        let now = Amounts::of(snapshot, snapshot.measure());
        if now.committed <= 0.0 {
            return Err(RiskError::NothingCommitted { sprint });
        }
        let mut features = Self { values: [f64::NAN; Input::COUNT] };
        features.add_snapshot(snapshot, &now);
        features.add_history(&now, stage, &past.at(stage));
        Ok(features)
    }

    /// One input; `None` where it is unknown.
    #[must_use]
    pub fn get(&self, input: Input) -> Option<f64> {
        let value = self.value(input);
        (!value.is_nan()).then_some(value)
    }

    /// All inputs in the order of [`Input::ALL`], NaN where unknown.
    #[must_use]
    pub fn values(&self) -> &[f64; Input::COUNT] {
        &self.values
    }

    fn value(&self, input: Input) -> f64 {
        self.values.get(input.index()).copied().unwrap_or(f64::NAN)
    }

    fn set(&mut self, input: Input, value: f64) {
        if let Some(slot) = self.values.get_mut(input.index()) {
            *slot = value;
        }
    }

    fn add_snapshot(&mut self, snapshot: &SprintSnapshot, now: &Amounts) {
        let count = |scope: juno_domain::Scope| f64::from(scope.issues);
        let (todo, in_progress, done) =
            (count(snapshot.todo), count(snapshot.in_progress), count(snapshot.done));
        let issues = todo + in_progress + done;
        let of_issues = |part: f64| if issues > 0.0 { (part / issues).min(1.0) } else { 0.0 };
        let flag = |is: bool| f64::from(u8::from(is));

        self.set(Input::LogCommitted, now.committed.ln());
        self.set(Input::LogIssues, issues.ln_1p());
        self.set(Input::IssueSize, if issues > 0.0 { ln_of_each(now.committed, issues) } else { 0.0 });
        self.set(Input::Done, now.share(now.done));
        self.set(Input::InProgress, now.share(now.in_progress));
        self.set(Input::Open, now.share(now.open()));
        self.set(Input::DoneIssues, of_issues(done));
        self.set(Input::InProgressIssues, of_issues(in_progress));
        self.set(Input::NothingOpen, flag(now.open() <= 0.0));
        self.set(Input::NothingDone, flag(now.done <= 0.0));

        let whole = now.start + now.added;
        let of_whole = |part: f64| if whole > 0.0 { (part / whole).min(1.0) } else { 0.0 };
        self.set(Input::Added, of_whole(now.added));
        self.set(Input::Removed, of_whole(now.removed));
        let (added, removed) = (count(snapshot.added), count(snapshot.removed));
        let whole = (count(snapshot.started_with) + added).max(1.0);
        self.set(Input::AddedIssues, added / whole);
        self.set(Input::RemovedIssues, (removed / whole).min(1.0));
        self.set(Input::AddedCount, added.ln_1p());
        self.set(Input::RemovedCount, removed.ln_1p());
        let larger = now.committed.max(now.start).max(1.0);
        self.set(Input::NetChange, ((now.committed - now.start) / larger).clamp(-1.0, 1.0));

        if let Some(days) = snapshot.planned_days.filter(|days| *days > 0.0) {
            self.set(Input::PlannedLength, days.min(MAX_PLANNED_DAYS).ln_1p());
        }
        if snapshot.members > 0 {
            self.set(Input::LoadPerMember, ln_of_each(now.committed, f64::from(snapshot.members)));
        }
        if let Some(blocked) = snapshot.blocked {
            let share = blocked.in_measure(snapshot.measure()) / now.committed;
            self.set(Input::Blocked, share.min(1.0));
        }
        if let Some(defects) = snapshot.open_defects {
            self.set(Input::Defects, of_issues(f64::from(defects)));
        }
        if let Some(unestimated) = snapshot.unestimated {
            self.set(Input::Unestimated, of_issues(f64::from(unestimated)));
        }
    }

    fn add_history(&mut self, now: &Amounts, stage: Probability, past: &PastSprints) {
        let cases = past.cases.as_slice();
        let missed = |case: &Past| f64::from(u8::from(case.missed));
        let starts = [START_MISS_RATE, START_RATIO, START_DONE_PER_T * stage.get(), START_OPEN];
        let parts = |case: &Past| [missed(case), case.ratio, case.done, case.open];
        let project = shrunk(cases.iter(), starts, parts);
        let team = shrunk(cases.iter().filter(|case| case.same_team), project, parts);
        let [project_miss, project_ratio, _, _] = project;
        let [team_miss, team_ratio, usual_done, usual_open] = team;
        self.set(Input::ProjectMissRate, project_miss);
        self.set(Input::TeamMissRate, team_miss);
        self.set(Input::TeamRatio, team_ratio);
        self.set(Input::RecentRatio, recent_ratio(cases, project_ratio));
        self.set(Input::DoneAhead, self.value(Input::Done) - usual_done);
        self.set(Input::OpenAhead, self.value(Input::Open) - usual_open);

        let load = load(now.committed, past.velocity);
        self.set(Input::Load, load);
        let still = usual_rest(cases).unwrap_or_else(|| now.open());
        self.set(Input::Need, log_ratio(now.committed - now.done, still));

        let (done, in_progress) = (self.value(Input::Done), self.value(Input::InProgress));
        let mut alike = (ALIKE_SPRINTS, ALIKE_SPRINTS * team_miss, ALIKE_SPRINTS * team_ratio);
        for case in cases {
            let distance = (case.done - done).abs() / DONE_SCALE
                + (case.in_progress - in_progress).abs() / IN_PROGRESS_SCALE
                + (case.load - load).abs() / LOAD_SCALE;
            let weight = if case.same_team { 1.0 } else { OTHER_TEAM } * (-distance).exp();
            alike.0 += weight;
            alike.1 += weight * missed(case);
            alike.2 += weight * case.ratio;
        }
        self.set(Input::AlikeMissRate, alike.1 / alike.0);
        self.set(Input::AlikeRatio, alike.2 / alike.0);
    }
}

/// ln of what falls to each of `n`: finite also where so little is shared among so many that it rounds to nothing.
fn ln_of_each(amount: f64, n: f64) -> f64 {
    (amount / n).max(f64::MIN_POSITIVE).ln()
}

/// The means of what `of` gives for each case, shrunk towards the parent's.
fn shrunk<'a, const N: usize>(
    cases: impl Iterator<Item = &'a Past>,
    parent: [f64; N],
    of: impl Fn(&Past) -> [f64; N],
) -> [f64; N] {
    let (mut sums, mut n) = (parent.map(|parent| PARENT_SPRINTS * parent), PARENT_SPRINTS);
    for case in cases {
        for (sum, value) in sums.iter_mut().zip(of(case)) {
            *sum += value;
        }
        n += 1.0;
    }
    sums.map(|sum| sum / n)
}

fn recent_ratio(cases: &[Past], parent: f64) -> f64 {
    let (mut sum, mut weight, mut each) = (RECENT_SPRINTS * parent, RECENT_SPRINTS, 1.0);
    for case in cases.iter().rev().filter(|case| case.same_team) {
        sum += each * case.ratio;
        weight += each;
        each *= DECAY;
    }
    sum / weight
}

/// The median of what the team's sprints still delivered from this stage on, or else the project's.
fn usual_rest(cases: &[Past]) -> Option<f64> {
    let of = |of_team: bool| {
        let kept = cases.iter().filter(|case| case.same_team || !of_team);
        median(kept.map(|case| case.still_delivered))
    };
    of(true).or_else(|| of(false))
}
