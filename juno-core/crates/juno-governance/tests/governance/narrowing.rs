//! A policy that lets a smaller action take the place of the one proposed.

use std::collections::BTreeMap;

use crate::common::*;
use juno_domain::{Action, ActionCategory, ErrorKind, Impact, IssueKey, Proposal};
use juno_governance::{
    Ballot, GovernanceError, Ladder, PolicySettings, PolicyVerdict, RulePolicy, RuleSet, StateKind,
    action_digest, simulate,
};

fn policy(text: &str) -> RulePolicy {
    RulePolicy::new(RuleSet::from_toml(text).unwrap()).unwrap()
}

fn close() -> Action {
    Action::Close { issue: IssueKey::new("PAY-12").unwrap(), resolution: "Done".into() }
}

fn scale(replicas: u32) -> Action {
    Action::Custom {
        name: "scale".into(),
        target: "api".into(),
        category: ActionCategory::TicketManagement,
        reversible: true,
        arguments: BTreeMap::from([("replicas".to_owned(), replicas.into())]),
    }
}

const LABEL_FIRST: &str = r#"
    name = "careful"
    [[rules]]
    id = "label-first"
    effect = "narrow"
    why = "a label can be looked at before anything is closed"
    when = { actions = ["close"] }
    narrow = { label = "close-candidate" }
    [[rules]]
    id = "labels"
    effect = "allow"
    when = { actions = ["add_label"], impacts = ["low"], min_confidence = 0.9, calibrated = true, reversible = true }
"#;

/// control: ASI02
#[tokio::test]
async fn the_request_is_for_the_narrowed_action_and_the_proposed_one_is_on_record() {
    let desk = desk_with(policy(LABEL_FIRST), roles());
    let proposed = proposal("p1", close(), Impact::Low);
    let request = desk.gate.submit(&proposed, PolicySettings::default(), start()).await.unwrap().request;
    let label = Action::AddLabel { issue: IssueKey::new("PAY-12").unwrap(), label: "close-candidate".into() };
    assert_eq!((request.action(), request.original()), (&label, Some(&close())));
    assert_eq!(request.digest(), action_digest(&label).unwrap());
    let why = request.policy_reasons();
    assert_eq!(why[0], "narrowed from `close` to `add_label`");
    assert!(why[1].contains("label-first") && why[1].contains("looked at"), "{why:?}");
    let events = desk.outbox.waiting(10);
    assert_eq!(events[0].payload.value()["original"]["type"], "close");
    assert_eq!(events[0].payload.value()["proposal"]["action"]["label"], "close-candidate");

    // A vote for what was proposed is void; one for what is left of it counts.
    let mut ballot = Ballot::approve(&request, who("lead"), "yes");
    ballot.digest = action_digest(&close()).unwrap();
    let error = desk.gate.vote(request.id(), ballot, start()).await.unwrap_err();
    assert!(matches!(error, GovernanceError::DigestMismatch { .. }), "{error}");
    let ballot = Ballot::approve(&request, who("lead"), "yes");
    desk.gate.vote(request.id(), ballot, start()).await.unwrap();
    let again = desk.gate.submit(&proposed, PolicySettings::default(), start()).await.unwrap();
    assert!(again.already_known, "the same proposal is the same request");
    let authorization = desk.gate.redeem(request.id(), PolicySettings::default(), start()).await.unwrap();
    assert_eq!((authorization.action(), authorization.digest()), (&label, request.digest()));

    // Without a supervisor the narrowed action runs by the rule that allows it.
    let alone = desk.gate.submit(&proposal("p2", close(), Impact::Low), free(), start()).await.unwrap();
    assert_eq!(alone.request.kind(), StateKind::Approved);
    assert_eq!(alone.request.action(), &label);
}

#[tokio::test]
async fn a_policy_that_narrows_only_now_asks_anew_or_lets_nothing_run() {
    let wide = || Always::says("wide", PolicyVerdict::RequireApproval(Ladder::default_for(Impact::Low)));
    let desk = desk_with(wide(), roles());
    let proposed = proposal("p1", close(), Impact::Low);
    let request = desk.gate.submit(&proposed, free(), start()).await.unwrap().request;
    desk.gate.vote(request.id(), Ballot::approve(&request, who("lead"), "yes"), start()).await.unwrap();
    let careful = reopened(&desk, policy(LABEL_FIRST));
    let error = careful.redeem(request.id(), free(), start()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error),
        (ErrorKind::Conflict, GovernanceError::PolicyChanged(request.id().clone()))
    );
    let anew = careful.submit(&proposed, free(), start()).await.unwrap();
    assert!(!anew.already_known);
    assert_eq!(anew.request.cites(), Some(request.id()));
    assert_eq!(anew.request.action().name(), "add_label");
    assert_eq!(careful.get(request.id()).await.unwrap().kind(), StateKind::Cancelled);
}

