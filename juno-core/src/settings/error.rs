use std::path::PathBuf;

use juno_domain::ErrorKind;

/// A setting that cannot be used. Values of secrets are never shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A file that cannot be read.
    #[error("cannot read settings from `{path}`: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that is not TOML, or a `.env` line that is not `NAME=value`.
    #[error("`{path}` is not readable as settings: {reason}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and why, without the line's text.
        reason: String,
    },
    /// A key nobody knows.
    #[error("`{key}` from {origin} is no setting{hint}")]
    UnknownKey {
        /// The key.
        key: String,
        /// Where it was found.
        origin: String,
        /// The nearest key.
        hint: String,
    },
    /// A value of the wrong type or out of range.
    #[error("`{key}` from {origin} must be {expected}{given}")]
    Value {
        /// The key.
        key: String,
        /// Where it was found.
        origin: String,
        /// What is accepted.
        expected: String,
        /// What was given; empty for a secret.
        given: String,
    },
}

impl SettingsError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Read { .. } => ErrorKind::NotFound,
            _ => ErrorKind::InvalidInput,
        }
    }
}
