use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{HistoryGap, IssueTruth, SprintReport};

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
