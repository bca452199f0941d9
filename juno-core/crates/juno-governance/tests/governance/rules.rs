//! Rules as data: what they say, what they cite, what they refuse to be.

use crate::common::*;
use chrono::{DateTime, Utc};
use juno_domain::{ActionCategory, Confidence, Impact, Probability, Proposal, Role};
use juno_governance::{
    DefaultPolicy, Effect, Facts, GovernanceError, GovernancePolicy, PolicyDecision, PolicyRules,
    PolicySettings, PolicyVerdict, RulePolicy, RuleSet, StateKind, simulate,
};
use proptest::prelude::*;

const ALLOW_LABELS: &str = r#"
[[rules]]
id = "labels"
effect = "allow"
why = "a label is easily taken off"
when = { actions = ["add_label"], impacts = ["low"], min_confidence = 0.9, calibrated = true, reversible = true }
"#;

fn rules(text: &str) -> RuleSet {
    RuleSet::from_toml(&format!("name = \"t\"\n{text}")).unwrap()
}

fn policy(text: &str) -> RulePolicy {
    RulePolicy::new(rules(text)).unwrap()
}

fn decide_at(policy: &RulePolicy, proposal: &Proposal, at: DateTime<Utc>) -> PolicyDecision {
    policy.decide(&free().context(proposal, at))
}

fn decide(policy: &RulePolicy, proposal: &Proposal) -> PolicyDecision {
    decide_at(policy, proposal, start())
}

fn labelling() -> Proposal {
    proposal("p1", label(), Impact::Low)
}

/// control: ASI02, AIA-13
#[test]
fn one_rule_that_denies_wins_over_all_and_each_verdict_cites_its_rules() {
    let allowed = decide(&policy(ALLOW_LABELS), &labelling());
    assert_eq!(allowed.verdict, PolicyVerdict::Allow);
    assert_eq!(allowed.reasons, ["rule `labels`: a label is easily taken off"]);

    let ask = "[[rules]]\nid = \"ask\"\neffect = \"require_approval\"\nwhen = { teams = [\"PAY\"] }\n";
    let deny =
        "[[rules]]\nid = \"frozen\"\neffect = \"deny\"\nwhen = { fields = { target = [\"PAY-12\"] } }\n";
    for text in [[ALLOW_LABELS, ask, deny].concat(), [deny, ask, ALLOW_LABELS].concat()] {
        let denied = decide(&policy(&text), &labelling());
        assert_eq!((denied.verdict, denied.reasons), (PolicyVerdict::Deny, vec!["rule `frozen`".to_owned()]));
    }
    let asked = decide(&policy(&[ALLOW_LABELS, ask].concat()), &labelling());
    assert!(matches!(asked.verdict, PolicyVerdict::RequireApproval(_)));
    assert_eq!(asked.reasons, ["rule `ask`"]);
}

#[test]
fn what_several_rules_ask_for_all_of_it_is_asked() {
    let policy = policy(
        r#"
        [[rules]]
        id = "two-leads"
        effect = "require_approval"
        ladder = { rungs = [{ role = "team_lead", quorum = 2, deadline_hours = 24 }] }
        [[rules]]
        id = "fast-lead-and-director"
        effect = "require_approval"
        ladder = { rungs = [
            { role = "team_lead", deadline_hours = 4, on_expiry = "deny" },
            { role = "director", deadline_hours = 8 },
        ] }
        "#,
    );
    let decision = decide(&policy, &labelling());
    let PolicyVerdict::RequireApproval(ladder) = decision.verdict else { panic!("nobody was asked") };
    let rungs: Vec<_> = ladder.rungs().iter().map(|r| (r.role, r.quorum, r.deadline_hours)).collect();
    assert_eq!(rungs, [(Role::TeamLead, 2, 4), (Role::Director, 1, 8)]);
    assert_eq!(ladder.votes(), 3);
    assert_eq!(decision.reasons, ["rule `two-leads`", "rule `fast-lead-and-director`"]);
}

#[test]
fn where_no_rule_speaks_people_decide_or_nothing_happens() {
    let asked = decide(&policy(""), &labelling());
    assert!(matches!(asked.verdict, PolicyVerdict::RequireApproval(_)));
    assert_eq!(asked.reasons, ["no rule speaks of it"]);
    assert_eq!(decide(&policy("otherwise = \"deny\""), &labelling()).verdict, PolicyVerdict::Deny);
    assert!(RuleSet::from_toml("name = \"t\"\notherwise = \"allow\"").is_err());
}

