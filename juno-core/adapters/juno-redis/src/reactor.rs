use std::future::{Future, poll_fn};
use std::pin::pin;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::RedisStoreError;

/// A thread that serves the sockets and timers of one store, so that its futures can be awaited anywhere: in any
/// runtime, in several one after the other, or in none.
pub(crate) struct Reactor {
    runtime: Option<Runtime>,
    handle: Handle,
}

impl Reactor {
    pub(crate) fn start() -> Result<Self, RedisStoreError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("juno-redis")
            .enable_io()
            .enable_time()
            .build()
            .map_err(|error| RedisStoreError::Unavailable(format!("no thread for Redis: {error}")))?;
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
