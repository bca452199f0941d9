//! Waits for JUNO's futures: on the calling thread for the plain form of a call, in asyncio for its `async` form.
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use juno_core::domain::ErrorKind;
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyCFunction;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::call::{Call, Stop};
use crate::error::Fault;

/// How long a waiting call may leave Ctrl-C unanswered.
const SIGNAL_CHECK: Duration = Duration::from_millis(100);

/// Methods of `Juno`, or of the class that is named first, that wait, each in a plain form and in an `async` one: what they
/// do is written once.
macro_rules! waits {
    ($(#[doc = $doc:literal] $($rest:tt)+)?) => {
        $crate::runtime::waits! { impl $crate::juno::Juno: $(#[doc = $doc] $($rest)+)? }
    };
    (impl $owner:ty: $(
        $(#[doc = $doc:literal])+
        $name:ident / $name_async:ident ($($signature:tt)*)
        |$juno:ident $(, $argument:ident: $type:ty)* $(, **$keywords:ident)?| -> $output:ty $body:block
    )+) => {
        #[pyo3::pymethods]
        impl $owner {
            $(
                $(#[doc = $doc])+
                #[pyo3(signature = ($($signature)*))]
                fn $name(
                    &self,
                    py: pyo3::Python<'_>
                    $(, $argument: $type)*
                    $(, $keywords: Option<$crate::plain::Keywords>)?
                ) -> Result<$output, $crate::error::Fault> {
                    let $juno = self.clone();
                    $crate::runtime::wait(py, async move { Ok($body) })
                }

                #[doc = concat!("`", stringify!($name), "` for use with `await`: the event loop runs on meanwhile.")]
                #[pyo3(signature = ($($signature)*))]
                fn $name_async<'py>(
                    &self,
                    py: pyo3::Python<'py>
                    $(, $argument: $type)*
                    $(, $keywords: Option<$crate::plain::Keywords>)?
                ) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::PyAny>> {
                    let $juno = self.clone();
                    $crate::runtime::awaitable::<_, $output>(py, async move { Ok($body) })
                }
            )+
        }
    };
}
pub(crate) use waits;

/// The runtime of this process. A forked child has none of its parent's threads, so it makes its own.
fn handle(_attached: Python<'_>) -> PyResult<Handle> {
    static RUNTIME: Mutex<Option<(u32, Runtime)>> = Mutex::new(None);

    // INVARIANT: only threads attached to the interpreter hold this lock, and the one that forks is attached too:
    // no child starts with it taken.
    let mut slot = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    let pid = std::process::id();
    if let Some((_, runtime)) = slot.as_ref().filter(|(owner, _)| *owner == pid) {
        return Ok(runtime.handle().clone());
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("juno")
        .enable_time()
        .build()
        .map_err(|error| PyRuntimeError::new_err(format!("cannot start JUNO's threads: {error}")))?;
    let handle = runtime.handle().clone();
    // Dropping the parent's runtime would wait for threads that do not exist here.
    std::mem::forget(slot.replace((pid, runtime)));
    Ok(handle)
}

/// Waits for `work` while other Python threads run. Ctrl-C drops it.
pub(crate) fn wait<F, T>(py: Python<'_>, work: F) -> Result<T, Fault>
where
    F: Future<Output = Result<T, Fault>> + Send,
    T: Send,
{
    let handle = handle(py)?;
    let mut call = pin!(Call::run(Stop::default(), work));
    loop {
        let mut step = || handle.block_on(async { tokio::time::timeout(SIGNAL_CHECK, call.as_mut()).await });
        // A Python object that JUNO calls may call JUNO in turn, on a thread that already waits.
        let inside = Handle::try_current().is_ok();
        match py.detach(|| if inside { tokio::task::block_in_place(&mut step) } else { step() }) {
            Ok(output) => return output,
            Err(_elapsed) => py.check_signals()?,
        }
    }
}

/// An asyncio future of the running loop that gets what `work` gives. Cancelling it stops the work.
pub(crate) fn awaitable<F, T>(py: Python<'_>, work: F) -> PyResult<Bound<'_, PyAny>>
where
    F: Future<Output = Result<T, Fault>> + Send + 'static,
    T: for<'py> IntoPyObject<'py> + Send + 'static,
{
    let event_loop = py.import("asyncio")?.call_method0("get_running_loop")?;
    let promised = event_loop.call_method0("create_future")?;
    let (event_loop, to_settle) = (event_loop.unbind(), promised.clone().unbind());
    let handle = handle(py)?;
    let stop = Stop::default();
    let work = handle.spawn(Call::run(stop.clone(), work));
    let abort = work.abort_handle();
    handle.spawn(async move {
        let output = match work.await {
            Ok(output) => output.map_err(PyErr::from),
            Err(stopped) if stopped.is_cancelled() => return,
            Err(panicked) => Err(Fault::new(ErrorKind::Internal, panicked.to_string()).into()),
        };
        // Nothing happens while the interpreter shuts down: nobody waits any more.
        Python::try_attach(|py| {
            let output = output.and_then(|value| value.into_py_any(py));
            if let Err(error) = settle(event_loop.bind(py), to_settle, output) {
                error.write_unraisable(py, None);
            }
        });
    });
    let cancel = PyCFunction::new_closure(py, None, None, move |args, _| -> PyResult<()> {
        if args.get_item(0)?.call_method0("cancelled")?.extract()? {
            stop.store(true, Ordering::Relaxed);
            abort.abort();
        }
        Ok(())
    })?;
    promised.call_method1("add_done_callback", (cancel,))?;
    Ok(promised)
}

/// Hands the output to the loop's own thread, the only one that may touch the future.
fn settle(event_loop: &Bound<'_, PyAny>, promised: Py<PyAny>, output: PyResult<Py<PyAny>>) -> PyResult<()> {
    let py = event_loop.py();
    if event_loop.call_method0("is_closed")?.extract()? {
        return Ok(());
    }
    let (method, value) = match output {
        Ok(value) => ("set_result", value),
        Err(error) => ("set_exception", error.into_value(py).into_any()),
    };
    let set = PyCFunction::new_closure(py, None, None, move |args, _| -> PyResult<()> {
        let promised = promised.bind(args.py());
        if !promised.call_method0("done")?.extract::<bool>()? {
            promised.call_method1(method, (&value,))?;
        }
        Ok(())
    })?;
    event_loop.call_method1("call_soon_threadsafe", (set,)).map(drop)
}
