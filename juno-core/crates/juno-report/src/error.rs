use juno_confidence::ConfidenceError;
use juno_domain::ErrorKind;

/// A report that could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A page could not be made.
    #[error("the report could not be written: {0}")]
    Page(#[from] minijinja::Error),
    /// There is nothing to draw.
    #[error("there is nothing to draw: {0}")]
    Absent(String),
    /// A curve could not be made.
    #[error(transparent)]
    Confidence(#[from] ConfidenceError),
}

impl ReportError {
    /// What the caller can do about it; a page that cannot be made is to be reported, the template is JUNO's own.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Page(_) => ErrorKind::Internal,
            Self::Absent(_) => ErrorKind::NotFound,
            Self::Confidence(error) => error.kind(),
        }
    }
}
