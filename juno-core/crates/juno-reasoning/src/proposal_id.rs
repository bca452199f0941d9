use juno_crypto::digest_of;
use juno_domain::{Action, ProposalId};
use serde::Serialize;

use crate::ReasoningError;

/// The id of a proposal: a digest of the action and of what about the situation made it right.
///
/// `situation` must hold what, when it changes, makes it a new question (status, assignee, last activity), and
/// nothing that changes by itself (the time of the run).
///
/// # Errors
/// If the situation cannot be written as canonical JSON.
pub fn proposal_id(action: &Action, situation: &impl Serialize) -> Result<ProposalId, ReasoningError> {
    #[derive(Serialize)]
    struct Key<'a, S> {
        action: &'a Action,
        situation: &'a S,
    }
    let digest = digest_of(&Key { action, situation })?.to_string();
    // 128 bits of the digest: short enough to read aloud in parts, too many to collide.
    let short: String = digest.chars().take(32).collect();
    Ok(ProposalId::new(format!("p-{short}"))?)
}

#[cfg(test)]
mod tests {
    use juno_domain::IssueKey;
    use serde_json::json;

    use super::*;

    fn label(label: &str) -> Action {
        Action::AddLabel { issue: IssueKey::new("PAY-1").unwrap(), label: label.into() }
    }

    #[test]
    fn the_same_situation_gives_the_same_id() {
        let id = proposal_id(&label("stale"), &json!({"status": "To Do", "assignee": null})).unwrap();
        // The order of the fields is no part of the situation.
        assert_eq!(proposal_id(&label("stale"), &json!({"assignee": null, "status": "To Do"})).unwrap(), id);
        // Written down once, so that an id stays what it is from version to version: stores hold it.
        assert_eq!(id.as_str(), "p-87d0801620074916ad89fbfbc43cd0b9");
    }

    #[test]
    fn any_change_of_situation_or_action_gives_another_id() {
        let ids = [
            proposal_id(&label("stale"), &json!({"status": "To Do"})).unwrap(),
            proposal_id(&label("stale"), &json!({"status": "Doing"})).unwrap(),
            proposal_id(&label("stale"), &json!({"status": "To Do", "flagged": false})).unwrap(),
            proposal_id(&label("old"), &json!({"status": "To Do"})).unwrap(),
        ];
        for (n, id) in ids.iter().enumerate() {
            assert!(!ids.iter().skip(n + 1).any(|other| other == id), "{id}");
        }
    }

    #[test]
    fn what_cannot_be_written_down_is_an_error() {
        assert!(proposal_id(&label("stale"), &std::collections::BTreeMap::from([([1, 2], 3)])).is_err());
    }
}
