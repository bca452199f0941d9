use juno_domain::{Action, Impact, Member, StatusCategory};

use super::TriageParams;
use super::ticket::Ticket;
use super::words::date;
use crate::Alternative;

/// From this share of a sprint on, what is not started will hardly be finished in it.
const LATE: f64 = 0.8;

/// What to do about a stale ticket, and what else was weighed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    /// The action and how much it can change; `None` where waiting is right.
    pub step: Option<(Action, Impact)>,
    /// The step in words, as in "the best step is to …". Like the action it holds nothing that changes by itself.
    pub what: String,
    /// Why this step fits, one sentence that names facts of the ticket.
    pub because: String,
    pub ground: Ground,
    pub alternatives: Vec<Alternative>,
}

/// What the choice of a step rests on, apart from the silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ground {
    /// The silence is all: it asks for nothing but to be shown.
    Silence,
    /// A record says so: a link, a flag.
    Record,
    /// What usually helps in such a case.
    Custom,
    /// A guess at what people want.
    Guess,
}

impl Ground {
    /// Every ground, the clearest first.
    pub(super) const ALL: [Self; 4] = [Self::Silence, Self::Record, Self::Custom, Self::Guess];

    /// The name that records keep of a score's ground.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Silence => "stale_triage:silence",
            Self::Record => "stale_triage:record",
            Self::Custom => "stale_triage:custom",
            Self::Guess => "stale_triage:guess",
        }
    }

    /// How clear the pattern is before people's decisions on such steps are known: judgement, not measured.
    pub(super) const fn strength(self) -> f64 {
        match self {
            Self::Silence => 1.0,
            Self::Record => 0.9,
            Self::Custom => 0.7,
            Self::Guess => 0.5,
        }
    }
}

/// What is known about the people around a ticket.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct People {
    /// Who should have it, with the reason; never the present assignee.
    pub suggestion: Option<(Member, String)>,
    /// Why the present assignee will hardly get to it.
    pub trouble: Option<Trouble>,
}

/// Why somebody will hardly get to a ticket, as a sentence.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Trouble {
    /// They cannot even be asked.
    Away(String),
    /// They have too much to do.
    Overloaded(String),
}

impl Trouble {
    fn text(&self) -> &str {
        match self {
            Self::Away(text) | Self::Overloaded(text) => text,
        }
    }
}

/// Chooses for a stale ticket; `None` where there is nothing sensible left to propose.
///
/// First match wins, from the most certain ground to the least: JUNO acted lately, a recorded duplicate, something
/// that blocks, work that is waited for and that nobody moves, work that nobody took, then a label. Closing needs a
/// link or label that says duplicate; it is never the default.
pub(super) fn choose(ticket: &Ticket, people: &People, params: &TriageParams) -> Option<Choice> {
    wait(ticket)
        .or_else(|| duplicate(ticket))
        .or_else(|| blocked(ticket))
        .or_else(|| expected(ticket, people))
        .or_else(|| unclaimed(ticket, people))
        .or_else(|| label(ticket, params))
}

/// JUNO did something about this silence: doing more before anybody could react would act twice on one thing.
fn wait(ticket: &Ticket) -> Option<Choice> {
    let acted = ticket.acted_on?;
    Some(Choice {
        step: None,
        what: format!("wait until {}", date(acted.until)),
        because: format!("JUNO itself wrote on it on {}, and people get time to react", date(acted.on)),
        ground: Ground::Record,
        alternatives: vec![Alternative {
            what: "do more at once".into(),
            why_not: "one silence should not be answered twice".into(),
        }],
    })
}

fn duplicate(ticket: &Ticket) -> Option<Choice> {
    let (ground, because) = match &ticket.duplicate_of {
        Some(other) => (Ground::Record, format!("it is linked as a duplicate of {other}")),
        // A label does not say of what.
        None if ticket.is_labelled_duplicate() => {
            (Ground::Custom, "it carries the label `duplicate`".to_owned())
        }
        None => return None,
    };
    let action = Action::Close { issue: ticket.key.clone(), resolution: "Duplicate".into() };
    let instead = ("label it", "a label would leave the duplicate open");
    Some(choice((action, Impact::Medium), "close it as a duplicate", (ground, because), instead))
}

