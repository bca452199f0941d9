//! Rules from a file, changed by the approvals they demand themselves; stops and delegations.

use std::sync::Arc;

use juno_core::agent::Stores;
use juno_core::domain::{ErrorKind, EventKind, OutcomeResult, Proposal, Role, Verdict};
use juno_core::governance::{Choice, Delegation, RulePolicy, RuleSet, StateKind};
use juno_core::prelude::*;
use serde_json::json;

use crate::desk::{Desk, person, start, trusting};
use crate::scripted::World;

const RULES: &str = r#"
name = "payments"

[budgets]
actions_per_hour = 1
over = "require_approval"

[[rules]]
id = "labels"
effect = "allow"
why = "a label is easily taken off"
when = { actions = ["add_label"], impacts = ["low"], min_confidence = 0.9, calibrated = true, reversible = true }

[[rules]]
id = "label-first"
effect = "narrow"
when = { actions = ["close"] }
narrow = { label = "close-candidate" }
"#;

fn with_rules(text: &str) -> (tempfile::TempDir, Settings) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    std::fs::write(&path, text).unwrap();
    let settings = trusting().with("governance.rules", path.to_str().unwrap()).unwrap();
    (folder, settings)
}

fn proposal(id: &str, action: serde_json::Value) -> Proposal {
    serde_json::from_value(json!({
        "id": id, "action": action, "impact": "low", "team": "payments", "proposer": "juno",
        "confidence": { "value": 0.95, "calibration": { "state": "calibrated", "method": "platt", "outcomes": 120 } },
        "rationale": "no activity for 40 days", "evidence": [], "proposed_at": start(),
    }))
    .unwrap()
}

fn label(id: &str) -> Proposal {
    proposal(id, json!({ "type": "add_label", "issue": "PAY-7", "label": "stale" }))
}

#[tokio::test]
async fn rules_from_a_file_decide_and_count_what_ran() {
    let (_folder, settings) = with_rules(RULES);
    let world = Arc::new(World::default());
    let desk = Desk::open(settings, Stores::in_memory(), |builder| builder.executor(world)).await;
    assert!(desk.juno.gate.policy_version().starts_with("payments@"));
    let close = proposal("p0", json!({ "type": "close", "issue": "PAY-7", "resolution": "Done" }));
    let ruling = desk.juno.gate.rule(&close).await.unwrap();
    assert_eq!(ruling.narrowed.as_ref().map(|action| action.name()), Some("add_label"));

    let first = desk.juno.gate.submit(&label("p1")).await.unwrap();
    assert_eq!(first.decision.verdict, Verdict::AutoApproved);
    desk.juno.gate.execute(first.request.id()).await.unwrap();
    let second = desk.juno.gate.submit(&label("p2")).await.unwrap();
    assert_eq!(second.decision.verdict, Verdict::ApprovalRequired);
    assert!(second.decision.reasons[0].contains("actions_per_hour"), "{:?}", second.decision.reasons);
    desk.wait(1);
    let third = desk.juno.gate.submit(&label("p3")).await.unwrap();
    assert_eq!(third.decision.verdict, Verdict::AutoApproved, "an hour later");
}

#[tokio::test]
async fn rules_that_cannot_be_used_keep_juno_from_opening_and_say_where() {
    for (text, says) in [
        ("name = \"x\"\notherwise = \"denny\"", "did you mean `deny`?"),
        ("name = \"x\"\n[[rules]]\nid = \"r\"\neffect = \"deny\"\nwhen = { impacts = [\"hihg\"] }", "`high`"),
        (
            "name = \"x\"\n[[rules]]\nid = \"r\"\neffect = \"deny\"\nwhen = { categories = [\"escalations\"] }",
            "`escalation`",
        ),
        (
            "name = \"x\"\n[ladders.low]\nrungs = [{ role = \"team_laed\", deadline_hours = 1 }]",
            "`team_lead`",
        ),
        ("name = \"x\"\n[budget]\n", "`budgets`"),
    ] {
        let (_folder, settings) = with_rules(text);
        let error = JunoBuilder::new(settings).open().await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let message = error.to_string();
        assert!(message.contains("governance.rules") && message.contains("rules.toml"), "{message}");
        assert!(message.contains(says), "{message}");
    }
    let (_folder, settings) = with_rules(RULES);
    let both = settings.with("governance.approval_rules", "{\"name\":\"mine\"}").unwrap();
    assert!(JunoBuilder::new(both).open().await.err().unwrap().to_string().contains("take one out"));
    let missing = trusting().with("governance.rules", "no-such-file.toml").unwrap();
    assert!(JunoBuilder::new(missing).open().await.err().unwrap().to_string().contains("no-such-file.toml"));
}

