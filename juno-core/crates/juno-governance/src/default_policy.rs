use juno_crypto::digest_of;
use juno_domain::Impact;

use crate::policy::reason;
use crate::{GovernanceError, GovernancePolicy, PolicyContext, PolicyDecision, PolicyRules, PolicyVerdict};

/// JUNO's own policy: a few rules as data, see [`PolicyRules`].
///
/// A proposal is denied in phase 1 and below the confidence threshold. It is allowed without a person only if
/// autonomous actions are on, supervisor mode is off, its impact is low, it can be undone, its action is listed, and
/// its confidence is calibrated and high enough; each condition that fails is a reason. Everything else needs the
/// people of its impact's ladder.
#[derive(Debug, Clone, PartialEq)]
pub struct DefaultPolicy {
    rules: PolicyRules,
    version: String,
}

impl DefaultPolicy {
    /// The policy of these rules. Its version is their name and the start of their digest, so it changes with them.
    ///
    /// # Errors
    /// If the rules contradict themselves.
    pub fn new(rules: PolicyRules) -> Result<Self, GovernanceError> {
        rules.check()?;
        let digest = digest_of(&rules)?.to_string();
        let version = format!("{}@{}", rules.name, digest.get(..12).unwrap_or(&digest));
        Ok(Self { rules, version })
    }

    /// The rules.
    #[must_use]
    pub const fn rules(&self) -> &PolicyRules {
        &self.rules
    }

    /// Everything that speaks against letting the proposal run without a person, most important first.
    fn objections(&self, context: &PolicyContext<'_>) -> Vec<String> {
        let PolicyContext { proposal, .. } = context;
        let auto = &self.rules.auto_approve;
        let mut found = Vec::new();
        if !context.autonomous_actions {
            found.push(reason::NOT_AUTONOMOUS.to_owned());
        }
        if context.supervisor_mode {
            found.push(reason::SUPERVISED.to_owned());
        }
        if proposal.impact != Impact::Low {
            found.push(format!(
                "its impact is {}, and only low impact runs without a person",
                word(proposal.impact)
            ));
        }
        if !proposal.action.is_reversible() {
            found.push("it cannot be undone".to_owned());
        }
        if !auto.actions.contains(proposal.action.name()) {
            found.push(format!(
                "`{}` is not among the actions that may run without a person",
                proposal.action.name()
            ));
        }
        if proposal.confidence.value < auto.min_confidence {
            found.push(format!(
                "its confidence of {} is below {}",
                proposal.confidence.value.get(),
                auto.min_confidence.get()
            ));
        }
        if !proposal.confidence.is_calibrated() {
            found.push("its confidence is uncalibrated: no outcomes have checked it yet".to_owned());
        }
        found
    }
}

impl GovernancePolicy for DefaultPolicy {
    fn version(&self) -> &str {
        &self.version
    }

    fn decide(&self, context: &PolicyContext<'_>) -> PolicyDecision {
        let proposal = context.proposal;
        if context.phase < 2 {
            return PolicyDecision::because(PolicyVerdict::Deny, reason::PHASE);
        }
        if proposal.confidence.value < self.rules.confidence_threshold {
            let why = format!(
                "its confidence of {} is below the threshold of {}: JUNO advises and proposes nothing",
                proposal.confidence.value.get(),
                self.rules.confidence_threshold.get()
            );
            return PolicyDecision::because(PolicyVerdict::Deny, why);
        }
        let objections = self.objections(context);
        if objections.is_empty() {
            let why = format!(
                "`{}` is listed, reversible and of low impact, and its calibrated confidence of {} reaches {}",
                proposal.action.name(),
                proposal.confidence.value.get(),
                self.rules.auto_approve.min_confidence.get()
            );
            return PolicyDecision::because(PolicyVerdict::Allow, why);
        }
        let ladder = self.rules.ladders.of(proposal.impact).clone();
        PolicyDecision { verdict: PolicyVerdict::RequireApproval(ladder), reasons: objections }
    }
}

const fn word(impact: Impact) -> &'static str {
    match impact {
        Impact::Low => "low",
        Impact::Medium => "medium",
        Impact::High => "high",
        Impact::Critical => "critical",
    }
}

#[cfg(test)]
mod tests;