fn blocked(ticket: &Ticket) -> Option<Choice> {
    let (waits, place) = (ticket.waits_for()?, place(ticket)?);
    let (issue, since) = (ticket.key.clone(), date(ticket.last_day));
    let message = format!("For {issue}, {waits} and {place}; nobody has moved it since {since}.");
    let action = Action::Escalate { issue, message };
    let instead = ("reassign it", "a new assignee would wait too");
    Some(choice(
        (action, Impact::Medium),
        "escalate it",
        (Ground::Record, format!("{waits}, and {place}")),
        instead,
    ))
}

/// Somebody counts on it soon: it is in a running sprint, or urgent work has begun.
fn expected(ticket: &Ticket, people: &People) -> Option<Choice> {
    let begun = ticket.category == StatusCategory::InProgress;
    let place = place(ticket).filter(|_| ticket.sprint.is_some() || begun)?;
    let nobody = || "nobody is assigned".to_owned();
    let trouble = match &ticket.assignee {
        None => Some(nobody()),
        Some(_) => people.trouble.as_ref().map(|trouble| trouble.text().to_owned()),
    };
    if let (Some(trouble), Some((to, reason))) = (&trouble, &people.suggestion) {
        return Some(reassign(ticket, trouble, to, reason));
    }
    if let Some(choice) = defer(ticket) {
        return Some(choice);
    }
    let because = match &trouble {
        Some(trouble) => {
            format!("{place}, {trouble}, and nobody free is known who finished such work lately")
        }
        None => format!("{place}, and nothing recorded says why it rests"),
    };
    let (issue, since) = (ticket.key.clone(), date(ticket.last_day));
    let Some(of) = assignee_here(ticket, people).or_else(|| reporter_here(ticket, people)) else {
        let message =
            format!("For {issue}, {place}; nobody has moved it since {since}, and nobody is there to ask.");
        let action = Action::Escalate { issue, message };
        let instead = ("ask about it", "neither its assignee nor its reporter is there to answer");
        return Some(choice((action, Impact::Medium), "escalate it", (Ground::Custom, because), instead));
    };
    let planned = match &ticket.sprint {
        Some(sprint) => format!("Is it still planned for {}?", sprint.name),
        None => "Is it still urgent?".to_owned(),
    };
    let question = format!("Nothing has happened on {issue} since {since}. {planned} What does it wait for?");
    let action = Action::RequestInfo { issue, of: Some(of.id.clone()), question };
    let instead = ("label it", "a label would tell nobody who could move it");
    Some(choice(
        (action, Impact::Low),
        format!("ask {} about it", of.name),
        (Ground::Custom, because),
        instead,
    ))
}

fn reassign(ticket: &Ticket, trouble: &str, to: &Member, reason: &str) -> Choice {
    let from = ticket.assignee.as_ref().map(|member| member.id.clone());
    let instead = match &from {
        Some(_) => ("ask the assignee", "an answer would not free anybody"),
        None => ("wait until somebody takes it", "nobody did so far"),
    };
    let impact = if ticket.is_urgent() { Impact::High } else { Impact::Medium };
    let action = Action::Reassign { issue: ticket.key.clone(), from, to: to.id.clone() };
    let because = format!("{trouble}, and {} {reason}", to.name);
    choice((action, impact), format!("assign it to {}", to.name), (Ground::Custom, because), instead)
}

/// Puts off what a sprint will hardly get to. Once the sprint is past its planned end, only people know until when.
fn defer(ticket: &Ticket) -> Option<Choice> {
    let sprint = ticket.sprint.as_ref()?;
    let late = sprint.t.is_some_and(|t| t >= LATE) && ticket.category == StatusCategory::ToDo;
    let until = sprint.ends.filter(|_| late)?;
    let action = Action::Defer { issue: ticket.key.clone(), until };
    let because = format!("it is not started and {} is nearly over", sprint.name);
    let instead = ("reassign it", "little of the sprint is left");
    Some(choice(
        (action, Impact::Medium),
        format!("put it off until {}", date(until)),
        (Ground::Custom, because),
        instead,
    ))
}

