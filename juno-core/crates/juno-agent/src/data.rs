use std::path::PathBuf;

use chrono::{DateTime, Utc};
use juno_analytics::{History, HistoryOptions};
use juno_connectors::{ConnectorSettings, load, load_table};
use juno_domain::{Dataset, FinishedSprint, Progress, TableRow};
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
    pub fn new(dataset: Dataset, config: &AgentConfig, progress: &Progress) -> Result<Self, AgentError> {
        Self::build(dataset, &config.history, progress)
    }

    /// Reads exports by the usual settings: files, or folders of them.
    ///
    /// # Errors
    /// As [`Juno::load`](crate::Juno::load).
    pub async fn read(paths: &[PathBuf], progress: &Progress) -> Result<Self, AgentError> {
        let dataset = load(paths, &ConnectorSettings::default(), progress).await?;
        Self::build(dataset, &HistoryOptions::default(), progress)
    }

    /// Reads a sprint table out of CSV text by the usual settings; `name` stands in messages.
    ///
    /// # Errors
    /// If it is no sprint table. A bad row is quarantined.
    pub fn read_table(name: &str, csv: &[u8], progress: &Progress) -> Result<Self, AgentError> {
        let dataset = load_table(name, csv, &ConnectorSettings::default())?;
        Self::build(dataset, &HistoryOptions::default(), progress)
    }

    fn build(
        mut dataset: Dataset,
        options: &HistoryOptions,
        progress: &Progress,
    ) -> Result<Self, AgentError> {
        let events = dataset.events.len();
        let history = History::build_taking_events(&mut dataset, options, progress)?;
        Ok(Self { dataset, history, events })
    }

    /// Every sprint that is over: the rows of sprint tables that have an outcome or, without such tables, what the issues
    /// tell.
    ///
    /// # Errors
    /// If the histories contradict themselves.
    pub fn finished_sprints(&self) -> Result<Vec<FinishedSprint>, AgentError> {
        if self.dataset.rows.is_empty() {
            return Ok(self.history.finished_sprints(DateTime::<Utc>::MAX_UTC)?);
        }
        Ok(self.dataset.rows.iter().filter_map(TableRow::finished).collect())
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
