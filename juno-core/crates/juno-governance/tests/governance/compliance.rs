//! Compliance is derived from the records: what is put into the store past the gate is found.

use crate::common::*;
use crate::look::*;
use juno_domain::{ActionCategory, Digest, DomainEvent, EventKind, RequestId, Role};
use juno_governance::{
    ApprovalRequest, ApprovalStore, Ballot, ComplianceInput, ComplianceReport, ComplianceRules, Delegation,
    ExecutionFact, LogState, OnExpiry, Period, PolicySettings, RoleBook, Trails, check_compliance,
    roles_changed,
};
use serde_json::{Value, json};

/// Every way a request can go, honestly.
async fn honest() -> Desk {
    let lead = [(Role::TeamLead, 1, OnExpiry::Escalate)];
    let desk = desk_with(Always::says("v", asks(&lead)), roles());
    let approved = submitted(&desk, "approved").await;
    voted(&desk, &approved, "lead", start() + hours(1)).await;
    drop(desk.gate.redeem(approved.id(), PolicySettings::default(), start() + hours(2)).await.unwrap());
    let refused = submitted(&desk, "refused").await;
    let no = Ballot::deny(&refused, who("manager"), "no");
    desk.gate.vote(refused.id(), no, start() + hours(1)).await.unwrap();
    desk.gate
        .appeal(refused.id(), &who("juno"), "but", PolicySettings::default(), start() + hours(2))
        .await
        .unwrap();
    let passed_up = submitted(&desk, "passed-up").await;
    let up = desk.gate.escalate(passed_up.id(), &who("lead"), "not mine", start() + hours(1)).await.unwrap();
    voted(&desk, &up, "manager", start() + hours(3)).await;
    let withdrawn = submitted(&desk, "withdrawn").await;
    desk.gate.withdraw(withdrawn.id(), &who("juno"), "moot", start() + hours(3)).await.unwrap();
    let cancelled = submitted(&desk, "cancelled").await;
    desk.gate.cancel(cancelled.id(), &who("root"), "moot", start() + hours(3)).await.unwrap();
    submitted(&desk, "silence").await;

    let two = asks(&[
        (Role::TeamLead, 1, OnExpiry::Hold { until_hours: 48 }),
        (Role::ProjectManager, 2, OnExpiry::Deny),
    ]);
    let other = Desk {
        gate: reopened(&desk, Always::says("w", two)),
        store: desk.store.clone(),
        outbox: desk.outbox.clone(),
    };
    let climbs = submitted(&other, "climbs").await;
    let climbs = voted(&other, &climbs, "lead", start() + hours(1)).await;
    let climbs = voted(&other, &climbs, "engineer", start() + hours(2)).await;
    voted(&other, &climbs, "manager", start() + hours(3)).await;
    submitted(&other, "held").await;
    for hour in [24, 26, 48, 50, 72, 96, 120] {
        desk.gate.tick(start() + hours(hour)).await.unwrap();
    }
    desk
}

/// control: SOC2-CC4.1
#[tokio::test]
async fn an_honest_history_keeps_every_rule_and_the_report_says_how_much_was_looked_at() {
    let desk = honest().await;
    let report = Look::at(&desk, start() + hours(121)).report().await;
    assert!(report.passed, "{:#?}", report.findings().collect::<Vec<_>>());
    let counts: Vec<(&str, u64)> =
        report.results.iter().map(|result| (result.rule.as_str(), result.checked)).collect();
    // 9 requests, one of them an appeal; each passing up and each rung is a span of its own.
    assert_eq!(counts, [("time-outs", 15), ("authority", 6), ("duties", 7), ("quorum", 3), ("evidence", 10)]);
    assert_eq!((report.requests, report.notes.len()), (9, 0));
    assert!(report.results.iter().all(|result| result.passed == result.checked));
    let again: ComplianceReport = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
    assert_eq!(again, report);
}

