//! Turns every error of JUNO into a JavaScript `Error` whose `code` names the kind: `JUNO_NOT_FOUND`, ….
use juno_domain::ErrorKind;
use napi::bindgen_prelude::JsError;

/// An error of JUNO on its way to JavaScript: functions return it, and `?` makes it from a crate's error.
pub struct Fault(napi::Error<Code>);

/// The `code` of a JavaScript error.
pub(crate) struct Code(ErrorKind);

impl AsRef<str> for Code {
    fn as_ref(&self) -> &str {
        self.0.code()
    }
}

impl Fault {
    /// An error of the binding itself.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(napi::Error::new(Code(kind), message.into()))
    }
}

impl<E: Kinded> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}

impl From<Fault> for JsError<Code> {
    fn from(fault: Fault) -> Self {
        Self::from(fault.0)
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
kinded!(juno_domain::DomainError, juno_governance::GovernanceError);
