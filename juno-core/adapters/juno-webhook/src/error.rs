use juno_domain::ErrorKind;

/// What is wrong with a webhook, or with a message that claims to be from one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// A secret that is none. It is not shown.
    #[error("the webhook's secret cannot be used: write `whsec_` and the Base64 of 24 to 64 random bytes")]
    Secret,
    /// An address that cannot be used. It may hold a token and is not shown.
    #[error("the webhook's address cannot be used: {0}")]
    Address(&'static str),
    /// Certificates that cannot be used.
    #[error("the certificates in `{path}` cannot be used: {reason}: give a PEM file")]
    Certificates {
        /// The file, or where else they were looked for.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A message that was not signed with this secret, or was changed since.
    #[error("the signature is not of this secret and message: refuse the message")]
    Signature,
    /// A message from another time: perhaps one that was recorded.
    #[error("the timestamp is not of this time: refuse the message, and check both clocks")]
    Timestamp,
}

impl WebhookError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Secret | Self::Address(_) | Self::Certificates { .. } => ErrorKind::InvalidInput,
            Self::Signature | Self::Timestamp => ErrorKind::Denied,
        }
    }
}
