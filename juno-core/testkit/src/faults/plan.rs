use std::sync::{Arc, Mutex, PoisonError};

/// Where in a call the fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The inner store is not asked.
    Before,
    /// The inner store has done it; only the answer is lost.
    After,
}

/// Which calls fail. Clones share one plan and one count, so that the stores of a whole pipeline can be made to fail
/// at the n-th call of all of them together. At first nothing fails.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Plan>>);

#[derive(Debug, Default)]
struct Plan {
    calls: u32,
    strike: Option<(u32, When)>,
    dead_after: bool,
    dead: bool,
    /// The strike ends the process.
    kills: bool,
    /// Calls that only read neither count nor fail.
    writes_only: bool,
}

impl Faults {
    /// Nothing fails.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Fails one call: the `nth` from now on, counted from 1.
    pub fn fail_call(&self, nth: u32, when: When) {
        self.set(Plan { strike: Some((nth, when)), ..Plan::default() });
    }

    /// Fails the `nth` call from now on, counted from 1, and every later one, as if the process had died.
    pub fn die_at_call(&self, nth: u32, when: When) {
        self.set(Plan { strike: Some((nth, when)), dead_after: true, ..Plan::default() });
    }

    /// Ends the process at the `nth` call from now on, counted from 1, by `kill -9`: nothing is flushed or closed.
    pub fn kill_at_call(&self, nth: u32, when: When) {
        self.set(Plan { strike: Some((nth, when)), kills: true, ..Plan::default() });
    }

    /// Ends the process right before the `nth` call from now on that may change anything, counted from 1: everything
    /// before it is done and known to the caller. Calls that only read do not count.
    pub fn kill_at_write(&self, nth: u32) {
        self.set(Plan {
            strike: Some((nth, When::Before)),
            kills: true,
            writes_only: true,
            ..Plan::default()
        });
    }

    /// From now on nothing fails; the count starts anew.
    pub fn heal(&self) {
        self.set(Plan::default());
    }

    /// Calls since the plan was last set.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.plan().calls
    }

    fn set(&self, plan: Plan) {
        *self.plan() = plan;
    }

    fn plan(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call, and says whether and where it fails.
    fn next(&self) -> Option<When> {
        let mut plan = self.plan();
        plan.calls = plan.calls.saturating_add(1);
        if plan.dead {
            return Some(When::Before);
        }
        let (_, when) = plan.strike.filter(|(nth, _)| *nth == plan.calls)?;
        plan.dead = plan.dead_after;
        Some(when)
    }

    fn kill_if_told(&self) {
        if self.plan().kills {
            let process = std::process::id().to_string();
            drop(std::process::Command::new("kill").args(["-9", &process]).status());
            // Where there is no `kill`, this is as sudden.
            std::process::abort();
        }
    }

    /// Makes a call that changes nothing, unless its turn has come to fail.
    pub(super) async fn around_read<T, E>(
        &self,
        call: impl Future<Output = Result<T, E>>,
        fault: impl FnOnce(String) -> E,
    ) -> Result<T, E> {
        if self.plan().writes_only { call.await } else { self.around(call, fault).await }
    }

    /// Makes a call, unless its turn has come to fail.
    pub(super) async fn around<T, E>(
        &self,
        call: impl Future<Output = Result<T, E>>,
        fault: impl FnOnce(String) -> E,
    ) -> Result<T, E> {
        match self.next() {
            None => call.await,
            Some(When::Before) => {
                self.kill_if_told();
                Err(fault(super::MESSAGE.into()))
            }
            Some(When::After) => {
                call.await?;
                self.kill_if_told();
                Err(fault(super::MESSAGE.into()))
            }
        }
    }
}