/// Nobody counts on it soon.
fn unclaimed(ticket: &Ticket, people: &People) -> Option<Choice> {
    if ticket.waits_for().is_some() {
        return None;
    }
    let issue = ticket.key.clone();
    if let (StatusCategory::InProgress, Some(to)) = (ticket.category, &ticket.todo_before) {
        let what = format!("move it back to `{to}`");
        let because =
            format!("it stands in `{}`, is in no running sprint, and nobody works on it", ticket.status);
        let action = Action::UpdateStatus { issue, from: ticket.status.clone(), to: to.clone() };
        let instead = ("label it", "the board would still show it as work in progress");
        return Some(choice((action, Impact::Low), what, (Ground::Silence, because), instead));
    }
    if let (Some(from), Some(to)) = (&ticket.priority, ticket.usual_priority()) {
        let because = format!("its priority is {from}, and no sprint has taken it");
        let action = Action::Reprioritise { issue, from: Some(from.clone()), to: to.into() };
        let instead = ("escalate it", "nothing recorded blocks it");
        return Some(choice(
            (action, Impact::Medium),
            format!("lower its priority to {to}"),
            (Ground::Guess, because),
            instead,
        ));
    }
    let reporter = reporter_here(ticket, people).filter(|_| !ticket.described)?;
    let question = format!("{issue} has no description. Is it still needed, and what should be done?");
    let action = Action::RequestInfo { issue, of: Some(reporter.id.clone()), question };
    let instead = ("label it", "nobody could pick it up as it is");
    let what = format!("ask {} about it", reporter.name);
    Some(choice((action, Impact::Low), what, (Ground::Custom, "it has no description".into()), instead))
}

fn label(ticket: &Ticket, params: &TriageParams) -> Option<Choice> {
    if ticket.labels.iter().any(|label| label.eq_ignore_ascii_case(&params.label)) {
        return None;
    }
    let action = Action::AddLabel { issue: ticket.key.clone(), label: params.label.clone() };
    let because = match ticket.waits_for() {
        Some(waits) => format!("{waits}, is in no running sprint, and nothing about it is urgent"),
        None => "it is in no running sprint, and nothing about it is urgent".to_owned(),
    };
    let instead = ("close it", "silence alone is no reason to close");
    Some(choice(
        (action, Impact::Low),
        format!("label it `{}`", params.label),
        (Ground::Silence, because),
        instead,
    ))
}

fn assignee_here<'t>(ticket: &'t Ticket, people: &People) -> Option<&'t Member> {
    ticket.assignee.as_ref().filter(|_| !matches!(people.trouble, Some(Trouble::Away(_))))
}

/// The reporter, unless that is the assignee who is away.
fn reporter_here<'t>(ticket: &'t Ticket, people: &People) -> Option<&'t Member> {
    let away = ticket.assignee.as_ref().filter(|_| assignee_here(ticket, people).is_none());
    ticket.reporter.as_ref().filter(|reporter| away.is_none_or(|away| away.id != reporter.id))
}

/// Why somebody waits for it: a running sprint, or an urgent priority.
fn place(ticket: &Ticket) -> Option<String> {
    match (&ticket.sprint, &ticket.priority) {
        (Some(sprint), _) => Some(format!("it is in {}", sprint.name)),
        (None, Some(priority)) if ticket.is_urgent() => Some(format!("its priority is {priority}")),
        _ => None,
    }
}

fn choice(
    step: (Action, Impact),
    what: impl Into<String>,
    (ground, because): (Ground, String),
    instead: (&str, &str),
) -> Choice {
    let alternative =
        |(what, why_not): (&str, &str)| Alternative { what: what.into(), why_not: why_not.into() };
    let leave = ("leave it", "most comparable tickets were picked up sooner");
    let alternatives = [instead, leave].map(alternative).into();
    Choice { step: Some(step), what: what.into(), because, ground, alternatives }
}

#[cfg(test)]
#[path = "rules/tests.rs"]
mod tests;