/// control: ASI03, SOC2-CC4.1, SOC2-CC7.2
#[tokio::test]
async fn a_forged_approval_put_directly_in_the_store_is_reported() {
    // A row of which the log knows nothing: its rules are broken in whatever period.
    let other = desk();
    let elsewhere = submitted(&other, "elsewhere").await;
    let approved = voted(&other, &elsewhere, "lead", start()).await;
    let desk = desk();
    desk.store.create(&approved, &[]).await.unwrap();
    let mut look = Look::at(&desk, start() + hours(1));
    let its = |rule: &str| (rule.to_owned(), Some(approved.id().clone()));
    assert_eq!(look.broken().await, [its("quorum"), its("evidence")]);
    look.period.since = Some(start() + hours(1000));
    assert_eq!(look.broken().await, [its("quorum"), its("evidence")], "it could claim any time");

    // A pending row that reads approved, with a vote of somebody who could have cast it.
    let desk = self::desk();
    let request = submitted(&desk, "p").await;
    forge(&desk, &request, |json| {
        json["state"] = approved_by("lead");
        json["votes"] = json!([vote_of(&request, "lead")]);
    })
    .await;
    // The gate is taken in, because the row is in order; the report is not.
    assert!(desk.gate.redeem(request.id(), PolicySettings::default(), start()).await.is_ok());
    let report = Look::at(&desk, start() + hours(1)).report().await;
    let found: Vec<&str> = report.findings().map(|finding| finding.found.as_str()).collect();
    assert_eq!(
        found,
        [
            "none is on record",
            "0 on record",
            "the vote of `lead` at 2026-03-02T09:00:00Z stands in the store alone",
            "the store says `approved`",
        ]
    );
    let quorum = report.findings().find(|finding| finding.found == "0 on record").unwrap();
    assert_eq!(quorum.rule, "quorum");
    assert_eq!(quorum.request.as_ref(), Some(request.id()));
    assert_eq!(quorum.evidence.len(), 1, "the authorization that was issued for it");
    assert_eq!((quorum.evidence[0].kind, quorum.evidence[0].index), (EventKind::AuthorizationIssued, 2));
}

/// control: SOC2-CC7.2, PCI-10.3.4
#[tokio::test]
async fn a_row_that_was_edited_after_the_fact_is_reported() {
    let desk = desk();
    let request = submitted(&desk, "p").await;
    let no = Ballot::deny(&request, who("lead"), "no");
    let denied = desk.gate.vote(request.id(), no, start()).await.unwrap();
    let forged = forge(&desk, &denied, |json| {
        json["state"] = approved_by("lead");
        json["votes"][0]["choice"] = "approve".into();
    })
    .await;
    let look = Look::at(&desk, start() + hours(1));
    let evidence = || ("evidence".to_owned(), Some(request.id().clone()));
    assert_eq!(look.broken().await, [("quorum".to_owned(), Some(request.id().clone())), evidence()]);

    // Back to what it was, but for another action, impact or team; or without its vote.
    let mut at = forged;
    for (path, value) in [
        ("/proposal/action/label", json!("hotfix")),
        ("/proposal/impact", json!("medium")),
        ("/proposal/team", json!("OPS")),
        ("/proposal/proposer", json!("manager")),
        ("/votes", json!([])),
        ("/ladder/rungs/0/quorum", json!(2)),
    ] {
        at = forge(&desk, &at, |json| {
            let version = json["version"].clone();
            *json = serde_json::to_value(&denied).unwrap();
            json["version"] = version;
            *json.pointer_mut(path).unwrap() = value;
        })
        .await;
        let broken = look.broken().await;
        assert!(broken.contains(&evidence()), "{path}: {broken:?}");
    }
    forge(&desk, &at, |json| {
        let version = json["version"].clone();
        *json = serde_json::to_value(&denied).unwrap();
        json["version"] = version;
    })
    .await;
    assert!(look.report().await.passed);
}

/// control: SOC2-CC7.2
#[tokio::test]
async fn a_row_that_is_gone_is_reported() {
    let desk = desk();
    let request = submitted(&desk, "p").await;
    let empty = self::desk();
    let look = Look { events: log(&desk), ..Look::at(&empty, start()) };
    let report = look.report().await;
    let findings: Vec<_> = report.findings().collect();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].found, "the log has it, and the store does not");
    assert_eq!(findings[0].request.as_ref(), Some(request.id()));
}

/// The events of a desk where the vote was edited in store and log alike.
async fn with_vote(edit: impl Fn(&mut Value)) -> (Desk, Vec<DomainEvent>) {
    let desk = desk();
    let request = submitted(&desk, "p").await;
    let approved = voted(&desk, &request, "lead", start() + hours(1)).await;
    forge(&desk, &approved, |json| edit(&mut json["votes"][0])).await;
    let mut events = log(&desk);
    for event in events.iter_mut().filter(|event| event.kind == EventKind::VoteCast) {
        event.payload.change(|data| edit(&mut data["vote"]));
        event.at = serde_json::from_value(event.payload.value()["vote"]["at"].clone()).unwrap();
    }
    (desk, events)
}

