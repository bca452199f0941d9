use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_domain::{
    Completeness, Field, IncompleteReason, IssueKey, ProjectKey, Scope, Sprint, SprintId, SprintPhase,
    StoryPoints, TeamId,
};
use serde::{Deserialize, Serialize};

use crate::error::AnalyticsError;
use crate::history::{Entry, History};
use crate::scope_walk::{End, Way, Window, walk};

/// The fields a sprint report rests on.
const FIELDS: [Field; 3] = [Field::Status, Field::Sprint, Field::Points];

/// What the commitment of a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportBasis {
    /// The scope when the sprint started.
    Start,
    /// The scope so far: the sprint had not started.
    Planned,
    /// The scope at the end of what the report sees: nobody knows when the sprint started.
    NoDates,
}

/// Some issues of a sprint and the sum of their estimates.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReportPart {
    /// Their keys as of the report's instant, sorted.
    pub keys: Vec<IssueKey>,
    /// The sum of their estimates; an issue without one counts 0.
    pub points: StoryPoints,
}

impl ReportPart {
    /// The part as an amount of work.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope { issues: u32::try_from(self.keys.len()).unwrap_or(u32::MAX), points: self.points }
    }

    fn add(&mut self, key: IssueKey, points: Option<StoryPoints>) {
        self.keys.push(key);
        self.points = self.points + points.unwrap_or_default();
    }
}

/// A sprint as Jira's sprint report shows it, rebuilt from history at any instant. It knows nothing later than
/// that instant; the report of a closed sprint stands still at its close.
///
/// | part | issues | estimate as of |
/// | --- | --- | --- |
/// | committed | in the sprint at its start (a change at that instant counts) and not complete by then | the start |
/// | added | came into the sprint after the start, or were reopened in it | the moment they came |
/// | removed | left the sprint and were out of it at the end | the moment they left |
/// | completed | in the sprint at the end and done, and became so in it | the end |
/// | not completed | in the sprint at the end and not done | the end |
/// | completed elsewhere | done at the end, but before the sprint started, before they came in, or after they left | the end |
///
/// The end is the close, or the report's instant while the sprint runs. Committed + added − removed is always
/// completed + not completed, in issues. A committed issue that left and came back is committed only. An issue
/// that left and was done by the end is in *removed* and in *completed elsewhere*.
///
/// Sub-tasks follow their parent until they have a sprint change of their own, are listed like other issues, and
/// count their own estimate only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SprintReport {
    /// The sprint.
    pub sprint: SprintId,
    /// Its name.
    pub name: String,
    /// Its team.
    pub team: TeamId,
    /// The instant of the report.
    pub at: DateTime<Utc>,
    /// Where the sprint stood.
    pub phase: SprintPhase,
    /// What the commitment is.
    pub basis: ReportBasis,
    /// Its start, planned or real.
    pub start: Option<DateTime<Utc>>,
    /// Its planned end.
    pub end: Option<DateTime<Utc>>,
    /// When it was closed; `None` if that is later than the report.
    pub closed_at: Option<DateTime<Utc>>,
    /// The commitment.
    pub committed: ReportPart,
    /// Scope added after the start.
    pub added: ReportPart,
    /// Scope removed after the start.
    pub removed: ReportPart,
    /// Done in the sprint.
    pub completed: ReportPart,
    /// In the sprint and not done.
    pub not_completed: ReportPart,
    /// Done, but not in this sprint.
    pub completed_elsewhere: ReportPart,
    /// What the report could not see.
    pub completeness: Completeness,
}

impl History {
    /// The report of a sprint as of `at`.
    ///
    /// # Errors
    /// `NotFound` if no source describes the sprint.
    pub fn sprint_report(&self, sprint: SprintId, at: DateTime<Utc>) -> Result<SprintReport, AnalyticsError> {
        let described = self.sprint(sprint)?;
        let window = Window::of(described, at);
        let mut report = SprintReport {
            sprint,
            name: described.name.clone(),
            team: self.team_of(sprint).cloned().ok_or(AnalyticsError::UnknownSprint(sprint))?,
            at,
            phase: window.phase,
            basis: match (window.phase, window.start) {
                (SprintPhase::Planned, _) => ReportBasis::Planned,
                (_, Some(_)) => ReportBasis::Start,
                (_, None) => ReportBasis::NoDates,
            },
            start: described.start,
            end: described.end,
            closed_at: described.closed_at.filter(|closed| *closed <= at),
            committed: ReportPart::default(),
            added: ReportPart::default(),
            removed: ReportPart::default(),
            completed: ReportPart::default(),
            not_completed: ReportPart::default(),
            completed_elsewhere: ReportPart::default(),
            completeness: self.sprint_completeness(described, &window, at, &FIELDS),
        };
        for (entry, way) in self.ways(sprint, &window) {
            let history = &entry.history;
            let key = || history.key_at(at).unwrap_or_else(|| history.key().clone());
            let until = window.until;
            if way.committed {
                report.committed.add(key(), history.points_at(window.committed_at()));
            }
            if let Some(came) = way.added {
                report.added.add(key(), history.points_at(came));
            }
            if let Some(left) = way.removed {
                report.removed.add(key(), history.points_at(left));
            }
            match way.end {
                End::Completed => report.completed.add(key(), history.points_at(until)),
                End::NotCompleted(_) => report.not_completed.add(key(), history.points_at(until)),
                End::CompletedElsewhere => report.completed_elsewhere.add(key(), history.points_at(until)),
                End::Gone => {}
            }
        }
        for part in [
            &mut report.committed,
            &mut report.added,
            &mut report.removed,
            &mut report.completed,
            &mut report.not_completed,
            &mut report.completed_elsewhere,
        ] {
            part.keys.sort_unstable();
        }
        Ok(report)
    }

    /// The issues of a sprint and what became of each, by issue id.
    pub(crate) fn ways<'a>(
        &'a self,
        sprint: SprintId,
        window: &'a Window,
    ) -> impl Iterator<Item = (&'a Entry, Way)> {
        self.members_ever(sprint).filter_map(move |entry| Some((entry, walk(entry, sprint, window)?)))
    }

    /// Every issue that was ever in a sprint, by issue id.
    pub(crate) fn members_ever(&self, sprint: SprintId) -> impl Iterator<Item = &Entry> + Clone {
        let places = self.by_sprint.get(&sprint).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|place| self.entries.get(*place))
    }

    /// What an answer about a sprint could not see: the doubts about the issues that were in it by the end of the
    /// window, and about issues of its projects whose changes are missing for a part of it.
    pub(crate) fn sprint_completeness(
        &self,
        sprint: &Sprint,
        window: &Window,
        at: DateTime<Utc>,
        fields: &[Field],
    ) -> Completeness {
        let mut completeness = Completeness::COMPLETE;
        if window.undated {
            completeness.add(IncompleteReason::SprintWithoutDates { sprint: sprint.id });
        }
        let mut projects: BTreeSet<&ProjectKey> = BTreeSet::new();
        for entry in self.members_ever(sprint.id) {
            let came = |stay: &&crate::stay::Stay| stay.sprint == sprint.id && stay.from <= window.until;
            if !entry.stays.iter().any(|stay| came(&stay)) {
                continue;
            }
            projects.insert(&entry.project);
            completeness.merge(&entry.history.completeness_of(fields, at));
        }
        let start = window.committed_at();
        for (reason, gap) in projects.into_iter().filter_map(|project| self.gaps.get(project)).flatten() {
            if gap.from <= window.until && start < gap.until {
                completeness.add(reason.clone());
            }
        }
        completeness
    }
}
