//! Turns every error of JUNO into a JavaScript `Error` whose `code` names the kind: `JUNO_NOT_FOUND`, ….
use juno_core::domain::ErrorKind;
use napi::bindgen_prelude::{Env, JsError};

/// An error of JUNO on its way to JavaScript: functions return it, and `?` makes it from a crate's error.
pub struct Fault(Origin);

enum Origin {
    /// From the core or the binding.
    Juno(ErrorKind, String),
    /// From JavaScript or Node-API: whatever was thrown stays as it is.
    Thrown(napi::Error),
}

impl Fault {
    /// An error of the binding itself.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Origin::Juno(kind, message.into()))
    }

    /// What a promise rejects with: an error with its `code`, or whatever was thrown.
    pub(crate) fn rejection(self, env: &Env) -> napi::Error {
        match self.0 {
            Origin::Thrown(error) => error,
            Origin::Juno(..) => JsError::from(self).into_unknown(*env).into(),
        }
    }

    /// What it says.
    pub(crate) fn message(&self) -> &str {
        match &self.0 {
            Origin::Juno(_, message) => message,
            Origin::Thrown(error) => &error.reason,
        }
    }
}

impl<E: Kinded> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}

impl From<napi::Error> for Fault {
    fn from(error: napi::Error) -> Self {
        Self(Origin::Thrown(error))
    }
}

/// Throws from a function that answers at once.
impl From<Fault> for JsError<String> {
    fn from(fault: Fault) -> Self {
        Self::from(match fault.0 {
            Origin::Juno(kind, message) => napi::Error::new(kind.code().to_owned(), message),
            Origin::Thrown(error) => napi::Error::new(error.status.to_string(), error.reason.clone()),
        })
    }
}

/// What the errors of all crates share.
pub(crate) trait Kinded: std::error::Error {
    /// Which `code` this becomes.
    fn kind(&self) -> ErrorKind;
}

macro_rules! kinded {
    ($($error:ty),* $(,)?) => {
        $(impl Kinded for $error {
            fn kind(&self) -> ErrorKind {
                Self::kind(self)
            }
        })*
    };
}
kinded!(
    juno_core::AgentError,
    juno_core::CoreError,
    juno_core::SettingsError,
    juno_core::analytics::AnalyticsError,
    juno_core::audit::AuditError,
    juno_core::confidence::ConfidenceError,
    juno_core::connectors::ConnectorError,
    juno_core::domain::DomainError,
    juno_core::governance::GovernanceError,
    juno_core::learn::LearnError,
    juno_core::reasoning::ReasoningError,
    juno_core::report::ReportError,
    juno_core::risk::RiskError,
);