/// control: ASI03, SOC2-CC4.1
#[tokio::test]
async fn a_vote_forged_in_store_and_log_alike_is_still_measured_by_roles_and_deadlines() {
    let rules_of = async |edit: &dyn Fn(&mut Value)| {
        let (desk, events) = with_vote(edit).await;
        let look = Look { events, ..Look::at(&desk, start() + hours(30)) };
        let mut rules: Vec<String> = look.broken().await.into_iter().map(|(rule, _)| rule).collect();
        rules.dedup();
        rules
    };
    assert_eq!(rules_of(&|_| ()).await, [""; 0]);
    assert_eq!(rules_of(&|vote| vote["by"] = "stranger".into()).await, ["authority"]);
    assert_eq!(rules_of(&|vote| vote["role"] = "director".into()).await, ["authority"]);
    assert_eq!(rules_of(&|vote| vote["on_behalf_of"] = "manager".into()).await, ["authority"]);
    assert_eq!(rules_of(&|vote| vote["role"] = "admin".into()).await, ["authority", "quorum"]);
    assert_eq!(rules_of(&|vote| vote["by"] = "juno".into()).await, ["authority", "duties", "quorum"]);
    assert_eq!(rules_of(&|vote| vote["at"] = json!(start() + hours(24))).await, ["time-outs"]);
    let digest = Digest([7; 32]);
    assert_eq!(rules_of(&|vote| vote["digest"] = json!(digest)).await, ["quorum"]);
}

/// control: SOC2-CC6.3
#[tokio::test]
async fn one_person_on_two_rungs_is_reported() {
    let two = asks(&[(Role::TeamLead, 1, OnExpiry::Escalate), (Role::ProjectManager, 1, OnExpiry::Escalate)]);
    let desk = desk_with(Always::says("v", two), roles());
    let request = submitted(&desk, "p").await;
    let request = voted(&desk, &request, "engineer", start()).await;
    let done = voted(&desk, &request, "manager", start()).await;
    assert!(Look::at(&desk, start()).report().await.passed);
    let twice = |vote: &mut Value| {
        vote["by"] = "engineer".into();
        vote["role"] = "engineering_manager".into();
    };
    forge(&desk, &done, |json| twice(&mut json["votes"][1])).await;
    let mut events = log(&desk);
    let second = events.iter_mut().rfind(|event| event.kind == EventKind::VoteCast).unwrap();
    second.payload.change(|data| twice(&mut data["vote"]));
    let look = Look { events, ..Look::at(&desk, start()) };
    assert_eq!(look.broken().await, [("duties".to_owned(), Some(request.id().clone()))]);
}

/// control: APTS-HO-003, SOC2-CC4.1
#[tokio::test]
async fn a_deadline_that_nobody_fires_or_that_was_moved_is_reported() {
    let desk = desk();
    let request = submitted(&desk, "p").await;
    let late = |hour| Look::at(&desk, start() + hours(hour));
    assert!(late(25).report().await.passed, "within the grace");
    let report = Look { now: start() + hours(25) + chrono::TimeDelta::seconds(1), ..late(25) }.report().await;
    let finding = report.findings().next().unwrap();
    assert_eq!(finding.expected, "passed up, held or ended at its deadline 2026-03-03T09:00:00Z");
    assert_eq!(finding.found, "nothing is on record by 2026-03-03T10:00:01Z");
    assert_eq!(finding.evidence[0].kind, EventKind::ProposalSubmitted);

    // Fired at last, which stays on record as late; and the fresh deadline is kept.
    desk.gate.tick(start() + hours(30)).await.unwrap();
    let up = desk.gate.get(request.id()).await.unwrap();
    voted(&desk, &up, "manager", start() + hours(31)).await;
    let report = late(40).report().await;
    let found: Vec<&str> = report.findings().map(|finding| finding.found.as_str()).collect();
    assert_eq!(found, ["its deadline fired at 2026-03-03T15:00:00Z, later than the grace allows"]);

    let mut events = log(&desk);
    events[0].payload.change(|data| data["pending"]["deadline"] = json!(start() + hours(30)));
    let report = Look { events, ..late(40) }.report().await;
    let expected: Vec<&str> = report.findings().map(|finding| finding.expected.as_str()).collect();
    assert_eq!(expected, ["deadline 2026-03-03T09:00:00Z (24 h)"]);
}