/// control: ASI10, SOC2-CC8.1, AIA-12-1
#[tokio::test]
async fn rules_change_by_the_approvals_they_demand_and_stay_changed() {
    let (_folder, settings) = with_rules(RULES);
    let stores = Stores::in_memory();
    let desk = Desk::open(settings.clone(), stores.clone(), |builder| builder).await;
    let before = desk.juno.gate.policy_version();
    let stricter = RuleSet::from_toml("name = \"strict\"\nkill_switch = true").unwrap();
    let simulation = desk.juno.gate.simulate(&RulePolicy::new(stricter.clone()).unwrap(), 5.0).await.unwrap();
    assert_eq!(simulation.decided, 0);
    let gate = &desk.juno.gate;
    let empty = gate.propose_rules(stricter.clone(), &person("lea"), "", "none", "back").await.unwrap_err();
    assert!(empty.to_string().contains("justification"), "{empty}");
    let asked = gate
        .propose_rules(stricter, &person("eva"), "an incident", "nothing runs", "the rules before")
        .await
        .unwrap();
    let id = asked.request.id().clone();
    assert_eq!(asked.request.kind(), StateKind::Pending, "no settings let rules change by themselves");
    assert_eq!(asked.request.pending().unwrap().role, Role::Director, "the engineering manager proposed it");
    assert!(gate.execute(&id).await.is_err(), "not without approval");
    assert!(gate.vote(&asked.request, &person("eva"), Choice::Approve, "mine").await.is_err());
    gate.vote(&asked.request, &person("dan"), Choice::Approve, "yes").await.unwrap();
    assert_eq!(gate.policy_version(), before, "approved is not yet in force");
    let outcome = gate.execute(&id).await.unwrap();
    assert_eq!(outcome.result, OutcomeResult::Succeeded);
    let after = gate.policy_version();
    assert!(after.starts_with("strict@"), "{after}");
    assert_eq!(gate.submit(&label("p1")).await.unwrap().decision.verdict, Verdict::Denied);

    let records = desk.juno.audit.records(0, 1_000).await.unwrap();
    let changed: Vec<_> = records.iter().filter(|r| r.event.kind == EventKind::PolicyChanged).collect();
    let [changed] = &changed[..] else { panic!("{changed:?}") };
    assert_eq!((changed.event.actor.as_str(), changed.event.subject.as_str()), ("dan", after.as_str()));
    assert_eq!(changed.event.payload.value()["from"], before.as_str());
    assert_eq!(changed.event.payload.value()["to"], after.as_str());

    // Another process on the same stores takes it up, and a kill switch does not keep its own end from being decided.
    let again = Desk::open(settings, stores, |builder| builder).await;
    assert_eq!(again.juno.gate.policy_version(), after);
    let size = again.juno.audit.head().await.unwrap().size;
    assert_eq!(size, desk.juno.audit.head().await.unwrap().size, "taking it up is recorded once");
    let back = RuleSet::from_toml(RULES).unwrap();
    let asked =
        again.juno.gate.propose_rules(back, &person("lea"), "it is over", "none", "strict").await.unwrap();
    again.juno.gate.vote(&asked.request, &person("eva"), Choice::Approve, "yes").await.unwrap();
    again.juno.gate.execute(asked.request.id()).await.unwrap();
    assert_eq!(again.juno.gate.policy_version(), before);
    assert!(again.juno.audit.verify().await.unwrap().verified);
}

#[tokio::test]
async fn rules_edited_between_two_starts_are_on_record() {
    let stores = Stores::in_memory();
    let changes = async |desk: &Desk| {
        let records = desk.juno.audit.records(0, 1_000).await.unwrap();
        let changes = records.into_iter().filter(|record| record.event.kind == EventKind::PolicyChanged);
        changes.map(|record| record.event).collect::<Vec<_>>()
    };
    let (_folder, settings) = with_rules(RULES);
    let desk = Desk::open(settings.clone(), stores.clone(), |builder| builder).await;
    let before = desk.juno.gate.policy_version();
    assert!(changes(&desk).await.is_empty(), "nothing to compare with");
    desk.juno.gate.submit(&label("p1")).await.unwrap();
    let same = Desk::open(settings, stores.clone(), |builder| builder).await;
    assert!(changes(&same).await.is_empty(), "the rules are the same");

    let (_folder, edited) = with_rules(&RULES.replace("min_confidence = 0.9", "min_confidence = 0.1"));
    for _ in 0..2 {
        let desk = Desk::open(edited.clone(), stores.clone(), |builder| builder).await;
        let changes = changes(&desk).await;
        let [change] = &changes[..] else { panic!("once, and not again at the next start: {changes:?}") };
        assert_eq!(change.actor, desk.juno.config().instance);
        assert_eq!(change.subject, desk.juno.gate.policy_version());
        let told =
            json!({ "from": before, "to": change.subject, "reason": "settings changed between starts" });
        assert_eq!(*change.payload.value(), told);
    }
}

