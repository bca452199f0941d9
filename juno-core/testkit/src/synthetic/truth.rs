use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{SprintReport, Timeline};

/// What really happened, whatever the export shows of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Truth {
    /// The instant of the export.
    pub as_of: DateTime<Utc>,
    /// Teams, by board.
    pub teams: Vec<TeamTruth>,
    /// Issues by current key. Refused records are not among them.
    pub issues: BTreeMap<String, IssueTruth>,
    /// Sprints by id, without deleted ones.
    pub sprints: BTreeMap<u64, SprintTruth>,
    /// Sprints that histories name and that exist no more.
    pub deleted_sprints: BTreeSet<u64>,
    /// Every silence of 14 days or more of an open issue.
    pub quiet_spells: Vec<QuietSpell>,
    /// Records that a reader must refuse. Their number is the expected quarantine count.
    pub bad_records: Vec<BadRecord>,
    /// Keys of issues that are delivered twice (with equal content).
    pub duplicates: Vec<String>,
    /// How often each fault of [`Mess`](super::Mess) was really made, by the name of its field there.
    pub mess: BTreeMap<&'static str, usize>,
}

impl Truth {
    /// Whether the report of a sprint can be told from the export: no issue in it lacks a part of its history.
    #[must_use]
    pub fn is_derivable(&self, sprint: u64) -> bool {
        let whole = |key: &String| {
            let gaps = self.issues.get(key).map_or(&[][..], |i| &i.gaps);
            gaps.iter().all(|g| matches!(g, HistoryGap::UnknownSprint { .. }))
        };
        let report = self.sprints.get(&sprint).and_then(|s| s.report.as_ref());
        report.is_some_and(|r| {
            let last = [&r.completed, &r.not_completed, &r.completed_elsewhere];
            let came = [&r.committed, &r.added, &r.removed];
            last.into_iter().chain(came).flatten().all(|l| whole(&l.key))
        })
    }
}

/// A team: one board, one project.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TeamTruth {
    /// Board id.
    pub board: u64,
    /// Project key.
    pub project: String,
    /// Project name.
    pub name: String,
    /// Time zone.
    pub zone: String,
    /// `steady`, `over_commits` or `improves`.
    pub habit: &'static str,
    /// Account ids of its members, the lead first.
    pub members: Vec<String>,
    /// Name of the field that holds its points.
    pub points_field: &'static str,
}

/// A status: its lasting id, its present name, and whether it means done (its category may say otherwise).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusValue {
    /// Lasting id.
    pub id: &'static str,
    /// Name at the instant of the export.
    pub name: &'static str,
    /// Whether it means done.
    pub done: bool,
}

/// An issue and its past.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IssueTruth {
    /// Current key.
    pub key: String,
    /// Lasting id.
    pub id: u64,
    /// Earlier keys, oldest first.
    pub former_keys: Vec<String>,
    /// Board of the team that made it.
    pub board: u64,
    /// Type name.
    pub issue_type: &'static str,
    /// Key of the parent, for a sub-task. A sub-task has the sprints of its parent, and no entries for them.
    pub parent: Option<String>,
    /// Creation.
    pub created: DateTime<Utc>,
    /// Last entry or comment, by man or machine.
    pub updated: DateTime<Utc>,
    /// `resolutiondate`.
    pub resolved: Option<DateTime<Utc>>,
    /// Last act of a person: entry or comment, at least the creation. Links that machines note are none.
    pub last_human_act: DateTime<Utc>,
    /// Status.
    pub status: Timeline<StatusValue>,
    /// Account id (Cloud) or user key (Server).
    pub assignee: Timeline<Option<String>>,
    /// Sprint ids in the order of the field.
    pub sprint: Timeline<Vec<u64>>,
    /// Estimate.
    pub points: Timeline<Option<f64>>,
    /// Impediment flag.
    pub flagged: Timeline<bool>,
    /// What its exported history lacks; empty if every value at every instant can be told from it.
    pub gaps: Vec<HistoryGap>,
}

impl IssueTruth {
    /// Whether the exported history tells everything.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }
}

/// Something an exported history lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "gap", rename_all = "snake_case")]
pub enum HistoryGap {
    /// Only the newest entries were delivered: values before `known_from` cannot be told for certain.
    Truncated {
        /// Entries there are.
        total: usize,
        /// Instant of the oldest entry delivered.
        known_from: DateTime<Utc>,
    },
    /// The last change of a field is missing: it ends at another value than the field shows.
    EndsElsewhere {
        /// `status`, `assignee` or `points`.
        field: &'static str,
        /// When it really changed.
        at: DateTime<Utc>,
    },
    /// The history names a sprint that was deleted: that it was in there is known, the dates of it are not.
    UnknownSprint {
        /// The sprint.
        sprint: u64,
    },
}

/// A sprint, planned and real.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SprintTruth {
    /// Id.
    pub id: u64,
    /// Board it was made on.
    pub board: u64,
    /// Name.
    pub name: String,
    /// `closed`, `active` or `future`.
    pub state: &'static str,
    /// Planned start, as the export gives it; `None` for a future sprint.
    pub planned_start: Option<DateTime<Utc>>,
    /// Real start. In Cloud the export has only one start, and it is this one.
    pub started: Option<DateTime<Utc>>,
    /// Planned end.
    pub planned_end: Option<DateTime<Utc>>,
    /// Real end.
    pub closed: Option<DateTime<Utc>>,
    /// What became of its issues, at its end or, while it runs, at the instant of the export. `None` for a future
    /// sprint.
    pub report: Option<SprintReport>,
}

/// A silence of an open issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuietSpell {
    /// Issue.
    pub key: String,
    /// Board of its team.
    pub board: u64,
    /// Id of the status in which it was silent.
    pub status: &'static str,
    /// The last human act before.
    pub from: DateTime<Utc>,
    /// The human act that ended it; `None` if it still lasts at the instant of the export.
    pub woke: Option<DateTime<Utc>>,
}

/// A record that must be refused, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadRecord {
    /// Page, from 0.
    pub page: usize,
    /// Position on the page, from 0.
    pub position: usize,
    /// `no key`, `unreadable created`, `negative points`.
    pub reason: &'static str,
}
