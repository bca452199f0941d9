use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use juno_domain::{Action, ActionCategory, Impact, Probability, TeamId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Hours, Ladder, Narrowing, PolicyContext};

/// What a rule does to the proposals it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It may run without a person.
    Allow,
    /// The people of the rule's ladder decide, or of its impact's where the rule has none.
    RequireApproval,
    /// A smaller action takes its place, and is decided on anew.
    Narrow,
    /// It must not run.
    Deny,
}

/// One rule: which proposals it speaks of, what it does to them, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, which every verdict it takes part in cites; each stands once.
    pub id: String,
    /// What it does.
    pub effect: Effect,
    /// Why, for people.
    #[serde(default)]
    pub why: String,
    /// Which proposals it speaks of; without conditions, all.
    #[serde(default)]
    pub when: When,
    /// Who decides; only with `require_approval`, default the ladder of the impact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder: Option<Ladder>,
    /// How the action becomes smaller; only with `narrow`, which needs it. The rule does not speak of an action that
    /// is as small already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub narrow: Option<Narrowing>,
}

/// The conditions of a rule. Each that is given has to hold; of several values in one, any.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct When {
    /// Names of actions: `add_label`, …, or a custom action's own name.
    pub actions: BTreeSet<String>,
    /// Exact ids of teams.
    pub teams: BTreeSet<TeamId>,
    /// Impacts.
    pub impacts: BTreeSet<Impact>,
    /// Categories of actions.
    pub categories: BTreeSet<ActionCategory>,
    /// The least confidence, from 0 to 1; that value belongs to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_confidence: Option<Probability>,
    /// Confidence below this, from 0 to 1; that value does not belong to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below_confidence: Option<Probability>,
    /// Whether outcomes have checked the confidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibrated: Option<bool>,
    /// Whether the action can be undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reversible: Option<bool>,
    /// Labels of the ticket, as the [facts](crate::Facts) have them.
    pub labels: BTreeSet<String>,
    /// Fields of the action with the values of which one is needed: `{ to = ["Done"] }`. A custom action has the
    /// fields of its arguments, and `target`.
    pub fields: BTreeMap<String, BTreeSet<String>>,
    /// Hours in which the decision falls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
}

impl Rule {
    /// Whether the rule speaks of a proposal. Where it asks for a fact that nobody knows, a rule that allows does
    /// not, and one that restricts does.
    #[must_use]
    pub fn applies(&self, context: &PolicyContext<'_>) -> bool {
        let proposal = context.proposal;
        self.when.is_of(&proposal.action)
            && any(&self.when.teams, &proposal.team)
            && any(&self.when.impacts, &proposal.impact)
            && any(&self.when.categories, &proposal.action.category())
            && self.when.min_confidence.is_none_or(|least| proposal.confidence.value >= least)
            && self.when.below_confidence.is_none_or(|bound| proposal.confidence.value < bound)
            && self.when.calibrated.is_none_or(|wanted| proposal.confidence.is_calibrated() == wanted)
            && self.when.reversible.is_none_or(|wanted| proposal.action.is_reversible() == wanted)
            && self.has_label(context)
            && self.when.fields.iter().all(|(name, values)| {
                field(&proposal.action, name).is_some_and(|value| values.contains(value.as_ref()))
            })
            && self.when.hours.as_ref().is_none_or(|hours| hours.contain(context.now))
            && self.narrow.as_ref().is_none_or(|narrow| narrow.of(&proposal.action).is_some())
    }

    fn has_label(&self, context: &PolicyContext<'_>) -> bool {
        match context.facts.and_then(|facts| facts.labels.as_ref()) {
            _ if self.when.labels.is_empty() => true,
            Some(labels) => !self.when.labels.is_disjoint(labels),
            None => self.effect != Effect::Allow,
        }
    }
}

impl When {
    fn is_of(&self, action: &Action) -> bool {
        self.actions.is_empty() || self.actions.contains(action.name())
    }
}

fn any<T: Ord>(wanted: &BTreeSet<T>, value: &T) -> bool {
    wanted.is_empty() || wanted.contains(value)
}

/// The value of a field of an action as text, if the action has it.
fn field<'a>(action: &'a Action, name: &str) -> Option<Cow<'a, str>> {
    if name == "target" {
        return Some(action.target().into());
    }
    let text: &str = match (action, name) {
        (Action::Reassign { from, .. }, "from") => from.as_ref()?.as_str(),
        (Action::Reassign { to, .. }, "to") => to.as_str(),
        (Action::Reprioritise { from, .. }, "from") => from.as_ref()?,
        (Action::Reprioritise { to, .. } | Action::UpdateStatus { to, .. }, "to") => to,
        (Action::UpdateStatus { from, .. }, "from") => from,
        (Action::Close { resolution, .. }, "resolution") => resolution,
        (Action::AddLabel { label, .. }, "label") => label,
        (Action::RequestInfo { of, .. }, "of") => of.as_ref()?.as_str(),
        (Action::Custom { arguments, .. }, _) => {
            return Some(match arguments.get(name)? {
                Value::String(text) => text.as_str().into(),
                other => other.to_string().into(),
            });
        }
        _ => return None,
    };
    Some(text.into())
}
