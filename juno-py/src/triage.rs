use juno_core::agent::ProposalReliability;
use juno_core::domain::{Action, ProposalId};
use juno_core::reasoning::Findings;
use pyo3::prelude::*;
use serde_json::Value;

use crate::call::Call;
use crate::convert::Instant;
use crate::error::Fault;
use crate::plain::Plain;
use crate::records::Records;
use crate::runtime::waits;

waits! {
    /// What should be done at `as_of`, with the reasoning; from what was known then. Nothing is submitted.
    triage / triage_async (records, as_of = None)
    |juno, records: Records, as_of: Option<Instant>| -> Plain<Findings> {
        let as_of = juno.clock.as_of(&records.0, as_of.map(|at| at.0));
        let forecasts = juno.core.forecast.open_sprints(&records.0, as_of)?.forecasts;
        Plain(juno.core.triage.find(&records.0, &forecasts, as_of, &Call::progress(None)).await?)
    }

    /// Whether proposals to the teams of these records were right as often as their confidence said, by `as_of`.
    reliability / reliability_async (records, as_of = None)
    |juno, records: Records, as_of: Option<Instant>| -> Plain<ProposalReliability> {
        let as_of = juno.clock.as_of(&records.0, as_of.map(|at| at.0));
        Plain(juno.core.triage.reliability(&records.0, as_of).await?)
    }
}

/// The id of a proposal: a digest of the action and of what about the situation made it right.
#[pyfunction]
pub(crate) fn proposal_id(
    action: Plain<Action>,
    situation: Plain<Value>,
) -> Result<Plain<ProposalId>, Fault> {
    Ok(Plain(juno_core::reasoning::proposal_id(&action.0, &situation.0)?))
}
