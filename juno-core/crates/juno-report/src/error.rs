use juno_domain::ErrorKind;

/// A report that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the report could not be written: {0}")]
pub struct ReportError(#[from] minijinja::Error);

impl ReportError {
    /// What the caller can do about it: report it, the template is JUNO's own.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::Internal
    }
}
