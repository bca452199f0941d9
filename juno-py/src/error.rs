//! Turns every error of JUNO into a Python exception: one class per [`ErrorKind`], made here and nowhere else.
use chrono::{DateTime, Utc};
use juno_core::AgentError;
use juno_core::domain::{Digest, ErrorKind, RequestId, Role};
use juno_core::governance::GovernanceError;
use pyo3::exceptions::{PyException, PyLookupError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple, PyType};
use serde::Serialize;

/// An error of JUNO on its way to Python: binding functions return it, and `?` makes it from a crate's error.
pub(crate) struct Fault(PyErr);

impl Fault {
    /// An error of the binding itself.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::about(kind, message.into(), None)
    }

    fn about(kind: ErrorKind, message: String, request: Option<Waiting>) -> Self {
        Python::attach(|py| Self(to_exception(py, kind, message, request).unwrap_or_else(|failed| failed)))
    }
}

impl<E: Kinded> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::about(error.kind(), error.to_string(), error.waits_for())
    }
}

impl From<PyErr> for Fault {
    fn from(raised: PyErr) -> Self {
        Self(raised)
    }
}

impl From<Fault> for PyErr {
    fn from(fault: Fault) -> Self {
        fault.0
    }
}

/// What the errors of all crates share.
pub(crate) trait Kinded: std::error::Error {
    /// Which class of exception this becomes.
    fn kind(&self) -> ErrorKind;

    /// The request that waits for a person, where that is why.
    fn waits_for(&self) -> Option<Waiting> {
        None
    }
}

/// A request that waits for a person: an exception carries it, so that a caller can ask for it later.
#[derive(Serialize)]
pub(crate) struct Waiting {
    id: RequestId,
    role: Role,
    deadline: DateTime<Utc>,
    digest: Digest,
}

impl Kinded for GovernanceError {
    fn kind(&self) -> ErrorKind {
        Self::kind(self)
    }

    fn waits_for(&self) -> Option<Waiting> {
        match self {
            Self::ApprovalRequired { request, role, deadline, digest } => {
                Some(Waiting { id: request.clone(), role: *role, deadline: *deadline, digest: *digest })
            }
            _ => None,
        }
    }
}

impl Kinded for AgentError {
    fn kind(&self) -> ErrorKind {
        Self::kind(self)
    }

    fn waits_for(&self) -> Option<Waiting> {
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

fn to_exception(
    py: Python<'_>,
    kind: ErrorKind,
    message: String,
    request: Option<Waiting>,
) -> PyResult<PyErr> {
    let exception = Classes::get(py)?.of(kind).bind(py).call1((message,))?;
    if let Some(request) = request {
        exception.setattr("request", pythonize::pythonize(py, &request)?)?;
    }
    Ok(PyErr::from_value(exception))
}

/// Adds the exception classes to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let classes = Classes::get(module.py())?;
    for class in std::iter::once(&classes.base).chain(classes.kinds.iter().map(|(_, class)| class)) {
        let class = class.bind(module.py());
        module.add(class.name()?.to_str()?, class)?;
    }
    Ok(())
}

/// The exception classes, made once per interpreter.
struct Classes {
    base: Py<PyType>,
    kinds: Vec<(ErrorKind, Py<PyType>)>,
}

impl Classes {
    fn get(py: Python<'_>) -> PyResult<&'static Self> {
        static CLASSES: PyOnceLock<Classes> = PyOnceLock::new();
        CLASSES.get_or_try_init(py, || {
            let exception = py.get_type::<PyException>();
            let (value, lookup) = (py.get_type::<PyValueError>(), py.get_type::<PyLookupError>());
            let base =
                class(py, "JunoError", "What JUNO raises: `code` says which kind.", None, &[&exception])?;
            let kinds = ErrorKind::ALL.into_iter().map(|kind| {
                let (name, doc) = describe(kind);
                let bases = match kind {
                    // Too little to learn from: scikit-learn and its like expect a `ValueError` there too.
                    ErrorKind::InvalidInput | ErrorKind::NotEnoughData => &[&base, &value][..],
                    ErrorKind::NotFound => &[&base, &lookup],
                    _ => &[&base],
                };
                Ok((kind, class(py, name, doc, Some(kind.code()), bases)?.unbind()))
            });
            Ok(Self { kinds: kinds.collect::<PyResult<_>>()?, base: base.clone().unbind() })
        })
    }

    fn of(&self, kind: ErrorKind) -> &Py<PyType> {
        self.kinds.iter().find(|(of, _)| *of == kind).map_or(&self.base, |(_, class)| class)
    }
}

fn class<'py>(
    py: Python<'py>,
    name: &str,
    doc: &str,
    code: Option<&str>,
    bases: &[&Bound<'py, PyType>],
) -> PyResult<Bound<'py, PyType>> {
    let body = PyDict::new(py);
    body.set_item("__module__", "juno")?;
    body.set_item("__doc__", doc)?;
    if let Some(code) = code {
        body.set_item("code", code)?;
        if code == ErrorKind::ApprovalRequired.code() {
            body.set_item("request", py.None())?;
        }
    }
    Ok(py.get_type::<PyType>().call1((name, PyTuple::new(py, bases)?, body))?.cast_into()?)
}

/// The name and the documentation of a kind's class.
const fn describe(kind: ErrorKind) -> (&'static str, &'static str) {
    match kind {
        ErrorKind::InvalidInput => ("InvalidInputError", "The input breaks a stated rule: change it."),
        ErrorKind::NotFound => ("NotFoundError", "Nothing has that id in that scope."),
        ErrorKind::NotEnoughData => ("NotEnoughDataError", "The history is too short for an honest answer."),
        ErrorKind::Conflict => ("ConflictError", "Somebody else changed the thing first: read again, retry."),
        ErrorKind::ApprovalRequired => {
            ("ApprovalRequiredError", "A person with the named role decides first.")
        }
        ErrorKind::Denied => ("DeniedError", "Policy or a person said no: do not retry."),
        ErrorKind::Unavailable => ("UnavailableError", "A resource cannot be reached now: retry later."),
        ErrorKind::Cancelled => ("CancelledError", "The caller cancelled."),
        ErrorKind::Corrupt => {
            ("CorruptError", "Stored data is damaged: inspect or restore the named record.")
        }
        ErrorKind::Unsupported => ("UnsupportedError", "This build or backend cannot do it."),
        ErrorKind::Internal => ("InternalError", "A broken promise inside JUNO: please report it."),
    }
}
