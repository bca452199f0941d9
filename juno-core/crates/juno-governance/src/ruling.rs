use std::borrow::Cow;

use chrono::{DateTime, Utc};
use juno_domain::{Action, Impact, Proposal};
use serde::{Deserialize, Serialize};

use crate::change_action::changes_rules;
use crate::policy::reason;
use crate::{Facts, GovernancePolicy, Ladder, PolicyContext, PolicyDecision, PolicySettings, PolicyVerdict};

/// What a policy makes of a proposal in the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ruling {
    /// The decision, never to narrow: it is on the smaller action where there is one.
    #[serde(flatten)]
    pub decision: PolicyDecision,
    /// The smaller action in place of the proposed one, if the policy narrowed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub narrowed: Option<Action>,
}

impl Ruling {
    /// The proposal it is about: with the smaller action, where there is one.
    #[must_use]
    pub fn proposal<'p>(&self, proposal: &'p Proposal) -> Cow<'p, Proposal> {
        match &self.narrowed {
            None => Cow::Borrowed(proposal),
            Some(action) => Cow::Owned(Proposal { action: action.clone(), ..proposal.clone() }),
        }
    }
}

impl PolicySettings {
    /// Asks a policy about a proposal, within these settings. If it narrows the action, it is asked once more about
    /// the smaller one, which is then what may run, what people vote on, and what their votes bind to. Once somebody
    /// has [stopped](Facts::stopped) everything, no policy is asked.
    ///
    /// A narrower action has the same target, and is reversible where the proposed one is; what a policy gives that
    /// is not narrower, or that it wants to narrow again, is denied.
    #[must_use]
    pub fn rule(
        &self,
        policy: &dyn GovernancePolicy,
        proposal: &Proposal,
        facts: Option<&Facts>,
        now: DateTime<Utc>,
    ) -> Ruling {
        let of_rules = changes_rules(&proposal.action);
        if facts.is_some_and(|facts| facts.stopped) && !of_rules {
            let decision = PolicyDecision::because(PolicyVerdict::Deny, reason::STOPPED);
            return Ruling { decision, narrowed: None };
        }
        let ask = |proposal: &Proposal| {
            let context = PolicyContext { facts, ..self.context(proposal, now) };
            self.bound(proposal.impact, policy.decide(&context))
        };
        let PolicyDecision { verdict, reasons: mut why } = ask(proposal);
        let action = match verdict {
            // What decides about everything else, people decide, and as it was proposed.
            PolicyVerdict::Allow if of_rules => {
                why.insert(0, reason::RULES.to_owned());
                let verdict = PolicyVerdict::RequireApproval(Ladder::default_for(Impact::Critical));
                return Ruling { decision: PolicyDecision { verdict, reasons: why }, narrowed: None };
            }
            PolicyVerdict::Narrow(_) if of_rules => {
                let decision = PolicyDecision::because(PolicyVerdict::Deny, reason::RULES);
                return Ruling { decision, narrowed: None };
            }
            PolicyVerdict::Narrow(action) => action,
            verdict => {
                return Ruling { decision: PolicyDecision { verdict, reasons: why }, narrowed: None };
            }
        };
        if let Some(wrong) = not_narrower(&proposal.action, &action) {
            why.insert(0, format!("the policy gave an action that is not narrower: {wrong}"));
            let decision = PolicyDecision { verdict: PolicyVerdict::Deny, reasons: why };
            return Ruling { decision, narrowed: None };
        }
        let (from, to) = (proposal.action.name(), action.name());
        let told = if from == to {
            format!("narrowed `{from}`")
        } else {
            format!("narrowed from `{from}` to `{to}`")
        };
        why.insert(0, told);
        let mut decision = ask(&Proposal { action: action.clone(), ..proposal.clone() });
        if matches!(decision.verdict, PolicyVerdict::Narrow(_)) {
            let again = "the policy narrows again what it has narrowed";
            decision = PolicyDecision::because(PolicyVerdict::Deny, again);
        }
        why.append(&mut decision.reasons);
        decision.reasons = why;
        Ruling { decision, narrowed: Some(action) }
    }
}

fn not_narrower(proposed: &Action, given: &Action) -> Option<&'static str> {
    if proposed == given {
        Some("it is the one proposed")
    } else if proposed.target() != given.target() {
        Some("it has another target")
    } else if proposed.is_reversible() && !given.is_reversible() {
        Some("it cannot be undone, and the one proposed can")
    } else {
        None
    }
}
