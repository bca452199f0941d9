//! Faults found in other tools, and what keeps this one from them.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_confidence::{
    ConfidenceAssessment, ConfidenceError, ConfidenceInputs, ConfidenceScorer, WeightedScorer,
};
use juno_domain::{
    Field, IncompleteReason, IssueId, LinkDirection, PrincipalId, Probability, Progress, ProposalId,
    StatusCategory,
};

use super::fixture::{DOING, DONE, TODO, Tracker, day, id, stale};
use crate::{Experience, Findings, Reasoner, Situation, StaleTriage, TriageParams};

fn ids(found: &Findings) -> Vec<ProposalId> {
    found.findings.iter().filter_map(|f| f.proposal.as_ref()).map(|p| p.id.clone()).collect()
}

#[test]
fn resolved_tickets_are_not_acted_on() {
    let (mut jira, place) = stale();
    jira.set(place, 11.0, Field::Status, DONE);
    assert_eq!(jira.finding("PAY-1", 40.0), None, "done");

    // The category of a status can be wrong: then the resolution tells.
    let (mut jira, place) = stale();
    jira.set(place, 11.0, Field::Status, "9:Abgelehnt");
    jira.get(place).status.category = StatusCategory::ToDo;
    assert!(jira.finding("PAY-1", 40.0).is_some());
    jira.set(place, 11.0, Field::Resolution, "Won't Do");
    assert_eq!(jira.finding("PAY-1", 40.0), None, "resolved by its resolution");

    let (mut jira, place) = stale();
    jira.get(place).resolved = Some(day(11.0));
    assert_eq!(jira.finding("PAY-1", 40.0), None, "resolved by its date");
    jira.get(place).resolved = Some(day(41.0));
    assert!(jira.finding("PAY-1", 40.0).is_some(), "not yet");
}

#[test]
fn a_ticket_that_was_reopened_is_open() {
    let (mut jira, place) = stale();
    jira.finish(place, 11.0);
    jira.set(place, 12.0, Field::Status, TODO);
    jira.set(place, 12.0, Field::Resolution, "");
    jira.get(place).resolved = None;
    assert_eq!(jira.action("PAY-1", 40.0).unwrap(), "add_label");
}

#[test]
fn fix_duplicate_invoices_is_not_closed_as_a_duplicate() {
    let (mut jira, place) = stale();
    jira.get(place).summary = "Fix duplicate invoices".into();
    jira.get(place).description = "Duplicate invoices are sent: close the duplicate".into();
    assert_eq!(jira.action("PAY-1", 40.0).unwrap(), "add_label");
    jira.link(place, "Duplicate", LinkDirection::Outward, "PAY-1001");
    assert_eq!(jira.action("PAY-1", 40.0).unwrap(), "close");
}

#[test]
fn one_bad_ticket_does_not_abort_the_batch() {
    let (mut jira, _) = stale();
    let bad = jira.issue("PAY-2", 10.0);
    let history = jira.history();
    // The dataset handed over lacks one issue the history was built from.
    jira.get(bad).id = IssueId::new("other").unwrap();
    let triage =
        StaleTriage::new(TriageParams::default().check().unwrap(), Arc::new(WeightedScorer::default()));
    let situation = Situation {
        history: &history,
        dataset: &jira.data,
        as_of: day(40.0),
        forecasts: &[],
        experience: &Experience::default(),
        proposer: &PrincipalId::new("juno").unwrap(),
    };
    let found = triage.reason(&situation, &Progress::silent()).unwrap();
    assert_eq!(found.findings.len(), 1);
    assert_eq!(found.skipped.len(), 1);
    assert_eq!(found.skipped[0].subject, "PAY-2");
    assert!(found.skipped[0].reason.contains("is not in the dataset"), "{}", found.skipped[0].reason);
}

/// A scorer that cannot take incomplete data.
struct Fussy;

impl ConfidenceScorer for Fussy {
    fn score(
        &self,
        inputs: &ConfidenceInputs,
        now: DateTime<Utc>,
    ) -> Result<ConfidenceAssessment, ConfidenceError> {
        let whole = |qualities: &Vec<Probability>| qualities.iter().all(|q| *q == Probability::ONE);
        if inputs.qualities.as_ref().is_some_and(whole) {
            return WeightedScorer::default().score(inputs, now);
        }
        Err(ConfidenceError::NothingKnown { missing: Vec::new() })
    }
}

#[test]
fn a_ticket_the_scorer_refuses_is_skipped_and_the_rest_is_judged() {
    let (mut jira, _) = stale();
    let bad = jira.issue("PAY-2", 10.0);
    jira.get(bad).completeness.add(IncompleteReason::NoTimeZone);
    // Refused in the replay, too, which goes on without it.
    let triage = StaleTriage::new(TriageParams::default().check().unwrap(), Arc::new(Fussy));
    let found = jira.triage_with(&triage, 40.0).unwrap();
    let subjects: Vec<&str> = found.findings.iter().map(|f| f.subject.as_str()).collect();
    assert_eq!(subjects, ["PAY-1"]);
    assert_eq!(found.skipped.iter().map(|s| s.subject.as_str()).collect::<Vec<_>>(), ["PAY-2"]);
}

