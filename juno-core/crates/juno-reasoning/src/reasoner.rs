use chrono::{DateTime, Utc};
use juno_analytics::History;
use juno_domain::{Dataset, PrincipalId, Progress, Proposal};
use juno_risk::Forecast;
use serde::{Deserialize, Serialize};

use crate::{Experience, ReasoningError, Trace};

/// Everything a reasoner may look at. Nothing in it is later than `as_of`.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    /// The histories of all issues and sprints.
    pub history: &'a History,
    /// What the sources show now, by id; for what has no history, such as links.
    pub dataset: &'a Dataset,
    /// The instant of the question.
    pub as_of: DateTime<Utc>,
    /// Forecasts of the open sprints at that instant.
    pub forecasts: &'a [Forecast],
    /// What earlier proposals came to.
    pub experience: &'a Experience,
    /// Who proposes.
    pub proposer: &'a PrincipalId,
}

/// Something a reasoner found: the reasoning and, where something should be done, a proposal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is about, such as an issue's key.
    pub subject: String,
    /// How it was found.
    pub trace: Trace,
    /// What to do; `None` where nothing should be done.
    pub proposal: Option<Proposal>,
}

/// Something that could not be looked at, and why. It never stops the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// What it is about, such as an issue's key.
    pub subject: String,
    /// Why.
    pub reason: String,
}

/// What a reasoner has to say about a situation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// In a fixed order: most urgent first, then by subject.
    pub findings: Vec<Finding>,
    /// What it could not look at.
    pub skipped: Vec<Skipped>,
}

/// Looks at a situation and suggests.
///
/// An implementation must be a pure function of the situation: the same situation gives the same findings with the
/// same proposal ids. One bad subject goes to [`Findings::skipped`]; only what makes the whole question pointless is
/// an error.
pub trait Reasoner: Send + Sync {
    /// A short name for records.
    fn name(&self) -> &str;

    /// Looks at the situation.
    ///
    /// # Errors
    /// If the situation as a whole cannot be judged, or if `progress` was cancelled.
    fn reason(&self, situation: &Situation<'_>, progress: &Progress) -> Result<Findings, ReasoningError>;
}
