use chrono::{DateTime, Utc};
use juno_analytics::History;
use juno_domain::{Dataset, Progress};
use serde::{Deserialize, Serialize};

use crate::{AgentConfig, AgentError};

/// What was read from exports, with every issue's history rebuilt.
#[derive(Debug)]
pub struct Records {
    dataset: Dataset,
    history: History,
    events: usize,
}

impl Records {
    /// Rebuilds the histories of a loaded dataset. Its events become the histories: [`dataset`](Self::dataset) has
    /// none.
    ///
    /// # Errors
    /// If the histories cannot be rebuilt, or `progress` was cancelled.
    pub fn new(mut dataset: Dataset, config: &AgentConfig, progress: &Progress) -> Result<Self, AgentError> {
        let events = dataset.events.len();
        let history = History::build_taking_events(&mut dataset, &config.history, progress)?;
        Ok(Self { dataset, history, events })
    }

    /// What was read, without the events: those are in [`history`](Self::history).
    #[must_use]
    pub const fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// The rebuilt histories.
    #[must_use]
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// The newest instant at which anything happened; `None` where the input has no dates.
    #[must_use]
    pub fn newest(&self) -> Option<DateTime<Utc>> {
        self.history.observed_until()
    }

    /// What a reader of any number from these records should know: what was assumed while reading and replaying.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let workflow = self.history.workflow().notes().iter().map(ToString::to_string);
        let more = match self.dataset.quarantined_unlisted {
            0 => None,
            n => Some(format!("{n} more records could not be used than are listed")),
        };
        more.into_iter().chain(self.dataset.notes.iter().cloned()).chain(workflow).collect()
    }

    /// How much was read.
    #[must_use]
    pub fn summary(&self) -> LoadSummary {
        LoadSummary {
            issues: self.dataset.issues.len(),
            sprints: self.dataset.sprints.len() + self.dataset.rows.len(),
            events: self.events,
        }
    }
}

/// How much was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadSummary {
    /// Issues.
    pub issues: usize,
    /// Sprints, rows of sprint tables included.
    pub sprints: usize,
    /// Changes of issues.
    pub events: usize,
}
