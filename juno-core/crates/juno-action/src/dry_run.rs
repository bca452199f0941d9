use async_trait::async_trait;
use juno_domain::Action;

use crate::{ActionError, ActionExecutor, Effect, FieldChange, Preview, inverse_of};

/// Says what each action would change and changes nothing. It knows every action, custom ones by their name.
#[derive(Debug, Clone, Copy, Default)]
pub struct DryRunExecutor;

#[async_trait]
impl ActionExecutor for DryRunExecutor {
    fn name(&self) -> &str {
        "dry_run"
    }

    async fn preview(&self, action: &Action) -> Result<Preview, ActionError> {
        Ok(Preview {
            summary: summary(action),
            changes: changes(action),
            reversible: action.is_reversible(),
            blast_radius: 1,
        })
    }

    async fn execute(&self, action: &Action, _idempotency_key: &str) -> Result<Effect, ActionError> {
        Ok(Effect {
            dry_run: true,
            detail: format!("dry run, nothing was changed: would {}", summary(action)),
        })
    }

    async fn inverse(&self, action: &Action) -> Result<Option<Action>, ActionError> {
        Ok(inverse_of(action))
    }
}

/// What an action does, as the end of a sentence that starts with "would".
fn summary(action: &Action) -> String {
    match action {
        Action::Reassign { issue, from: Some(from), to } => format!("reassign {issue} from {from} to {to}"),
        Action::Reassign { issue, from: None, to } => format!("assign {issue} to {to}"),
        Action::Escalate { issue, message } => format!("escalate {issue}: {message}"),
        Action::Defer { issue, until } => format!("defer {issue} until {until}"),
        Action::Close { issue, resolution } => format!("close {issue} as {resolution}"),
        Action::Reprioritise { issue, from: Some(from), to } => {
            format!("change the priority of {issue} from {from} to {to}")
        }
        Action::Reprioritise { issue, from: None, to } => format!("set the priority of {issue} to {to}"),
        Action::RequestInfo { issue, of: Some(of), question } => format!("ask {of} on {issue}: {question}"),
        Action::RequestInfo { issue, of: None, question } => format!("ask on {issue}: {question}"),
        Action::AddLabel { issue, label } => format!("add the label {label} to {issue}"),
        Action::UpdateStatus { issue, from, to } => format!("move {issue} from {from} to {to}"),
        other => format!("run {} on {}", other.name(), other.target()),
    }
}

/// The fields an action sets, as far as the action itself says.
fn changes(action: &Action) -> Vec<FieldChange> {
    let change = |field: &str, from: Option<String>, to: String| {
        vec![FieldChange { field: field.to_owned(), from, to: Some(to) }]
    };
    match action {
        Action::Reassign { from, to, .. } => {
            change("assignee", from.as_ref().map(ToString::to_string), to.to_string())
        }
        Action::Close { resolution, .. } => change("resolution", None, resolution.clone()),
        Action::Defer { until, .. } => change("deferred until", None, until.to_string()),
        Action::Reprioritise { from, to, .. } => change("priority", from.clone(), to.clone()),
        Action::AddLabel { label, .. } => change("labels", None, label.clone()),
        Action::UpdateStatus { from, to, .. } => change("status", Some(from.clone()), to.clone()),
        Action::Escalate { message, .. } => change("comment", None, message.clone()),
        Action::RequestInfo { question, .. } => change("comment", None, question.clone()),
        Action::Custom { arguments, .. } => arguments
            .iter()
            .map(|(name, value)| FieldChange {
                field: name.clone(),
                from: None,
                to: Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
            })
            .collect(),
        _ => Vec::new(),
    }
}
