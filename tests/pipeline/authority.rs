//! Who may do what: a vote is for what the voter saw, and undoing needs the authority that doing needs.

use juno_core::action::Effect;
use juno_core::domain::{Action, ErrorKind, IssueKey, OutcomeResult, Proposal, RequestId};
use juno_core::governance::{Choice, Seen, action_digest};
use serde_json::json;

use super::desk::{Desk, person, start, stores_of, trusting};

/// control: ASI09, SOC2-CC6.1
#[tokio::test]
async fn a_vote_on_an_action_the_voter_has_not_seen_is_void() {
    let desk = Desk::new(trusting()).await;
    let gate = &desk.juno.gate;
    let request = gate.submit(&asked("p1", "low", "juno")).await.unwrap().request;
    let listed = &gate.pending().await.unwrap()[0];
    assert_eq!((&listed.request, listed.digest), (request.id(), request.digest()));
    let other = Action::AddLabel { issue: IssueKey::new("PAY-9").unwrap(), label: "other".into() };
    let seen = Seen { request: request.id().clone(), digest: action_digest(&other).unwrap() };
    let error = gate.vote(seen, &person("lea"), Choice::Approve, "the other one").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("look at the request again"), "{error}");
    assert!(gate.request(request.id()).await.unwrap().votes().is_empty(), "nothing was counted");
    gate.vote(listed, &person("lea"), Choice::Approve, "this one").await.unwrap();
}

#[tokio::test]
async fn an_action_edited_in_the_store_voids_every_vote_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("juno.db");
    let desk = Desk::open(trusting(), stores_of(&file), |builder| builder).await;
    let gate = &desk.juno.gate;
    let request = gate.submit(&asked("p1", "low", "juno")).await.unwrap().request;
    let before = gate.pending().await.unwrap().remove(0);
    // Somebody with the file edits the action, and in a second step the digest that was noted for it.
    let rows = rusqlite::Connection::open(&file).unwrap();
    let edit = |change: &dyn Fn(&mut serde_json::Value)| {
        let body: String = rows.query_row("SELECT body FROM approvals", [], |row| row.get(0)).unwrap();
        let mut body: serde_json::Value = serde_json::from_str(&body).unwrap();
        change(&mut body);
        assert_eq!(rows.execute("UPDATE approvals SET body = ?1", [body.to_string()]).unwrap(), 1);
    };
    let other = Action::AddLabel { issue: IssueKey::new("PAY-9").unwrap(), label: "other".into() };
    let digest = action_digest(&other).unwrap();
    edit(&|body| body["proposal"]["action"] = serde_json::to_value(&other).unwrap());
    let after = gate.pending().await.unwrap().remove(0);
    assert_eq!((before.digest, after.digest), (request.digest(), digest), "what is listed is what is shown");
    for seen in [&before, &after] {
        let error = gate.vote(seen, &person("lea"), Choice::Approve, "yes").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    }
    edit(&|body| body["digest"] = digest.to_string().into());
    let error = gate.vote(&before, &person("lea"), Choice::Approve, "yes").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert_ne!(before.digest, digest);
}

/// One that people have to decide, of that impact.
fn asked(id: &str, impact: &str, proposer: &str) -> Proposal {
    serde_json::from_value(json!({
        "id": id, "action": { "type": "request_info", "issue": "PAY-7", "of": null, "question": "?" },
        "impact": impact, "team": "payments", "proposer": proposer,
        "confidence": { "value": 0.95, "calibration": { "state": "uncalibrated" } },
        "rationale": "no activity for 40 days", "evidence": [], "proposed_at": start(),
    }))
    .unwrap()
}

/// A desk where `dan` is a director, and a request of his that `by` approved and the host carried out.
async fn done(impact: &str, proposer: &str, by: &str) -> (Desk, RequestId) {
    let desk = Desk::new(trusting()).await;
    let gate = &desk.juno.gate;
    let request = gate.submit(&asked("p1", impact, proposer)).await.unwrap().request;
    gate.vote(&request, &person(by), Choice::Approve, "yes").await.unwrap();
    let undo = Action::AddLabel { issue: IssueKey::new("PAY-7").unwrap(), label: "undone".into() };
    let permit = gate.permit(request.id(), Some(undo), None).await.unwrap();
    gate.finish(permit, Ok(Effect { dry_run: false, detail: "done".into() })).await.unwrap();
    let id = request.id().clone();
    (desk, id)
}

