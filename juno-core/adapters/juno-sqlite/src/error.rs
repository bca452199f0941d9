use std::path::PathBuf;

use juno_action::ActionError;
use juno_audit::AuditError;
use juno_domain::ErrorKind;
use juno_governance::GovernanceError;
use juno_memory::MemoryError;
use rusqlite::ErrorCode;

/// What can go wrong with the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SqliteError {
    /// A path that names no file.
    #[error("`{0}` names no file: give the path of a file, or use the stores in memory")]
    Path(PathBuf),
    /// The folder of the file cannot be made.
    #[error("the folder of `{path}` cannot be made: {reason}")]
    Folder {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file is a database of another program.
    #[error("`{0}` is a database of another program: give another path")]
    Foreign(PathBuf),
    /// The file was written by a newer version.
    #[error("`{path}` has {what} `{found}`, this version knows up to `{known}`: update this program")]
    Newer {
        /// The file.
        path: PathBuf,
        /// What is newer: its schema or its tokenizer.
        what: &'static str,
        /// The version it has.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// The store was opened before a fork.
    #[error("the store was opened by process `{opened_by}`, before a fork: open it again in this process")]
    Forked {
        /// The process that opened it.
        opened_by: u32,
    },
    /// Another process holds the file for longer than the busy timeout.
    #[error("the database is busy with another writer: retry: {0}")]
    Busy(String),
    /// The file cannot be read or written now.
    #[error("the database cannot be read or written: {0}: check disk space and permissions, then retry")]
    Io(String),
    /// The file itself is damaged.
    #[error("the database file is damaged: {0}: restore it from a backup")]
    Damaged(String),
    /// Memories in the file are encrypted, and the keys are missing or others.
    #[error("{0}")]
    Keys(String),
    /// Anything else SQLite says.
    #[error("the database failed: {0}")]
    Internal(String),
}

impl SqliteError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Path(_) | Self::Foreign(_) | Self::Keys(_) => ErrorKind::InvalidInput,
            Self::Newer { .. } => ErrorKind::Unsupported,
            Self::Folder { .. } | Self::Forked { .. } | Self::Busy(_) | Self::Io(_) => ErrorKind::Unavailable,
            Self::Damaged(_) => ErrorKind::Corrupt,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }
}

impl From<rusqlite::Error> for SqliteError {
    fn from(error: rusqlite::Error) -> Self {
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed,
            ) => Self::Busy(text),
            Some(
                ErrorCode::CannotOpen
                | ErrorCode::SystemIoFailure
                | ErrorCode::DiskFull
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::OutOfMemory,
            ) => Self::Io(text),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(text),
            _ => Self::Internal(text),
        }
    }
}

/// For what opening a file does with memories.
impl From<MemoryError> for SqliteError {
    fn from(error: MemoryError) -> Self {
        match error.kind() {
            ErrorKind::InvalidInput => Self::Keys(error.to_string()),
            ErrorKind::Unavailable => Self::Io(error.to_string()),
            ErrorKind::Corrupt => Self::Damaged(error.to_string()),
            _ => Self::Internal(error.to_string()),
        }
    }
}

impl From<SqliteError> for MemoryError {
    fn from(error: SqliteError) -> Self {
        let reason = error.to_string();
        match error.kind() {
            ErrorKind::Unavailable => Self::Unavailable { reason },
            ErrorKind::Corrupt => Self::Corrupt { id: "*".into(), reason },
            _ => Self::Internal { reason },
        }
    }
}

impl From<SqliteError> for GovernanceError {
    fn from(error: SqliteError) -> Self {
        let what = error.to_string();
        match error.kind() {
            ErrorKind::Unavailable => Self::Unavailable(what),
            ErrorKind::Corrupt => Self::Corrupt { request: "*".into(), what },
            _ => Self::Internal(what),
        }
    }
}

impl From<SqliteError> for ActionError {
    fn from(error: SqliteError) -> Self {
        let what = error.to_string();
        match error.kind() {
            ErrorKind::Unavailable => Self::Unavailable(what),
            ErrorKind::Corrupt => Self::Corrupt { request: "*".into(), what },
            _ => Self::Internal(what),
        }
    }
}

impl From<SqliteError> for AuditError {
    fn from(error: SqliteError) -> Self {
        let what = error.to_string();
        match error.kind() {
            ErrorKind::Unavailable => Self::Unavailable(what),
            _ => Self::Internal(what),
        }
    }
}
