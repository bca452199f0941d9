//! Which sprints there were at an instant, and where each stood. The source keeps only today's state, so the state
//! of another day is judged by the dates.

use chrono::{DateTime, Utc};
use juno_domain::{Sprint, SprintId, SprintPhase, SprintState};

use crate::error::AnalyticsError;
use crate::history::History;

/// When a sprint was closed: as the source says, else at its planned end; `None` while it is not closed or where
/// neither is known.
pub(crate) fn closing(sprint: &Sprint) -> Option<DateTime<Utc>> {
    match sprint.state {
        SprintState::Closed => sprint.closed_at.or(sprint.end),
        SprintState::Active | SprintState::Future => None,
    }
}

/// Where a sprint stood at `at`. One that is planned now never started; one that is closed now ran from its start
/// until it was closed. Without any date, today's state is the only answer.
pub(crate) fn phase(sprint: &Sprint, at: DateTime<Utc>) -> SprintPhase {
    let started = sprint.start.is_none_or(|start| start <= at);
    match (sprint.state, closing(sprint)) {
        (SprintState::Future, _) => SprintPhase::Planned,
        (SprintState::Closed, Some(closed)) if closed <= at => SprintPhase::Finished,
        (SprintState::Closed, None) if started => SprintPhase::Finished,
        (SprintState::Closed, Some(_)) if sprint.start.is_none() => SprintPhase::Planned,
        _ if started => SprintPhase::Running,
        _ => SprintPhase::Planned,
    }
}

impl History {
    /// A sprint by its id.
    ///
    /// # Errors
    /// `NotFound` if no source describes it, as with a deleted sprint: its dates are unknown then.
    pub fn sprint(&self, id: SprintId) -> Result<&Sprint, AnalyticsError> {
        self.sprints.get(&id).ok_or(AnalyticsError::UnknownSprint(id))
    }

    /// Every sprint a source describes, by id.
    pub fn sprints(&self) -> impl ExactSizeIterator<Item = &Sprint> {
        self.sprints.values()
    }

    /// Where a sprint stood at `at`, judged by its dates.
    ///
    /// # Errors
    /// As [`sprint`](Self::sprint).
    pub fn phase_at(&self, sprint: SprintId, at: DateTime<Utc>) -> Result<SprintPhase, AnalyticsError> {
        Ok(phase(self.sprint(sprint)?, at))
    }

    /// The sprints running at `as_of`, by id.
    #[must_use]
    pub fn open_sprints(&self, as_of: DateTime<Utc>) -> Vec<&Sprint> {
        self.sprints().filter(|sprint| phase(sprint, as_of) == SprintPhase::Running).collect()
    }

    /// The sprints planned and not started at `as_of`, by id: those [known](Self::is_known_at) then.
    #[must_use]
    pub fn planned_sprints(&self, as_of: DateTime<Utc>) -> Vec<&Sprint> {
        let planned = |s: &&Sprint| phase(s, as_of) == SprintPhase::Planned && self.is_known_at(s.id, as_of);
        self.sprints().filter(planned).collect()
    }

    /// The sprints over at `as_of`, by closing instant, then id; those without dates come first.
    #[must_use]
    pub fn closed_sprints(&self, as_of: DateTime<Utc>) -> Vec<&Sprint> {
        let over = |s: &&Sprint| phase(s, as_of) == SprintPhase::Finished;
        let mut sprints: Vec<&Sprint> = self.sprints().filter(over).collect();
        sprints.sort_by_key(|sprint| (closing(sprint), sprint.id));
        sprints
    }

    /// Whether a sprint is known to have existed at `at`. No source keeps when a sprint was made; it existed once
    /// it started, once an issue was in it, or once a sprint with a higher id did, because ids rise with
    /// creation. At the newest instant of the data every sprint exists.
    #[must_use]
    pub fn is_known_at(&self, sprint: SprintId, at: DateTime<Utc>) -> bool {
        self.observed_until().is_none_or(|seen| seen <= at)
            || self.newest_sprint_at(at).is_some_and(|newest| sprint <= newest)
    }
}
