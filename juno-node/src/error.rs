//! Turns every error of JUNO into a JavaScript `Error` whose `code` names the kind: `JUNO_NOT_FOUND`, ….
use std::error::Error;

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
    /// What JavaScript threw on the way becomes the error's `cause`.
    fn from(error: E) -> Self {
        let mut fault = napi::Error::new(Code(error.kind()), error.to_string());
        fault.cause = thrown_below(&error).and_then(|thrown| thrown.try_clone().ok()).map(Box::new);
        Self(fault)
    }
}

impl From<Fault> for JsError<Code> {
    fn from(fault: Fault) -> Self {
        Self::from(fault.0)
    }
}

/// What the errors of all crates share.
pub(crate) trait Kinded: Error + 'static {
    /// Which `code` this becomes.
    fn kind(&self) -> ErrorKind;
}

impl Kinded for juno_domain::DomainError {
    fn kind(&self) -> ErrorKind {
        Self::kind(self)
    }
}

fn thrown_below<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e napi::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(thrown) = error.downcast_ref() {
            return Some(thrown);
        }
        next = error.source();
    }
    None
}
