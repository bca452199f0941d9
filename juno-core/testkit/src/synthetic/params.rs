use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::Mess;

/// Which Jira the export comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Cloud REST v3: account ids, sprint objects, rich text (ADF), pages by token.
    Cloud,
    /// Server or Data Center REST v2: user keys, `…Sprint@1f[…]` strings, wiki text, pages by offset.
    Server,
}

/// How the CSV export writes instants. Neither style has a zone: they are the first team's local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CsvDates {
    /// `02/Mar/26 9:14 AM`, what Jira writes by default.
    Jira,
    /// `2026-03-02 09:14`.
    Iso,
}

/// Ids of the custom fields. Every site has its own, so nothing may rely on the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldIds {
    /// A number that is not points (`Rank`, such as 170000.5). Its id sorts before those of the points fields.
    pub decoy: String,
    /// `Story point estimate`: the points of team-managed projects.
    pub story_point_estimate: String,
    /// `Sprint`.
    pub sprint: String,
    /// `Flagged`.
    pub flagged: String,
    /// `Story Points`: the points of company-managed projects.
    pub story_points: String,
}

impl Default for FieldIds {
    /// `customfield_` 10011, 10016, 10020, 10021, 10026.
    fn default() -> Self {
        let id = |n: u32| format!("customfield_{n}");
        Self {
            decoy: id(10_011),
            story_point_estimate: id(10_016),
            sprint: id(10_020),
            flagged: id(10_021),
            story_points: id(10_026),
        }
    }
}

/// What to simulate. Everything has a default; the same parameters give the same bytes.
///
/// | name | default | purpose |
/// | --- | --- | --- |
/// | `seed` | 1 | all randomness |
/// | `teams` | 3 | boards, each with a project of its own |
/// | `sprints_per_team` | 12 | finished ones; an open and a future one follow |
/// | `sprint_days` | 14 | planned length, from 5 |
/// | `start` | 2026-05-20 08:00 UTC | day of the first team's first sprint; the others start up to a third of a sprint later |
/// | `issues_per_sprint` | 5 | about how many issues a team finishes in a sprint |
/// | `backlog_per_team` | 44 | tickets that are never planned |
/// | `backlog_days` | 270 | how long before `start` the backlog begins |
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SyntheticParams {
    /// Source of all randomness.
    pub seed: u64,
    /// Number of teams, at least 1.
    pub teams: usize,
    /// Finished sprints per team; after them come one open and one future sprint.
    pub sprints_per_team: usize,
    /// Planned sprint length in days, at least 5.
    pub sprint_days: u32,
    /// The day on which the first team's first sprint starts.
    pub start: DateTime<Utc>,
    /// About how many issues a team finishes in a sprint, at least 1.
    pub issues_per_sprint: usize,
    /// Tickets per team that are never in a sprint.
    pub backlog_per_team: usize,
    /// Days before `start` at which the backlog begins.
    pub backlog_days: u32,
    /// Which Jira.
    pub dialect: Dialect,
    /// Custom field ids.
    pub fields: FieldIds,
    /// Date style of the CSV export.
    pub csv_dates: CsvDates,
    /// Issues per page.
    pub page_size: usize,
    /// Faults of the export.
    pub mess: Mess,
}

impl Default for SyntheticParams {
    fn default() -> Self {
        Self {
            seed: 1,
            teams: 3,
            sprints_per_team: 12,
            sprint_days: 14,
            // 2026-05-20T08:00:00Z, a Wednesday.
            start: DateTime::from_timestamp(1_779_264_000, 0).unwrap_or_default(),
            issues_per_sprint: 5,
            backlog_per_team: 44,
            backlog_days: 270,
            dialect: Dialect::Cloud,
            fields: FieldIds::default(),
            csv_dates: CsvDates::Jira,
            page_size: 100,
            mess: Mess::none(),
        }
    }
}

impl SyntheticParams {
    /// A small project for quick tests: 2 teams, 3 finished sprints, about 60 issues.
    #[must_use]
    pub fn small(seed: u64) -> Self {
        Self {
            seed,
            teams: 2,
            sprints_per_team: 3,
            backlog_per_team: 10,
            backlog_days: 90,
            ..Self::default()
        }
    }

    /// The instant of the export: 66 % into the first team's open sprint.
    #[must_use]
    pub fn as_of(&self) -> DateTime<Utc> {
        let sprints = i64::try_from(self.sprints_per_team).unwrap_or(i64::MAX / 2);
        let days = i64::from(self.sprint_days);
        self.start + TimeDelta::minutes(sprints * days * 1440 + days * 1440 * 66 / 100)
    }
}
