use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, EventBuffer, RequestId, TeamId, Whose, Wording};

use crate::store::check_successor;
use crate::{ActionError, Execution, ExecutionState, ExecutionStore, Limits, Load};

/// Executions in memory, for tests and for hosts that keep nothing between runs.
#[derive(Debug)]
pub struct InMemoryExecutionStore {
    rows: Mutex<BTreeMap<RequestId, Execution>>,
    outbox: Arc<EventBuffer>,
}

impl InMemoryExecutionStore {
    /// An empty store whose events go to `outbox`.
    #[must_use]
    pub fn new(outbox: Arc<EventBuffer>) -> Self {
        Self { rows: Mutex::default(), outbox }
    }

    /// Erases texts that people wrote, and gives how many.
    pub fn forget(&self, whose: &Whose) -> u64 {
        self.rows().values_mut().map(|execution| execution.forget(whose)).sum()
    }

    /// Every write under this lock either happens whole or not at all, so a panic elsewhere leaves sound rows.
    fn rows(&self) -> MutexGuard<'_, BTreeMap<RequestId, Execution>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ExecutionStore for InMemoryExecutionStore {
    async fn create(
        &self,
        execution: &Execution,
        limits: &Limits,
        events: &[DomainEvent],
    ) -> Result<(), ActionError> {
        let mut rows = self.rows();
        if rows.contains_key(&execution.request) {
            return Err(ActionError::Exists(execution.request.clone()));
        }
        let (team, target) = (&execution.team, execution.action.target());
        let of_others = || count(rows.values(), team, target, execution.started_at, &execution.request);
        let load = if limits.needs_load() { of_others() } else { Load::default() };
        limits.admit(execution, load)?;
        rows.insert(execution.request.clone(), execution.clone());
        self.outbox.push_all(events);
        Ok(())
    }

    async fn get(&self, request: &RequestId) -> Result<Option<Execution>, ActionError> {
        Ok(self.rows().get(request).cloned())
    }

    async fn load(
        &self,
        team: &TeamId,
        target: &str,
        at: DateTime<Utc>,
        except: &RequestId,
    ) -> Result<Load, ActionError> {
        Ok(count(self.rows().values(), team, target, at, except))
    }

    async fn transition(
        &self,
        expected_version: u64,
        next: &Execution,
        events: &[DomainEvent],
    ) -> Result<(), ActionError> {
        check_successor(expected_version, next)?;
        let mut rows = self.rows();
        let Some(stored) = rows.get_mut(&next.request) else {
            return Err(ActionError::NotFound(next.request.clone()));
        };
        if stored.version != expected_version {
            let request = next.request.clone();
            return Err(ActionError::Changed { request, expected: expected_version, found: stored.version });
        }
        *stored = next.clone();
        self.outbox.push_all(events);
        Ok(())
    }

    async fn list_due(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<Execution>, ActionError> {
        let rows = self.rows();
        let mut due: Vec<_> =
            rows.values().filter_map(|row| Some((row.due_at().filter(|due| *due <= now)?, row))).collect();
        due.sort_by_key(|(at, row)| (*at, &row.request));
        Ok(due.into_iter().take(limit).map(|(_, row)| row.clone()).collect())
    }

    async fn unsettled(&self) -> Result<Vec<Execution>, ActionError> {
        let rows = self.rows();
        let mut open: Vec<Execution> = rows.values().filter(|e| e.state.is_open()).cloned().collect();
        open.sort_by(|a, b| (a.started_at, &a.request).cmp(&(b.started_at, &b.request)));
        Ok(open)
    }
}

fn count<'a>(
    rows: impl Iterator<Item = &'a Execution>,
    team: &TeamId,
    target: &str,
    at: DateTime<Utc>,
    except: &RequestId,
) -> Load {
    let (hour, day) = (Limits::hour_before(at), Limits::day_before(at));
    let mut load = Load::default();
    for row in rows.filter(|row| row.state != ExecutionState::DryRun && row.request != *except) {
        if row.team == *team && row.started_at > hour {
            load.team_last_hour += 1;
            load.touched_last_hour += u64::from(row.blast_radius);
        }
        if row.action.target() == target {
            load.target_last_day += u64::from(row.started_at > day);
            load.target_ever += u64::from(row.state != ExecutionState::Failed);
        }
    }
    load
}
