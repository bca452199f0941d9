//! Histories that are broken, cut, or too short.

use juno_domain::{Completeness, Field, FieldValue, IncompleteReason, Probability};

use super::fixture::{Tracker, day, stale};
use crate::Finding;

#[test]
fn a_ticket_with_a_broken_history_goes_on_and_says_so() {
    let (mut jira, place) = stale();
    let whole = jira.finding("PAY-1", 40.0).unwrap();
    // A step that starts where no step ended.
    jira.set(place, 10.5, Field::Priority, "Low").change.from = FieldValue::text("Odd");
    jira.set(place, 10.5, Field::Priority, "Minor").change.from = FieldValue::text("Odder");
    let broken = jira.finding("PAY-1", 40.0).unwrap();
    assert!(broken.trace.parts().limitations.contains(&"the ticket's history is not whole".to_owned()));
    assert!(broken.trace.confidence().confidence.value < whole.trace.confidence().confidence.value);
    assert_eq!(broken.trace.evidence()[0].quality, Probability::HALF);
}

#[test]
fn a_ticket_without_a_changelog_counts_as_touched_when_its_source_last_changed_it() {
    let (mut jira, place) = stale();
    jira.get(place).completeness = Completeness::COMPLETE;
    jira.get(place).completeness.add(IncompleteReason::NoChangelog);
    let silent = |jira: &Tracker| jira.finding("PAY-1", 40.0).unwrap().trace.steps()[0].text.clone();
    assert_eq!(silent(&jira), "PAY-1 has been silent for 30 days");
    jira.get(place).updated = day(25.0);
    assert_eq!(silent(&jira), "PAY-1 has been silent for 15 days");
    jira.get(place).updated = day(39.0);
    assert_eq!(jira.finding("PAY-1", 40.0), None);
    // What happened between the question and the last change nobody knows.
    jira.get(place).updated = day(50.0);
    let found = jira.triage(40.0);
    assert_eq!((found.findings.len(), found.skipped.len()), (0, 1));
    assert!(found.skipped[0].reason.contains("has no changelog"), "{}", found.skipped[0].reason);
}

#[test]
fn histories_with_gaps_are_no_measure_for_others() {
    let (mut jira, _) = stale();
    let before = jira.finding("PAY-1", 40.0).unwrap();
    for n in 0..100 {
        let place = jira.issue(&format!("PAY-{}", 2000 + n), 0.0);
        jira.comment(place, 38.0, "ann");
        jira.get(place).completeness.add(IncompleteReason::Truncated { total: 50, received: 10 });
    }
    assert_eq!(jira.finding("PAY-1", 40.0).unwrap(), before);
}

#[test]
fn thin_history_finds_nothing_unusual() {
    let mut jira = Tracker::with_habits(6);
    jira.issue("PAY-1", 0.0);
    assert!(jira.triage(300.0).findings.is_empty());
    assert!(Tracker::new().triage(300.0).findings.is_empty());
}

#[test]
fn data_that_ended_long_before_the_question_is_less_sure_and_says_so() {
    let (jira, _) = stale();
    let (fresh, late) = (jira.finding("PAY-1", 40.0).unwrap(), jira.finding("PAY-1", 100.0).unwrap());
    let value = |found: &Finding| found.trace.confidence().confidence.value;
    assert!(value(&late) < value(&fresh));
    let said = |found: &Finding| found.trace.parts().limitations.last().unwrap().clone();
    assert_eq!(said(&late), "the data shows nobody doing anything in the last 61 days");
    assert!(!said(&fresh).contains("nobody doing"));
}
