use std::collections::BTreeMap;

use juno_domain::Action;
use serde_json::{Map, Value};

/// The action that undoes this one, as far as the action itself says; `None` if it cannot be undone.
///
/// What names its old value is given it back. Anything else that is [reversible](Action::is_reversible) becomes the
/// custom action `undo.<name>` with the same arguments, for an executor to know or refuse: one that has to read the old
/// value first, as for a due date, says its own in [`inverse`](crate::ActionExecutor::inverse).
#[must_use]
pub fn inverse_of(action: &Action) -> Option<Action> {
    if !action.is_reversible() {
        return None;
    }
    Some(match action {
        Action::Reassign { issue, from: Some(from), to } => {
            Action::Reassign { issue: issue.clone(), from: Some(to.clone()), to: from.clone() }
        }
        Action::Reprioritise { issue, from: Some(from), to } => {
            Action::Reprioritise { issue: issue.clone(), from: Some(to.clone()), to: from.clone() }
        }
        Action::UpdateStatus { issue, from, to } => {
            Action::UpdateStatus { issue: issue.clone(), from: to.clone(), to: from.clone() }
        }
        other => Action::Custom {
            name: format!("undo.{}", other.name()),
            target: other.target().to_owned(),
            category: other.category(),
            reversible: true,
            arguments: arguments_of(other),
        },
    })
}

fn arguments_of(action: &Action) -> BTreeMap<String, Value> {
    if let Action::Custom { arguments, .. } = action {
        return arguments.clone();
    }
    let fields = match serde_json::to_value(action) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    fields.into_iter().filter(|(name, _)| name != "type" && name != "issue").collect()
}