#[tokio::test]
async fn roles_count_as_they_were_recorded_to_be() {
    let desk = desk();
    let before = roles();
    let lent = Delegation {
        id: "away".into(),
        by: who("manager"),
        to: who("bo"),
        role: Role::ProjectManager,
        team: Some(pay()),
        categories: [ActionCategory::TicketManagement].into(),
        from: start(),
        until: start() + hours(100),
        may_pass_on: false,
    };
    let mut after = before.clone();
    after.delegate(lent).unwrap();
    let mut ended = after.clone();
    ended.end_delegation("away");
    assert_eq!(ended, before);
    let record = |one: &RoleBook, two: &RoleBook, hour| {
        roles_changed(one, two, &who("root"), "leave", start() + hours(hour)).unwrap()
    };
    let with_bo = desk.gate.with_roles(after.clone());
    let cast = async |id: &str, hour| {
        let request = submitted(&desk, id).await;
        let ballot = Ballot::approve(&request, who("bo"), "fine");
        with_bo.vote(request.id(), ballot, start() + hours(hour)).await.unwrap();
        request
    };
    cast("one", 3).await;
    let mut look = Look::at(&desk, start() + hours(5));
    assert_eq!(look.broken().await.len(), 1, "nothing tells that bo stood in for anybody");

    // Both changes are on record, and the vote lies between them.
    look.events.insert(0, record(&before, &after, 2));
    look.events.push(record(&after, &ended, 4));
    assert!(look.report().await.passed);
    // Bo votes again after the end, through a process that does not know of it.
    let late = cast("two", 6).await;
    look.events = log(&desk);
    look.events.insert(0, record(&before, &after, 2));
    look.events.push(record(&after, &ended, 4));
    assert_eq!(look.broken().await, [("authority".to_owned(), Some(late.id().clone()))]);

    // A change that leads nowhere is told.
    let mut elsewhere = roles();
    elsewhere.assign(who("eve"), Role::Director, None);
    look.events.push(record(&elsewhere, &RoleBook::new(), 4));
    assert_eq!(
        look.report().await.notes,
        ["recorded changes that lead from or to roles nothing tells of: 1"]
    );
}

/// control: AIA-12-1, SOC2-CC4.1
#[tokio::test]
async fn what_was_begun_has_its_records() {
    let desk = desk();
    let request = submitted(&desk, "p").await;
    voted(&desk, &request, "lead", start()).await;
    drop(desk.gate.redeem(request.id(), PolicySettings::default(), start()).await.unwrap());
    let fact = |request: &ApprovalRequest| ExecutionFact {
        request: request.id().clone(),
        digest: request.digest(),
        begun: true,
        due_at: Some(start() + hours(1)),
        started_at: start(),
    };
    let found = async |look: &Look<'_>| {
        let report = look.report().await;
        report.findings().map(|one| format!("{}: {}", one.expected, one.found)).collect::<Vec<_>>()
    };
    let mut look = Look { executions: vec![fact(&request)], ..Look::at(&desk, start() + hours(2)) };
    assert_eq!(found(&look).await, ["a record that it began: the store alone says so"]);

    let executed = |kind, at| DomainEvent {
        id: juno_domain::EventId::new(format!("{kind:?}")).unwrap(),
        kind,
        at,
        actor: who("executor:x"),
        subject: request.id().to_string(),
        team: Some(pay()),
        payload: json!({ "digest": request.digest(), "state": "executing" }).into(),
    };
    look.events.push(executed(EventKind::ExecutionStarted, start()));
    assert_eq!(found(&look).await, [""; 0], "it may still be at it");
    look.now = start() + hours(3);
    assert_eq!(found(&look).await, ["an outcome by 2026-03-02T11:00:00Z: none is on record"]);
    look.events.push(executed(EventKind::ExecutionFinished, start() + hours(1)));
    assert_eq!(found(&look).await, [""; 0]);

    // It ran something else than what was approved.
    let other = Digest([1; 32]);
    look.executions[0].digest = other;
    assert_eq!(found(&look).await, ["the action that was approved: the store has another one carried out"]);
    look.executions[0].digest = request.digest();
    let last = look.events.len() - 2;
    look.events[last].payload.change(|data| data["digest"] = json!(other));
    assert_eq!(
        found(&look).await,
        [format!("one and the same action throughout: one is for digest {other}")]
    );

    // It ran without ever having been asked for.
    let never = RequestId::new("req-never").unwrap();
    look.executions.push(ExecutionFact { request: never.clone(), ..fact(&request) });
    look.events.truncate(last);
    let report = look.report().await;
    let its: Vec<_> = report.findings().filter(|one| one.request.as_ref() == Some(&never)).collect();
    assert_eq!(its.len(), 6, "{its:#?}");
}

