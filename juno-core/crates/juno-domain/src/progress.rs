use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::DomainError;

type Listener = dyn Fn(&str, u64, Option<u64>) + Send + Sync;

/// Tells how far long work has come, and lets the caller stop it. Clones share both.
#[derive(Clone, Default)]
pub struct Progress {
    listener: Option<Arc<Listener>>,
    cancelled: Arc<AtomicBool>,
}

impl Progress {
    /// A handle nobody listens to; it can still cancel.
    #[must_use]
    pub fn silent() -> Self {
        Self::default()
    }

    /// A handle that calls `listener(what, done, total)` now and then; `total` is `None` while unknown.
    #[must_use]
    pub fn listening(listener: impl Fn(&str, u64, Option<u64>) + Send + Sync + 'static) -> Self {
        Self { listener: Some(Arc::new(listener)), cancelled: Arc::default() }
    }

    /// Asks the work to stop at its next step.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Reports a step.
    ///
    /// # Errors
    /// `Cancelled` if somebody asked to stop.
    pub fn step(&self, what: &str, done: u64, total: Option<u64>) -> Result<(), DomainError> {
        if self.is_cancelled() {
            return Err(DomainError::Cancelled(what.to_owned()));
        }
        if let Some(listener) = &self.listener {
            listener(what, done, total);
        }
        Ok(())
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("cancelled", &self.is_cancelled()).finish_non_exhaustive()
    }
}
