use std::time::{Duration, Instant};

/// Waits in growing steps until a time is used up.
pub(crate) struct Patience {
    until: Instant,
    step: Duration,
}

impl Patience {
    /// Waiting for `timeout` in all, from now on.
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { until: Instant::now() + timeout, step: Duration::from_millis(1) }
    }

    /// Sleeps a little; `false`, without sleeping, once the time is used up.
    pub(crate) fn wait(&mut self) -> bool {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        std::thread::sleep(self.step.min(left));
        self.step = (self.step * 2).min(Duration::from_millis(50));
        true
    }
}
