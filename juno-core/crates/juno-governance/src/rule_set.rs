use std::collections::BTreeSet;
use std::path::Path;

use juno_domain::Impact;
use serde::{Deserialize, Serialize};

use crate::change_action::CHANGE_RULES;
use crate::narrowing::SETTABLE;
use crate::nearest::{nearest, with_hint};
use crate::{Budgets, Effect, GovernanceError, Ladders, PolicyRules, Rule, When};

/// The names of the actions JUNO knows by itself.
const ACTIONS: [&str; 8] =
    ["reassign", "escalate", "defer", "close", "reprioritise", "request_info", "add_label", "update_status"];
/// The fields of these that a rule can ask about.
const FIELDS: [&str; 6] = ["target", "from", "to", "resolution", "label", "of"];

/// A policy as data: rules, what holds where none speaks, who decides by impact, and budgets.
///
/// ```
/// use juno_governance::{RulePolicy, RuleSet};
///
/// let rules = RuleSet::from_toml(
///     r#"
///     name = "payments"
///     otherwise = "require_approval"        # or "deny": where no rule speaks
///     custom_actions = ["jira.transition"]
///
///     [budgets]
///     actions_per_hour = 20
///
///     [[rules]]
///     id = "labels"
///     effect = "allow"
///     why = "a label is easily taken off again"
///     [rules.when]
///     actions = ["add_label"]
///     impacts = ["low"]
///     min_confidence = 0.9
///     calibrated = true
///     reversible = true
///
///     [[rules]]
///     id = "quiet-hours"
///     effect = "deny"
///     when = { hours = { from = "18:00", to = "08:00", zone = "Europe/Berlin" } }
///
///     [[rules]]
///     id = "done-is-checked"
///     effect = "require_approval"
///     when = { actions = ["update_status"], fields = { to = ["Done"] } }
///     ladder = { rungs = [{ role = "project_manager", quorum = 2, deadline_hours = 12 }] }
///     "#,
/// )?;
/// let policy = RulePolicy::new(rules)?;
/// # Ok::<(), juno_governance::GovernanceError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSet {
    /// The first part of the policy's version.
    pub name: String,
    /// Denies everything while it is on; default off.
    #[serde(default)]
    pub kill_switch: bool,
    /// What happens where no rule speaks; default that people decide.
    #[serde(default)]
    pub otherwise: Otherwise,
    /// The names of the host's own actions that rules may name.
    #[serde(default)]
    pub custom_actions: BTreeSet<String>,
    /// Who decides, by impact, where a rule names no ladder.
    #[serde(default)]
    pub ladders: Ladders,
    /// How much may happen at most.
    #[serde(default)]
    pub budgets: Budgets,
    /// The rules, in the order in which verdicts cite them.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// What happens to a proposal of which no rule speaks. It is never allowed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// The people of its impact's ladder decide.
    #[default]
    RequireApproval,
    /// It must not run.
    Deny,
}

impl RuleSet {
    /// Reads rules from TOML and checks them.
    ///
    /// # Errors
    /// If a key, impact, category, role or other word is unknown (the nearest known one is named), if a value is out
    /// of range, or as [`check`](Self::check).
    pub fn from_toml(text: &str) -> Result<Self, GovernanceError> {
        let read = toml::from_str::<Self>(text).map_err(|error| {
            let line = error.span().and_then(|span| text.get(..span.start)).map(|head| head.lines().count());
            let place = line.map(|n| format!(" (near line {})", n.max(1))).unwrap_or_default();
            GovernanceError::Policy(format!("{}{place}", with_hint(error.message())))
        })?;
        read.check()?;
        Ok(read)
    }

    /// Reads rules from JSON and checks them.
    ///
    /// # Errors
    /// As [`from_toml`](Self::from_toml).
    pub fn from_json(text: &str) -> Result<Self, GovernanceError> {
        let read: Self = serde_json::from_str(text)
            .map_err(|error| GovernanceError::Policy(with_hint(&error.to_string())))?;
        read.check()?;
        Ok(read)
    }

