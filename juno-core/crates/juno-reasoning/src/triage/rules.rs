use juno_domain::{Action, Impact, Member, StatusCategory};

use super::TriageParams;
use super::ticket::Ticket;
use crate::Alternative;

/// What to do about a stale ticket, and what else was weighed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    pub action: Action,
    pub impact: Impact,
    /// Why this action fits, one sentence that names facts of the ticket.
    pub because: String,
    pub alternatives: Vec<Alternative>,
}

/// What is known about the people around a ticket.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct People {
    /// Who should have it, with the reason; never the present assignee.
    pub suggestion: Option<(Member, String)>,
    /// Why the present assignee will hardly get to it.
    pub assignee_trouble: Option<String>,
}

/// Chooses for a stale ticket; `None` where there is nothing sensible left to propose.
///
/// First match wins, from the most certain ground to the least: a recorded duplicate, something that blocks, nobody
/// responsible, then what is left. Closing needs a link or label that says duplicate; it is never the default.
pub(super) fn choose(ticket: &Ticket, people: &People, params: &TriageParams) -> Option<Choice> {
    duplicate(ticket)
        .or_else(|| in_sprint(ticket, people))
        .or_else(|| out_of_sprint(ticket))
        .or_else(|| label(ticket, params))
}

fn duplicate(ticket: &Ticket) -> Option<Choice> {
    let because = match &ticket.duplicate_of {
        Some(other) => format!("it is linked as a duplicate of {other}"),
        None if ticket.is_labelled_duplicate() => "it carries the label `duplicate`".to_owned(),
        None => return None,
    };
    let action = Action::Close { issue: ticket.key.clone(), resolution: "Duplicate".into() };
    Some(choice(action, Impact::Medium, because, "label it", "a label would leave the duplicate open"))
}

fn in_sprint(ticket: &Ticket, people: &People) -> Option<Choice> {
    let sprint = ticket.sprint.as_ref()?;
    let issue = ticket.key.clone();
    if ticket.flagged || !ticket.blocked_by.is_empty() {
        let why = blocked_text(ticket);
        let message =
            format!("{issue} is in {} and {why}; nobody has moved it since {}", sprint.name, since(ticket));
        let action = Action::Escalate { issue, message };
        return Some(choice(
            action,
            Impact::Medium,
            format!("{why} in a running sprint"),
            "reassign it",
            "a new assignee would wait too",
        ));
    }
    let trouble = match &ticket.assignee {
        None => Some("nobody is assigned".to_owned()),
        Some(_) => people.assignee_trouble.clone(),
    };
    if let (Some(trouble), Some((to, reason))) = (trouble, &people.suggestion) {
        let from = ticket.assignee.as_ref().map(|m| m.id.clone());
        let impact = if ticket.is_urgent() { Impact::High } else { Impact::Medium };
        let action = Action::Reassign { issue, from, to: to.id.clone() };
        let because = format!("{trouble}, and {} {reason}", to.name);
        return Some(choice(action, impact, because, "ask the assignee", "an answer would not free anybody"));
    }
    let late = sprint.t.is_some_and(|t| t >= 0.8) && ticket.category == StatusCategory::ToDo;
    if let (true, Some(end)) = (late, sprint.end) {
        let action = Action::Defer { issue, until: end };
        let because = format!("it is not started and {} is nearly over", sprint.name);
        return Some(choice(action, Impact::Medium, because, "reassign it", "little of the sprint is left"));
    }
    let of = ticket.assignee.as_ref().or(ticket.reporter.as_ref()).map(|m| m.id.clone());
    let question = format!(
        "Nothing has happened on {issue} since {}. Is it still planned for {}? What does it wait for?",
        since(ticket),
        sprint.name
    );
    let action = Action::RequestInfo { issue, of, question };
    let because = format!("it is in {} and nothing recorded says why it rests", sprint.name);
    Some(choice(action, Impact::Low, because, "label it", "a label would tell nobody who could move it"))
}

fn out_of_sprint(ticket: &Ticket) -> Option<Choice> {
    let issue = ticket.key.clone();
    if let (StatusCategory::InProgress, Some(to)) = (ticket.category, &ticket.todo_before) {
        let action = Action::UpdateStatus { issue, from: ticket.status.clone(), to: to.clone() };
        let because =
            format!("it stands in `{}` in no running sprint, and nobody works on it", ticket.status);
        return Some(choice(
            action,
            Impact::Low,
            because,
            "label it",
            "the board would still show it as work in progress",
        ));
    }
    if ticket.is_urgent() {
        let from = ticket.priority.clone();
        let because =
            format!("its priority is {} and no sprint has taken it", from.as_deref().unwrap_or("unset"));
        let action = Action::Reprioritise { issue, from, to: "Medium".into() };
        return Some(choice(action, Impact::Medium, because, "escalate it", "nothing blocks it"));
    }
    if !ticket.described {
        let of = ticket.reporter.as_ref().map(|m| m.id.clone());
        of.as_ref()?;
        let question = format!("{issue} has no description. Is it still needed, and what should be done?");
        let action = Action::RequestInfo { issue, of, question };
        return Some(choice(
            action,
            Impact::Low,
            "it has no description".into(),
            "label it",
            "nobody could pick it up as it is",
        ));
    }
    None
}

fn label(ticket: &Ticket, params: &TriageParams) -> Option<Choice> {
    if ticket.labels.iter().any(|l| l.eq_ignore_ascii_case(&params.label)) {
        return None;
    }
    let action = Action::AddLabel { issue: ticket.key.clone(), label: params.label.clone() };
    let because = "it is in no running sprint and nothing about it is urgent".to_owned();
    Some(choice(action, Impact::Low, because, "close it", "silence alone is no reason to close"))
}

/// The day of the last activity. An action never counts days: it would be another action, and so another proposal,
/// every day.
fn since(ticket: &Ticket) -> String {
    ticket.last_activity.format("%-d %B %Y").to_string()
}

fn blocked_text(ticket: &Ticket) -> String {
    match (ticket.flagged, ticket.blocked_by.as_slice()) {
        (true, []) => "it is flagged as impeded".into(),
        (_, blockers) => {
            let keys: Vec<&str> = blockers.iter().map(juno_domain::IssueKey::as_str).collect();
            format!("it waits for {}", keys.join(", "))
        }
    }
}

fn choice(action: Action, impact: Impact, because: String, other: &str, why_not: &str) -> Choice {
    let alternatives = vec![
        Alternative { what: other.into(), why_not: why_not.into() },
        Alternative {
            what: "leave it".into(),
            why_not: "comparable tickets were picked up long before".into(),
        },
    ];
    Choice { action, impact, because, alternatives }
}
