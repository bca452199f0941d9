use std::collections::BTreeMap;

use async_trait::async_trait;
use juno_domain::{
    BoardId, Event, IncompleteReason, Issue, MemberId, Quarantined, Sprint, SprintId, TableRow,
};

use crate::ConnectorError;

/// A place issues and sprints come from: a file, a site, a stream.
///
/// # Contract
/// - Batches come in the source's own order and are small: a source never holds all it has.
/// - A record that cannot be used comes as [`Record::Quarantined`] with its reason and position; it never ends
///   the source and is never left out in silence.
/// - After `None` or an error every further call gives `None`.
/// - Dropping the source stops it.
#[async_trait]
pub trait IssueSource: Send {
    /// What messages call this source: a path, an address.
    fn name(&self) -> &str;

    /// The next records; `None` at the end.
    ///
    /// # Errors
    /// If the source as a whole cannot be read or is not what it should be.
    async fn next_batch(&mut self) -> Result<Option<Vec<Record>>, ConnectorError>;
}

/// One thing a source knows.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Record {
    /// An issue with the history that came with it.
    Issue(Box<IssueRecord>),
    /// History of an issue that came on its own.
    History(Box<HistoryRecord>),
    /// A sprint.
    Sprint(Sprint),
    /// A board's name.
    Board {
        /// The board.
        id: BoardId,
        /// Its name.
        name: String,
    },
    /// A row of a sprint table.
    Row {
        /// The row.
        row: Box<TableRow>,
        /// The board the row names, where it names one.
        board: Option<BoardId>,
        /// The line the row begins at.
        line: u64,
    },
    /// What a result page says about the whole result it is a part of.
    Page(PageMark),
    /// Something a reader of the results should know.
    Note(String),
    /// A record, or a part of one, that could not be used.
    Quarantined(Quarantined),
}

/// An issue as one source shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct IssueRecord {
    /// The issue now. Sprints a source knows by name only have the id [`synthetic_sprint_id`] gives.
    ///
    /// [`synthetic_sprint_id`]: crate::synthetic_sprint_id
    pub issue: Issue,
    /// Its changes.
    pub events: Vec<Event>,
    /// How much of its history came with it.
    pub history: HistoryExtent,
    /// People seen in it.
    pub people: Vec<Person>,
    /// Sprints known by name only.
    pub named_sprints: BTreeMap<SprintId, String>,
    /// The parent's id, where the source gives an id instead of a key.
    pub parent_id: Option<String>,
    /// The site it came from, where the source tells.
    pub site: Option<String>,
    /// Comments the source counts but did not deliver.
    pub missing_comments: u64,
}

/// History of an issue that came apart from the issue.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryRecord {
    /// The issue's id, or its key where the source has only that.
    pub issue: String,
    /// Its changes; their `issue` is the same text.
    pub events: Vec<Event>,
    /// How much of the history this is.
    pub history: HistoryExtent,
    /// What is wrong with it.
    pub reasons: Vec<IncompleteReason>,
    /// People seen in it.
    pub people: Vec<Person>,
}

/// How much of an issue's history a source delivered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryExtent {
    /// Whether there was a changelog at all, be it empty.
    pub present: bool,
    /// How many entries the source says there are.
    pub total: Option<u64>,
    /// The entries that came, readable or not.
    pub entries: Vec<String>,
}

/// A person under every name a source uses for them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Person {
    /// Account id, else key, else login name.
    pub id: MemberId,
    /// The user key (Jira Server), where given.
    pub key: Option<String>,
    /// The login name (Jira Server), where given.
    pub login: Option<String>,
    /// The name people see.
    pub display: String,
}

/// What a result page says about its place in the whole result.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageMark {
    /// The folder or address the page came from: pages of one result share it.
    pub place: String,
    /// What the page lists: `issues`, `sprints`, …
    pub what: &'static str,
    /// Index of its first element in the whole result.
    pub start: Option<u64>,
    /// Elements on it.
    pub count: u64,
    /// Elements of the whole result, as the server counts them.
    pub total: Option<u64>,
    /// Whether the page says that it is the last one; `None` if it does not say.
    pub last: Option<bool>,
}
