use serde::{Deserialize, Serialize};

/// Where a status stands in the flow of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusCategory {
    /// Not started.
    ToDo,
    /// Started, not finished.
    InProgress,
    /// Finished.
    Done,
    /// The source does not say.
    Unknown,
}

/// A workflow status. Its id lasts; its name may be changed by an administrator.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Status {
    /// The site's id of the status, where the source gives it.
    pub id: Option<String>,
    /// Its name on the day of the record.
    pub name: String,
    /// Its category as the source states it; the source can be wrong.
    pub category: StatusCategory,
}
