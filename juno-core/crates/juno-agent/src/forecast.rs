use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_domain::{FinishedSprint, Probability, ProjectKey, SprintId, SprintSnapshot, TeamId};
use juno_risk::{Forecast, known_before};
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

impl ForecastHandle {
    /// Forecasts every sprint that is running or planned at `as_of`, from what was known then, and every row and
    /// stage of loaded sprint tables, from the rows before it.
    ///
    /// # Errors
    /// If the history cannot answer. A sprint that cannot be forecast is no error: it says why.
    pub fn open_sprints(&self, records: &Records, as_of: DateTime<Utc>) -> Result<Forecasts, AgentError> {
        let mut out = Forecasts::default();
        let history = records.history();
        let finished = history.finished_sprints(as_of)?;
        let open = history.open_sprints(as_of).into_iter().chain(history.planned_sprints(as_of));
        for sprint in open {
            let snapshot = history.snapshot(sprint.id, as_of)?;
            self.add(&mut out, &snapshot, &finished);
        }
        out.forecasts.extend(self.0.parts.assessor.assess_rows(&records.dataset().rows)?);
        let key = |f: &Forecast| (f.project.clone(), f.sprint_id);
        out.forecasts.sort_by(|a, b| key(a).cmp(&key(b)).then(a.t.get().total_cmp(&b.t.get())));
        Ok(out)
    }

    fn add(&self, out: &mut Forecasts, snapshot: &SprintSnapshot, finished: &[FinishedSprint]) {
        match self.0.parts.assessor.assess(snapshot, &known_before(snapshot, finished)) {
            Ok(forecast) => out.forecasts.push(forecast),
            Err(error) => out.unforecast.push(unforecast(snapshot, &error)),
        }
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
