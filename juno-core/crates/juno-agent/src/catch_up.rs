use std::collections::{BTreeMap, BTreeSet};
use std::sync::{MutexGuard, PoisonError};

use chrono::{DateTime, SecondsFormat, Utc};
use juno_domain::{ErrorKind, RequestId};

use crate::AgentError;
use crate::core::Core;
use crate::unfinished::Unfinished;

/// Records read at a time.
const PAGE: usize = 1024;

impl Core {
    /// Remembers what earlier runs decided and did and did not come to remember, and gives the requests whose
    /// authorization nobody used. It reads the log from where it stopped last time.
    pub(crate) async fn catch_up(&self) -> Result<BTreeSet<RequestId>, AgentError> {
        self.drain().await?;
        self.read_log().await?;
        let (decided, ended, authorized) = {
            let state = self.unfinished();
            let waiting =
                |memories: &BTreeMap<_, RequestId>| memories.values().cloned().collect::<BTreeSet<_>>();
            (waiting(&state.decided), waiting(&state.ended), state.authorized.clone())
        };
        if self.config.memory_enabled {
            for id in decided {
                match self.gate().get(&id).await {
                    Ok(request) => self.remember_decision(&request).await?,
                    Err(error) if is_lost(error.kind()) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            for id in ended {
                match self.parts.stores.executions.get(&id).await {
                    Ok(execution) => {
                        if let Some(outcome) = execution.and_then(|execution| execution.outcome()) {
                            self.remember_outcome(&outcome).await?;
                        }
                    }
                    Err(error) if is_lost(error.kind()) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(authorized)
    }

    /// The records already there that were made after `now`, said in words: a review of an earlier instant over a
    /// file of later decisions shows those as they are.
    pub(crate) fn later_records(&self, now: DateTime<Utc>) -> Option<String> {
        let newest = self.unfinished().newest.filter(|newest| *newest > now)?;
        Some(format!(
            "the store already holds records up to {}, after {}: decisions and deadlines of then are shown as they \
             stand; to see what would have been decided, use an empty store",
            newest.to_rfc3339_opts(SecondsFormat::Secs, true),
            now.to_rfc3339_opts(SecondsFormat::Secs, true),
        ))
    }

    async fn read_log(&self) -> Result<(), AgentError> {
        loop {
            let from = self.unfinished().next;
            let page = self.parts.stores.audit.stored(from, PAGE).await?;
            if page.is_empty() {
                return Ok(());
            }
            let mut state = self.unfinished();
            for stored in page {
                // Another thread may have read this page meanwhile. What was tampered with is for `verify` to find.
                if stored.index >= state.next {
                    state.next = stored.index.saturating_add(1);
                    if let Ok(record) = stored.to_record() {
                        state.take(&record.event);
                    }
                }
            }
            if state.next <= from {
                return Ok(());
            }
        }
    }

    fn unfinished(&self) -> MutexGuard<'_, Unfinished> {
        // Each event is taken whole or not at all, so a panic elsewhere leaves a sound state.
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the row behind a record is gone or damaged: then nothing can be made up for.
const fn is_lost(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::Corrupt)
}
