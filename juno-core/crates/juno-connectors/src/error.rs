use std::path::{Path, PathBuf};

use juno_domain::{DomainError, ErrorKind};

/// Why a load failed as a whole. A single bad record is no error: it is quarantined.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectorError {
    /// A file or directory cannot be read.
    #[error("cannot read `{}`: {cause}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// A file is none of the accepted kinds.
    #[error(
        "`{}` is nothing JUNO can load ({found}): give Jira issues as REST JSON (pages, single issues, JSON \
         Lines), a Jira sprint, board or field list, a Jira CSV export, or a table with one row per sprint",
        path.display()
    )]
    Unrecognised {
        /// The file.
        path: PathBuf,
        /// What it looks like instead.
        found: String,
    },
    /// A JSON file from which not one record could be read.
    #[error("`{}` is not valid JSON at line {line}, column {column}: {reason}; save the file again", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line of the fault, from 1.
        line: u64,
        /// Column of the fault in bytes, from 1.
        column: u64,
        /// What is wrong there.
        reason: String,
    },
    /// A directory without a file of an accepted name.
    #[error("`{}` holds no *.json, *.jsonl, *.ndjson or *.csv file: give the folder of the export", path.display())]
    NothingToLoad {
        /// The directory.
        path: PathBuf,
    },
    /// A setting that cannot be used.
    #[error("setting `{name}` is `{value}`: {rule}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it has to be.
        rule: String,
    },
    /// The caller cancelled.
    #[error(transparent)]
    Domain(#[from] DomainError),
    /// The thread that reads a file ended without a word, or could not be started.
    #[error("the reader of `{name}` failed: {reason}; report this with the file")]
    Reader {
        /// The source.
        name: String,
        /// What is known.
        reason: String,
    },
}

impl ConnectorError {
    pub(crate) fn io(path: &Path, cause: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), cause }
    }

    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { cause, .. } if cause.kind() == std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            Self::Io { .. } => ErrorKind::Unavailable,
            Self::Unrecognised { .. } | Self::Syntax { .. } | Self::Setting { .. } => ErrorKind::InvalidInput,
            Self::NothingToLoad { .. } => ErrorKind::NotFound,
            Self::Domain(error) => error.kind(),
            Self::Reader { .. } => ErrorKind::Internal,
        }
    }

    /// Whether the fault lies in the file's content, so that a load of a whole folder can go on without it.
    pub(crate) const fn is_about_content(&self) -> bool {
        matches!(self, Self::Unrecognised { .. } | Self::Syntax { .. })
    }
}
