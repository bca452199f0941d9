use juno_domain::ErrorKind;
use juno_memory::MemoryError;
use object_store::Error;

/// What can go wrong with an archive. No message holds a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// An address that cannot be read.
    #[error("`{0}` is no address of an archive: write `file:///folder` or `s3://bucket/folder`")]
    Address(String),
    /// The archive was opened before a fork.
    #[error("the archive was opened by process `{opened_by}`, before a fork: open it again in this process")]
    Forked {
        /// The process that opened it.
        opened_by: u32,
    },
    /// The object store does not let this user in.
    #[error("the archive refuses access: {0}: check keys and permissions")]
    Refused(String),
    /// The object store cannot be reached, or cannot answer now.
    #[error("the archive cannot be reached or is busy: {0}: retry")]
    Unavailable(String),
    /// Others changed the same tenant's archive, again and again.
    #[error("others changed the same archive at the same time, again and again: retry")]
    Contended,
    /// Stored data is damaged.
    #[error("the archive is damaged: {0}: restore the object from a backup")]
    Damaged(String),
    /// The archive was written by a newer version.
    #[error("the archive has the form `{found}`, this version knows up to `{known}`: update this program")]
    Newer {
        /// The form it has.
        found: u32,
        /// The newest this program knows.
        known: u32,
    },
    /// An object store without conditional writes.
    #[error("the object store cannot write an object only where there is none: use one that can")]
    NoConditionalWrites,
    /// Anything else.
    #[error("the archive failed: {0}")]
    Internal(String),
}

impl ArchiveError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Address(_) => ErrorKind::InvalidInput,
            Self::Forked { .. } | Self::Unavailable(_) | Self::Contended => ErrorKind::Unavailable,
            Self::Refused(_) => ErrorKind::Denied,
            Self::Damaged(_) => ErrorKind::Corrupt,
            Self::Newer { .. } | Self::NoConditionalWrites => ErrorKind::Unsupported,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }
}

impl From<Error> for ArchiveError {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => Self::Refused(text),
            Error::NotImplemented { .. } | Error::NotSupported { .. } => Self::NoConditionalWrites,
            Error::InvalidPath { .. } | Error::UnknownConfigurationKey { .. } => Self::Internal(text),
            _ => Self::Unavailable(text),
        }
    }
}

impl From<ArchiveError> for MemoryError {
    fn from(error: ArchiveError) -> Self {
        let reason = error.to_string();
        match error.kind() {
            ErrorKind::Unavailable | ErrorKind::Denied => Self::Unavailable { reason },
            ErrorKind::Corrupt => Self::Corrupt { id: "*".into(), reason },
            _ => Self::Internal { reason },
        }
    }
}
