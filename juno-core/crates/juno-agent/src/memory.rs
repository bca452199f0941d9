use std::sync::Arc;

use juno_domain::MemoryId;
use juno_memory::{
    FactOutcome, ForgetReason, Memory, MemoryFilter, MemoryHealth, MemoryPage, MemoryScope, RecallQuery,
    Recalled, Tiered, WriteGate, forgotten_event,
};

use crate::AgentError;
use crate::core::Core;

/// What was learnt, by scope.
#[derive(Clone)]
pub struct MemoryHandle(pub(crate) Arc<Core>);

impl MemoryHandle {
    /// The scope of the whole tenant; narrow it with its `with_…` methods.
    #[must_use]
    pub fn scope(&self) -> MemoryScope {
        MemoryScope::tenant_wide(self.0.config.tenant.clone())
    }

    /// Writes a memory that states a fact to its place among the values that are known, and the records of all that
    /// this changes.
    ///
    /// # Errors
    /// If the memory states no fact, the write gate finds a secret or somebody's data in it, it breaks a limit, its id is taken in another scope, or a store cannot be reached.
    pub async fn record_fact(&self, memory: &Memory) -> Result<FactOutcome, AgentError> {
        memory.check()?;
        let mut memory = memory.clone();
        if let Some(rules) = self.0.config.write_rules {
            let gate = WriteGate::new(rules);
            memory = gate.masked(&memory).into_owned();
            // What it says finds its place by itself; what it may not hold is looked at all the same.
            gate.judge(&memory, &[], &[]).refusal().map_or(Ok(()), Err)?;
        }
        let outcome = self.0.parts.stores.memory.record_fact(&memory, &self.0.config.instance).await?;
        self.0.drain().await?;
        Ok(outcome)
    }

    /// The memories that match the words best.
    ///
    /// # Errors
    /// If the query breaks a limit, or a store cannot be reached.
    pub async fn recall(&self, query: &RecallQuery) -> Result<Vec<Recalled>, AgentError> {
        let now = self.0.parts.clock.now();
        let found = self.0.parts.stores.memory.recall(query, now).await?;
        if self.0.config.write_rules.is_some() {
            self.0.recent().add(&query.filter.scope, found.iter().map(|hit| &hit.memory), now);
        }
        Ok(found)
    }

    /// The newest memories a filter accepts.
    ///
    /// # Errors
    /// If the filter breaks a limit, or a store cannot be reached.
    pub async fn list(&self, filter: &MemoryFilter) -> Result<Vec<Memory>, AgentError> {
        Ok(self.0.parts.stores.memory.list(filter, self.0.parts.clock.now()).await?)
    }

    /// At most `limit` (1 to 10,000) of all memories of the tenant behind `after`, in order of id, in every scope: live and
    /// expired, superseded, in quarantine; and what is damaged. `next` is the following page's `after`.
    ///
    /// # Errors
    /// If the limit is none, or a store cannot be reached.
    pub async fn scan(&self, after: Option<&MemoryId>, limit: usize) -> Result<MemoryPage, AgentError> {
        Ok(self.0.parts.stores.memory.scan(&self.0.config.tenant, after, limit).await?)
    }

    /// One memory of exactly that scope.
    ///
    /// # Errors
    /// If it is damaged, or a store cannot be reached.
    pub async fn get(&self, scope: &MemoryScope, id: &MemoryId) -> Result<Option<Memory>, AgentError> {
        Ok(self.0.parts.stores.memory.get(scope, id, self.0.parts.clock.now()).await?)
    }

    /// Removes a memory, and records that it was removed.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn forget(&self, scope: &MemoryScope, id: &MemoryId) -> Result<bool, AgentError> {
        let now = self.0.parts.clock.now();
        let event = forgotten_event(scope, id, &self.0.config.instance, now, ForgetReason::Asked)?;
        let removed = self.0.parts.stores.memory.forget(scope, id, &[event]).await?;
        self.0.drain().await?;
        Ok(removed)
    }

    /// Moves what is long unused to the archive that `archive.url` names, with its records. Without one it moves nothing.
    ///
    /// # Errors
    /// If a store or the archive cannot be reached.
    pub async fn tier(&self) -> Result<Tiered, AgentError> {
        let Some(tiers) = &self.0.parts.stores.tiers else { return Ok(Tiered::default()) };
        let now = self.0.parts.clock.now();
        let done = tiers.tier(&self.0.config.tenant, now, &self.0.config.instance).await?;
        self.0.drain().await?;
        Ok(done)
    }

    /// Brings a memory back from the archive, with its record, so that `recall` and `list` find it again. `None` where
    /// the archive has none.
    ///
    /// # Errors
    /// If it is damaged, or a store or the archive cannot be reached.
    pub async fn bring_back(&self, scope: &MemoryScope, id: &MemoryId) -> Result<Option<Memory>, AgentError> {
        let Some(tiers) = &self.0.parts.stores.tiers else { return Ok(None) };
        let now = self.0.parts.clock.now();
        let restored = tiers.restore(scope, id, now, &self.0.config.instance).await?;
        self.0.drain().await?;
        Ok(restored)
    }

    /// What the tenant's memory holds, and what is damaged.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn health(&self) -> Result<MemoryHealth, AgentError> {
        Ok(self.0.parts.stores.memory.health(&self.0.config.tenant, self.0.parts.clock.now()).await?)
    }
}
