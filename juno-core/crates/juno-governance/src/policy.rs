use chrono::{DateTime, Utc};
use juno_domain::{Action, Impact, Proposal};
use serde::{Deserialize, Serialize};

use crate::{Budgets, Facts, GovernanceError, Ladder};

/// What the settings say to a person whose action is held back.
pub(crate) mod reason {
    pub(crate) const PHASE: &str = "in phase 1 JUNO only reads, forecasts and answers";
    pub(crate) const NOT_AUTONOMOUS: &str = "autonomous actions are off, so a person decides";
    pub(crate) const RULES: &str = "people decide on a change of the rules, as it is proposed";
    pub(crate) const STOPPED: &str = "somebody has stopped everything";
    pub(crate) const SUPERVISED: &str = "supervisor mode is on, so a person decides on every action";
}

/// Says what may happen to a proposal.
///
/// An implementation is pure and total: the same context gives the same decision, it reads no clock and no network,
/// and it answers every proposal. Its [`version`](Self::version) changes whenever an answer could change.
///
/// No policy stands above the settings: [`Gate`](crate::Gate) denies in phase 1 and sends what a policy would allow
/// to a person wherever supervisor mode is on or autonomous actions are off.
pub trait GovernancePolicy: Send + Sync {
    /// The version that is recorded with each decision.
    fn version(&self) -> &str;

    /// Whether it decides by [`Facts`]: whoever asks counts them then. Default no.
    fn needs_facts(&self) -> bool {
        false
    }

    /// The budgets it keeps, if it keeps any: they are counted once more in the step that stores the intent to act, so
    /// that callers at once cannot pass the last place together.
    fn budgets(&self) -> Option<&Budgets> {
        None
    }

    /// The decision on one proposal.
    fn decide(&self, context: &PolicyContext<'_>) -> PolicyDecision;
}

/// The settings that bound every policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicySettings {
    /// 1 only reads, 2 and above may propose and act under governance; default 2.
    pub phase: u8,
    /// Every action needs a person; default true.
    pub supervisor_mode: bool,
    /// Whether anything may run without a person; default true.
    pub autonomous_actions: bool,
}

impl Default for PolicySettings {
    fn default() -> Self {
        Self { phase: 2, supervisor_mode: true, autonomous_actions: true }
    }
}

impl PolicySettings {
    /// What is left of a policy's decision under these settings: in phase 1 nothing is allowed or asked, and nothing
    /// runs without a person where supervisor mode is on or autonomous actions are off.
    #[must_use]
    pub fn bound(&self, impact: Impact, mut decision: PolicyDecision) -> PolicyDecision {
        if self.phase < 2 && decision.verdict != PolicyVerdict::Deny {
            return PolicyDecision::because(PolicyVerdict::Deny, reason::PHASE);
        }
        if decision.verdict == PolicyVerdict::Allow {
            let held = match (self.autonomous_actions, self.supervisor_mode) {
                (true, false) => return decision,
                (false, _) => reason::NOT_AUTONOMOUS,
                (true, true) => reason::SUPERVISED,
            };
            decision.verdict = PolicyVerdict::RequireApproval(Ladder::default_for(impact));
            decision.reasons.insert(0, held.to_owned());
        }
        decision
    }

    /// The context of one proposal under these settings.
    #[must_use]
    pub const fn context<'a>(&self, proposal: &'a Proposal, now: DateTime<Utc>) -> PolicyContext<'a> {
        PolicyContext {
            proposal,
            facts: None,
            phase: self.phase,
            supervisor_mode: self.supervisor_mode,
            autonomous_actions: self.autonomous_actions,
            now,
        }
    }
}

/// Everything a policy may look at.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PolicyContext<'a> {
    /// What is proposed.
    pub proposal: &'a Proposal,
    /// How far JUNO may go: 1 only reads, 2 and above may act under governance.
    pub phase: u8,
    /// Whether every action needs a person.
    pub supervisor_mode: bool,
    /// Whether anything may run without a person.
    pub autonomous_actions: bool,
    /// The instant of the decision.
    pub now: DateTime<Utc>,
    /// What else the policy was told; `None` if nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts: Option<&'a Facts>,
}

impl<'a> PolicyContext<'a> {
    /// The context with what the policy is told besides.
    #[must_use]
    pub const fn knowing(self, facts: &'a Facts) -> Self {
        Self { facts: Some(facts), ..self }
    }
}

/// What a policy says about a proposal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "VerdictWire", into = "VerdictWire")]
pub enum PolicyVerdict {
    /// It may run without a person.
    Allow,
    /// It must not run.
    Deny,
    /// The people of this ladder decide.
    RequireApproval(Ladder),
    /// Not this action, but this smaller one, about which the policy is asked anew ([`PolicySettings::rule`]).
    Narrow(Action),
}

#[derive(Serialize, Deserialize)]
struct VerdictWire {
    verdict: VerdictWord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ladder: Option<Ladder>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    action: Option<Action>,
}

impl TryFrom<VerdictWire> for PolicyVerdict {
    type Error = GovernanceError;
    fn try_from(wire: VerdictWire) -> Result<Self, GovernanceError> {
        let bad = |what: &str| Err(GovernanceError::Policy(what.into()));
        match (wire.verdict, wire.ladder, wire.action) {
            (VerdictWord::Allow, None, None) => Ok(Self::Allow),
            (VerdictWord::Deny, None, None) => Ok(Self::Deny),
            (VerdictWord::RequireApproval, Some(ladder), None) => Ok(Self::RequireApproval(ladder)),
            (VerdictWord::Narrow, None, Some(action)) => Ok(Self::Narrow(action)),
            (VerdictWord::Narrow, _, None) => bad("`narrow` needs an `action`: give the smaller one"),
            (VerdictWord::RequireApproval, None, _) => {
                bad("`require_approval` needs a `ladder`: name who decides")
            }
            (_, Some(_), _) => {
                bad("a ladder only goes with `require_approval`: leave it out or change the verdict")
            }
            (_, None, Some(_)) => {
                bad("an action only goes with `narrow`: leave it out or change the verdict")
            }
        }
    }
}