#[tokio::test]
async fn a_change_of_rules_that_others_overtook_does_nothing() {
    let desk = Desk::new(trusting()).await;
    let gate = &desk.juno.gate;
    let mut approved = Vec::new();
    for name in ["one", "two"] {
        let rules = RuleSet::from_toml(&format!("name = \"{name}\"")).unwrap();
        let asked = gate.propose_rules(rules, &person("lea"), "why", "risk", "back").await.unwrap();
        gate.vote(&asked.request, &person("eva"), Choice::Approve, "yes").await.unwrap();
        approved.push(asked.request.id().clone());
    }
    gate.execute(&approved[0]).await.unwrap();
    let error = gate.execute(&approved[1]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(gate.policy_version().starts_with("one@"));
}

/// control: ASI10, AIA-14-4-e
#[tokio::test]
async fn a_stop_holds_back_everything_until_somebody_who_may_ends_it() {
    let (_folder, settings) = with_rules(RULES);
    let desk = Desk::new(settings).await;
    let gate = &desk.juno.gate;
    let approved = gate.submit(&label("p1")).await.unwrap().request;
    assert_eq!(gate.stop(&person("nobody"), "?").await.unwrap_err().kind(), ErrorKind::Denied);
    gate.stop(&person("lea"), "something is wrong").await.unwrap();
    let error = gate.execute(approved.id()).await.unwrap_err();
    assert!(error.to_string().contains("stopped everything"), "{error}");
    assert_eq!(gate.submit(&label("p2")).await.unwrap().decision.verdict, Verdict::Denied);
    assert_eq!(gate.resume(&person("lea"), "fine").await.unwrap_err().kind(), ErrorKind::Denied);
    gate.resume(&person("ada"), "fine again").await.unwrap();
    gate.execute(approved.id()).await.unwrap();
    let records = desk.juno.audit.records(0, 1_000).await.unwrap();
    let switched = records.iter().filter(|r| r.event.kind == EventKind::SettingsChanged);
    let told: Vec<_> =
        switched.map(|r| (r.event.actor.as_str(), r.event.payload.value()["stopped"].clone())).collect();
    assert_eq!(told, [("lea", json!(true)), ("ada", json!(false))]);
}

#[tokio::test]
async fn rules_that_change_during_a_stop_are_not_stopped_for_ever() {
    let (_folder, settings) = with_rules(RULES);
    let desk = Desk::new(settings).await;
    let gate = &desk.juno.gate;
    // Without budgets, so that nothing is counted any longer.
    let rules = &RULES[RULES.find("[[rules]]").unwrap()..];
    let rules = RuleSet::from_toml(&format!("name = \"free\"\n{rules}")).unwrap();
    let asked = gate.propose_rules(rules, &person("lea"), "why", "risk", "back").await.unwrap();
    gate.vote(&asked.request, &person("eva"), Choice::Approve, "yes").await.unwrap();
    gate.stop(&person("lea"), "something is wrong").await.unwrap();
    gate.execute(asked.request.id()).await.unwrap();
    assert_eq!(gate.submit(&label("p1")).await.unwrap().decision.verdict, Verdict::Denied);
    gate.resume(&person("ada"), "fine again").await.unwrap();
    assert_ne!(gate.submit(&label("p2")).await.unwrap().decision.verdict, Verdict::Denied);
}

/// control: ASI03, SOC2-CC6.2
#[tokio::test]
async fn a_place_that_is_given_away_counts_and_is_on_record() {
    let desk = Desk::new(trusting()).await;
    let gate = &desk.juno.gate;
    let question = json!({ "type": "request_info", "issue": "PAY-7", "of": null, "question": "?" });
    let request = gate.submit(&proposal("p1", question)).await.unwrap().request;
    let lent = Delegation {
        id: "lea-on-leave".into(),
        by: person("lea"),
        to: person("max"),
        role: Role::TeamLead,
        team: None,
        categories: [].into(),
        from: start(),
        until: start() + chrono::TimeDelta::days(7),
        may_pass_on: false,
    };
    assert!(gate.vote(&request, &person("max"), Choice::Approve, "ok").await.is_err());
    let error = gate.delegate(lent.clone(), &person("max"), "please").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
    gate.delegate(lent, &person("lea"), "on leave").await.unwrap();
    let decision = gate.vote(&request, &person("max"), Choice::Approve, "ok").await.unwrap();
    assert_eq!(decision.verdict, Verdict::Approved);
    gate.end_delegation("lea-on-leave", &person("lea"), "back").await.unwrap();
    assert!(gate.end_delegation("lea-on-leave", &person("lea"), "twice").await.is_err());
    let records = desk.juno.audit.records(0, 1_000).await.unwrap();
    let changes: Vec<_> = records.iter().filter(|r| r.event.kind == EventKind::RolesChanged).collect();
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[0].event.payload.value()["delegated"][0]["to"], "max");
    assert_eq!(changes[1].event.payload.value()["delegations_ended"][0]["id"], "lea-on-leave");
    assert_eq!(changes[0].event.payload.value()["to"], changes[1].event.payload.value()["from"]);
}
