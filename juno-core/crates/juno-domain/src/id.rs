use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::DomainError;

/// Longest accepted identifier in bytes.
const MAX_BYTES: usize = 512;

fn check(what: &'static str, value: &str) -> Result<(), DomainError> {
    // Nearly every id is made of these alone, which is seen at a glance.
    if value.bytes().all(|byte| byte.is_ascii_graphic()) && (1..=MAX_BYTES).contains(&value.len()) {
        return Ok(());
    }
    let rule = if value.trim().is_empty() {
        "it is empty"
    } else if value.len() > MAX_BYTES {
        "it is longer than 512 bytes"
    } else if value.chars().any(char::is_control) {
        "it holds a control character"
    } else {
        return Ok(());
    };
    Err(DomainError::Id { what, value: value.chars().take(40).collect(), rule })
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        ///
        /// One to 512 bytes, not blank, without control characters. Clones share the text.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes a checked identifier.
            ///
            /// # Errors
            /// If it is blank, longer than 512 bytes or holds control characters.
            pub fn new(value: impl AsRef<str>) -> Result<Self, DomainError> {
                let value = value.as_ref();
                check($what, value)?;
                Ok(Self(value.into()))
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = DomainError;
            fn try_from(value: String) -> Result<Self, DomainError> {
                Self::new(value)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.as_ref().to_owned()
            }
        }
    };
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

text_id!(
    /// The lasting id of an issue on its site (Jira's numeric `id`; the key where a source has no id).
    /// A moved issue keeps it while its key changes.
    IssueId, "issue id"
);
text_id!(
    /// The key people use for an issue: `PAY-12`.
    IssueKey, "issue key"
);
text_id!(
    /// A project's key: `PAY`.
    ProjectKey, "project key"
);
text_id!(
    /// A team: a board's id, unless settings map boards to teams.
    TeamId, "team id"
);
text_id!(
    /// A person in the tracker: Jira Cloud's account id, Server's user key or name.
    MemberId, "member id"
);
text_id!(
    /// Whoever acts in JUNO: a person or an agent.
    PrincipalId, "principal"
);
text_id!(
    /// The outermost scope: one organisation.
    TenantId, "tenant"
);
text_id!(
    /// A proposal: the digest of its action and situation, so the same situation gives the same id.
    ProposalId, "proposal id"
);
text_id!(
    /// A request for approval.
    RequestId, "request id"
);
text_id!(
    /// A record of something that happened inside JUNO; storing it twice stores it once.
    EventId, "event id"
);
text_id!(
    /// A stored memory.
    MemoryId, "memory id"
);
text_id!(
    /// A session: one conversation or one run of an agent.
    SessionId, "session"
);
number_id!(
    /// A sprint's id on its site; ids rise with creation time.
    SprintId
);
number_id!(
    /// A board's id on its site.
    BoardId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_control_and_oversized_ids_are_refused() {
        for bad in ["", "  ", "a\nb", &"x".repeat(513)] {
            assert!(IssueKey::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(IssueKey::new("PAY-1").unwrap().as_str(), "PAY-1");
        assert!(serde_json::from_str::<TeamId>("\"\"").is_err());
    }
}
