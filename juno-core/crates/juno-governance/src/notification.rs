use chrono::{DateTime, Utc};
use juno_crypto::digest_of;
use juno_domain::{
    Action, ActionCategory, EventId, Impact, OutcomeResult, PrincipalId, RequestId, Role, TeamId, Verdict,
};
use serde::{Deserialize, Serialize};

use crate::GovernanceError;

/// What somebody is told about a request.
///
/// It says that something is to be looked at, not what: neither the arguments of the action, nor texts people wrote, nor
/// evidence are in it, as it leaves the host's control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notification {
    /// Stays the same however often this is delivered: receivers drop what they have seen. Made of the event, the
    /// channel and, where each recipient gets their own, the recipient.
    pub key: String,
    /// What it is about.
    pub kind: NotificationKind,
    /// The event behind it, as the audit log has it.
    pub event: EventId,
    /// The request.
    pub request: RequestId,
    /// The team it concerns.
    pub team: TeamId,
    /// The role that decides, where somebody has to.
    #[serde(default)]
    pub role: Option<Role>,
    /// Whom it is for: where somebody has to decide, those who could do that when it was written; else the proposer and
    /// those who took part. May be empty when the request has moved on meanwhile.
    pub recipients: Vec<PrincipalId>,
    /// The action.
    pub action: ActionSummary,
    /// How much it can change.
    pub impact: Impact,
    /// Who proposed it.
    pub proposer: PrincipalId,
    /// Until when somebody has to decide.
    #[serde(default)]
    pub deadline: Option<DateTime<Utc>>,
    /// How it was decided.
    #[serde(default)]
    pub verdict: Option<Verdict>,
    /// How its execution ended.
    #[serde(default)]
    pub result: Option<OutcomeResult>,
    /// When the event happened.
    pub created_at: DateTime<Utc>,
}

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NotificationKind {
    /// Somebody has to decide: a request was submitted, or its next rung opened.
    ApprovalRequested,
    /// Somebody has to decide about an appeal.
    AppealRequested,
    /// The role below did not decide or passed it on: a higher one has to.
    Escalated,
    /// The deadline was missed, and the same role decides on until a final one.
    Held,
    /// The deadline comes near and nobody has decided.
    OverdueSoon,
    /// Approved or denied, by people or by policy.
    Decided,
    /// Nobody decided in time, and that was the end.
    Expired,
    /// Somebody other than the proposer ended it, or it was replaced under another policy.
    Cancelled,
    /// The proposer took it back.
    Withdrawn,
    /// An execution ended, or a look at it found what became of it.
    Executed,
}

impl NotificationKind {
    /// The word that stores and JSON use: `approval_requested`, ….
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApprovalRequested => "approval_requested",
            Self::AppealRequested => "appeal_requested",
            Self::Escalated => "escalated",
            Self::Held => "held",
            Self::OverdueSoon => "overdue_soon",
            Self::Decided => "decided",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Withdrawn => "withdrawn",
            Self::Executed => "executed",
        }
    }

    /// Whether its recipients are asked to decide, and not only informed.
    #[must_use]
    pub const fn asks(self) -> bool {
        matches!(
            self,
            Self::ApprovalRequested
                | Self::AppealRequested
                | Self::Escalated
                | Self::Held
                | Self::OverdueSoon
        )
    }
}

/// What an action is, without its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionSummary {
    /// Its name, as policies use it.
    pub name: String,
    /// What it acts on: the key of an issue, or what a host calls it.
    pub target: String,
    /// Its category.
    pub category: ActionCategory,
}

impl ActionSummary {
    /// The summary of an action.
    #[must_use]
    pub fn of(action: &Action) -> Self {
        Self {
            name: action.name().to_owned(),
            target: action.target().to_owned(),
            category: action.category(),
        }
    }
}

impl Notification {
    /// The same notification on one channel, for one recipient or for all of them.
    pub(crate) fn on(&self, channel: &str, recipient: Option<&PrincipalId>) -> Result<Self, GovernanceError> {
        let of = ("notification", &self.event, self.kind, channel, recipient);
        let digest = digest_of(&of)?.to_string();
        let mut addressed = self.clone();
        // 128 bits are plenty against chance.
        addressed.key = format!("ntf-{}", digest.get(..32).unwrap_or(&digest));
        if let Some(recipient) = recipient {
            addressed.recipients = vec![recipient.clone()];
        }
        Ok(addressed)
    }

    /// One line for people: `PAY: please decide on add_label of PAY-12`.
    #[must_use]
    pub fn subject(&self) -> String {
        let what = format!("{} of {}", self.action.name, self.action.target);
        let said = match (self.kind, self.verdict, self.result) {
            (NotificationKind::ApprovalRequested, ..) => format!("please decide on {what}"),
            (NotificationKind::AppealRequested, ..) => format!("please decide on the appeal about {what}"),
            (NotificationKind::Escalated, ..) => format!("passed up to you: {what}"),
            (NotificationKind::Held, ..) => format!("deadline missed, last chance to decide on {what}"),
            (NotificationKind::OverdueSoon, ..) => format!("deadline near, nobody decided on {what}"),
            (NotificationKind::Decided, Some(Verdict::Denied), _) => format!("denied: {what}"),
            (NotificationKind::Decided, ..) => format!("approved: {what}"),
            (NotificationKind::Expired, ..) => format!("nobody decided in time: {what}"),
            (NotificationKind::Cancelled, ..) => format!("cancelled: {what}"),
            (NotificationKind::Withdrawn, ..) => format!("withdrawn: {what}"),
            (NotificationKind::Executed, _, Some(OutcomeResult::Succeeded)) => format!("done: {what}"),
            (NotificationKind::Executed, _, Some(OutcomeResult::Reversed)) => format!("undone: {what}"),
            (NotificationKind::Executed, _, Some(OutcomeResult::Failed)) => format!("failed: {what}"),
            (NotificationKind::Executed, _, Some(OutcomeResult::DryRun)) => format!("only shown: {what}"),
            (NotificationKind::Executed, ..) => format!("nobody knows whether it took effect: {what}"),
        };
        plain(&format!("{}: {said}", self.team))
    }

    /// A few lines for people: what, for whom, until when, and where to find it again.
    #[must_use]
    pub fn text(&self) -> String {
        let mut lines = vec![self.subject(), String::new()];
        lines.push(format!("Request: {}", self.request));
        lines.push(format!("Action: {} of {}", self.action.name, self.action.target));
        lines.push(format!("Impact: {}", word(&self.impact)));
        lines.push(format!("Team: {}", self.team));
        lines.push(format!("Proposed by: {}", self.proposer));
        lines.extend(self.role.map(|role| format!("Decides: {role}")));
        lines.extend(self.deadline.map(|deadline| format!("Until: {}", deadline.to_rfc3339())));
        lines.extend(self.verdict.map(|verdict| format!("Verdict: {}", word(&verdict))));
        lines.extend(self.result.map(|result| format!("Result: {}", word(&result))));
        lines.push(format!("Happened: {}", self.created_at.to_rfc3339()));
        let lines: Vec<String> = lines.iter().map(|line| plain(line)).collect();
        lines.join("\n") + "\n"
    }
}

/// The text in one line: what is named by others must not look like a line of its own.
fn plain(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().map(|c| if breaks(c) { ' ' } else { c }).collect()
}

/// The word serde has for a unit variant.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
