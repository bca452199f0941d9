//! Oversight and compliance as people read them.

use juno_governance::{ComplianceReport, Oversight};
use serde_json::{Value, json};

use crate::{compliance_markdown, compliance_text, html, oversight_text, text};

fn finding() -> Value {
    json!({
        "rule": "quorum", "request": "req-1",
        "expected": "1 recorded for this action by Team Lead or higher on rung 0", "found": "0 on record",
        "evidence": [{
            "event": "e1", "kind": "authorization_issued", "at": "2026-03-02T10:00:00Z", "index": 7,
            "leaf": "61685bd91d7346cd7995c80d9c16322710ebb5ee5285a1fb41c3f450a84387f4",
        }],
    })
}

fn report() -> ComplianceReport {
    let result = |rule: &str, check: &str, why: &str, checked: u64, findings: Vec<Value>| {
        json!({
            "rule": rule, "check": check, "why": why, "checked": checked,
            "passed": checked - u64::try_from(findings.len()).unwrap(), "findings": findings,
        })
    };
    let mut about_the_log = finding();
    about_the_log["request"] = Value::Null;
    about_the_log["found"] = "record 3: it is `|missing|`\u{1b}[2J".into();
    about_the_log["evidence"] = json!([]);
    serde_json::from_value(json!({
        "at": "2026-04-01T00:00:00Z",
        "period": { "since": "2026-03-01T00:00:00Z", "until": "2026-04-01T00:00:00Z" },
        "rules": "juno@123456789abc",
        "log": {
            "size": 12, "root": "61685bd91d7346cd7995c80d9c16322710ebb5ee5285a1fb41c3f450a84387f4",
            "verified": false, "first_bad": "record 3: it is missing",
        },
        "requests": 4, "passed": false,
        "results": [
            result("time-outs", "timeouts", "silence never approves", 5, vec![]),
            result("quorum", "quorum", "nobody is passed over", 3, vec![finding()]),
            result("evidence", "evidence", "", 5, vec![about_the_log]),
        ],
        "notes": ["requests that changed while they were looked at, and are left out: 1"],
    }))
    .unwrap()
}

fn oversight() -> Oversight {
    let rate = |count: u64, of: u64, low: f64, high: f64| {
        let value = f64::from(u32::try_from(count).unwrap()) / f64::from(u32::try_from(of).unwrap());
        json!({ "count": count, "of": of, "value": value, "low": low, "high": high })
    };
    let time = json!({ "count": 3, "median_seconds": 45.0, "p90_seconds": 360_000.0 });
    serde_json::from_value(json!({
        "at": "2026-04-01T00:00:00Z", "period": {},
        "waiting": {
            "total": 2, "overdue": 1,
            "by_role": {
                "team_lead": { "deciding": 1, "visible": 2, "overdue": 1 },
                "project_manager": { "deciding": 1, "visible": 1, "overdue": 0 },
            },
            "by_team": { "PAY": { "waiting": 2, "overdue": 1, "oldest": "2026-03-30T09:00:00Z" } },
            "late": [{
                "request": "req-1", "team": "PAY", "role": "team_lead", "deadline": "2026-03-31T23:00:00Z",
                "late_seconds": 3600,
            }],
        },
        "time_to_decision": { "all": time, "by_role": { "team_lead": time }, "by_team": { "PAY": time } },
        "rates": {
            "approval": rate(9, 10, 0.596, 0.982), "denial": rate(1, 10, 0.018, 0.404), "expiry": null,
            "escalation": null, "appeal": null, "reversal": null, "automatic": null,
        },
        "people": [{ "who": "lea", "waiting": 2, "approved": 9, "refused": 1 }],
        "voting": [{
            "who": "lea", "votes": 10, "approved": rate(9, 10, 0.596, 0.982), "median_seconds": 4.0,
            "in_bursts": 3, "same_reason": 9,
            "signs": [
                { "kind": "quick", "evidence": ["req-2", "req-3", "req-4", "req-5"] },
                { "kind": "same_reason", "evidence": ["req-2"] },
            ],
        }],
    }))
    .unwrap()
}

#[test]
fn a_compliance_report_reads_rule_by_rule_with_its_records() {
    insta::assert_snapshot!(compliance_text(&report()));
}

#[test]
fn a_compliance_report_as_markdown_shows_what_it_quotes_as_it_is() {
    insta::assert_snapshot!(compliance_markdown(&report()));
}

#[test]
fn oversight_reads_as_tables() {
    insta::assert_snapshot!(oversight_text(&oversight()));
}

#[test]
fn a_review_says_what_does_not_keep_the_rules_and_nothing_where_all_does() {
    let mut json = super::json();
    json["compliance"] = json!({ "rules": "juno@1", "checked": 9, "passed": 9, "findings": [] });
    let kept = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(text(&kept), text(&super::review()));
    json["compliance"]["findings"] = json!([finding()]);
    let review = serde_json::from_value(json).unwrap();
    let said = "req-1: 0 on record; expected 1 recorded for this action by Team Lead or higher on rung 0.";
    assert!(text(&review).contains(&format!("quorum: {said}")));
    assert!(html(&review).unwrap().contains(&format!("<li>quorum, {said}</li>")));
    assert!(!html(&kept).unwrap().contains("compliance rules"));
}