    /// Reads rules from a file, JSON if its name ends in `.json`, else TOML, and checks them.
    ///
    /// # Errors
    /// If the file cannot be read, and as [`from_toml`](Self::from_toml); the file is named.
    pub fn load(path: &Path) -> Result<Self, GovernanceError> {
        let named = |what: String| GovernanceError::Policy(format!("`{}`: {what}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| named(error.to_string()))?;
        let is_json = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
        let read = if is_json { Self::from_json(&text) } else { Self::from_toml(&text) };
        read.map_err(|error| match error {
            GovernanceError::Policy(what) => named(what),
            other => other,
        })
    }

    /// Checks what single values cannot. What runs without a person has to be named, of low impact, reversible and
    /// of a calibrated confidence that the rule bounds.
    ///
    /// # Errors
    /// If a name or id is missing or stands twice, an action or field is unknown, a rule can never apply, a ladder
    /// goes with another effect than `require_approval`, or a rule allows more than may be allowed.
    pub fn check(&self) -> Result<(), GovernanceError> {
        let bad = |what: String| Err(GovernanceError::Policy(what));
        if self.name.trim().is_empty() {
            return bad("`name` is empty: name the policy".into());
        }
        if let Some(name) = self.custom_actions.iter().find(|name| ACTIONS.contains(&name.as_str())) {
            return bad(format!("`{name}` is an action of JUNO's own: take it out of `custom_actions`"));
        }
        if let Some(name) = self.custom_actions.iter().find(|name| name.starts_with("juno.")) {
            return bad(format!("`{name}` begins with `juno.`, as only JUNO's own do: name it otherwise"));
        }
        let mut ids = BTreeSet::new();
        for rule in &self.rules {
            let id = &rule.id;
            if id.trim().is_empty() {
                return bad("a rule has no `id`: verdicts cite it".into());
            }
            if !ids.insert(id) {
                return bad(format!("there are two rules `{id}`: give each its own id"));
            }
            if rule.ladder.is_some() && rule.effect != Effect::RequireApproval {
                return bad(format!("rule `{id}` has a ladder, which only goes with `require_approval`"));
            }
            self.check_narrowing(rule)?;
            self.check_names(rule)?;
            let When { min_confidence, below_confidence, .. } = rule.when;
            if below_confidence.is_some_and(|bound| bound.get() <= min_confidence.map_or(0.0, |p| p.get())) {
                return bad(format!("rule `{id}` can never apply: no confidence lies in its bounds"));
            }
            if rule.effect == Effect::Allow {
                check_allows(rule)?;
            }
        }
        Ok(())
    }

    /// A rule that narrows names actions and what to make of them: one label, or fields that they have.
    fn check_narrowing(&self, rule: &Rule) -> Result<(), GovernanceError> {
        let bad = |what: String| Err(GovernanceError::Policy(format!("rule `{}` {what}", rule.id)));
        let narrow = match (&rule.narrow, rule.effect) {
            (Some(narrow), Effect::Narrow) => narrow,
            (None, Effect::Narrow) => return bad("narrows and does not say to what: give it `narrow`".into()),
            (Some(_), _) => return bad("has `narrow`, which only goes with the effect `narrow`".into()),
            (None, _) => return Ok(()),
        };
        if rule.when.actions.is_empty() {
            return bad("narrows actions it does not name: add `actions` to its conditions".into());
        }
        let by_fields = !narrow.fields.is_empty() || !narrow.at_most.is_empty();
        if narrow.label.is_some() == by_fields {
            return bad("narrows to a `label`, or by `fields` and `at_most`: give one of the two".into());
        }
        if narrow.label.as_ref().is_some_and(|label| label.trim().is_empty()) {
            return bad("narrows to an empty label".into());
        }
        let custom = rule.when.actions.iter().any(|name| self.custom_actions.contains(name));
        let own = rule.when.actions.iter().any(|name| ACTIONS.contains(&name.as_str()));
        if custom && narrow.label.is_some() {
            return bad("narrows a custom action to a label, which only tickets have".into());
        }
        if own && !narrow.at_most.is_empty() {
            return bad("bounds numbers, which only custom actions have: take `at_most` out".into());
        }
        if let Some((name, _)) = narrow.at_most.iter().find(|(_, most)| !most.is_finite()) {
            return bad(format!("bounds `{name}` by no finite number"));
        }
        for (name, value) in narrow.fields.iter().filter(|_| own) {
            if !SETTABLE.contains(&name.as_str()) {
                let near = nearest(name, SETTABLE).unwrap_or("to");
                return bad(format!("sets a field `{name}` that cannot be set; did you mean `{near}`?"));
            }
            if value.as_str().is_none_or(|text| text.trim().is_empty()) {
                return bad(format!("sets `{name}` to something that is no text"));
            }
        }
        Ok(())
    }

    fn check_names(&self, rule: &Rule) -> Result<(), GovernanceError> {
        let own_words = ACTIONS.into_iter().chain([CHANGE_RULES]);
        let known = || own_words.clone().chain(self.custom_actions.iter().map(String::as_str));
        let unknown = |what: &str, name: &str, near: Option<&str>| {
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            Err(GovernanceError::Policy(format!("rule `{}` names an unknown {what} `{name}`{hint}", rule.id)))
        };
        for name in &rule.when.actions {
            if !known().any(|known| known == name) {
                return unknown("action", name, nearest(name, known()));
            }
        }
        let own = |name: &String| ACTIONS.contains(&name.as_str());
        let only_own = match rule.when.actions.is_empty() {
            true => self.custom_actions.is_empty(),
            false => rule.when.actions.iter().all(own),
        };
        for name in rule.when.fields.keys() {
            if only_own && !FIELDS.contains(&name.as_str()) {
                return unknown("field", name, nearest(name, FIELDS));
            }
        }
        Ok(())
    }
}

/// Bounds what may run without a person.
fn check_allows(rule: &Rule) -> Result<(), GovernanceError> {
    let When { actions, impacts, min_confidence, calibrated, reversible, .. } = &rule.when;
    let missing = [
        (actions.is_empty(), "`actions`"),
        (*impacts != BTreeSet::from([Impact::Low]), "`impacts = [\"low\"]`"),
        (min_confidence.is_none(), "`min_confidence`"),
        (*calibrated != Some(true), "`calibrated = true`"),
        (*reversible != Some(true), "`reversible = true`"),
    ];
    let missing: Vec<&str> = missing.iter().filter(|(lacks, _)| *lacks).map(|(_, what)| *what).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let what = format!("rule `{}` allows too much: add {} to its conditions", rule.id, missing.join(", "));
    Err(GovernanceError::Policy(what))
}

/// The rules of [`DefaultPolicy`](crate::DefaultPolicy) in this form: they give the same verdicts.
impl From<PolicyRules> for RuleSet {
    fn from(rules: PolicyRules) -> Self {
        let custom = |name: &&String| !ACTIONS.contains(&name.as_str());
        let threshold = Rule {
            id: "confidence-threshold".into(),
            effect: Effect::Deny,
            why: "below the threshold of confidence JUNO advises and proposes nothing".into(),
            when: When { below_confidence: Some(rules.confidence_threshold), ..When::default() },
            ladder: None,
            narrow: None,
        };
        let auto = Rule {
            id: "auto-approve".into(),
            effect: Effect::Allow,
            why: "it is listed, reversible, of low impact, and its calibrated confidence is high enough"
                .into(),
            when: When {
                actions: rules.auto_approve.actions.clone(),
                impacts: BTreeSet::from([Impact::Low]),
                min_confidence: Some(rules.auto_approve.min_confidence),
                calibrated: Some(true),
                reversible: Some(true),
                ..When::default()
            },
            ladder: None,
            narrow: None,
        };
        let listed = !rules.auto_approve.actions.is_empty();
        let bounded = rules.confidence_threshold.get() > 0.0;
        Self {
            name: rules.name,
            kill_switch: false,
            otherwise: Otherwise::RequireApproval,
            custom_actions: rules.auto_approve.actions.iter().filter(custom).cloned().collect(),
            ladders: rules.ladders,
            budgets: Budgets::default(),
            rules: bounded.then_some(threshold).into_iter().chain(listed.then_some(auto)).collect(),
        }
    }
}
