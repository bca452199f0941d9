use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_domain::{FinishedSprint, Probability, ProjectKey, SprintId, SprintSnapshot, TeamId};
use juno_reasoning::Skipped;
use juno_risk::{Counterfactual, Forecast, known_before};
use serde::{Deserialize, Serialize};

use crate::core::Core;
use crate::{AgentError, Records};

/// What is likely to go wrong.
#[derive(Clone)]
pub struct ForecastHandle(pub(crate) Arc<Core>);

/// Forecasts, and the sprints that got none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Forecasts {
    /// By project, sprint and elapsed share.
    pub forecasts: Vec<Forecast>,
    /// Sprints without one, and why.
    pub unforecast: Vec<Unforecast>,
}

/// A sprint without a forecast, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unforecast {
    /// The project.
    pub project: ProjectKey,
    /// The sprint.
    pub sprint_id: SprintId,
    /// The team.
    pub team: TeamId,
    /// The sprint's name.
    pub name: String,
    /// Elapsed share.
    pub t: Probability,
    /// Why there is none.
    pub reason: String,
}

/// What would change the forecast of one sprint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SprintChanges {
    /// The project.
    pub project: ProjectKey,
    /// The sprint.
    pub sprint_id: SprintId,
    /// Elapsed share.
    pub t: Probability,
    /// One change each; empty where nothing can be changed any more.
    pub changes: Vec<Counterfactual>,
}

impl ForecastHandle {
    /// Forecasts every sprint that is running or planned at `as_of`, from what was known then, and every row and
    /// stage of loaded sprint tables, from the rows before it.
    ///
    /// # Errors
    /// If the history cannot answer. A sprint that cannot be forecast is no error: it says why.
    pub fn open_sprints(&self, records: &Records, as_of: DateTime<Utc>) -> Result<Forecasts, AgentError> {
        self.each_open_sprint(records, as_of, |_, _, _| ())
    }

    /// What a team can still change about a sprint that is running or planned at `as_of`, and what the forecasting model
    /// expects then: less of the work that is not started, nothing blocked, more people. Empty where nothing can be changed
    /// any more or the model knows too little. Sprint tables are not asked: in them nothing can be changed.
    ///
    /// # Errors
    /// If the history does not know the sprint or cannot answer, or the model fails otherwise than for want of data.
    pub fn what_would_change(
        &self,
        records: &Records,
        sprint: SprintId,
        as_of: DateTime<Utc>,
    ) -> Result<Vec<Counterfactual>, AgentError> {
        let history = records.history();
        let snapshot = history.snapshot(sprint, as_of)?;
        let finished = history.finished_sprints(as_of)?;
        Ok(self.0.parts.assessor.what_would_change(&snapshot, &known_before(&snapshot, &finished))?)
    }

    /// Forecasts, and what would change those whose model can tell what they rest on; whoever it fails for is passed over
    /// with the reason. A model that cannot tell is not asked: its answers would come without reasons, too.
    pub(crate) fn open_sprints_and_changes(
        &self,
        records: &Records,
        as_of: DateTime<Utc>,
    ) -> Result<(Forecasts, Vec<SprintChanges>, Vec<Skipped>), AgentError> {
        let (mut changes, mut skipped) = (Vec::new(), Vec::new());
        let forecasts = self.each_open_sprint(records, as_of, |snapshot, known, forecast| {
            if forecast.attribution.is_none() {
                return;
            }
            match self.0.parts.assessor.what_would_change(snapshot, known) {
                Ok(found) => changes.push(SprintChanges {
                    project: snapshot.project.clone(),
                    sprint_id: snapshot.sprint,
                    t: snapshot.t,
                    changes: found,
                }),
                Err(error) => {
                    skipped.push(Skipped { subject: snapshot.name.clone(), reason: error.to_string() });
                }
            }
        })?;
        changes.sort_by(|a, b| (&a.project, a.sprint_id).cmp(&(&b.project, b.sprint_id)));
        Ok((forecasts, changes, skipped))
    }

    /// Forecasts; `look` sees each of a sprint that is running or planned, with what it was made from.
    fn each_open_sprint(
        &self,
        records: &Records,
        as_of: DateTime<Utc>,
        mut look: impl FnMut(&SprintSnapshot, &[FinishedSprint], &Forecast),
    ) -> Result<Forecasts, AgentError> {
        let assessor = &self.0.parts.assessor;
        let mut out = Forecasts::default();
        let history = records.history();
        let finished = history.finished_sprints(as_of)?;
        let open = history.open_sprints(as_of).into_iter().chain(history.planned_sprints(as_of));
        for sprint in open {
            let snapshot = history.snapshot(sprint.id, as_of)?;
            let known = known_before(&snapshot, &finished);
            match assessor.assess(&snapshot, &known) {
                Ok(forecast) => {
                    look(&snapshot, &known, &forecast);
                    out.forecasts.push(forecast);
                }
                Err(error) => out.unforecast.push(unforecast(&snapshot, &error)),
            }
        }
        out.forecasts.extend(assessor.assess_rows(&records.dataset().rows)?);
        let key = |f: &Forecast| (f.project.clone(), f.sprint_id);
        out.forecasts.sort_by(|a, b| key(a).cmp(&key(b)).then(a.t.get().total_cmp(&b.t.get())));
        Ok(out)
    }
}

fn unforecast(snapshot: &SprintSnapshot, error: &juno_risk::RiskError) -> Unforecast {
    Unforecast {
        project: snapshot.project.clone(),
        sprint_id: snapshot.sprint,
        team: snapshot.team.clone(),
        name: snapshot.name.clone(),
        t: snapshot.t,
        reason: error.to_string(),
    }
}
