use juno_domain::{Interval, Measure, Probability, ProjectKey, SprintId, SprintPhase, TeamId};
use serde::{Deserialize, Serialize};

use crate::{Attribution, Basis, CategoryScore, FinishEstimate, Maturity, RiskCategory, RiskLevel};

/// What kind of answer a forecast is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outlook {
    /// A forecast: `p_miss`, `delivered` and the basis are there.
    Forecast,
    /// The sprint is over: `p_miss` is 0 or 1 and `delivered` is what it was. Fact, not forecast.
    Settled,
    /// Nothing is committed, so nothing can be missed: no `p_miss`.
    NothingCommitted,
    /// No sprint has finished yet that could be compared: even odds, and the commitment taken at its word. No
    /// knowledge; nothing may rest on it.
    NoHistory,
    /// Outcomes in this measure are not told, so nothing can ever be compared: no `p_miss`, never an invented one.
    NotEnoughHistory,
}

/// Everything JUNO says about the risk of one sprint at one moment. A field that cannot be known is `None` (JSON `null`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// The project.
    pub project: ProjectKey,
    /// The sprint.
    pub sprint_id: SprintId,
    /// The team.
    pub team: TeamId,
    /// The sprint's name.
    pub name: String,
    /// Elapsed share of planned start → end, 0 to 1.
    pub t: Probability,
    /// Where the sprint stood.
    pub phase: SprintPhase,
    /// What the amounts count.
    pub measure: Measure,
    /// The commitment at `t`.
    pub committed: f64,
    /// What was done at `t`.
    pub done: f64,
    /// What kind of answer this is.
    pub outlook: Outlook,
    /// The chance that less is delivered than committed.
    pub p_miss: Option<Probability>,
    /// The median of what will be delivered.
    pub delivered: Option<f64>,
    /// Ranges for what will be delivered, narrowest level first; only those the history can bear.
    pub intervals: Vec<Interval>,
    /// What `p_miss` and `delivered` rest on.
    pub basis: Option<Basis>,
    /// What each input did to `p_miss`, from a model that can tell.
    pub attribution: Option<Attribution>,
    /// When the committed work will be done, by rising chance; empty from a model that cannot tell.
    pub finish: Vec<FinishEstimate>,
    /// The risk index: how much trouble can be seen, from 0 to 1. Not a probability.
    pub risk_index: Option<Probability>,
    /// The word for the index.
    pub level: Option<RiskLevel>,
    /// How long the team is known.
    pub maturity: Maturity,
    /// The categories of the index, the worst first.
    pub factors: Vec<CategoryScore>,
    /// The categories nothing is known about.
    pub missing: Vec<RiskCategory>,
    /// What the forecast rests on or why there is none, in one sentence.
    pub note: String,
    /// Whether the history behind the snapshot is whole.
    pub complete: bool,
}
