use super::*;

/// Every combination of what the rules look at.
fn all_tickets() -> Vec<(Ticket, People)> {
    let mut all = Vec::new();
    for bits in 0..1024_u32 {
        let bit = |n: u32| bits & (1 << n) != 0;
        let base = if bit(0) { in_progress() } else { ticket() };
        let ticket = Ticket {
            assignee: bit(1).then(|| person("Bo")),
            reporter: bit(2).then(|| person(if bit(3) { "Bo" } else { "Cy" })),
            labels: if bit(4) { vec!["stale".into()] } else { vec![] },
            described: bit(5),
            flagged: bit(6),
            sprint: if bit(7) { sprint(if bit(3) { 0.9 } else { 0.2 }) } else { None },
            priority: bit(8).then(|| "High".to_owned()),
            ..base
        };
        let people = if bit(9) { free_ann() } else { People::default() };
        let trouble = ticket.assignee.is_some().then(bo_is_away);
        all.push((ticket.clone(), People { trouble, ..people.clone() }));
        all.push((ticket, people));
    }
    all
}

#[test]
fn closing_is_never_the_default() {
    for (ticket, people) in all_tickets() {
        assert!(!step(&ticket, &people).starts_with("close"), "{ticket:?}");
    }
}

#[test]
fn only_a_label_or_a_status_of_work_that_is_not_urgent_has_a_low_impact_and_can_be_undone() {
    for (ticket, people) in all_tickets() {
        let Some(Choice { step: Some((action, impact)), ground, .. }) = chosen(&ticket, &people) else {
            continue;
        };
        if impact == Impact::Low && action.is_reversible() {
            assert!(matches!(action, Action::AddLabel { .. } | Action::UpdateStatus { .. }));
            assert!(!ticket.is_urgent() && ticket.sprint.is_none());
            assert_eq!(ground, Ground::Silence);
        } else {
            assert_ne!(ground, Ground::Silence, "judgement is never calibrated by silences: {action:?}");
        }
    }
}

#[test]
fn nobody_is_asked_who_is_away_and_nobody_gets_what_they_have() {
    for (ticket, people) in all_tickets() {
        match chosen(&ticket, &people).and_then(|choice| choice.step).map(|(action, _)| action) {
            Some(Action::RequestInfo { of, .. }) => {
                let bo = Some(person("Bo").id);
                assert!(of.is_some(), "a question goes to somebody");
                assert!(people.trouble.is_none() || of != bo, "Bo is away");
            }
            Some(Action::Reassign { from, to, .. }) => assert_ne!(from.as_ref(), Some(&to)),
            _ => {}
        }
    }
}

#[test]
fn an_action_holds_nothing_that_changes_by_itself() {
    for (young, people) in all_tickets() {
        let old = Ticket { silent_days: young.silent_days + 1, ..young.clone() };
        assert_eq!(chosen(&young, &people), chosen(&old, &people));
    }
}
