use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{
    Field, FinishedSprint, Probability, ProjectKey, Scope, Sprint, SprintId, SprintPhase, SprintSnapshot,
    StatusCategory, StoryPoints, TeamId,
};

use crate::error::AnalyticsError;
use crate::history::{Entry, History};
use crate::scope_walk::{End, Window};
use crate::sprint_state::closing;
use crate::team::most_common;

/// The elapsed shares at which a finished sprint is looked at.
pub const STAGES: [f64; 4] = [0.0, 0.3, 0.5, 0.8];

/// The fields a snapshot rests on.
const FIELDS: [Field; 6] =
    [Field::Status, Field::Sprint, Field::Points, Field::Flagged, Field::Assignee, Field::IssueType];

/// Words that make an issue type a defect.
const DEFECT_WORDS: [&str; 3] = ["bug", "defect", "fault"];

fn one(points: Option<StoryPoints>) -> Scope {
    Scope { issues: 1, points: points.unwrap_or_default() }
}

impl History {
    /// A sprint as of `at`; it knows nothing later. Of a sprint closed by then it shows the close.
    ///
    /// Scope is counted as in a [`SprintReport`](crate::SprintReport): what was complete before the start, or
    /// became so outside the sprint, is neither committed nor done. A status of unknown category is in progress.
    /// Sub-tasks without an estimate are not counted as unestimated: their parent carries it.
    ///
    /// # Errors
    /// `NotFound` if no source describes the sprint.
    pub fn snapshot(&self, sprint: SprintId, at: DateTime<Utc>) -> Result<SprintSnapshot, AnalyticsError> {
        let described = self.sprint(sprint)?;
        let team = self.team_of(sprint).ok_or(AnalyticsError::UnknownSprint(sprint))?;
        let window = Window::of(described, at);
        let until = window.until;
        let mut shot = SprintSnapshot {
            project: self.project_of(sprint, team, until)?,
            sprint,
            team: team.clone(),
            name: described.name.clone(),
            at: Some(at),
            t: elapsed(described, window.phase, at),
            phase: window.phase,
            planned_days: described.planned_days(),
            started_with: Scope::ZERO,
            added: Scope::ZERO,
            removed: Scope::ZERO,
            todo: Scope::ZERO,
            in_progress: Scope::ZERO,
            done: Scope::ZERO,
            blocked: None,
            open_defects: None,
            unestimated: None,
            members: 0,
            completeness: self.sprint_completeness(described, &window, at, &FIELDS),
        };
        let (mut blocked, mut open_defects, mut unestimated) = (Scope::ZERO, 0_u32, 0_u32);
        let mut people = BTreeSet::new();
        for (entry, way) in self.ways(sprint, &window) {
            let history = &entry.history;
            if way.committed {
                shot.started_with += one(history.points_at(window.committed_at()));
            }
            if let Some(came) = way.added {
                shot.added += one(history.points_at(came));
            }
            if let Some(left) = way.removed {
                shot.removed += one(history.points_at(left));
            }
            let now = one(history.points_at(until));
            match way.end {
                End::Completed => shot.done += now,
                End::NotCompleted(category) => {
                    match category {
                        StatusCategory::ToDo => shot.todo += now,
                        _ => shot.in_progress += now,
                    }
                    if self.is_blocked(entry, until, &mut shot.completeness) {
                        blocked += now;
                    }
                    open_defects += u32::from(is_defect(entry, until));
                }
                End::CompletedElsewhere | End::Gone => continue,
            }
            unestimated += u32::from(!entry.subtask && history.points_at(until).is_none());
            people.extend(history.assignee_at(until));
        }
        shot.blocked = Some(blocked);
        shot.open_defects = Some(open_defects);
        shot.unestimated = Some(unestimated);
        shot.members = u32::try_from(people.len()).unwrap_or(u32::MAX);
        Ok(shot)
    }

    /// The sprints closed by `as_of`, oldest first, each with its snapshots at [`STAGES`] of its planned time and
    /// what it delivered. A stage after the real close is left out; a sprint without planned dates has its start
    /// only, one without a start has no stage.
    ///
    /// # Errors
    /// None that data can cause.
    pub fn finished_sprints(&self, as_of: DateTime<Utc>) -> Result<Vec<FinishedSprint>, AnalyticsError> {
        self.closed_sprints(as_of).into_iter().map(|sprint| self.finished(sprint, as_of)).collect()
    }

    fn finished(&self, sprint: &Sprint, as_of: DateTime<Utc>) -> Result<FinishedSprint, AnalyticsError> {
        let at_close = self.snapshot(sprint.id, as_of)?;
        let closed = closing(sprint);
        let planned = sprint.start.zip(sprint.end).map(|(start, end)| end - start);
        let planned = planned.filter(|length| *length > TimeDelta::zero());
        let mut stages = Vec::new();
        for share in STAGES {
            let gone = match planned {
                Some(length) => {
                    TimeDelta::milliseconds((length.num_milliseconds() as f64 * share).round() as i64)
                }
                None if share == 0.0 => TimeDelta::zero(),
                None => continue,
            };
            let instant = sprint.start.and_then(|start| start.checked_add_signed(gone));
            if let Some(instant) = instant.filter(|at| closed.is_some_and(|closed| *at < closed)) {
                let mut stage = self.snapshot(sprint.id, instant)?;
                // The share as asked for, not as it comes back from milliseconds.
                stage.t = Probability::saturating(share).unwrap_or(stage.t);
                stages.push(stage);
            }
        }
        Ok(FinishedSprint {
            project: at_close.project,
            sprint: sprint.id,
            team: at_close.team,
            started_at: sprint.start,
            closed_at: closed,
            stages,
            delivered: at_close.done,
            delivered_issues_known: true,
        })
    }

    /// The project most issues in the sprint at `t` belonged to, else most that came in by then, else one named
    /// like the team.
    fn project_of(
        &self,
        sprint: SprintId,
        team: &TeamId,
        t: DateTime<Utc>,
    ) -> Result<ProjectKey, AnalyticsError> {
        let count = |inside: &dyn Fn(&crate::stay::Stay) -> bool| {
            let mut counts: BTreeMap<ProjectKey, usize> = BTreeMap::new();
            let came = self
                .members_ever(sprint)
                .filter(|entry| entry.stays.iter().any(|stay| stay.sprint == sprint && inside(stay)));
            for project in came.filter_map(|entry| entry.history.project_at(t)) {
                *counts.entry(project).or_default() += 1;
            }
            let borrowed: BTreeMap<&ProjectKey, usize> = counts.iter().map(|(k, n)| (k, *n)).collect();
            most_common(&borrowed).cloned()
        };
        match count(&|stay| stay.covers(t)).or_else(|| count(&|stay| stay.from <= t)) {
            Some(project) => Ok(project),
            None => Ok(ProjectKey::new(team.as_str())?),
        }
    }
}

fn elapsed(sprint: &Sprint, phase: SprintPhase, at: DateTime<Utc>) -> Probability {
    let share = match phase {
        SprintPhase::Planned => 0.0,
        SprintPhase::Running => sprint.elapsed_share(at).unwrap_or(0.0),
        SprintPhase::Finished => 1.0,
    };
    Probability::saturating(share).unwrap_or(Probability::ZERO)
}

fn is_defect(entry: &Entry, t: DateTime<Utc>) -> bool {
    let kind = entry.history.issue_type_at(t).unwrap_or_default().to_lowercase();
    DEFECT_WORDS.iter().any(|word| kind.contains(word))
}
