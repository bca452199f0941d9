use serde::{Deserialize, Serialize};

use crate::{Event, FinishedSprint, Issue, Member, Scope, Sprint, SprintSnapshot, Status, Team};

/// Everything loaded from one or more sources, merged and in a fixed order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Dataset {
    /// Issues, each once, by id.
    pub issues: Vec<Issue>,
    /// Sprints, each once, by id.
    pub sprints: Vec<Sprint>,
    /// Changes of the issues, each once, in order.
    pub events: Vec<Event>,
    /// Teams, by id.
    pub teams: Vec<Team>,
    /// People seen, by id.
    pub members: Vec<Member>,
    /// Statuses seen with an id or a category.
    pub statuses: Vec<Status>,
    /// Rows of one-row-per-sprint tables, by project and sprint id.
    pub rows: Vec<TableRow>,
    /// What could not be read; of very many, the first by source and position.
    pub quarantined: Vec<Quarantined>,
    /// How many more were quarantined than [`quarantined`](Self::quarantined) lists.
    #[serde(default)]
    pub quarantined_unlisted: u64,
    /// What a reader of the results should know about the load: fields not found, pages missing.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl Dataset {
    /// How many records could not be read, listed or not.
    #[must_use]
    pub fn quarantined_total(&self) -> u64 {
        self.quarantined_unlisted.saturating_add(self.quarantined.len() as u64)
    }
}

/// A row of a sprint table: the sprint at several progress stages and, where it is over, what it delivered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableRow {
    /// The sprint at rising `t`.
    pub stages: Vec<SprintSnapshot>,
    /// What it delivered; `None` while it runs. A later fact than any stage: history only.
    pub delivered: Option<Scope>,
    /// Whether the table tells delivered issues too; if not, `delivered.issues` is 0 and means nothing.
    pub delivered_issues_known: bool,
    /// The part of an evaluation the table puts it in, such as `train`; `None` where it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
}

impl TableRow {
    /// The row as a finished sprint; `None` while it runs or if it has no stage.
    #[must_use]
    pub fn finished(&self) -> Option<FinishedSprint> {
        let first = self.stages.first()?;
        Some(FinishedSprint {
            project: first.project.clone(),
            sprint: first.sprint,
            team: first.team.clone(),
            started_at: None,
            closed_at: None,
            stages: self.stages.clone(),
            delivered: self.delivered?,
            delivered_issues_known: self.delivered_issues_known,
        })
    }
}

/// A record that could not be used: kept count of, never dropped in silence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Quarantined {
    /// The file or address it came from.
    pub source: String,
    /// Where in the source: `issue 17`, `line 4`.
    pub position: String,
    /// Why it was refused and what would make it good.
    pub reason: String,
}
