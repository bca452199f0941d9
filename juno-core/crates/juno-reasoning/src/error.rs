use chrono::{DateTime, Utc};
use juno_domain::{DomainError, ErrorKind, IssueId, IssueKey};

/// Why reasoning gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReasoningError {
    /// A claim without evidence, or one that cites evidence the trace does not hold.
    #[error("the claim `{claim}` {problem}: every claim must cite evidence of its trace")]
    UnsupportedClaim {
        /// The claim, shortened.
        claim: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Two pieces of evidence with one id.
    #[error("evidence `{0}` stands twice in one trace: give each piece its own id")]
    DuplicateEvidence(String),
    /// An issue whose history is at hand while the issue itself is not.
    #[error(
        "issue `{0}` has a history but is not in the dataset: give the dataset the history was built from"
    )]
    NotInDataset(IssueId),
    /// An issue whose changes by some instant nobody can know.
    #[error(
        "`{issue}` has no changelog and was last changed on {updated}, after the instant asked about: load it with its changelog, or ask about a later instant"
    )]
    UnknownPast {
        /// The issue.
        issue: IssueKey,
        /// When its source last changed it.
        updated: DateTime<Utc>,
    },
    /// A value that breaks a rule of the vocabulary, or a cancelled run.
    #[error(transparent)]
    Domain(#[from] DomainError),
    /// The history could not be read.
    #[error(transparent)]
    Analytics(#[from] juno_analytics::AnalyticsError),
    /// A confidence could not be computed.
    #[error(transparent)]
    Confidence(#[from] juno_confidence::ConfidenceError),
    /// A digest could not be computed.
    #[error(transparent)]
    Crypto(#[from] juno_crypto::CryptoError),
}

impl ReasoningError {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnsupportedClaim { .. } | Self::DuplicateEvidence(_) => ErrorKind::InvalidInput,
            Self::NotInDataset(_) => ErrorKind::NotFound,
            Self::UnknownPast { .. } => ErrorKind::NotEnoughData,
            Self::Domain(e) => e.kind(),
            Self::Analytics(e) => e.kind(),
            Self::Confidence(e) => e.kind(),
            Self::Crypto(e) => e.kind(),
        }
    }
}
