use chrono::{DateTime, NaiveDate};
use juno_domain::{IssueKey, MemberId, SprintId, TeamId};

use super::*;
use crate::triage::ticket::{ActedOn, RunningSprint};

mod laws;

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn person(name: &str) -> Member {
    Member { id: MemberId::new(name.to_lowercase()).unwrap(), name: name.into() }
}

/// A described ticket in To Do, in no sprint, that nobody has.
fn ticket() -> Ticket {
    Ticket {
        key: IssueKey::new("PAY-1").unwrap(),
        team: TeamId::new("PAY").unwrap(),
        status: "To Do".into(),
        category: StatusCategory::ToDo,
        todo_before: None,
        priority: None,
        assignee: None,
        reporter: None,
        labels: Vec::new(),
        components: Vec::new(),
        described: true,
        flagged: false,
        blocked_by: Vec::new(),
        duplicate_of: None,
        sprint: None,
        last_activity: DateTime::UNIX_EPOCH,
        last_day: on("2026-02-01"),
        silent_days: 30,
        acted_on: None,
        complete: true,
    }
}

fn sprint(t: f64) -> Option<RunningSprint> {
    Some(RunningSprint { id: SprintId(7), name: "Sprint 7".into(), t: Some(t), ends: Some(on("2026-03-06")) })
}

fn in_progress() -> Ticket {
    Ticket {
        status: "Doing".into(),
        category: StatusCategory::InProgress,
        todo_before: Some("To Do".into()),
        ..ticket()
    }
}

fn in_sprint() -> Ticket {
    Ticket { assignee: Some(person("Bo")), sprint: sprint(0.5), ..in_progress() }
}

