//! Effects that the host causes itself: `with gate.execute(request) as permit:`.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use juno_core::action::{ActionError, Effect, Permit as Allowed};
use juno_core::domain::{Action, ErrorKind, Outcome, RequestId};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::Fault;
use crate::juno::Juno;
use crate::plain::Plain;
use crate::runtime::{awaitable, wait};

#[pymethods]
impl Juno {
    /// Effects that the host causes itself, each under an approved request.
    #[getter]
    fn gate(&self) -> Gate {
        Gate(self.clone())
    }
}

/// Effects that the host causes itself, each under an approved request.
#[pyclass(module = "juno", frozen, skip_from_py_object)]
pub(crate) struct Gate(Juno);

#[pymethods]
impl Gate {
    /// The permit to carry out an approved request in a `with` or `async with` block, at most once ever.
    ///
    /// Entering stores the intent, or raises: `ApprovalRequiredError` carries the request to wait for. A block that ends
    /// has succeeded; one that raises leaves the outcome unknown, unless it called `finish("not_done", …)` before.
    /// `undo` is the action that would undo it, on the same target: what a policy alone approved needs one. `touches` says
    /// how many tickets, people or systems it touches, which budgets count.
    #[pyo3(signature = (request, *, undo = None, touches = None))]
    fn execute(
        &self,
        request: Plain<RequestId>,
        undo: Option<Plain<Action>>,
        touches: Option<u32>,
    ) -> Permit {
        let juno = self.0.clone();
        let undo = undo.map(|action| action.0);
        Permit(Arc::new(Inner { juno, request: request.0, undo, touches, state: Mutex::new(State::Waiting) }))
    }

    /// Makes a function ask before it runs: each call is a proposal, and runs once it is approved.
    ///
    /// `action` and `impact` say what it is; the arguments of the call are those of the action, and `target` names the
    /// one it acts on (default the first). A call that waits for a person raises `ApprovalRequiredError`; called again
    /// with the same arguments after the approval, also after a restart, it runs, and never again: `key` tells calls with
    /// the same arguments apart. `undo` gives, for the arguments, the action that would undo it.
    #[pyo3(signature = (**options))]
    fn guard<'py>(
        slf: &Bound<'py, Self>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let juno = slf.get().0.clone().into_pyobject(slf.py())?;
        slf.py().import("juno._guard")?.call_method("guard", (juno, slf), options)
    }
}

/// The right to cause one effect, inside the block it was made for.
#[pyclass(module = "juno", frozen, skip_from_py_object)]
#[derive(Clone)]
pub(crate) struct Permit(Arc<Inner>);

struct Inner {
    juno: Juno,
    request: RequestId,
    undo: Option<Action>,
    touches: Option<u32>,
    state: Mutex<State>,
}

enum State {
    Waiting,
    /// A call is under way.
    Busy,
    Running(Box<Allowed>),
    Ended(Outcome),
}

impl Inner {
    /// Each change under this lock is one assignment, so a panic elsewhere leaves a sound state.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it was in, out of the lock; a call is under way now.
    fn take(&self) -> State {
        std::mem::replace(&mut *self.state(), State::Busy)
    }

    async fn begin(&self) -> Result<(), Fault> {
        match self.take() {
            State::Waiting => {}
            other => {
                *self.state() = other;
                return Err(Fault::new(ErrorKind::Conflict, "this permit was entered before: make another"));
            }
        }
        match self.juno.core.gate.permit(&self.request, self.undo.clone(), self.touches).await {
            Ok(allowed) => {
                *self.state() = State::Running(Box::new(allowed));
                Ok(())
            }
            Err(error) => {
                *self.state() = State::Waiting;
                Err(error.into())
            }
        }
    }

    async fn finish(&self, result: Result<Effect, ActionError>) -> Result<Outcome, Fault> {
        let allowed = match self.take() {
            State::Running(allowed) => allowed,
            other => {
                *self.state() = other;
                return Err(not_running());
            }
        };
        let outcome = self.juno.core.gate.finish(*allowed, result).await?;
        *self.state() = State::Ended(outcome.clone());
        Ok(outcome)
    }

    /// The end of the block, unless the block said itself how it ended.
    async fn leave(&self, raised: Option<String>) -> Result<(), Fault> {
        if !matches!(*self.state(), State::Running(_)) {
            return Ok(());
        }
        let failed = raised.is_some();
        let result = match raised {
            None => Ok(Effect { dry_run: false, detail: "done".into() }),
            Some(what) => Err(ActionError::Uncertain(what)),
        };
        match self.finish(result).await {
            // What the block raised is not to be hidden: the execution is looked up later.
            Err(_) if failed => Ok(()),
            other => other.map(drop),
        }
    }

