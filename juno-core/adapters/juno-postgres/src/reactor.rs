use std::future::{Future, poll_fn};
use std::pin::pin;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::PostgresError;

/// A thread that serves the sockets and timers of one store, so that its futures can be awaited anywhere: in any
/// runtime, in several one after the other, or in none.
pub(crate) struct Reactor {
    runtime: Option<Runtime>,
    handle: Handle,
}

impl Reactor {
    pub(crate) fn start() -> Result<Self, PostgresError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("juno-postgres")
            .enable_io()
            .enable_time()
            .build()
            .map_err(|error| PostgresError::Unavailable(format!("no thread for the database: {error}")))?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    /// Runs `work` where it is awaited; what it opens belongs to the reactor.
    pub(crate) async fn run<F: Future>(&self, work: F) -> F::Output {
        let mut work = pin!(work);
        poll_fn(|context| {
            let _entered = self.handle.enter();
            work.as_mut().poll(context)
        })
        .await
    }

    /// Runs `work` on the reactor's thread while this one waits, whatever this one is doing.
    pub(crate) fn wait<T, F>(&self, work: F) -> Result<T, PostgresError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, PostgresError>> + Send + 'static,
    {
        let (tell, told) = std::sync::mpsc::sync_channel(1);
        self.handle.spawn(async move { drop(tell.send(work.await)) });
        told.recv().map_err(|_| PostgresError::Internal("opening the database was broken off".into()))?
    }

    /// Leaves the thread alone: it does not exist in a forked child.
    pub(crate) fn abandon(&mut self) {
        std::mem::forget(self.runtime.take());
    }
}

impl Drop for Reactor {
    fn drop(&mut self) {
        // Not waiting: a store may be dropped inside another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
