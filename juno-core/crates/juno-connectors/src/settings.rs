use juno_domain::{BoardId, Team};
use serde::{Deserialize, Serialize};

use crate::{TableMapping, TimeZoneName};

/// How to read files. The default suits an export whose pages carry `names`, and every sprint table with the
/// usual column names.
///
/// | setting | default | purpose |
/// | --- | --- | --- |
/// | `site` | any | host of the Jira site, such as `acme.atlassian.net`; issues of another one are quarantined |
/// | `points_fields` | by name | ids (`customfield_10016`) or names of the story-point fields, the preferred one first |
/// | `sprint_field` | by name | id or name of the sprint field |
/// | `flagged_field` | by name | id or name of the impediment flag |
/// | `time_zone` | none | zone of dates that come without one; unset: UTC, and the issue is marked incomplete |
/// | `csv_date_order` | none | which number comes first in a CSV date such as `02/03/2026` |
/// | `csv_date_format` | none | a format for CSV dates, as `chrono` writes it: `%d.%m.%Y %H:%M` |
/// | `teams` | a team per board | teams with the boards that are theirs |
/// | `table` | usual names | column names of a sprint table |
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConnectorSettings {
    /// Host of the Jira site; issues of another site are quarantined.
    pub site: Option<String>,
    /// Ids or names of the story-point fields, the preferred one first; empty: found by their names.
    pub points_fields: Vec<String>,
    /// Id or name of the sprint field; unset: found by its name, its type or its values.
    pub sprint_field: Option<String>,
    /// Id or name of the impediment flag; unset: found by its name or its values.
    pub flagged_field: Option<String>,
    /// Zone of dates that come without one.
    pub time_zone: Option<TimeZoneName>,
    /// Which number comes first in an all-number CSV date.
    pub csv_date_order: Option<DateOrder>,
    /// A format for CSV dates, tried before the usual ones.
    pub csv_date_format: Option<String>,
    /// Teams with their boards; a board without one is a team of its own.
    pub teams: Vec<Team>,
    /// Column names of a sprint table.
    pub table: TableMapping,
}

impl ConnectorSettings {
    /// The team a board belongs to by these settings.
    pub(crate) fn team_of(&self, board: BoardId) -> Option<&Team> {
        self.teams.iter().find(|team| team.boards.contains(&board))
    }
}

/// Which number comes first in an all-number date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// `02/03/2026` is 2 March.
    DayFirst,
    /// `02/03/2026` is 3 February.
    MonthFirst,
}
