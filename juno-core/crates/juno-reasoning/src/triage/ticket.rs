use chrono::{DateTime, NaiveDate, Utc};
use juno_domain::{IssueKey, Member, StatusCategory, TeamId};
use serde::Serialize;

/// What triage looks at: one open ticket at one instant.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ticket {
    pub key: IssueKey,
    pub team: TeamId,
    pub issue_type: String,
    pub status: String,
    pub category: StatusCategory,
    /// The to-do status it last came from, if it is in progress.
    pub todo_before: Option<String>,
    pub priority: Option<String>,
    pub assignee: Option<Member>,
    pub reporter: Option<Member>,
    pub labels: Vec<String>,
    pub described: bool,
    pub flagged: bool,
    /// Unfinished issues it waits for.
    pub blocked_by: Vec<IssueKey>,
    /// The issue it duplicates, by a link.
    pub duplicate_of: Option<IssueKey>,
    /// The running sprint it is in.
    pub sprint: Option<RunningSprint>,
    pub last_activity: DateTime<Utc>,
    pub silent_days: f64,
    pub usual: Usual,
    pub complete: bool,
}

/// A running sprint of a ticket.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RunningSprint {
    pub name: String,
    /// Elapsed share, where its dates are known.
    pub t: Option<f64>,
    pub end: Option<NaiveDate>,
}

/// How long comparable tickets stay silent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Usual {
    /// Share of comparable silent spells that were shorter, 0 to 1.
    pub percentile: f64,
    /// How many spells that rests on.
    pub spells: usize,
    /// What they have in common, in words.
    pub basis: String,
}

/// What makes a proposal about a ticket a new question when it changes. Nothing in it changes by itself.
#[derive(Serialize)]
pub(super) struct Situation<'a> {
    key: &'a str,
    status: &'a str,
    assignee: Option<&'a str>,
    priority: Option<&'a str>,
    labels: &'a [String],
    flagged: bool,
    sprint: Option<&'a str>,
    last_activity: DateTime<Utc>,
}

impl Ticket {
    pub(super) fn situation(&self) -> Situation<'_> {
        Situation {
            key: self.key.as_str(),
            status: &self.status,
            assignee: self.assignee.as_ref().map(|m| m.id.as_str()),
            priority: self.priority.as_deref(),
            labels: &self.labels,
            flagged: self.flagged,
            sprint: self.sprint.as_ref().map(|s| s.name.as_str()),
            last_activity: self.last_activity,
        }
    }

    /// Whether its priority is one of the two highest of the common schemes.
    pub(super) fn is_urgent(&self) -> bool {
        let urgent = ["highest", "high", "blocker", "critical", "urgent"];
        self.priority.as_ref().is_some_and(|p| urgent.contains(&p.to_lowercase().as_str()))
    }

    /// Whether a label (not the text of its summary) calls it a duplicate.
    pub(super) fn is_labelled_duplicate(&self) -> bool {
        self.labels.iter().any(|label| label.eq_ignore_ascii_case("duplicate"))
    }
}
