use std::fmt::Display;

use juno_core::domain::ErrorKind;
use juno_core::{AgentError, CoreError};

/// Why a command could not do its work.
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) code: u8,
}

impl Failure {
    /// A file or an option that cannot be read.
    pub(crate) fn unreadable(what: &dyn Display, error: &dyn Display) -> Self {
        Self { message: format!("{what}: {error}"), code: 2 }
    }
}

impl From<AgentError> for Failure {
    fn from(error: AgentError) -> Self {
        Self { code: if error.kind() == ErrorKind::Denied { 3 } else { 1 }, message: error.to_string() }
    }
}

impl From<CoreError> for Failure {
    fn from(error: CoreError) -> Self {
        Self { code: if error.kind() == ErrorKind::Denied { 3 } else { 1 }, message: error.to_string() }
    }
}

macro_rules! failed {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self { message: error.to_string(), code: 1 }
            }
        }
    )*};
}

failed!(
    Box<dyn std::error::Error>,
    juno_core::SettingsError,
    juno_core::domain::DomainError,
    juno_core::audit::AuditError,
    juno_core::report::ReportError,
    juno_core::risk::RiskError,
    serde_json::Error,
    std::io::Error,
    String,
);
