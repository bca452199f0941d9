use serde::{Deserialize, Serialize};

/// What to do with secrets in what is to be remembered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretHandling {
    /// Refuse it.
    #[default]
    Reject,
    /// Keep it with the secrets replaced by what they are.
    Mask,
    /// Keep it as it is.
    Allow,
}

/// What to do with e-mail addresses, telephone, account and card numbers in what is to be remembered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalHandling {
    /// Keep it if it says whose data it is ([`Memory::subject`](crate::Memory::subject)), so that it can be exported and
    /// erased; refuse it else.
    #[default]
    RequireSubject,
    /// Keep it with the data replaced by what they are.
    Mask,
    /// Refuse it.
    Reject,
    /// Keep it as it is.
    Allow,
}

/// What a [`WriteGate`](crate::WriteGate) goes by.
///
/// | field | default | meaning |
/// | --- | --- | --- |
/// | `secrets` | reject | secrets: reject, mask, allow |
/// | `personal` | require_subject | personal data: require_subject, mask, reject, allow |
/// | `alike` | 0.6 | from which likeness on a text says what another says; above 0, at most 1 |
/// | `min_words` | 2 | the fewest content words that say something; 0 to 100 |
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WriteRules {
    /// What to do with secrets.
    pub secrets: SecretHandling,
    /// What to do with personal data.
    pub personal: PersonalHandling,
    /// From which likeness on a text says what another says.
    ///
    /// 0.6 lies between pairs of texts that say the same and pairs that only look so, with a wide margin on either side
    /// (a test holds it there); whatever adds a word, a number or a negation is never alike.
    pub alike: f64,
    /// The fewest content words that say something.
    pub min_words: usize,
}

impl WriteRules {
    /// The rules unless told otherwise.
    pub const DEFAULT: Self = Self {
        secrets: SecretHandling::Reject,
        personal: PersonalHandling::RequireSubject,
        alike: 0.6,
        min_words: 2,
    };
}

impl Default for WriteRules {
    fn default() -> Self {
        Self::DEFAULT
    }
}
