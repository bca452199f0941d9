use serde::{Deserialize, Serialize};

use crate::{BoardId, TeamId};

/// A team: one board, unless settings map several boards to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its id: the board's id as text, unless mapped.
    pub id: TeamId,
    /// The name people see.
    pub name: String,
    /// Its boards.
    pub boards: Vec<BoardId>,
}
