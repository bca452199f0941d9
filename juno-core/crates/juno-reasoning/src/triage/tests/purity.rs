use juno_domain::{Field, LinkDirection, SprintState};
use proptest::prelude::*;

use super::fixture::{DOING, TODO, Tracker};

/// One thing that happens to one of the live tickets on some day.
#[derive(Debug, Clone)]
struct Step {
    on: f64,
    ticket: usize,
    what: u8,
    by: &'static str,
}

fn step() -> impl Strategy<Value = Step> {
    let by = prop::sample::select(vec!["ann", "bo", "cy", "bot", "juno"]);
    // Hours, so that several things may happen in one instant.
    (0_u32..1920, 0_usize..5, 0_u8..15, by).prop_map(|(hour, ticket, what, by)| Step {
        on: f64::from(hour) / 24.0,
        ticket,
        what,
        by,
    })
}

fn apply(jira: &mut Tracker, place: usize, Step { on, what, by, .. }: &Step) {
    let (field, to) = match what {
        0 => return jira.comment(place, *on, by),
        1 => {
            jira.finish(place, *on);
            return;
        }
        2 => {
            // Opened again.
            jira.set(place, *on, Field::Status, TODO);
            jira.set(place, *on, Field::Resolution, "");
            jira.get(place).resolved = None;
            return;
        }
        3 => (Field::Status, DOING),
        4 => (Field::Assignee, "bo"),
        5 => (Field::Assignee, ""),
        6 => (Field::Priority, "Highest"),
        7 => (Field::Priority, "Low"),
        8 => (Field::Labels, "stale later"),
        9 => (Field::Flagged, "Impediment"),
        10 => (Field::Flagged, ""),
        11 => (Field::Sprint, "7"),
        12 => (Field::Sprint, "7,8"),
        13 => (Field::Components, "Api"),
        _ => {
            let issue = jira.get(place);
            if issue.links.iter().all(|link| link.other.as_str() != "PAY-1") {
                jira.wait_for(place, *on, "PAY-1").author = Some(super::fixture::id(by));
            }
            return;
        }
    };
    jira.set(place, *on, field, to).author = Some(super::fixture::id(by));
}

/// A team with habits until day 40 and five live tickets to which `steps` happen, as a source shows it on a day.
fn seen_on(steps: &[Step], on: f64) -> Tracker {
    let mut jira = Tracker::with_habits(40);
    for (id, start, end) in [(7, 28.0, 42.0), (8, 42.0, 56.0)] {
        jira.sprint(id, start, end, (end <= on).then_some(end));
        if start > on {
            jira.data.sprints.last_mut().unwrap().state = SprintState::Future;
        }
    }
    jira.issue("PAY-1", 2.0);
    for n in 0..5_u32 {
        let created = f64::from(n) * 12.0;
        if created <= on {
            let place = jira.issue(&format!("PAY-1{n}"), created);
            jira.link(place, "Blocks", LinkDirection::Inward, "PAY-10");
        }
    }
    let mut steps: Vec<&Step> = steps.iter().filter(|step| step.on <= on).collect();
    steps.sort_by(|a, b| a.on.total_cmp(&b.on));
    for step in steps {
        let place = 37 + step.ticket;
        if step.on > step.ticket as f64 * 12.0 {
            apply(&mut jira, place, step);
        }
    }
    jira
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_comes_later_never_changes_what_was_found(
        steps in prop::collection::vec(step(), 0..60), on in 30.0..60.0_f64,
    ) {
        let (then, now) = (seen_on(&steps, on).triage(on), seen_on(&steps, 80.0).triage(on));
        prop_assert!(then.findings.iter().any(|finding| finding.subject == "PAY-1"));
        prop_assert!(then.skipped.is_empty());
        prop_assert_eq!(then, now);
    }

    #[test]
    fn each_ticket_is_found_once_at_most_and_no_action_closes_by_default(
        steps in prop::collection::vec(step(), 0..60), on in 30.0..80.0_f64,
    ) {
        let jira = seen_on(&steps, 80.0);
        let found = jira.triage(on);
        let subjects: std::collections::BTreeSet<_> = found.findings.iter().map(|f| &f.subject).collect();
        prop_assert_eq!(subjects.len(), found.findings.len());
        for proposal in found.findings.iter().filter_map(|finding| finding.proposal.as_ref()) {
            prop_assert!(proposal.action.name() != "close");
        }
        prop_assert_eq!(jira.triage(on), found);
    }
}