/// control: ASI03, SOC2-CC6.3
#[tokio::test]
async fn undoing_needs_the_authority_that_doing_needed_and_not_the_proposers() {
    let (desk, id) = done("critical", "dan", "eva").await;
    let gate = &desk.juno.gate;
    for by in ["lea", "pam", "ada", "dan", "juno", "nobody"] {
        let error = gate.reverse(&id, &person(by), "I want it back").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied, "{by}: {error}");
        let error = gate.reversal_permit(&id, &person(by), "I want it back").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied, "{by}: {error}");
    }
    let permit = gate.reversal_permit(&id, &person("eva"), "it was wrong").await.unwrap();
    drop(permit);
    desk.wait(1);
    gate.recover().await.unwrap();
    for by in ["lea", "ada", "dan"] {
        let error = gate.resolve(&id, &person(by), true, "it is gone").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied, "{by}: {error}");
    }
    let undone = gate.resolve(&id, &person("eva"), true, "it is gone").await.unwrap();
    assert_eq!(undone.result, OutcomeResult::Reversed);
    // A team lead may undo what a team lead may decide, and not what went higher up.
    let (desk, id) = done("low", "juno", "lea").await;
    let undone = desk.juno.gate.reversal_permit(&id, &person("lea"), "too soon").await;
    assert!(undone.is_ok());
    let (desk, id) = done("low", "juno", "pam").await;
    let lower = desk.juno.gate.reversal_permit(&id, &person("lea"), "too soon").await.unwrap_err();
    assert_eq!(lower.kind(), ErrorKind::Denied, "a project manager decided it");
}

#[tokio::test]
async fn what_is_approved_and_has_not_begun_is_taken_back_by_its_proposer_and_whoever_could_approve_it() {
    for (by, may) in [("dan", true), ("eva", true), ("ada", true), ("pam", false), ("lea", false)] {
        let desk = Desk::new(trusting()).await;
        let gate = &desk.juno.gate;
        let request = gate.submit(&asked("p1", "critical", "dan")).await.unwrap().request;
        gate.vote(&request, &person("eva"), Choice::Approve, "yes").await.unwrap();
        let revoked = gate.revoke(request.id(), &person(by), "no longer").await;
        assert_eq!(revoked.is_ok(), may, "{by}");
        if !may {
            assert_eq!(revoked.unwrap_err().kind(), ErrorKind::Denied);
        }
    }
}

/// control: SOC2-CC6.3, GDPR-17
#[tokio::test]
async fn what_the_log_keeps_erases_and_holds_is_decided_by_administrators_and_directors_alone() {
    let desk = Desk::new(trusting()).await;
    let audit = &desk.juno.audit;
    for by in ["lea", "pam", "eva", "juno", "nobody"] {
        let by = &person(by);
        let refused = [
            audit.erase("lea", by, "asked for").await.unwrap_err(),
            audit.expire(6, by).await.unwrap_err(),
            audit.place_hold("case", Some("lea"), by, "suit").await.unwrap_err(),
            audit.lift_hold("case", by, "settled").await.unwrap_err(),
        ];
        assert!(refused.iter().all(|error| error.kind() == ErrorKind::Denied), "{by}: {refused:?}");
    }
    assert_eq!(audit.head().await.unwrap().size, 0, "nothing was done");
    audit.place_hold("case", Some("lea"), &person("ada"), "suit").await.unwrap();
    assert!(audit.erase("lea", &person("dan"), "asked for").await.is_err(), "it is held");
    audit.lift_hold("case", &person("dan"), "settled").await.unwrap();
    audit.erase("lea", &person("ada"), "asked for").await.unwrap();
    let actors: Vec<_> = audit.records(0, 10).await.unwrap().into_iter().map(|r| r.event.actor).collect();
    assert_eq!(actors[..2], [person("ada"), person("dan")], "who asked is on record");
}