#[test]
fn a_log_that_does_not_verify_is_a_finding_of_its_own() {
    let log = LogState { verified: false, first_bad: Some("record 3: it is missing".into()), ..whole(&[]) };
    let trails = Trails::new();
    let (roles, rules) = (roles(), ComplianceRules::standard().unwrap());
    let input = ComplianceInput { requests: &[], executions: &[], trails: &trails, roles: &roles, log: &log };
    let report = check_compliance(input, &rules, Period::default(), start()).unwrap();
    let found: Vec<_> = report.findings().map(|one| (one.request.is_none(), one.found.as_str())).collect();
    assert_eq!(found, [(true, "record 3: it is missing")]);
}

#[tokio::test]
async fn rules_say_of_which_requests_and_how_strict() {
    let desk = honest().await;
    let rules = |text: &str| ComplianceRules::from_toml(&format!("name = \"own\"\n{text}")).unwrap();
    let four_eyes = "[[rules]]\nid = \"four-eyes\"\ncheck = \"quorum\"\nat_least = 2\n";
    let mut look = Look { rules: rules(four_eyes), ..Look::at(&desk, start() + hours(121)) };
    let report = look.report().await;
    assert_eq!((report.results[0].checked, report.results[0].passed), (3, 1));
    assert_eq!(report.findings().next().unwrap().found, "1 approved it");
    look.rules = rules(&format!("{four_eyes}impacts = [\"critical\"]"));
    assert_eq!(look.report().await.results[0].checked, 0);
    look.rules = rules("[[rules]]\nid = \"fast\"\ncheck = \"timeouts\"\nwithin_hours = 2\nteams = [\"PAY\"]");
    let report = look.report().await;
    assert!(report.results[0].passed < report.results[0].checked);
    assert!(report.rules.starts_with("own@"), "{}", report.rules);
    // Only what happened in the period counts.
    let standard = ComplianceRules::standard().unwrap();
    look =
        Look { rules: standard, period: Period { since: Some(start() + hours(121)), until: None }, ..look };
    let counts: Vec<u64> = look.report().await.results.iter().map(|result| result.checked).collect();
    assert_eq!(counts, [0, 0, 0, 0, 1], "the log itself is always looked at");
}

#[test]
fn an_unknown_rule_or_field_is_an_error_that_names_the_nearest() {
    let rule = "name = \"x\"\n[[rules]]\nid = \"a\"\ncheck = \"quorum\"\n";
    let error = |text: String| ComplianceRules::from_toml(&text).unwrap_err();
    let of = |text: &str| error(format!("{rule}{text}")).to_string();
    assert!(of("at_lest = 2").contains("did you mean `at_least`?"), "{}", of("at_lest = 2"));
    assert!(of("impacts = [\"hihg\"]").contains("did you mean `high`?"));
    assert!(of("grace_minutes = 5").contains("does not take"));
    assert!(of("at_least = 0").contains("give 1 or more"));
    assert!(error(rule.replace("quorum", "quorom")).to_string().contains("did you mean `quorum`?"));
    assert!(
        error(format!("{rule}[[rules]]\nid = \"a\"\ncheck = \"duties\"")).to_string().contains("two rules")
    );
    assert!(error("name = \"x\"\nrules = []".into()).to_string().contains("no rule"));
    assert_eq!(error("nam = \"x\"".into()).kind(), juno_domain::ErrorKind::InvalidInput);
    let json = r#"{"name":"x","rules":[{"id":"a","check":"autority"}]}"#;
    assert!(ComplianceRules::from_json(json).unwrap_err().to_string().contains("did you mean `authority`?"));
    let standard = ComplianceRules::standard().unwrap();
    let again = ComplianceRules::from_json(&serde_json::to_string(&standard).unwrap()).unwrap();
    assert_eq!(again.version().unwrap(), standard.version().unwrap());
}
