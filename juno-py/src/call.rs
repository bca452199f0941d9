//! What one call of a binding function carries with it: a failure to raise at its end, and the way to stop it.
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use juno_core::domain::Progress;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

use crate::error::Fault;

/// How long work that reports progress may leave Ctrl-C and listeners waiting.
const STEP: Duration = Duration::from_millis(50);

tokio::task_local! {
    static CALL: Call;
}

/// JUNO's traits that only compute have no way to fail, so what a plugin raises is kept: the core gets a safe answer
/// instead, and the call that set the work going raises what was kept once the work is done. Each call keeps its own.
#[derive(Default)]
pub(crate) struct Call {
    kept: RefCell<Option<PyErr>>,
    progress: RefCell<Progress>,
    interrupted: Cell<bool>,
    stop: Stop,
}

/// Asks a call to stop at its next step, from outside.
pub(crate) type Stop = Arc<AtomicBool>;

impl Call {
    /// Runs `work` as one call.
    pub(crate) async fn run<T>(stop: Stop, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let call = Self { stop, ..Self::default() };
        CALL.scope(call, async {
            let output = work.await;
            Self::raise()?;
            output
        })
        .await
    }

    /// A progress handle of this call, that also looks for Ctrl-C; `listener(what, done, total)` hears about it.
    pub(crate) fn progress(listener: Option<Py<PyAny>>) -> Progress {
        let progress = Progress::listening(move |what, done, total| {
            // Work on a thread of its own has no call; it is stopped by the thread that waits for it.
            let _no_call = CALL.try_with(|call| call.step(listener.as_ref(), what, done, total));
        });
        let _no_call = CALL.try_with(|call| *call.progress.borrow_mut() = progress.clone());
        progress
    }

    /// Keeps a failure, the first one wins, and gives its text. What is no `Exception`, as `KeyboardInterrupt`, also
    /// stops the call.
    pub(crate) fn keep(py: Python<'_>, raised: PyErr) -> Kept {
        let text = raised.to_string();
        let _no_call = CALL.try_with(|call| {
            if !raised.is_instance_of::<PyException>(py) {
                call.interrupted.set(true);
                call.progress.borrow().cancel();
            }
            call.kept.borrow_mut().get_or_insert(raised);
        });
        Kept(text)
    }

    /// Whether nothing more is to be asked in this call.
    pub(crate) fn is_interrupted() -> bool {
        CALL.try_with(|call| call.interrupted.get()).unwrap_or(false)
    }

    /// Raises what was kept.
    pub(crate) fn raise() -> Result<(), Fault> {
        let kept = CALL.try_with(|call| call.kept.borrow_mut().take()).unwrap_or(None);
        kept.map_or(Ok(()), |raised| Err(raised.into()))
    }

    fn step(&self, listener: Option<&Py<PyAny>>, what: &str, done: u64, total: Option<u64>) {
        thread_local!(static LAST: Cell<Option<Instant>> = const { Cell::new(None) });
        if self.stop.load(Ordering::Relaxed) {
            self.progress.borrow().cancel();
        }
        let begins_or_ends = done == 0 || Some(done) == total;
        if !begins_or_ends && LAST.get().is_some_and(|last| last.elapsed() < STEP) {
            return;
        }
        LAST.set(Some(Instant::now()));
        Python::try_attach(|py| {
            let heard = py.check_signals().and_then(|()| match listener {
                Some(listener) => listener.call1(py, (what, done, total)).map(drop),
                None => Ok(()),
            });
            if let Err(raised) = heard {
                Self::keep(py, raised);
                self.progress.borrow().cancel();
            }
        });
    }
}

/// The text of a failure that is kept to be raised later.
pub(crate) struct Kept(pub(crate) String);