#[test]
fn a_ticket_without_priority_assignee_reporter_or_description_goes_on() {
    let (mut jira, place) = stale();
    let issue = jira.get(place);
    issue.description.clear();
    issue.issue_type.clear();
    issue.summary.clear();
    assert_eq!(jira.action("PAY-1", 40.0).unwrap(), "add_label");
}

#[test]
fn machine_noise_and_own_writes_are_no_activity() {
    let (mut jira, place) = stale();
    let before = jira.finding("PAY-1", 60.0).unwrap();
    jira.set(place, 30.0, Field::Other("RemoteIssueLink".into()), "1:page");
    jira.set(place, 31.0, Field::Other("Rank".into()), "1:higher");
    jira.set(place, 32.0, Field::Other("sync".into()), "2").author = Some(id("bot"));
    jira.comment(place, 33.0, "bot");
    jira.comment(place, 34.0, "juno");
    let after = jira.finding("PAY-1", 60.0).unwrap();
    assert_eq!(after.proposal, before.proposal, "the same silence, the same id");
    jira.comment(place, 35.0, "cy");
    let touched = jira.finding("PAY-1", 60.0).unwrap();
    assert_ne!(touched.proposal.unwrap().id, before.proposal.unwrap().id);
}

#[test]
fn run_twice_proposes_once() {
    let (mut jira, place) = stale();
    jira.get(place).created = day(20.0);
    jira.sprint(7, 20.0, 62.0, None);
    jira.set(place, 21.0, Field::Sprint, "7");
    let blocked = jira.issue("PAY-2", 20.0);
    jira.set(blocked, 21.0, Field::Flagged, "Impediment");
    jira.set(blocked, 21.0, Field::Sprint, "7");
    let first = jira.triage(40.0);
    assert_eq!(ids(&first).len(), 2);
    assert_eq!(jira.triage(40.0), first, "the same question, the same answer");
    // The texts of an escalation and of a question count no days: tomorrow they are the same actions.
    for later in [40.1, 41.0, 45.5, 50.0] {
        assert_eq!(ids(&jira.triage(later)), ids(&first), "day {later}");
    }
}

#[test]
fn after_it_acted_juno_waits_for_people_instead_of_acting_twice() {
    let (mut jira, place) = stale();
    jira.get(place).created = day(30.0);
    jira.set(place, 31.0, Field::Status, DOING);
    assert_eq!(jira.action("PAY-1", 60.0).unwrap(), "update_status");
    // Carried out, by its own account.
    jira.set(place, 60.5, Field::Status, TODO).author = Some(id("juno"));
    let waiting = jira.finding("PAY-1", 61.0).unwrap();
    assert_eq!(waiting.proposal, None);
    assert!(
        waiting.trace.conclusion().text.contains("wait until 20 March 2026"),
        "{:?}",
        waiting.trace.conclusion()
    );
    assert!(!waiting.trace.confidence().confidence.is_calibrated());
    // Nobody reacted within the horizon.
    assert_eq!(jira.action("PAY-1", 75.0).unwrap(), "add_label");
}

#[test]
fn any_change_of_the_situation_is_a_new_question() {
    let (jira, place) = stale();
    let id_of = |jira: &Tracker| jira.finding("PAY-1", 40.0).unwrap().proposal.unwrap().id;
    // Machines change fields without breaking the silence.
    let changed = |field: Field, to: &str| {
        let mut jira = jira.clone();
        jira.set(place, 20.0, field, to).author = Some(id("bot"));
        id_of(&jira)
    };
    let all = [
        id_of(&jira),
        changed(Field::Status, "9:Waiting"),
        changed(Field::Assignee, "bo"),
        changed(Field::Priority, "Low"),
        changed(Field::Priority, "Critical"),
        changed(Field::Labels, "backend"),
        changed(Field::Flagged, "Impediment"),
    ];
    let distinct: BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len(), "{all:?}");
    let mut linked = jira.clone();
    linked.link(place, "Duplicate", LinkDirection::Outward, "PAY-1001");
    let first = id_of(&linked);
    linked.get(place).links.clear();
    linked.link(place, "Duplicate", LinkDirection::Outward, "PAY-1002");
    assert_ne!(id_of(&linked), first, "a duplicate of another ticket");
}

#[test]
fn a_machine_that_raises_the_priority_is_heeded_at_once() {
    let (mut jira, place) = stale();
    assert_eq!(jira.action("PAY-1", 40.0).unwrap(), "add_label");
    jira.set(place, 39.9, Field::Priority, "Critical").author = Some(id("bot"));
    jira.set(place, 39.9, Field::Flagged, "Impediment").author = Some(id("bot"));
    assert_eq!(jira.action("PAY-1", 40.0).unwrap(), "escalate");
}
