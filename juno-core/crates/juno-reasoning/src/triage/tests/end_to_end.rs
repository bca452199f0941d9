use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_confidence::{
    ConfidenceAssessment, ConfidenceError, ConfidenceInputs, ConfidenceScorer, Outcomes, WeightedScorer,
};
use juno_domain::{
    Action, Completeness, ErrorKind, Field, IncompleteReason, IssueId, LinkDirection, PrincipalId,
    Probability, Progress, ProposalId, StatusCategory,
};

use super::fixture::{DOING, DONE, TODO, Tracker, day, id, member};
use crate::{Depth, Experience, Findings, Reasoner, Situation, StaleTriage, TriageParams, explain};

/// A team with habits and one story that nobody has touched since day 10; asked on day 40.
fn stale() -> (Tracker, usize) {
    let mut jira = Tracker::with_habits(40);
    let place = jira.issue("PAY-1", 10.0);
    (jira, place)
}

fn ids(found: &Findings) -> Vec<ProposalId> {
    found.findings.iter().filter_map(|f| f.proposal.as_ref()).map(|p| p.id.clone()).collect()
}

#[test]
fn a_silent_ticket_is_found_and_nothing_else() {
    let (jira, _) = stale();
    let found = jira.triage(40.0);
    let subjects: Vec<&str> = found.findings.iter().map(|f| f.subject.as_str()).collect();
    assert_eq!(subjects, ["PAY-1"]);
    assert!(found.skipped.is_empty());
    let proposal = found.findings[0].proposal.as_ref().unwrap();
    assert_eq!((proposal.action.name(), proposal.action.target()), ("add_label", "PAY-1"));
    assert_eq!((proposal.proposed_at, proposal.team.as_str()), (day(40.0), "PAY"));
    assert_eq!(proposal.evidence, found.findings[0].trace.evidence());
    assert_eq!(proposal.confidence, found.findings[0].trace.confidence().confidence);
    assert!(jira.triage(12.0).findings.is_empty(), "two days are nothing unusual");
}

