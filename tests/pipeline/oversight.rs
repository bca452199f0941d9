//! Oversight and compliance through the facade: what waits, and what does not keep the rules, with its proof.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use juno_core::agent::Stores;
use juno_core::audit::{TreeHead, verify_inclusion};
use juno_core::domain::{ErrorKind, EventKind, Proposal, Role};
use juno_core::governance::{
    Choice, ComplianceCheck, ComplianceRules, Delegation, OversightOptions, Period, RequestFilter,
};
use juno_core::prelude::*;
use serde_json::json;

use crate::desk::{Desk, person, start, stores_of, trusting};
use crate::scripted::{Scripted, World, label, priority, question, reassign};

fn asked(id: &str) -> Proposal {
    serde_json::from_value(json!({
        "id": id, "action": { "type": "request_info", "issue": "PAY-7", "of": null, "question": "?" },
        "impact": "low", "team": "payments", "proposer": "juno",
        "confidence": { "value": 0.95, "calibration": { "state": "uncalibrated" } },
        "rationale": "no activity for 40 days", "evidence": [], "proposed_at": start(),
    }))
    .unwrap()
}

/// control: AIA-26-5, SOC2-CC4.1
#[tokio::test]
async fn a_busy_history_keeps_the_rules_and_its_numbers_are_told() {
    let script = Scripted::saying([label("PAY-1"), priority("PAY-2"), question("PAY-3"), reassign("PAY-4")]);
    let (reasoner, world) = (Arc::new(script), World::default());
    let stores = Stores::in_memory();
    let desk =
        Desk::open(trusting(), stores, |builder| builder.reasoner(reasoner).executor(Arc::new(world))).await;
    let gate = &desk.juno.gate;
    let review = desk.review(&desk.nothing()).await;
    let of = |action: &str| review.pending.iter().find(|pending| pending.action == action).unwrap();
    desk.wait(1);
    gate.vote(of("reprioritise"), &person("lea"), Choice::Approve, "yes").await.unwrap();
    gate.execute(&of("reprioritise").request).await.unwrap();
    gate.vote(of("reassign"), &person("pam"), Choice::Deny, "not now").await.unwrap();
    gate.appeal(&of("reassign").request, &person("juno"), "mia asked for it").await.unwrap();
    gate.escalate(&of("request_info").request, &person("lea"), "not mine").await.unwrap();
    let label = review.executed.iter().find(|outcome| outcome.detail.contains("add_label")).unwrap();
    gate.reverse(&label.request, &person("lea"), "wrong ticket").await.unwrap();
    let lent = Delegation {
        id: "lea-on-leave".into(),
        by: person("pam"),
        to: person("max"),
        role: Role::ProjectManager,
        team: None,
        categories: [].into(),
        from: desk.clock.now(),
        until: desk.clock.now() + chrono::TimeDelta::days(7),
        may_pass_on: false,
    };
    gate.delegate(lent, &person("pam"), "on leave").await.unwrap();
    gate.vote(of("request_info"), &person("max"), Choice::Approve, "yes").await.unwrap();
    gate.end_delegation("lea-on-leave", &person("pam"), "back").await.unwrap();

    let seen = gate.oversight(Period::default(), &OversightOptions::default()).await.unwrap();
    assert_eq!((seen.waiting.total, seen.at), (1, desk.clock.now()), "the appeal");
    assert_eq!(seen.waiting.by_role[&Role::EngineeringManager].deciding, 1);
    let rate = |rate: Option<juno_core::governance::Rate>| rate.map(|rate| (rate.count, rate.of));
    assert_eq!(rate(seen.rates.approval), Some((2, 3)));
    assert_eq!(rate(seen.rates.denial), Some((1, 3)));
    assert_eq!(rate(seen.rates.escalation), Some((1, 4)));
    assert_eq!(rate(seen.rates.appeal), Some((1, 1)));
    assert_eq!(rate(seen.rates.reversal), Some((1, 2)));
    assert_eq!(rate(seen.rates.automatic), Some((1, 5)));
    let eva = seen.people.iter().find(|load| load.who == person("eva")).unwrap();
    assert_eq!((eva.waiting, eva.approved), (1, 0));

    let report = desk.juno.audit.compliance(Period::default()).await.unwrap();
    assert!(report.passed, "{:#?}", report.findings().collect::<Vec<_>>());
    let counts: Vec<u64> = report.results.iter().map(|result| result.checked).collect();
    assert_eq!(
        counts,
        [5, 3, 4, 3, 8],
        "spans, votes, votes and the appeal, approvals, requests with executions and log"
    );
    assert_eq!(report.log.size, desk.juno.audit.head().await.unwrap().size);
    let soon = Period { since: Some(desk.clock.now() + chrono::TimeDelta::hours(1)), until: None };
    assert_eq!(desk.juno.audit.compliance(soon).await.unwrap().results[1].checked, 0);
}