impl From<PolicyVerdict> for VerdictWire {
    fn from(verdict: PolicyVerdict) -> Self {
        let (word, ladder, action) = match verdict {
            PolicyVerdict::Allow => (VerdictWord::Allow, None, None),
            PolicyVerdict::Deny => (VerdictWord::Deny, None, None),
            PolicyVerdict::RequireApproval(ladder) => (VerdictWord::RequireApproval, Some(ladder), None),
            PolicyVerdict::Narrow(action) => (VerdictWord::Narrow, None, Some(action)),
        };
        Self { verdict: word, ladder, action }
    }
}

/// A policy's verdict with its reasons.
///
/// As JSON: `{"verdict": "allow" | "deny" | "require_approval" | "narrow", "ladder": {…}, "action": {…}, "reasons":
/// ["…"]}`, with a ladder for `require_approval` only and an action for `narrow` only. A policy written in another
/// language may leave the ladder out: read its answer as a [`PolicyReply`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyDecision {
    /// The verdict.
    #[serde(flatten)]
    pub verdict: PolicyVerdict,
    /// Why, most important first, for people.
    #[serde(default)]
    pub reasons: Vec<String>,
}

impl PolicyDecision {
    /// A decision with one reason.
    #[must_use]
    pub fn because(verdict: PolicyVerdict, reason: impl Into<String>) -> Self {
        Self { verdict, reasons: vec![reason.into()] }
    }
}

/// The four words of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictWord {
    /// It may run without a person.
    Allow,
    /// It must not run.
    Deny,
    /// People decide.
    RequireApproval,
    /// A smaller action in its place.
    Narrow,
}

/// A policy's answer as another language writes it: the ladder may be left out, the words may not be misspelt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyReply {
    /// The verdict.
    pub verdict: VerdictWord,
    /// Who decides; only with `require_approval`, default [`Ladder::default_for`] the impact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder: Option<Ladder>,
    /// The smaller action; only with `narrow`, which needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// Why, most important first, for people.
    #[serde(default)]
    pub reasons: Vec<String>,
}

impl PolicyReply {
    /// The decision this answer means for a proposal of that impact.
    ///
    /// # Errors
    /// If a ladder comes with another verdict than `require_approval`, an action with another than `narrow`, or
    /// `narrow` without an action.
    pub fn for_impact(self, impact: Impact) -> Result<PolicyDecision, GovernanceError> {
        let usual = || (self.verdict == VerdictWord::RequireApproval).then(|| Ladder::default_for(impact));
        let wire =
            VerdictWire { ladder: self.ladder.or_else(usual), verdict: self.verdict, action: self.action };
        Ok(PolicyDecision { verdict: wire.try_into()?, reasons: self.reasons })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_without_a_ladder_gets_the_default_one() {
        let reply: PolicyReply = serde_json::from_str(r#"{"verdict":"require_approval"}"#).unwrap();
        let decision = reply.for_impact(Impact::High).unwrap();
        assert_eq!(decision.verdict, PolicyVerdict::RequireApproval(Ladder::default_for(Impact::High)));
    }

    #[test]
    fn an_unknown_verdict_or_field_is_an_error() {
        for bad in [
            r#"{"verdict":"Allow"}"#,
            r#"{"verdict":"maybe"}"#,
            r#"{"verdict":"allow","reason":"typo"}"#,
            r#"{"reasons":[]}"#,
            r#"{"verdict":"narrow","action":{"type":"add_lable","issue":"PAY-1","label":"x"}}"#,
        ] {
            assert!(serde_json::from_str::<PolicyReply>(bad).is_err(), "{bad}");
        }
        let mixed = PolicyReply {
            verdict: VerdictWord::Allow,
            ladder: Some(Ladder::default_for(Impact::Low)),
            action: None,
            reasons: vec![],
        };
        assert!(mixed.for_impact(Impact::Low).is_err());
        for bad in [
            r#"{"verdict":"narrow"}"#,
            r#"{"verdict":"allow","action":{"type":"add_label","issue":"PAY-1","label":"x"}}"#,
        ] {
            let reply: PolicyReply = serde_json::from_str(bad).unwrap();
            assert!(reply.for_impact(Impact::Low).is_err(), "{bad}");
            assert!(serde_json::from_str::<PolicyDecision>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn decisions_read_back_what_they_write() {
        for verdict in [
            PolicyVerdict::Allow,
            PolicyVerdict::Deny,
            PolicyVerdict::RequireApproval(Ladder::default_for(Impact::Critical)),
            PolicyVerdict::Narrow(Action::AddLabel {
                issue: juno_domain::IssueKey::new("PAY-1").unwrap(),
                label: "stale".into(),
            }),
        ] {
            let decision = PolicyDecision::because(verdict, "so it is");
            let json = serde_json::to_value(&decision).unwrap();
            assert!(json["verdict"].is_string(), "{json}");
            assert_eq!(serde_json::from_value::<PolicyDecision>(json.clone()).unwrap(), decision);
            let reply: PolicyReply = serde_json::from_value(json).unwrap();
            assert_eq!(reply.for_impact(Impact::Critical).unwrap(), decision);
        }
    }
}
