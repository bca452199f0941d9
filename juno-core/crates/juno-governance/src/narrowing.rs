use std::collections::BTreeMap;

use juno_domain::{Action, IssueKey, MemberId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a rule makes an action smaller: by a label in its place, or by other values of its fields.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Narrowing {
    /// Adds this label to the ticket, and does nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Values to set: `to`, `resolution` or `label` of JUNO's own actions, any argument of a custom one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Value>,
    /// The most that numbers among the arguments of a custom action may be; larger ones are cut to it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub at_most: BTreeMap<String, f64>,
}

/// The fields of JUNO's own actions that can be set.
pub(crate) const SETTABLE: [&str; 3] = ["to", "resolution", "label"];

impl Narrowing {
    /// The smaller action; `None` if this one is as small already, or has no such field.
    #[must_use]
    pub fn of(&self, action: &Action) -> Option<Action> {
        let narrowed = match &self.label {
            Some(label) => Action::AddLabel { issue: issue(action)?.clone(), label: label.clone() },
            None => self.with_fields(action)?,
        };
        (narrowed != *action).then_some(narrowed)
    }

    fn with_fields(&self, action: &Action) -> Option<Action> {
        let mut narrowed = action.clone();
        if let Action::Custom { arguments, .. } = &mut narrowed {
            arguments.extend(self.fields.iter().map(|(name, value)| (name.clone(), value.clone())));
            for (name, most) in &self.at_most {
                if let Some(value) = arguments.get_mut(name)
                    && value.as_f64().is_none_or(|number| number > *most)
                {
                    *value = number(*most);
                }
            }
            return Some(narrowed);
        }
        for (name, value) in &self.fields {
            let text = value.as_str()?.to_owned();
            match (&mut narrowed, name.as_str()) {
                (Action::UpdateStatus { to, .. } | Action::Reprioritise { to, .. }, "to") => *to = text,
                (Action::Reassign { to, .. }, "to") => *to = MemberId::new(text).ok()?,
                (Action::Close { resolution, .. }, "resolution") => *resolution = text,
                (Action::AddLabel { label, .. }, "label") => *label = text,
                _ => return None,
            }
        }
        Some(narrowed)
    }
}

/// A whole number as one, so that a digest does not hang on how a cap was written.
fn number(value: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "the value is whole and far within the range")]
    let whole = (value.fract() == 0.0 && value.abs() < 9e15).then_some(value as i64);
    whole.map_or_else(|| Value::from(value), Value::from)
}

fn issue(action: &Action) -> Option<&IssueKey> {
    match action {
        Action::Reassign { issue, .. }
        | Action::Escalate { issue, .. }
        | Action::Defer { issue, .. }
        | Action::Close { issue, .. }
        | Action::Reprioritise { issue, .. }
        | Action::RequestInfo { issue, .. }
        | Action::AddLabel { issue, .. }
        | Action::UpdateStatus { issue, .. } => Some(issue),
        _ => None,
    }
}