#[test]
fn what_a_team_lead_reads() {
    let (mut jira, place) = stale();
    jira.sprint(7, 30.0, 44.0, None);
    jira.get(place).created = day(20.0);
    jira.set(place, 29.0, Field::Sprint, "7");
    jira.set(place, 31.0, Field::Status, DOING);
    let found = jira.finding("PAY-1", 40.0).unwrap();
    insta::assert_snapshot!(explain(&found.trace, Depth::Verbose), @r"
    PAY-1: assign it to Ann, because nobody is assigned, and Ann finished 36 tickets of the team in the last 90 days and has 0 in progress; nobody has touched it for 9 days, longer than 97 % of 37 comparable silences (Story tickets of the team in `In Progress`). (confidence 0.77, high, uncalibrated)
    Question: Should something be done about PAY-1?
      1. PAY-1 has been silent for 9 days [e1]
      2. 97 % of comparable silences are shorter, and from 90 % on one is stale [e1, e2]
      3. nobody is assigned, and Ann finished 36 tickets of the team in the last 90 days and has 0 in progress, so the best step is to assign it to Ann [e3]
    Evidence:
      [e1] a person last did something to it on 5 February 2026, 9 days ago (changelog and comments of PAY-1, 2026-02-13 09:00 UTC, quality 1.00)
      [e2] of 37 silences, 97 % were over by then (silences of Story tickets of the team in `In Progress`, 2026-02-13 09:00 UTC, quality 1.00)
      [e3] nobody is assigned, and Ann finished 36 tickets of the team in the last 90 days and has 0 in progress (fields and links of PAY-1, 2026-02-13 09:00 UTC, quality 1.00)
    Confidence:
      data_quality: 1.00 with weight 0.46 (mean quality 1.00 of 1 source)
      pattern_strength: 0.35 with weight 0.31 (pattern strength 0.35)
      temporal_relevance: 0.89 with weight 0.23 (mean freshness 0.89 of 1 observation)
      not known: historical_accuracy, consensus_score
    Alternatives:
      wait until somebody takes it: not chosen, because nobody did so far
      leave it: not chosen, because most comparable tickets were picked up sooner
    Assumptions:
      what Story tickets of the team in `In Progress` did before tells what is usual
    Limitations:
      work that leaves no trace in the tracker is not seen
      links, description and reporter are as the source shows them now
    ");
    insta::assert_snapshot!(found.proposal.unwrap().rationale, @"Nobody has touched it for 9 days, longer than 97 % of 37 comparable silences (Story tickets of the team in `In Progress`); nobody is assigned, and Ann finished 36 tickets of the team in the last 90 days and has 0 in progress.");
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
fn a_ticket_with_a_broken_history_goes_on_and_says_so() {
    let (mut jira, place) = stale();
    let whole = jira.finding("PAY-1", 40.0).unwrap();
    // A step that starts where no step ended.
    jira.set(place, 10.5, Field::Priority, "Low").change.from = juno_domain::FieldValue::text("Odd");
    jira.set(place, 10.5, Field::Priority, "Minor").change.from = juno_domain::FieldValue::text("Odder");
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
    let distinct: std::collections::BTreeSet<_> = all.iter().collect();
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

#[test]
fn the_order_of_the_dataset_does_not_matter() {
    let (mut jira, place) = stale();
    jira.get(place).reporter = Some(member("cy"));
    jira.get(place).description.clear();
    let second = jira.issue("PAY-2", 10.0);
    jira.set(second, 11.0, Field::Labels, "b a");
    let sorted = jira.triage(40.0);
    assert_eq!(sorted.findings.len(), 2);
    jira.data.issues.reverse();
    jira.data.events.reverse();
    jira.data.members.reverse();
    assert_eq!(jira.triage(40.0), sorted);
    let copy = jira.data.issues[3].clone();
    jira.data.issues.push(copy);
    assert_eq!(jira.triage(40.0), sorted, "an issue that is there twice counts once");
}

#[test]
fn what_is_waited_for_comes_first() {
    let (mut jira, _) = stale();
    jira.sprint(7, 20.0, 60.0, None);
    let urgent = jira.issue("PAY-2", 15.0);
    jira.set(urgent, 15.0, Field::Priority, "Highest");
    let planned = jira.issue("PAY-3", 15.0);
    jira.set(planned, 21.0, Field::Sprint, "7");
    let both = jira.issue("PAY-4", 15.0);
    jira.set(both, 21.0, Field::Priority, "Highest");
    jira.set(both, 21.0, Field::Sprint, "7");
    let subjects: Vec<String> = jira.triage(40.0).findings.into_iter().map(|f| f.subject).collect();
    assert_eq!(subjects, ["PAY-4", "PAY-3", "PAY-2", "PAY-1"]);
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
    let value = |found: &crate::Finding| found.trace.confidence().confidence.value;
    assert!(value(&late) < value(&fresh));
    let said = |found: &crate::Finding| found.trace.parts().limitations.last().unwrap().clone();
    assert_eq!(said(&late), "the data shows nobody doing anything in the last 61 days");
    assert!(!said(&fresh).contains("nobody doing"));
}

#[test]
fn a_machine_reporter_is_not_asked() {
    let (mut jira, place) = stale();
    jira.get(place).description.clear();
    jira.get(place).reporter = Some(member("bot"));
    assert_eq!(jira.action("PAY-1", 40.0).unwrap(), "add_label");
    jira.get(place).reporter = Some(member("cy"));
    let asked = jira.finding("PAY-1", 40.0).unwrap().proposal.unwrap().action;
    assert!(matches!(asked, Action::RequestInfo { of: Some(of), .. } if of == id("cy")));
}

/// A year and a half of habits, in which every fourth day a story is made that nobody touches for 12, 24 or 60 days.
fn years() -> Tracker {
    let mut jira = Tracker::with_habits(540);
    for n in 0..130_u32 {
        let (made, rest) = (f64::from(n) * 4.0, [12.0, 24.0, 60.0][n as usize % 3]);
        let place = jira.issue(&format!("PAY-{}", 3000 + n), made);
        if made + rest < 540.0 {
            jira.set(place, made + rest, Field::Assignee, "bo");
            jira.finish(place, made + rest + 1.0);
        }
    }
    jira
}

#[test]
fn what_rests_on_the_silence_alone_is_calibrated_by_replaying_the_past() {
    let mut jira = years();
    let place = jira.issue("PAY-1", 500.0);
    jira.get(place).description.clear();
    jira.get(place).reporter = Some(member("cy"));
    let found = jira.triage(540.0);
    let mut names = std::collections::BTreeSet::new();
    for proposal in found.findings.iter().filter_map(|finding| finding.proposal.as_ref()) {
        names.insert(proposal.action.name().to_owned());
        assert_eq!(proposal.confidence.is_calibrated(), proposal.action.name() == "add_label");
    }
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["add_label", "request_info"]);
    // People's decisions move it.
    let value = |jira: &Tracker| {
        let found = jira.triage(540.0).findings;
        let label = found.iter().filter_map(|f| f.proposal.as_ref()).find(|p| p.action.name() == "add_label");
        label.unwrap().confidence.value
    };
    let before = value(&jira);
    jira.experience.outcomes.insert("add_label".into(), Outcomes { right: 0, total: 20 });
    assert!(value(&jira) < before);
}

#[test]
fn the_replay_sees_nothing_later_than_the_question() {
    let (mut now, on) = (years(), 400.0);
    let mut then = now.clone();
    then.data.issues.retain(|issue| issue.created <= day(on));
    then.data.events.retain(|event| event.at <= day(on));
    for issue in &mut then.data.issues {
        let later = now.data.events.iter().filter(|event| event.issue == issue.id && event.at > day(on));
        // Of one instant, the changelog's first item of a field starts where it stood then.
        let mut undone = std::collections::BTreeSet::new();
        for event in later.filter(|event| undone.insert(event.change.field.clone())) {
            match (&event.change.field, &event.change.from) {
                (Field::Status, from) if from.text.as_deref() == Some("In Progress") => {
                    issue.status.id = Some("3".into());
                    issue.status.name = "In Progress".into();
                    issue.status.category = StatusCategory::InProgress;
                }
                (Field::Status, _) => {
                    issue.status.id = Some("1".into());
                    issue.status.name = "To Do".into();
                    issue.status.category = StatusCategory::ToDo;
                }
                (Field::Assignee, _) => issue.assignee = None,
                (Field::Resolution, _) => (issue.resolution, issue.resolved) = (None, None),
                _ => {}
            }
        }
        issue.updated = issue.updated.min(day(on));
    }
    let found = now.triage(on);
    assert!(found.findings.iter().any(|finding| finding.trace.confidence().confidence.is_calibrated()));
    assert_eq!(then.triage(on), found);
    now.comment(0, 530.0, "ann");
    assert_eq!(now.triage(on), found);
}

#[test]
fn a_cancelled_run_is_an_error() {
    let (jira, _) = stale();
    let history = jira.history();
    let progress = Progress::silent();
    progress.cancel();
    let situation = Situation {
        history: &history,
        dataset: &jira.data,
        as_of: day(40.0),
        forecasts: &[],
        experience: &Experience::default(),
        proposer: &PrincipalId::new("juno").unwrap(),
    };
    let triage =
        StaleTriage::new(TriageParams::default().check().unwrap(), Arc::new(WeightedScorer::default()));
    assert_eq!(triage.reason(&situation, &progress).unwrap_err().kind(), ErrorKind::Cancelled);
}
