use juno_domain::{
    Action, Calibration, Confidence, IssueKey, PrincipalId, Probability, Proposal, ProposalId, Role, TeamId,
};
use proptest::prelude::*;

use super::*;
use crate::{Ladder, OnExpiry, PolicySettings};

fn proposal(action: Action, impact: Impact, value: f64, calibrated: bool) -> Proposal {
    let value = Probability::new(value).unwrap();
    let calibration = match calibrated {
        true => Calibration::Calibrated { method: "platt".into(), outcomes: 100 },
        false => Calibration::Uncalibrated,
    };
    Proposal {
        id: ProposalId::new("p").unwrap(),
        action,
        impact,
        team: TeamId::new("PAY").unwrap(),
        proposer: PrincipalId::new("juno").unwrap(),
        confidence: Confidence { value, calibration },
        score: None,
        rationale: "because".into(),
        evidence: vec![],
        proposed_at: chrono::DateTime::UNIX_EPOCH,
    }
}

fn label() -> Action {
    Action::AddLabel { issue: IssueKey::new("PAY-1").unwrap(), label: "stale".into() }
}

fn escalate() -> Action {
    Action::Escalate { issue: IssueKey::new("PAY-1").unwrap(), message: "look".into() }
}

fn close() -> Action {
    Action::Close { issue: IssueKey::new("PAY-1").unwrap(), resolution: "Won't do".into() }
}

fn policy() -> DefaultPolicy {
    DefaultPolicy::new(PolicyRules::default()).unwrap()
}

fn decide(proposal: &Proposal, settings: PolicySettings) -> PolicyDecision {
    policy().decide(&settings.context(proposal, chrono::DateTime::UNIX_EPOCH))
}

const FREE: PolicySettings = PolicySettings { phase: 2, supervisor_mode: false, autonomous_actions: true };

/// control: ASI02, ASI09, AIA-14-4-b
#[test]
fn each_condition_alone_stands_against_automatic_approval_and_says_so() {
    let sure = |action, impact| proposal(action, impact, 0.95, true);
    let allowed = decide(&sure(label(), Impact::Low), FREE);
    assert_eq!(allowed.verdict, PolicyVerdict::Allow);
    assert_eq!(
        allowed.reasons,
        [
            "`add_label` is listed, reversible and of low impact, and its calibrated confidence of 0.95 reaches 0.9"
        ]
    );

    let cases = [
        (
            sure(label(), Impact::Low),
            PolicySettings { supervisor_mode: true, ..FREE },
            "supervisor mode is on",
        ),
        (
            sure(label(), Impact::Low),
            PolicySettings { autonomous_actions: false, ..FREE },
            "autonomous actions are off",
        ),
        (sure(label(), Impact::Medium), FREE, "its impact is medium, and only low impact"),
        (sure(close(), Impact::Low), FREE, "`close` is not among the actions that may run without a person"),
        (proposal(label(), Impact::Low, 0.89, true), FREE, "its confidence of 0.89 is below 0.9"),
        (proposal(label(), Impact::Low, 0.95, false), FREE, "its confidence is uncalibrated"),
    ];
    for (proposal, settings, why) in cases {
        let decision = decide(&proposal, settings);
        let expected = PolicyVerdict::RequireApproval(Ladder::default_for(proposal.impact));
        assert_eq!(decision.verdict, expected, "{why}");
        assert_eq!(decision.reasons.len(), 1, "{:?}", decision.reasons);
        assert!(decision.reasons[0].starts_with(why), "{:?}", decision.reasons);
    }
    let irreversible = decide(&sure(escalate(), Impact::Low), FREE);
    assert_eq!(irreversible.reasons[0], "it cannot be undone");
}

/// control: ASI10
#[test]
fn phase_one_and_low_confidence_deny() {
    let analyst = PolicySettings { phase: 1, ..FREE };
    let decision = decide(&proposal(label(), Impact::Low, 0.95, true), analyst);
    assert_eq!(
        decision,
        PolicyDecision::because(PolicyVerdict::Deny, "in phase 1 JUNO only reads, forecasts and answers")
    );
    let unsure = decide(&proposal(label(), Impact::Low, 0.699, true), FREE);
    assert_eq!(unsure.verdict, PolicyVerdict::Deny);
    assert!(unsure.reasons[0].ends_with("is below the threshold of 0.7: JUNO advises and proposes nothing"));
    let at_the_threshold = decide(&proposal(label(), Impact::Low, 0.7, true), FREE);
    assert_ne!(at_the_threshold.verdict, PolicyVerdict::Deny);
}

