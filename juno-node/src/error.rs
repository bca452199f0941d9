//! Turns every error of JUNO into a JavaScript `Error` whose `code` names the kind: `JUNO_NOT_FOUND`, ….
use juno_core::AgentError;
use juno_core::domain::ErrorKind;
use juno_core::governance::GovernanceError;
use napi::bindgen_prelude::{Env, JsError, JsObjectValue, JsValue};
use serde_json::{Value, json};

/// An error of JUNO on its way to JavaScript: functions return it, and `?` makes it from a crate's error.
pub struct Fault(Origin);

enum Origin {
    /// From the core or the binding.
    /// With the request that waits for a person, where that is why.
    Juno(ErrorKind, String, Option<Value>),
    /// From JavaScript or Node-API: whatever was thrown stays as it is.
    Thrown(napi::Error),
}

impl Fault {
    /// An error of the binding itself.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Origin::Juno(kind, message.into(), None))
    }

    /// What a promise rejects with: an error with its `code`, or whatever was thrown.
    pub(crate) fn rejection(self, env: &Env) -> napi::Error {
        let request = match &self.0 {
            Origin::Thrown(_) => None,
            Origin::Juno(.., request) => request.clone(),
        };
        if let Origin::Thrown(error) = self.0 {
            return error;
        }
        let error = JsError::from(self).into_unknown(*env);
        if let Some(request) = request {
            let told = env
                .to_js_value(&request)
                .and_then(|request| error.coerce_to_object()?.set_named_property("request", request));
            if let Err(failed) = told {
                return failed;
            }
        }
        error.into()
    }

    /// What it says.
    pub(crate) fn message(&self) -> &str {
        match &self.0 {
            Origin::Juno(_, message, _) => message,
            Origin::Thrown(error) => &error.reason,
        }
    }
}

impl<E: Kinded> From<E> for Fault {
    fn from(error: E) -> Self {
        Self(Origin::Juno(error.kind(), error.to_string(), error.waits_for()))
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
            Origin::Juno(kind, message, _) => napi::Error::new(kind.code().to_owned(), message),
            Origin::Thrown(error) => napi::Error::new(error.status.to_string(), error.reason.clone()),
        })
    }
}

/// What the errors of all crates share.
pub(crate) trait Kinded: std::error::Error {
    /// Which `code` this becomes.
    fn kind(&self) -> ErrorKind;

    /// The request that waits for a person, where that is why: an error carries it, so that a caller can ask for it later.
    fn waits_for(&self) -> Option<Value> {
        None
    }
}

impl Kinded for GovernanceError {
    fn kind(&self) -> ErrorKind {
        Self::kind(self)
    }

    fn waits_for(&self) -> Option<Value> {
        match self {
            Self::ApprovalRequired { request, role, deadline, digest } => {
                Some(json!({ "id": request, "role": role, "deadline": deadline, "digest": digest }))
            }
            _ => None,
        }
    }
}

impl Kinded for AgentError {
    fn kind(&self) -> ErrorKind {
        Self::kind(self)
    }

    fn waits_for(&self) -> Option<Value> {
        match self {
            Self::Governance(error) => error.waits_for(),
            _ => None,
        }
    }
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
    juno_core::CoreError,
    juno_core::SettingsError,
    juno_core::analytics::AnalyticsError,
    juno_core::audit::AuditError,
    juno_core::confidence::ConfidenceError,
    juno_core::connectors::ConnectorError,
    juno_core::domain::DomainError,
    juno_core::learn::LearnError,
    juno_core::reasoning::ReasoningError,
    juno_core::report::ReportError,
    juno_core::risk::RiskError,
);
