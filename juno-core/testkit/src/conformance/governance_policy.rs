//! What every [`GovernancePolicy`] has to do.

use chrono::TimeDelta;
use juno_domain::{Action, ActionCategory, Calibration, Impact, Probability, Proposal};
use juno_governance::{GovernancePolicy, PolicyReply, PolicySettings};

use super::approval_sample::{sample_proposal, start};

/// Asks the policy about every combination of impact, category, phase and setting with a few confidences and times.
///
/// # Panics
/// If it answers one context in two ways, changes its version while it decides, has no version, or gives a decision
/// that its own JSON does not carry.
pub fn governance_policy_suite(policy: &dyn GovernancePolicy) {
    let version = policy.version().to_owned();
    assert!(!version.trim().is_empty(), "a policy has a version");
    let mut asked = 0;
    for proposal in proposals() {
        for settings in every_setting() {
            for later in [TimeDelta::zero(), TimeDelta::days(3)] {
                let context = settings.context(&proposal, start() + later);
                let decision = policy.decide(&context);
                assert_eq!(policy.decide(&context), decision, "the same context, the same decision");
                let json = serde_json::to_value(&decision).expect("a decision has JSON");
                let reply: PolicyReply = serde_json::from_value(json).expect("a decision reads as a reply");
                assert_eq!(reply.for_impact(proposal.impact).expect("a reply"), decision);
                asked += 1;
            }
        }
    }
    assert!(asked > 1_000, "it was asked about everything");
    assert_eq!(policy.version(), version, "deciding changes no version");
}

fn every_setting() -> Vec<PolicySettings> {
    let mut all = Vec::new();
    for phase in 0..=5 {
        for supervisor_mode in [false, true] {
            all.extend([false, true].map(|on| PolicySettings {
                phase,
                supervisor_mode,
                autonomous_actions: on,
            }));
        }
    }
    all
}

fn proposals() -> Vec<Proposal> {
    use ActionCategory::{Escalation, ProcessChange, ResourceAllocation, SprintPlanning, TicketManagement};
    let mut all = Vec::new();
    for impact in [Impact::Low, Impact::Medium, Impact::High, Impact::Critical] {
        for category in [TicketManagement, SprintPlanning, ResourceAllocation, ProcessChange, Escalation] {
            for value in [0.0, 0.7, 1.0] {
                let mut proposal = sample_proposal("p1", "PAY", start());
                proposal.impact = impact;
                proposal.confidence.value = Probability::new(value).expect("a probability");
                all.push(proposal.clone());
                proposal.confidence.calibration = Calibration::Uncalibrated;
                proposal.action = Action::Custom {
                    name: "deploy".into(),
                    target: "☃".into(),
                    category,
                    reversible: value > 0.5,
                    arguments: [("n".to_owned(), value.into())].into(),
                };
                all.push(proposal);
            }
        }
    }
    all
}
