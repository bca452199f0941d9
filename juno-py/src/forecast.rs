//! The chance that something goes wrong.
use juno_core::agent::Forecasts;
use juno_core::domain::{FinishedSprint, SprintId, SprintSnapshot};
use juno_core::risk::{Counterfactual, Forecast, RiskAssessor, RiskIndex, RiskIndexInputs, RiskIndexRules};
use pyo3::prelude::*;

use crate::convert::Instant;
use crate::error::Fault;
use crate::plain::Plain;
use crate::records::Records;
use crate::runtime::waits;

waits! {
    /// Forecasts every sprint that is running or planned at `as_of`, from what was known then.
    forecast / forecast_async (records, as_of = None)
    |juno, records: Records, as_of: Option<Instant>| -> Plain<Forecasts> {
        let as_of = juno.clock.as_of(&records.0, as_of.map(|at| at.0));
        Plain(juno.core.forecast.open_sprints(&records.0, as_of)?)
    }

    /// What the team can still change about a sprint that is open at `as_of`, and what the model expects then: no promise of
    /// cause and effect. Empty where nothing can be changed any more.
    what_would_change / what_would_change_async (records, sprint, as_of = None)
    |juno, records: Records, sprint: u64, as_of: Option<Instant>| -> Plain<Vec<Counterfactual>> {
        let as_of = juno.clock.as_of(&records.0, as_of.map(|at| at.0));
        Plain(juno.core.forecast.what_would_change(&records.0, SprintId(sprint), as_of)?)
    }
}

/// The transparent risk index of known signals, each a share from 0 to 1 (`load`: 0 or more); those left out are missing.
#[pyfunction]
pub(crate) fn risk_index(inputs: Plain<RiskIndexInputs>) -> Result<Plain<RiskIndex>, Fault> {
    Ok(Plain(RiskIndexRules::default().index(&inputs.0)?))
}

/// The forecast of one sprint seen in `snapshot`, given the finished sprints known by then, with the default model.
#[pyfunction]
pub(crate) fn assess(
    snapshot: Plain<SprintSnapshot>,
    history: Plain<Vec<FinishedSprint>>,
) -> Result<Plain<Forecast>, Fault> {
    Ok(Plain(RiskAssessor::default().assess(&snapshot.0, &history.0)?))
}
