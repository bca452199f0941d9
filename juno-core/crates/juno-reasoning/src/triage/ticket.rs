use chrono::{DateTime, NaiveDate, Utc};
use juno_domain::{IssueKey, Member, SprintId, StatusCategory, TeamId};
use serde::Serialize;

/// What triage looks at: one open ticket at one instant.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ticket {
    pub key: IssueKey,
    pub team: TeamId,
    pub status: String,
    pub category: StatusCategory,
    /// The to-do status it last came from, if it is in progress.
    pub todo_before: Option<String>,
    pub priority: Option<String>,
    pub assignee: Option<Member>,
    /// Who reported it; `None` also for a machine, which answers no question.
    pub reporter: Option<Member>,
    /// Sorted, each once.
    pub labels: Vec<String>,
    pub components: Vec<String>,
    pub described: bool,
    pub flagged: bool,
    /// Unfinished issues it waits for.
    pub blocked_by: Vec<IssueKey>,
    /// The issue it duplicates, by a link.
    pub duplicate_of: Option<IssueKey>,
    /// The running sprint it is in.
    pub sprint: Option<RunningSprint>,
    pub last_activity: DateTime<Utc>,
    /// The day of it, where the team is.
    pub last_day: NaiveDate,
    /// Whole days since then.
    pub silent_days: i64,
    /// What JUNO itself did to it since then, while people still have time to react to that.
    pub acted_on: Option<ActedOn>,
    /// Whether its history is whole.
    pub complete: bool,
}

/// A running sprint of a ticket.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RunningSprint {
    pub id: SprintId,
    pub name: String,
    /// Elapsed share, where its dates are known.
    pub t: Option<f64>,
    /// The day of its planned end, while that lies ahead.
    pub ends: Option<NaiveDate>,
}

/// When JUNO last wrote on a ticket, and until when people get to react.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ActedOn {
    pub on: NaiveDate,
    pub until: NaiveDate,
}

/// What makes a proposal about a ticket a new question when it changes. Nothing in it changes by itself.
#[derive(Serialize)]
pub(super) struct TicketSituation<'a> {
    key: &'a str,
    status: &'a str,
    assignee: Option<&'a str>,
    priority: Option<&'a str>,
    labels: &'a [String],
    flagged: bool,
    blocked_by: &'a [IssueKey],
    duplicate_of: Option<&'a IssueKey>,
    sprint: Option<SprintId>,
    last_activity: DateTime<Utc>,
}

impl Ticket {
    pub(super) fn situation(&self) -> TicketSituation<'_> {
        TicketSituation {
            key: self.key.as_str(),
            status: &self.status,
            assignee: self.assignee.as_ref().map(|m| m.id.as_str()),
            priority: self.priority.as_deref(),
            labels: &self.labels,
            flagged: self.flagged,
            blocked_by: &self.blocked_by,
            duplicate_of: self.duplicate_of.as_ref(),
            sprint: self.sprint.as_ref().map(|s| s.id),
            last_activity: self.last_activity,
        }
    }

    /// Whether its priority is one of the two highest of the common schemes.
    pub(super) fn is_urgent(&self) -> bool {
        self.usual_priority().is_some()
    }

    /// The middle of the priority scheme that a high priority belongs to; `None` if its priority is not high.
    pub(super) fn usual_priority(&self) -> Option<&'static str> {
        match self.priority.as_ref()?.to_lowercase().as_str() {
            "highest" | "high" | "urgent" => Some("Medium"),
            "blocker" | "critical" => Some("Major"),
            _ => None,
        }
    }

    /// Whether a label (not the text of its summary) calls it a duplicate.
    pub(super) fn is_labelled_duplicate(&self) -> bool {
        self.labels.iter().any(|label| label.eq_ignore_ascii_case("duplicate"))
    }

    /// What it is known to wait for, in words.
    pub(super) fn waits_for(&self) -> Option<String> {
        if !self.blocked_by.is_empty() {
            let keys: Vec<&str> = self.blocked_by.iter().map(IssueKey::as_str).collect();
            return Some(format!("it waits for {}", keys.join(", ")));
        }
        self.flagged.then(|| "it is flagged as impeded".to_owned())
    }
}
