use serde::{Deserialize, Serialize};

/// Why something is remembered, merged or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WriteReason {
    /// Nothing speaks against it.
    New,
    /// Another memory has the same text.
    Duplicate,
    /// Another memory says the same in other words.
    NearDuplicate,
    /// It says only what was just recalled.
    RecallLoop,
    /// It holds a secret.
    Secret,
    /// It holds personal data.
    PersonalData,
    /// It says too little.
    TooVague,
    /// It says what stands in quarantine.
    Quarantined,
}

impl WriteReason {
    /// What to tell whoever wrote it.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::New => "nothing speaks against it",
            Self::Duplicate => "another memory has the same text",
            Self::NearDuplicate => "another memory says the same",
            Self::RecallLoop => {
                "it says only what was just recalled: cite the memories in `derived_from`, or say what is new"
            }
            Self::Secret => "it holds a secret: take it out, or set `memory.secrets` to `mask`",
            Self::PersonalData => {
                "it holds personal data: say whose in `subject`, or set `memory.personal_data` to `mask`"
            }
            Self::TooVague => "it says too little to be found again: say what it is about",
            Self::Quarantined => "it says what stands in quarantine: release that first if it is right",
        }
    }
}
