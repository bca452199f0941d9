use juno_domain::{Digest, PrincipalId, RequestId};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{ApprovalRequest, Ballot, Choice};

/// What a voter looked at: a request, and the digest of the action it showed.
///
/// A vote is for that action and no other. It comes from whoever votes, not from the store: an action that was edited
/// after they looked voids the vote. Made of a request or of what is listed as pending; as JSON any object with
/// `request` or `id` and `digest`, so that either can be handed over as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Seen {
    /// The request.
    pub request: RequestId,
    /// The digest of the action that was shown.
    pub digest: Digest,
}

impl Seen {
    /// The vote of somebody on it.
    #[must_use]
    pub fn ballot(&self, by: PrincipalId, choice: Choice, reason: impl Into<String>) -> Ballot {
        Ballot { by, choice, reason: reason.into(), digest: self.digest }
    }
}

impl From<&ApprovalRequest> for Seen {
    fn from(request: &ApprovalRequest) -> Self {
        Self { request: request.id().clone(), digest: request.digest() }
    }
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const HELP: &str = "a vote needs what the voter saw: hand over what `pending` listed or `request` showed, or its \
                            `request` and `digest`";
        let Value::Object(mut fields) = Value::deserialize(deserializer)? else {
            return Err(D::Error::custom(HELP));
        };
        let request = fields.remove("request").or_else(|| fields.remove("id"));
        let (Some(Value::String(request)), Some(digest)) = (request, fields.remove("digest")) else {
            return Err(D::Error::custom(HELP));
        };
        Ok(Self {
            request: RequestId::new(request).map_err(D::Error::custom)?,
            digest: Digest::deserialize(digest).map_err(D::Error::custom)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_listed_or_shown_is_read_and_an_id_alone_is_not_what_anybody_saw() {
        let digest = "ab".repeat(32);
        for seen in [
            serde_json::json!({ "request": "r1", "digest": digest, "role": "team_lead" }),
            serde_json::json!({ "id": "r1", "digest": digest, "votes": [] }),
        ] {
            let seen: Seen = serde_json::from_value(seen).unwrap();
            assert_eq!((seen.request.as_str(), seen.digest.to_string()), ("r1", digest.clone()));
            let again: Seen = serde_json::from_value(serde_json::to_value(&seen).unwrap()).unwrap();
            assert_eq!(again, seen);
        }
        for bad in [
            serde_json::json!("r1"),
            serde_json::json!({ "request": "r1" }),
            serde_json::json!({ "digest": digest }),
            serde_json::json!({ "request": { "id": "r1", "digest": digest }, "decision": {} }),
        ] {
            let error = serde_json::from_value::<Seen>(bad.clone()).unwrap_err().to_string();
            assert!(error.contains("what the voter saw"), "{bad}: {error}");
        }
        assert!(serde_json::from_value::<Seen>(serde_json::json!({ "id": "r1", "digest": "ab" })).is_err());
    }
}