#[test]
fn the_version_changes_with_any_rule() {
    let base = policy();
    assert!(base.version().starts_with("default@"));
    assert_eq!(base.version(), policy().version());
    let mut rules = PolicyRules::default();
    rules.auto_approve.actions.insert("close".into());
    assert_ne!(DefaultPolicy::new(rules).unwrap().version(), base.version());
    let rules = PolicyRules::default().with_approval_timeout_hours(8).unwrap();
    assert_ne!(DefaultPolicy::new(rules).unwrap().version(), base.version());
}

#[test]
fn rules_read_from_toml_and_misspelt_ones_do_not() {
    let rules: PolicyRules = toml::from_str(
        r#"
        name = "payments"
        confidence_threshold = 0.8
        [auto_approve]
        min_confidence = 0.99
        actions = ["add_label"]
        [ladders]
        critical = { rungs = [
            { role = "engineering_manager", deadline_hours = 4 },
            { role = "director", quorum = 2, deadline_hours = 8, on_expiry = "deny" },
        ] }
        "#,
    )
    .unwrap();
    assert_eq!(rules.ladders.low, Ladder::default_for(Impact::Low));
    let last = rules.ladders.of(Impact::Critical).rungs()[1];
    assert_eq!((last.role, last.quorum, last.on_expiry), (Role::Director, 2, OnExpiry::Deny));
    let policy = DefaultPolicy::new(rules.clone()).unwrap();
    assert_eq!(toml::from_str::<PolicyRules>(&toml::to_string(&rules).unwrap()).unwrap(), rules);
    assert!(policy.version().starts_with("payments@"));
    for bad in [
        "confidence_treshold = 0.8",
        "confidence_threshold = 1.2",
        "confidence_threshold = nan",
        "[ladders]\nlow = { rungs = [] }",
        "[ladders]\nlow = { rungs = [{ role = \"admin\", deadline_hours = 1 }] }",
        "[auto_approve]\nactoins = []",
    ] {
        assert!(toml::from_str::<PolicyRules>(bad).is_err(), "{bad}");
    }
    assert!(PolicyRules::default().with_approval_timeout_hours(0).is_err());
    let mut contradiction = PolicyRules::default();
    contradiction.auto_approve.min_confidence = Probability::new(0.5).unwrap();
    assert!(DefaultPolicy::new(contradiction).is_err());
}

fn any_impact() -> impl Strategy<Value = Impact> {
    prop_oneof![Just(Impact::Low), Just(Impact::Medium), Just(Impact::High), Just(Impact::Critical)]
}

/// How much a verdict lets happen.
fn freedom(decision: &PolicyDecision) -> u8 {
    match decision.verdict {
        PolicyVerdict::Deny => 0,
        PolicyVerdict::RequireApproval(_) | PolicyVerdict::Narrow(_) => 1,
        PolicyVerdict::Allow => 2,
    }
}

proptest! {
    /// The rule of automatic approval, written once more: nothing else is ever allowed, and every decision has a reason.
    #[test]
    fn only_what_meets_every_condition_is_allowed(
        action in prop_oneof![Just(label()), Just(escalate()), Just(close())],
        impact in any_impact(),
        value in 0.0_f64..=1.0,
        bar in 0.7_f64..=1.0,
        calibrated: bool,
        phase in 0_u8..6,
        supervisor_mode: bool,
        autonomous_actions: bool,
    ) {
        let settings = PolicySettings { phase, supervisor_mode, autonomous_actions };
        let mut rules = PolicyRules::default();
        rules.auto_approve.min_confidence = Probability::new(bar).unwrap();
        let policy = DefaultPolicy::new(rules).unwrap();
        let decide = |value: f64| {
            let proposal = proposal(action.clone(), impact, value, calibrated);
            policy.decide(&settings.context(&proposal, chrono::DateTime::UNIX_EPOCH))
        };
        let decision = decide(value);
        let may = phase >= 2 && autonomous_actions && !supervisor_mode && impact == Impact::Low
            && action.name() == "add_label" && calibrated && value >= bar;
        prop_assert_eq!(decision.verdict == PolicyVerdict::Allow, may);
        prop_assert_eq!(decision.verdict == PolicyVerdict::Deny, phase < 2 || value < 0.7);
        prop_assert!(!decision.reasons.is_empty());
        prop_assert_eq!(settings.bound(impact, decision.clone()), decision.clone(), "it keeps to the settings by itself");
        prop_assert!(freedom(&decide((value + 0.1).min(1.0))) >= freedom(&decision), "more confidence never asks for more");
    }
}
