use std::error::Error;

use deadpool_postgres::{PoolError, TimeoutType};
use juno_action::ActionError;
use juno_audit::AuditError;
use juno_domain::ErrorKind;
use juno_governance::GovernanceError;
use juno_memory::MemoryError;

/// What can go wrong with the database. No message ever holds the address, because it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// An address that cannot be read.
    #[error(
        "the database address cannot be used: {0}: write `postgresql://user:password@host:port/database`"
    )]
    Address(&'static str),
    /// A file with certificates that cannot be used.
    #[error("the certificates in `{path}` cannot be used: {reason}: give a PEM file as `sslrootcert`")]
    Certificates {
        /// The file, or where else they were looked for.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A name that is no schema's.
    #[error("`{0}` is no name of a schema: use lower-case letters, digits and `_`, 63 at most")]
    SchemaName(String),
    /// The schema holds the tables of another program.
    #[error("the schema `{0}` holds tables of another program: give another schema")]
    Foreign(String),
    /// The tables were written by a newer version.
    #[error(
        "the schema `{schema}` has {what} `{found}`, this version knows up to `{known}`: update this program"
    )]
    Newer {
        /// The schema.
        schema: String,
        /// What is newer: its tables or its tokenizer.
        what: &'static str,
        /// The version it has.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// A server that lacks what is needed.
    #[error("the server has {what} `{found}`: use {wanted}")]
    Server {
        /// What it lacks.
        what: &'static str,
        /// What it has.
        found: String,
        /// What is needed.
        wanted: &'static str,
    },
    /// The store was opened before a fork.
    #[error("the store was opened by process `{opened_by}`, before a fork: open it again in this process")]
    Forked {
        /// The process that opened it.
        opened_by: u32,
    },
    /// The server lets this user in or at these tables not.
    #[error("the database refuses access: {0}: check user, password and privileges")]
    Refused(String),
    /// The server cannot be reached, or cannot answer now.
    #[error("the database cannot be reached or is busy: {0}: retry")]
    Unavailable(String),
    /// Others changed the same rows at the same time, or connections were lost, again and again.
    #[error("the database was in the way of the change, again and again: {0}: retry")]
    Contended(String),
    /// The connection broke while a change was being committed.
    #[error("nobody knows whether the change was committed: {0}: read it again before a retry")]
    Unclear(String),
    /// Texts are encrypted, and the store was opened without their keys.
    #[error(
        "what people wrote is encrypted in these tables: open the store with its keys (`audit.personal`, `audit.keys`)"
    )]
    Locked,
    /// The keys of encrypted texts cannot be had.
    #[error("the keys of what people wrote cannot be reached: {0}: retry")]
    Keys(String),
    /// Stored data is damaged.
    #[error("the database is damaged: {0}: restore it from a backup")]
    Damaged(String),
    /// Anything else PostgreSQL says.
    #[error("the database failed: {0}")]
    Internal(String),
}

impl PostgresError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Address(_)
            | Self::Certificates { .. }
            | Self::SchemaName(_)
            | Self::Foreign(_)
            | Self::Locked => ErrorKind::InvalidInput,
            Self::Newer { .. } | Self::Server { .. } => ErrorKind::Unsupported,
            Self::Refused(_) => ErrorKind::Denied,
            Self::Forked { .. }
            | Self::Unavailable(_)
            | Self::Contended(_)
            | Self::Unclear(_)
            | Self::Keys(_) => ErrorKind::Unavailable,
            Self::Damaged(_) => ErrorKind::Corrupt,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }
}

/// The error and its causes, joined by colons. Of what the server says only its message and code: its details can
/// quote rows.
fn said(error: &tokio_postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        return format!("{} (SQLSTATE {})", error.message(), error.code().code());
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl From<tokio_postgres::Error> for PostgresError {
    fn from(error: tokio_postgres::Error) -> Self {
        let text = said(&error);
        let Some(code) = error.code().map(|state| state.code()) else {
            let io = error.source().is_some_and(|cause| cause.is::<std::io::Error>());
            return if io || error.is_closed() { Self::Unavailable(text) } else { Self::Internal(text) };
        };
        match code {
            "40001" | "40P01" => Self::Contended(text),
            // Ended by hand, by a shut-down or by a timeout; no lock, no memory, no disk, no connection, a standby.
            "25006" | "25P03" => Self::Unavailable(text),
            "42501" | "3D000" => Self::Refused(text),
            "XX001" | "XX002" => Self::Damaged(text),
            _ => match code.get(..2) {
                Some("08" | "53" | "55" | "57" | "58") => Self::Unavailable(text),
                Some("28") => Self::Refused(text),
                _ => Self::Internal(text),
            },
        }
    }
}

/// What went wrong on the way to a connection.
impl From<PoolError> for PostgresError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Timeout(TimeoutType::Wait) => {
                Self::Unavailable("every connection of this process is in use".into())
            }
            PoolError::Timeout(_) => Self::Unavailable("no connection in time".into()),
            PoolError::Backend(error) if error.as_db_error().is_some() => error.into(),
            // Whatever else keeps a connection from being made: the network, TLS, the way to log in.
            PoolError::Backend(error) => Self::Unavailable(said(&error)),
            _ => Self::Unavailable("the store is closed".into()),
        }
    }
}

impl From<PostgresError> for MemoryError {
    fn from(error: PostgresError) -> Self {
        let reason = error.to_string();
        match error.kind() {
            ErrorKind::Unavailable | ErrorKind::Denied => Self::Unavailable { reason },
            ErrorKind::Corrupt => Self::Corrupt { id: "*".into(), reason },
            _ => Self::Internal { reason },
        }
    }
}

impl From<PostgresError> for GovernanceError {
    fn from(error: PostgresError) -> Self {
        let what = error.to_string();
        match error.kind() {
            ErrorKind::Unavailable | ErrorKind::Denied => Self::Unavailable(what),
            ErrorKind::Corrupt => Self::Corrupt { request: "*".into(), what },
            _ => Self::Internal(what),
        }
    }
}

impl From<PostgresError> for ActionError {
    fn from(error: PostgresError) -> Self {
        let what = error.to_string();
        match error.kind() {
            ErrorKind::Unavailable | ErrorKind::Denied => Self::Unavailable(what),
            ErrorKind::Corrupt => Self::Corrupt { request: "*".into(), what },
            _ => Self::Internal(what),
        }
    }
}

impl From<PostgresError> for AuditError {
    fn from(error: PostgresError) -> Self {
        let what = error.to_string();
        match error.kind() {
            ErrorKind::Unavailable | ErrorKind::Denied => Self::Unavailable(what),
            _ => Self::Internal(what),
        }
    }
}