#[test]
fn what_is_not_narrower_or_narrowed_without_end_is_denied() {
    let elsewhere = Action::AddLabel { issue: IssueKey::new("PAY-13").unwrap(), label: "x".into() };
    let message = Action::Escalate { issue: IssueKey::new("PAY-12").unwrap(), message: "read this".into() };
    for (given, why) in [
        (elsewhere, "another target"),
        (message, "cannot be undone"),
        (close(), "the one proposed"),
        (label(), "narrows again"),
    ] {
        let policy = Always::says("p", PolicyVerdict::Narrow(given));
        let ruling = free().rule(&policy, &proposal("p1", close(), Impact::Low), None, start());
        assert_eq!(ruling.decision.verdict, PolicyVerdict::Deny);
        assert!(ruling.decision.reasons.join("; ").contains(why), "{:?}", ruling.decision.reasons);
    }
}

#[test]
fn rules_cut_numbers_and_set_fields_and_one_that_denies_still_wins() {
    let policy = policy(
        r#"
        name = "scaling"
        custom_actions = ["scale"]
        [[rules]]
        id = "at-most-ten"
        effect = "narrow"
        when = { actions = ["scale"] }
        narrow = { at_most = { replicas = 10 } }
        [[rules]]
        id = "no-wont-fix"
        effect = "narrow"
        when = { actions = ["close"], fields = { resolution = ["Won't fix"] } }
        narrow = { fields = { resolution = "Stale" } }
        [[rules]]
        id = "never-critical"
        effect = "deny"
        when = { impacts = ["critical"] }
        "#,
    );
    let rule = |action: Action, impact| {
        let proposal: Proposal = proposal("p1", action, impact);
        free().rule(&policy, &proposal, None, start())
    };
    assert_eq!(rule(scale(400), Impact::High).narrowed, Some(scale(10)));
    assert_eq!(rule(scale(10), Impact::High).narrowed, None, "as small already");
    assert_eq!(rule(scale(400), Impact::Critical).decision.verdict, PolicyVerdict::Deny);
    let wont_fix = Action::Close { issue: IssueKey::new("PAY-12").unwrap(), resolution: "Won't fix".into() };
    let Some(Action::Close { resolution, .. }) = rule(wont_fix, Impact::Low).narrowed else {
        panic!("a close")
    };
    assert_eq!(resolution, "Stale");
}

#[test]
fn rules_that_narrow_to_different_actions_deny() {
    let two = format!(
        "{LABEL_FIRST}\n[[rules]]\nid = \"other\"\neffect = \"narrow\"\nwhen = {{ actions = [\"close\"] }}\nnarrow = {{ label = \"b\" }}\n"
    );
    let ruling = free().rule(&policy(&two), &proposal("p1", close(), Impact::Low), None, start());
    assert_eq!((ruling.decision.verdict, ruling.narrowed), (PolicyVerdict::Deny, None));
    assert!(ruling.decision.reasons.iter().any(|why| why.contains("make one of them")));
}

#[test]
fn rules_that_narrow_wrongly_are_refused_with_the_nearest_name() {
    let error = |rule: &str| {
        let text = format!("name = \"n\"\ncustom_actions = [\"scale\"]\n[[rules]]\nid = \"r\"\n{rule}");
        RuleSet::from_toml(&text).unwrap_err().to_string()
    };
    let when = "when = { actions = [\"close\"] }\n";
    for (rule, says) in [
        (format!("effect = \"narrow\"\n{when}"), "does not say to what"),
        (
            format!("effect = \"deny\"\n{when}narrow = {{ label = \"x\" }}"),
            "only goes with the effect `narrow`",
        ),
        ("effect = \"narrow\"\nnarrow = { label = \"x\" }".into(), "add `actions`"),
        (format!("effect = \"narrow\"\n{when}narrow = {{}}"), "give one of the two"),
        (
            format!("effect = \"narrow\"\n{when}narrow = {{ fields = {{ resolutoin = \"x\" }} }}"),
            "did you mean `resolution`?",
        ),
        (format!("effect = \"narrow\"\n{when}narrow = {{ at_most = {{ n = 1 }} }}"), "take `at_most` out"),
        (format!("effect = \"narrow\"\n{when}narrow = {{ lable = \"x\" }}"), "did you mean `label`?"),
        ("effect = \"narrw\"".into(), "did you mean `narrow`?"),
    ] {
        let message = error(&rule);
        assert!(message.contains(says), "{rule}: {message}");
    }
}

#[tokio::test]
async fn a_simulation_shows_what_would_be_narrowed() {
    let wide = Always::says("wide", PolicyVerdict::RequireApproval(Ladder::default_for(Impact::Low)));
    let desk = desk_with(wide, roles());
    let request =
        desk.gate.submit(&proposal("p1", close(), Impact::Low), free(), start()).await.unwrap().request;
    let simulation = simulate(&policy(LABEL_FIRST), PolicySettings::default(), &[request], 5.0);
    let change = &simulation.changes[0];
    assert_eq!(change.narrowed.as_ref().map(Action::name), Some("add_label"));
    assert_eq!(simulation.minutes_after, 5.0);
}