/// control: ASI02
#[test]
fn quiet_hours_hold_in_their_own_time_zone() {
    let night = "[[rules]]\nid = \"night\"\neffect = \"deny\"\n\
        when = { hours = { from = \"18:00\", to = \"08:00\", zone = \"Asia/Tokyo\" } }\n";
    let policy = policy(&[ALLOW_LABELS, night].concat());
    let at = |text: &str| decide_at(&policy, &labelling(), text.parse().unwrap()).verdict;
    assert_eq!(at("2026-03-02T08:59:59Z"), PolicyVerdict::Allow);
    assert_eq!(at("2026-03-02T09:00:00Z"), PolicyVerdict::Deny, "18:00 in Tokyo");
}

#[test]
fn unknown_words_are_errors_that_name_the_nearest() {
    let rule = |rest: &str| format!("[[rules]]\nid = \"r\"\neffect = \"deny\"\n{rest}");
    for (text, near) in [
        ("kil_switch = true".to_owned(), "kill_switch"),
        (rule("when = { impacts = [\"hihg\"] }"), "high"),
        (rule("when = { impact = [\"high\"] }"), "impacts"),
        (rule("when = { categories = [\"process_chnge\"] }"), "process_change"),
        (rule("when = { actions = [\"add_lable\"] }"), "add_label"),
        (rule("when = { actions = [\"close\"], fields = { resolutoin = [\"x\"] } }"), "resolution"),
        (rule("when = { hours = { from = \"1:00\", to = \"2:00\", days = [\"fir\"] } }"), "fri"),
        ("[[rules]]\nid = \"r\"\neffect = \"deni\"".to_owned(), "deny"),
        (
            "[ladders]\nlow = { rungs = [{ role = \"team_laed\", deadline_hours = 1 }] }".to_owned(),
            "team_lead",
        ),
        ("[budgets]\nactions_per_huor = 3".to_owned(), "actions_per_hour"),
    ] {
        let error = RuleSet::from_toml(&format!("name = \"t\"\n{text}")).unwrap_err().to_string();
        assert!(error.contains(&format!("did you mean `{near}`?")), "{error}");
    }
    let json = RuleSet::from_json(r#"{"name":"t","rule":[]}"#).unwrap_err().to_string();
    assert!(json.contains("did you mean `rules`?"), "{json}");
}

/// control: ASI02
#[test]
fn rules_that_contradict_themselves_or_allow_too_much_are_refused() {
    let rule = |rest: &str| format!("name = \"t\"\n[[rules]]\n{rest}");
    for (text, why) in [
        (rule("id = \"r\"\neffect = \"allow\""), "add `actions`, `impacts = [\"low\"]`, `min_confidence`"),
        (
            rule("id = \"r\"\neffect = \"deny\"\nwhen = { min_confidence = 0.8, below_confidence = 0.8 }"),
            "can never apply",
        ),
        (rule("id = \"\"\neffect = \"deny\""), "no `id`"),
        (rule("id = \"r\"\neffect = \"deny\"\n[[rules]]\nid = \"r\"\neffect = \"deny\""), "two rules `r`"),
        (
            rule(
                "id = \"r\"\neffect = \"deny\"\nladder = { rungs = [{ role = \"director\", deadline_hours = 1 }] }",
            ),
            "only goes with `require_approval`",
        ),
        ("name = \" \"".to_owned(), "`name` is empty"),
        ("name = \"t\"\ncustom_actions = [\"close\"]".to_owned(), "an action of JUNO's own"),
    ] {
        let error = RuleSet::from_toml(&text).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

/// control: ASI08
#[test]
fn budgets_count_what_they_are_told_and_nothing_else() {
    let text =
        format!("[budgets]\nactions_per_hour = 2\nactions_per_ticket = 1\nblast_radius = 3\n{ALLOW_LABELS}");
    let policy = policy(&text);
    let p = labelling();
    let known = |facts: &Facts| policy.decide(&free().context(&p, start()).knowing(facts));
    let fresh = Facts { actions_last_hour: 1, actions_on_target: 0, blast_radius: 3, ..Facts::default() };
    assert_eq!(known(&fresh).verdict, PolicyVerdict::Allow);
    let unknown = decide(&policy, &p);
    assert_eq!(unknown.verdict, PolicyVerdict::Deny, "a budget that nobody counted is spent");
    assert_eq!(unknown.reasons.len(), 3);
    for (facts, why) in [
        (Facts { actions_last_hour: 2, ..fresh.clone() }, "budget `actions_per_hour` of 2 is spent"),
        (Facts { actions_on_target: 1, ..fresh.clone() }, "budget `actions_per_ticket` of 1 is spent"),
        (Facts { blast_radius: 4, ..fresh.clone() }, "budget `blast_radius` of 3 is spent"),
    ] {
        let decision = known(&facts);
        assert_eq!((decision.verdict, decision.reasons), (PolicyVerdict::Deny, vec![why.to_owned()]));
    }
    let asking = self::policy(&text.replace("[budgets]", "[budgets]\nover = \"require_approval\""));
    let over = Facts { blast_radius: 4, ..fresh };
    let decision = asking.decide(&free().context(&p, start()).knowing(&over));
    assert!(matches!(decision.verdict, PolicyVerdict::RequireApproval(_)));
    assert_eq!(decision.reasons[1], "rule `labels`: a label is easily taken off");
}

/// control: ASI10, AIA-14-4-e
#[tokio::test]
async fn what_was_approved_does_not_run_once_somebody_stopped_everything() {
    let desk = desk_with(policy(ALLOW_LABELS), roles());
    let request = desk.gate.submit(&labelling(), free(), start()).await.unwrap().request;
    assert_eq!(request.kind(), StateKind::Approved);
    let stopped = desk.gate.knowing(Facts { stopped: true, ..Facts::default() });
    let error = stopped.redeem(request.id(), free(), start()).await.unwrap_err();
    assert!(matches!(&error, GovernanceError::Refused { why, .. } if why.contains("stopped")), "{error}");
    let thrown = policy(&format!("kill_switch = true\n{ALLOW_LABELS}"));
    let error = reopened(&desk, thrown).redeem(request.id(), free(), start()).await.unwrap_err();
    assert!(error.to_string().contains("kill switch"), "{error}");
    assert!(desk.gate.redeem(request.id(), free(), start()).await.is_ok(), "as long as it is not on");
}

#[test]
fn a_label_nobody_knows_restricts_and_never_allows() {
    let deny = "[[rules]]\nid = \"held\"\neffect = \"deny\"\nwhen = { labels = [\"legal-hold\"] }\n";
    let policy = policy(&[ALLOW_LABELS, deny].concat());
    let p = labelling();
    assert_eq!(decide(&policy, &p).verdict, PolicyVerdict::Deny, "nobody said which labels there are");
    let context = free().context(&p, start());
    let labels = |label: &str| Facts { labels: Some([label.to_owned()].into()), ..Facts::default() };
    assert_eq!(policy.decide(&context.knowing(&labels("bug"))).verdict, PolicyVerdict::Allow);
    assert_eq!(policy.decide(&context.knowing(&labels("legal-hold"))).verdict, PolicyVerdict::Deny);
}

#[test]
fn the_version_follows_every_rule() {
    let base = policy(ALLOW_LABELS);
    assert!(base.version().starts_with("t@"), "{}", base.version());
    assert_eq!(base.version(), policy(ALLOW_LABELS).version());
    assert_ne!(base.version(), policy(&ALLOW_LABELS.replace("0.9", "0.91")).version());
    let json = serde_json::to_string(base.rules()).unwrap();
    let again = RulePolicy::new(RuleSet::from_json(&json).unwrap()).unwrap();
    assert_eq!(again.version(), base.version(), "TOML and JSON are two ways to write the same rules");
}

fn a_proposal() -> impl Strategy<Value = Proposal> {
    let action = prop_oneof![
        Just(label()),
        Just(custom(ActionCategory::ProcessChange, false)),
        Just(custom(ActionCategory::TicketManagement, true))
    ];
    let impact =
        prop_oneof![Just(Impact::Low), Just(Impact::Medium), Just(Impact::High), Just(Impact::Critical)];
    (action, impact, 0.0_f64..=1.0, any::<bool>()).prop_map(|(action, impact, value, calibrated)| {
        let mut proposal = proposal("p1", action, impact);
        proposal.confidence = match calibrated {
            true => sure(value),
            false => Confidence::uncalibrated(Probability::new(value).unwrap()),
        };
        proposal
    })
}

/// Rules about a few things each, so that many apply together.
fn a_rule() -> impl Strategy<Value = String> {
    let when = prop_oneof![
        Just("actions = [\"add_label\"]"),
        Just("actions = [\"deploy\", \"close\"]"),
        Just("impacts = [\"low\", \"critical\"]"),
        Just("categories = [\"process_change\"]"),
        Just("below_confidence = 0.5"),
        Just("reversible = false"),
        Just("calibrated = false"),
        Just("teams = [\"OTHER\"]"),
    ];
    (when, any::<bool>(), 1_u32..4).prop_map(|(when, deny, quorum)| {
        let rest = match deny {
            true => "effect = \"deny\"".to_owned(),
            false => format!(
                "effect = \"require_approval\"\n\
                 ladder = {{ rungs = [{{ role = \"director\", quorum = {quorum}, deadline_hours = 4 }}] }}"
            ),
        };
        format!("{rest}\nwhen = {{ {when} }}")
    })
}

fn numbered(bodies: &[String]) -> RulePolicy {
    let list: Vec<String> =
        bodies.iter().enumerate().map(|(n, body)| format!("[[rules]]\nid = \"r{n}\"\n{body}\n")).collect();
    policy(&format!("custom_actions = [\"deploy\"]\n{}", list.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// The index finds what a look at every rule finds; no order of rules changes a verdict; one more rule that
    /// restricts never lets more happen.
    #[test]
    fn verdicts_do_not_hang_on_order_or_index(
        bodies in proptest::collection::vec(a_rule(), 0..8),
        more in a_rule(),
        p in a_proposal(),
    ) {
        let policy = numbered(&bodies);
        let context = free().context(&p, start());
        let looked: Vec<_> = policy.rules().rules.iter().filter(|rule| rule.applies(&context)).collect();
        prop_assert_eq!(policy.applying(&context).collect::<Vec<_>>(), looked.clone());
        let decision = decide(&policy, &p);
        let mut reversed = bodies.clone();
        reversed.reverse();
        prop_assert_eq!(&decide(&numbered(&reversed), &p).verdict, &decision.verdict);
        prop_assert_eq!(decision.verdict == PolicyVerdict::Deny, looked.iter().any(|r| r.effect == Effect::Deny));
        prop_assert!(!decision.reasons.is_empty());
        let with_more: Vec<String> = bodies.iter().cloned().chain([more]).collect();
        let stricter = decide(&numbered(&with_more), &p);
        prop_assert!(decision.verdict != PolicyVerdict::Deny || stricter.verdict == PolicyVerdict::Deny);
    }

    /// The default policy is one set of rules among others.
    #[test]
    fn the_default_policy_written_as_rules_says_the_same(
        p in a_proposal(), phase in 1_u8..4, supervisor_mode: bool, autonomous_actions: bool,
    ) {
        let settings = PolicySettings { phase, supervisor_mode, autonomous_actions };
        let context = settings.context(&p, start());
        let default = DefaultPolicy::new(PolicyRules::default()).unwrap();
        let rules = RulePolicy::new(RuleSet::from(PolicyRules::default())).unwrap();
        prop_assert_eq!(rules.decide(&context).verdict, default.decide(&context).verdict);
    }
}

/// control: SOC2-CC8.1
#[tokio::test]
async fn a_simulation_shows_each_verdict_that_changes_and_what_it_costs() {
    let desk = desk_with(policy(ALLOW_LABELS), roles());
    let mut history = Vec::new();
    for (n, impact) in [(0_i64, Impact::Low), (1, Impact::Low), (2, Impact::High)] {
        let at = start() + hours(n) / 4;
        let p = proposal(&format!("p{n}"), label(), impact);
        let id = desk.gate.submit(&p, free(), at).await.unwrap().request.id().clone();
        if impact == Impact::Low {
            let _spent = desk.gate.redeem(&id, free(), at).await.unwrap();
        }
        history.push(desk.gate.get(&id).await.unwrap());
    }
    history.reverse();
    let same = simulate(desk.gate.policy(), free(), &history, 10.0);
    assert_eq!((same.decided, same.changes.len()), (3, 0));
    assert_eq!((same.minutes_before, same.minutes_after), (10.0, 10.0), "the third took one vote");

    // At most one label an hour without a person: only the second low one changes.
    let budget = format!("[budgets]\nactions_per_hour = 1\nover = \"require_approval\"\n{ALLOW_LABELS}");
    let other = simulate(&policy(&budget), free(), &history, 10.0);
    assert_eq!(other.changes.len(), 1);
    let change = &other.changes[0];
    assert_eq!((change.proposal.as_str(), change.minutes), ("p1", 10.0));
    assert_eq!(change.from, PolicyVerdict::Allow);
    assert_eq!(change.ended, StateKind::Authorized);
    assert_eq!(change.reasons[0], "budget `actions_per_hour` of 1 is spent");
    assert_eq!((other.minutes_after, other.newly_allowed, other.newly_denied), (20.0, 0, 0));

    let closed = simulate(&policy("otherwise = \"deny\""), free(), &history, 10.0);
    assert_eq!((closed.newly_denied, closed.minutes_after), (3, 0.0));
    assert_eq!(closed.approvals_lost, 0, "no person had approved any of them");
}