fn priority(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn free_ann() -> People {
    People { suggestion: Some((person("Ann"), "has time".into())), trouble: None }
}

fn without(trouble: Trouble) -> People {
    People { suggestion: None, trouble: Some(trouble) }
}

fn bo_is_away() -> Trouble {
    Trouble::Away("Bo is away".into())
}

fn chosen(ticket: &Ticket, people: &People) -> Option<Choice> {
    choose(ticket, people, &TriageParams::default())
}

/// The action in short, with its impact.
fn step(ticket: &Ticket, people: &People) -> String {
    let Some(choice) = chosen(ticket, people) else { return "nothing".into() };
    let Some((action, impact)) = choice.step else { return choice.what };
    let to = match &action {
        Action::Reassign { to, .. } => to.to_string(),
        Action::Defer { until, .. } => until.to_string(),
        Action::Close { resolution, .. } => resolution.clone(),
        Action::Reprioritise { to, .. } | Action::UpdateStatus { to, .. } => to.clone(),
        Action::RequestInfo { of, .. } => of.as_ref().map_or("nobody".into(), ToString::to_string),
        Action::AddLabel { label, .. } => label.clone(),
        _ => String::new(),
    };
    format!("{} {to} ({impact:?})", action.name()).replace("  ", " ").to_lowercase()
}

#[test]
fn each_situation_has_its_step() {
    let alone = People::default();
    let bo = Some(person("Bo"));
    let cases = [
        ("what nothing is known about gets a label", ticket(), &alone, "add_label stale (low)"),
        (
            "the label is not proposed when it is there",
            Ticket { labels: vec!["Stale".into()], ..ticket() },
            &alone,
            "nothing",
        ),
        (
            "a recorded duplicate is closed",
            Ticket { duplicate_of: Some(IssueKey::new("PAY-2").unwrap()), ..in_sprint() },
            &alone,
            "close duplicate (medium)",
        ),
        (
            "so is a labelled one",
            Ticket { labels: vec!["Duplicate".into()], ..ticket() },
            &alone,
            "close duplicate (medium)",
        ),
        (
            "blocked in a sprint is escalated",
            Ticket { blocked_by: vec![IssueKey::new("PAY-3").unwrap()], ..in_sprint() },
            &free_ann(),
            "escalate (medium)",
        ),
        (
            "flagged in a sprint too",
            Ticket { flagged: true, ..in_sprint() },
            &free_ann(),
            "escalate (medium)",
        ),
        (
            "blocked and urgent without a sprint too",
            Ticket { flagged: true, priority: priority("Highest"), ..ticket() },
            &free_ann(),
            "escalate (medium)",
        ),
        (
            "blocked and neither stays where it is",
            Ticket { flagged: true, ..in_progress() },
            &free_ann(),
            "add_label stale (low)",
        ),
        (
            "unassigned in a sprint is assigned",
            Ticket { assignee: None, ..in_sprint() },
            &free_ann(),
            "reassign ann (medium)",
        ),
        (
            "to reassign urgent work has a high impact",
            Ticket { assignee: None, priority: priority("Critical"), ..in_sprint() },
            &free_ann(),
            "reassign ann (high)",
        ),
        (
            "the assignee is away",
            in_sprint(),
            &People { trouble: Some(bo_is_away()), ..free_ann() },
            "reassign ann (medium)",
        ),
        (
            "away with nobody free: the reporter is asked",
            Ticket { reporter: Some(person("Cy")), ..in_sprint() },
            &without(bo_is_away()),
            "request_info cy (low)",
        ),
        (
            "away and reporter at once: nobody can be asked",
            Ticket { reporter: bo.clone(), ..in_sprint() },
            &without(bo_is_away()),
            "escalate (medium)",
        ),
        (
            "overloaded with nobody free can still be asked",
            in_sprint(),
            &without(Trouble::Overloaded("Bo has too much".into())),
            "request_info bo (low)",
        ),
        ("an assignee who is there is asked", in_sprint(), &free_ann(), "request_info bo (low)"),
        (
            "nobody assigned, nobody free: the reporter is asked",
            Ticket { assignee: None, reporter: Some(person("Cy")), ..in_sprint() },
            &alone,
            "request_info cy (low)",
        ),
        ("nobody to ask at all", Ticket { assignee: None, ..in_sprint() }, &alone, "escalate (medium)"),
        (
            "late and not started is put off",
            Ticket { sprint: sprint(0.8), category: StatusCategory::ToDo, ..in_sprint() },
            &alone,
            "defer 2026-03-06 (medium)",
        ),
        (
            "late and begun is not",
            Ticket { sprint: sprint(0.9), ..in_sprint() },
            &alone,
            "request_info bo (low)",
        ),
        (
            "begun without a sprint goes back",
            Ticket { assignee: bo.clone(), ..in_progress() },
            &free_ann(),
            "update_status to do (low)",
        ),
        (
            "urgent and begun never goes back by itself",
            Ticket { assignee: bo.clone(), priority: priority("Highest"), ..in_progress() },
            &free_ann(),
            "request_info bo (low)",
        ),
        (
            "urgent and begun with nobody on it is assigned",
            Ticket { priority: priority("High"), ..in_progress() },
            &free_ann(),
            "reassign ann (high)",
        ),
        (
            "a high priority is lowered only as a proposal",
            Ticket { priority: priority("Highest"), ..ticket() },
            &free_ann(),
            "reprioritise medium (medium)",
        ),
        (
            "in the scheme it comes from",
            Ticket { priority: priority("Blocker"), ..ticket() },
            &free_ann(),
            "reprioritise major (medium)",
        ),
        (
            "without a description the reporter is asked",
            Ticket { described: false, reporter: Some(person("Cy")), ..ticket() },
            &alone,
            "request_info cy (low)",
        ),
        (
            "without description and reporter nobody is",
            Ticket { described: false, ..ticket() },
            &alone,
            "add_label stale (low)",
        ),
        (
            "what juno did lately is left to work",
            Ticket {
                acted_on: Some(ActedOn { on: on("2026-03-01"), until: on("2026-03-15") }),
                duplicate_of: Some(IssueKey::new("PAY-2").unwrap()),
                ..in_sprint()
            },
            &alone,
            "wait until 15 March 2026",
        ),
    ];
    for (why, ticket, people, want) in cases {
        assert_eq!(step(&ticket, people), want, "{why}");
    }
}

#[test]
fn what_the_sentences_say() {
    let people = People { trouble: Some(bo_is_away()), ..free_ann() };
    let said = |ticket: &Ticket, people: &People| {
        let choice = chosen(ticket, people).unwrap();
        format!("{}: {}", choice.what, choice.because)
    };
    assert_eq!(said(&in_sprint(), &people), "assign it to Ann: Bo is away, and Ann has time");
    let blocked = Ticket { blocked_by: vec![IssueKey::new("PAY-3").unwrap()], flagged: true, ..in_sprint() };
    assert_eq!(said(&blocked, &people), "escalate it: it waits for PAY-3, and it is in Sprint 7");
    let Some((Action::Escalate { message, .. }, _)) = chosen(&blocked, &people).unwrap().step else {
        panic!("blocked work is escalated")
    };
    assert_eq!(
        message,
        "For PAY-1, it waits for PAY-3 and it is in Sprint 7; nobody has moved it since 1 February 2026."
    );
}

#[test]
fn a_sprint_past_its_planned_end_defers_nothing_into_the_past() {
    let over = RunningSprint { ends: None, ..sprint(1.0).unwrap() };
    let ticket = Ticket { sprint: Some(over), category: StatusCategory::ToDo, ..in_sprint() };
    assert_eq!(step(&ticket, &People::default()), "request_info bo (low)");
}

#[test]
fn fix_duplicate_invoices_is_not_closed_as_a_duplicate() {
    // The summary is not even looked at; a label that merely holds the word says nothing either.
    for label in ["duplicate-invoices", "deduplicate", "not-a-duplicate"] {
        let ticket = Ticket { labels: vec![label.into()], ..ticket() };
        assert_eq!(step(&ticket, &People::default()), "add_label stale (low)");
    }
}

#[test]
fn the_highest_priorities_of_the_common_schemes_are_urgent() {
    let urgent = |name: &str| Ticket { priority: priority(name), ..ticket() }.is_urgent();
    assert!(["Highest", "High", "Blocker", "Critical", "urgent"].iter().all(|name| urgent(name)));
    assert!(!["Medium", "Major", "Low", "Lowest", "Trivial", "Highish", ""].iter().any(|name| urgent(name)));
    assert!(!ticket().is_urgent());
}