/// control: ASI03, SOC2-CC4.1, SOC2-CC7.2, PCI-10.3.4
#[tokio::test]
async fn an_approval_written_into_the_database_is_found_and_proved() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("juno.db");
    let desk = Desk::open(trusting(), stores_of(&file), |builder| builder).await;
    let honest = desk.juno.gate.submit(&asked("honest")).await.unwrap().request;
    desk.juno.gate.vote(&honest, &person("lea"), Choice::Approve, "yes").await.unwrap();
    let forged = desk.juno.gate.submit(&asked("forged")).await.unwrap().request;
    assert!(desk.juno.audit.compliance(Period::default()).await.unwrap().passed);

    // Somebody with the file copies the approval of one request to the other.
    let rows = rusqlite::Connection::open(&file).unwrap();
    let body = |id: &str| -> serde_json::Value {
        let text: String =
            rows.query_row("SELECT body FROM approvals WHERE id = ?1", [id], |row| row.get(0)).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let (from, mut to) = (body(honest.id().as_str()), body(forged.id().as_str()));
    for part in ["state", "votes", "version"] {
        to[part] = from[part].clone();
    }
    let changed = rows
        .execute(
            "UPDATE approvals SET body = ?1, state = 'approved', version = 2, deadline = NULL WHERE id = ?2",
            [to.to_string(), forged.id().to_string()],
        )
        .unwrap();
    assert_eq!(changed, 1);
    desk.juno.gate.execute(forged.id()).await.unwrap();

    let report = desk.juno.audit.compliance(Period::default()).await.unwrap();
    assert!(report.log.verified && !report.passed);
    assert!(report.findings().all(|finding| finding.request.as_ref() == Some(forged.id())));
    let broken: Vec<ComplianceCheck> = report
        .results
        .iter()
        .filter(|result| !result.findings.is_empty())
        .map(|result| result.check)
        .collect();
    assert_eq!(broken, [ComplianceCheck::Quorum, ComplianceCheck::Evidence]);
    let quorum = report.findings().find(|finding| finding.found == "0 on record").unwrap();
    let link = &quorum.evidence[0];
    assert_eq!(link.kind, EventKind::AuthorizationIssued);
    let proof = desk.juno.audit.inclusion_proof(link.index, report.log.size).await.unwrap();
    let head = TreeHead { size: report.log.size, root: report.log.root };
    assert!(verify_inclusion(&proof, &link.leaf.unwrap(), &head));
    // The next review says so by itself.
    let review = desk.review(&desk.nothing()).await;
    let summary = review.compliance.unwrap();
    assert!(summary.rules.starts_with("juno@") && summary.passed < summary.checked);
    assert_eq!(summary.findings.len(), report.findings().count());
}

/// control: SOC2-CC4.1
#[tokio::test]
async fn monitoring_can_be_switched_off_and_its_rules_come_from_a_file() {
    let off = Desk::new(trusting().with("governance.compliance_monitoring", "false").unwrap()).await;
    assert_eq!(off.review(&off.nothing()).await.compliance, None);
    let on = Desk::new(trusting()).await;
    let summary = on.review(&on.sample()).await.compliance.unwrap();
    assert!(summary.checked > 0 && summary.findings.is_empty(), "{summary:?}");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    let with = |text: &str| {
        std::fs::write(&path, text).unwrap();
        trusting().with("governance.compliance_rules", path.to_str().unwrap()).unwrap()
    };
    let own = with("name = \"own\"\n[[rules]]\nid = \"two\"\ncheck = \"quorum\"\nat_least = 2");
    let desk = Desk::new(own).await;
    let request = desk.juno.gate.submit(&asked("p")).await.unwrap().request;
    desk.juno.gate.vote(&request, &person("lea"), Choice::Approve, "yes").await.unwrap();
    let summary = desk.review(&desk.nothing()).await.compliance.unwrap();
    assert_eq!((summary.findings.len(), summary.findings[0].rule.as_str()), (1, "two"));
    let other = ComplianceRules::standard().unwrap();
    assert!(desk.juno.audit.compliance_by(&other, Period::default()).await.unwrap().passed);

    let wrong = with("name = \"own\"\n[[rules]]\nid = \"two\"\ncheck = \"quorom\"");
    let error = JunoBuilder::new(wrong).open().await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let message = error.to_string();
    assert!(message.contains("governance.compliance_rules") && message.contains("own.toml"), "{message}");
    assert!(message.contains("did you mean `quorum`?"), "{message}");
}

/// Store and log are read one after the other, and meanwhile people vote.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn votes_cast_while_it_looks_are_no_findings() {
    let desk = Arc::new(Desk::new(trusting()).await);
    let done = Arc::new(AtomicBool::new(false));
    let voting = {
        let (desk, done) = (desk.clone(), done.clone());
        tokio::spawn(async move {
            for n in 0..200 {
                let request = desk.juno.gate.submit(&asked(&format!("p{n}"))).await.unwrap().request;
                let choice = if n % 3 == 0 { Choice::Deny } else { Choice::Approve };
                desk.juno.gate.vote(&request, &person("lea"), choice, "so be it").await.unwrap();
                if n % 2 == 1 && choice == Choice::Approve {
                    desk.juno.gate.execute(request.id()).await.unwrap();
                }
            }
            done.store(true, Ordering::SeqCst);
        })
    };
    let mut looked = 0;
    while !done.load(Ordering::SeqCst) || looked == 0 {
        let report = desk.juno.audit.compliance(Period::default()).await.unwrap();
        assert!(report.passed, "{:#?}", report.findings().collect::<Vec<_>>());
        looked += 1;
    }
    voting.await.unwrap();
    let report = desk.juno.audit.compliance(Period::default()).await.unwrap();
    assert!(report.passed && report.notes.is_empty());
    let all = desk.stores.approvals.list(&RequestFilter::default()).await.unwrap();
    assert_eq!(report.requests, all.len() as u64);
}