    fn running<T>(&self, read: impl FnOnce(&Allowed) -> T) -> Result<T, Fault> {
        match &*self.state() {
            State::Running(allowed) => Ok(read(allowed)),
            _ => Err(not_running()),
        }
    }
}

fn not_running() -> Fault {
    Fault::new(ErrorKind::Conflict, "this permit is not running: enter it with `with`, and finish it once")
}

fn ended(result: &str, detail: String) -> Result<Result<Effect, ActionError>, Fault> {
    Ok(match result {
        "done" => Ok(Effect { dry_run: false, detail }),
        "not_done" => Err(ActionError::NotDone(detail)),
        "uncertain" => Err(ActionError::Uncertain(detail)),
        other => {
            let said = format!("`{other}` is no end: use done, not_done or uncertain");
            return Err(Fault::new(ErrorKind::InvalidInput, said));
        }
    })
}

fn raised(exception: Option<&Bound<'_, PyAny>>) -> Option<String> {
    let exception = exception.filter(|exception| !exception.is_none())?;
    let class = exception.get_type().name().map(|name| name.to_string()).unwrap_or_default();
    Some(format!("the block raised {class}: {exception}"))
}

#[pymethods]
impl Permit {
    /// The request it is for.
    #[getter]
    fn request(&self) -> String {
        self.0.request.to_string()
    }

    /// What to do.
    #[getter]
    fn action(&self) -> Result<Plain<Action>, Fault> {
        self.0.running(|allowed| Plain(allowed.action().clone()))
    }

    /// What the other side recognises a repetition by: the same for the same request on every machine.
    #[getter]
    fn idempotency_key(&self) -> Result<String, Fault> {
        self.0.running(Allowed::idempotency_key)
    }

    /// The fencing token: an other side that can refuses one lower than it has seen.
    #[getter]
    fn fence(&self) -> Result<u64, Fault> {
        self.0.running(Allowed::fence)
    }

    /// What came of it; None until it has ended.
    #[getter]
    fn outcome(&self) -> Option<Plain<Outcome>> {
        match &*self.0.state() {
            State::Ended(outcome) => Some(Plain(outcome.clone())),
            _ => None,
        }
    }

    /// Says how it ended: `"done"`, `"not_done"` (surely nothing was changed) or `"uncertain"`.
    #[pyo3(signature = (result, detail))]
    fn finish(&self, py: Python<'_>, result: &str, detail: String) -> Result<Plain<Outcome>, Fault> {
        let (inner, result) = (Arc::clone(&self.0), ended(result, detail)?);
        wait(py, async move { Ok(Plain(inner.finish(result).await?)) })
    }

    /// `finish` for use with `await`: the event loop runs on meanwhile.
    #[pyo3(signature = (result, detail))]
    fn finish_async<'py>(
        &self,
        py: Python<'py>,
        result: &str,
        detail: String,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (inner, result) = (Arc::clone(&self.0), ended(result, detail)?);
        awaitable::<_, Plain<Outcome>>(py, async move { Ok(Plain(inner.finish(result).await?)) })
    }

    fn __enter__(&self, py: Python<'_>) -> Result<Self, Fault> {
        let inner = Arc::clone(&self.0);
        wait(py, async move { inner.begin().await })?;
        Ok(self.clone())
    }

    #[pyo3(signature = (_class, exception, _traceback, /))]
    fn __exit__(
        &self,
        py: Python<'_>,
        _class: Option<&Bound<'_, PyAny>>,
        exception: Option<&Bound<'_, PyAny>>,
        _traceback: Option<&Bound<'_, PyAny>>,
    ) -> Result<bool, Fault> {
        let (inner, raised) = (Arc::clone(&self.0), raised(exception));
        wait(py, async move { inner.leave(raised).await })?;
        Ok(false)
    }

    fn __aenter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let permit = self.clone();
        awaitable::<_, Self>(py, async move {
            permit.0.begin().await?;
            Ok(permit)
        })
    }

    #[pyo3(signature = (_class, exception, _traceback, /))]
    fn __aexit__<'py>(
        &self,
        py: Python<'py>,
        _class: Option<&Bound<'py, PyAny>>,
        exception: Option<&Bound<'py, PyAny>>,
        _traceback: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (inner, raised) = (Arc::clone(&self.0), raised(exception));
        awaitable::<_, bool>(py, async move { inner.leave(raised).await.map(|()| false) })
    }

    fn __repr__(&self) -> String {
        let state = match &*self.0.state() {
            State::Waiting => "waiting".to_owned(),
            State::Busy => "busy".to_owned(),
            State::Running(_) => "running".to_owned(),
            State::Ended(outcome) => format!("{:?}", outcome.result).to_lowercase(),
        };
        format!("Permit({}, {state})", self.0.request)
    }
}
