use std::fmt;
use std::str::FromStr;

use juno_domain::DomainError;
use serde::{Deserialize, Serialize};

/// How far the source of a memory is trusted. The greater, the more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Anybody could have written it: a web page, a mail from outside, the output of a tool.
    Untrusted,
    /// Nobody has said.
    #[default]
    Unverified,
    /// Somebody vouches for it.
    Trusted,
}

impl Trust {
    /// Every level, the least first.
    pub const ALL: [Self; 3] = [Self::Untrusted, Self::Unverified, Self::Trusted];

    /// The word for it: `untrusted`, `unverified` or `trusted`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Untrusted => "untrusted",
            Self::Unverified => "unverified",
            Self::Trusted => "trusted",
        }
    }

    /// Whether it is what a memory has that says nothing; left out of its JSON.
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Trust {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        Self::ALL.into_iter().find(|trust| trust.as_str() == text).ok_or_else(|| DomainError::UnknownWord {
            what: "trust",
            value: text.chars().take(40).collect(),
            allowed: "untrusted, unverified, trusted",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_every_level_reads_back_and_they_are_in_order() {
        for trust in Trust::ALL {
            assert_eq!(trust.as_str().parse(), Ok(trust));
            assert_eq!(serde_json::to_string(&trust).unwrap(), format!("\"{trust}\""));
        }
        assert!("Trusted".parse::<Trust>().is_err());
        assert!(Trust::ALL.is_sorted() && Trust::default() == Trust::Unverified);
    }
}
