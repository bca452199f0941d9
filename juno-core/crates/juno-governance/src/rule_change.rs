use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use juno_crypto::digest_of;
use juno_domain::{
    Action, ActionCategory, Confidence, Evidence, Impact, PrincipalId, Probability, Proposal, ProposalId,
    TeamId,
};
use serde::{Deserialize, Serialize};

use crate::change_action::{CHANGE_RULES, changes_rules};
use crate::{GovernanceError, GovernancePolicy, RulePolicy, RuleSet};

/// A change of the rules by which everything else is decided: an action like any other, of critical impact, that only
/// people approve ([`Gate::adopt`](crate::Gate::adopt)).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleChange {
    /// The version of the policy it replaces; under any other it does nothing.
    pub from: String,
    /// The version of the new rules, which holds the start of their digest.
    pub to: String,
    /// The new rules.
    pub rules: RuleSet,
    /// Why. The three texts are no part of the action: its proposal states them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub justification: String,
    /// What could go wrong.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub risk: String,
    /// How to get back.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rollback: String,
}

impl RuleChange {
    /// The name of the action.
    pub const ACTION: &'static str = CHANGE_RULES;
    /// The team it is put to: of its people those decide who hold their role in every team, or in a team of this id.
    pub const TEAM: &'static str = "juno";

    /// A change from the policy in force to these rules.
    ///
    /// # Errors
    /// If the rules are not usable or are in force already, or if justification, risk or rollback is empty.
    pub fn new(
        from: &dyn GovernancePolicy,
        rules: RuleSet,
        justification: &str,
        risk: &str,
        rollback: &str,
    ) -> Result<Self, GovernanceError> {
        let bad = |what: String| Err(GovernanceError::Policy(what));
        for (name, text) in [("justification", justification), ("risk", risk), ("rollback", rollback)] {
            if text.trim().is_empty() {
                return bad(format!("a change of the rules needs a {name}: people decide by it"));
            }
        }
        let policy = RulePolicy::new(rules)?;
        let (from, to) = (from.version().to_owned(), policy.version().to_owned());
        if from == to {
            return bad(format!("the rules `{to}` are in force already"));
        }
        Ok(Self {
            from,
            to,
            rules: policy.rules().clone(),
            justification: justification.to_owned(),
            risk: risk.to_owned(),
            rollback: rollback.to_owned(),
        })
    }

    /// The proposal to make it, at `now`: its rationale is the justification, its evidence `risk` and `rollback`. The
    /// action is the new rules alone, so that what its proposer wrote can be erased and the action still be checked.
    ///
    /// # Errors
    /// If it has no JSON.
    pub fn proposal(&self, by: PrincipalId, now: DateTime<Utc>) -> Result<Proposal, GovernanceError> {
        let internal = |error: serde_json::Error| GovernanceError::Internal(error.to_string());
        let (justification, risk, rollback) = (String::new(), String::new(), String::new());
        let wordless = Self { justification, risk, rollback, ..self.clone() };
        let arguments: BTreeMap<String, serde_json::Value> =
            serde_json::from_value(serde_json::to_value(wordless).map_err(internal)?).map_err(internal)?;
        let stated = |id: &str, statement: &str| Evidence {
            id: id.to_owned(),
            source: by.to_string(),
            statement: statement.to_owned(),
            observed_at: now,
            quality: Probability::ONE,
        };
        let evidence = vec![stated("risk", &self.risk), stated("rollback", &self.rollback)];
        let id = digest_of(&("rules", &self.from, &self.to, &by, now))?;
        Ok(Proposal {
            id: ProposalId::new(id.to_string())?,
            action: Action::Custom {
                name: Self::ACTION.to_owned(),
                target: "governance.rules".to_owned(),
                category: ActionCategory::ProcessChange,
                reversible: true,
                arguments,
            },
            impact: Impact::Critical,
            team: TeamId::new(Self::TEAM)?,
            proposer: by,
            confidence: Confidence::uncalibrated(Probability::ONE),
            score: None,
            rationale: self.justification.clone(),
            evidence,
            proposed_at: now,
        })
    }

    /// Whether an action changes the rules, rightly written or not.
    #[must_use]
    pub fn is(action: &Action) -> bool {
        changes_rules(action)
    }

    /// The change that an action makes; `None` for any other action.
    ///
    /// # Errors
    /// If it is not written as [`proposal`](Self::proposal) writes it, or its rules are not those it names.
    pub fn of(action: &Action) -> Option<Result<(Self, RulePolicy), GovernanceError>> {
        match action {
            Action::Custom { name, arguments, .. } if name == Self::ACTION => Some(Self::read(arguments)),
            _ => None,
        }
    }

    fn read(arguments: &BTreeMap<String, serde_json::Value>) -> Result<(Self, RulePolicy), GovernanceError> {
        let bad = |what: String| GovernanceError::Policy(format!("this is no change of the rules: {what}"));
        let json = arguments.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let change: Self = serde_json::from_value(serde_json::Value::Object(json))
            .map_err(|error| bad(error.to_string()))?;
        let policy = RulePolicy::new(change.rules.clone())?;
        if policy.version() != change.to {
            return Err(bad(format!("its rules are `{}`, not `{}`", policy.version(), change.to)));
        }
        Ok((change, policy))
    }
}
