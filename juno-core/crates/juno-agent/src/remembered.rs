use juno_domain::MemoryId;
use juno_memory::{
    Echo, Memory, MemoryError, MemoryFilter, RecallQuery, WriteDecision, WriteGate, WriteReason,
    WriteVerdict, written_event,
};
use serde::Serialize;

use crate::core::Core;
use crate::{AgentError, MemoryHandle};

/// What was remembered, and what the write gate said to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Remembered {
    /// The memory as it was kept; of what was known already, the memory that says it.
    #[serde(flatten)]
    pub memory: Memory,
    /// What became of it, and why.
    pub written: WriteVerdict,
}

/// How often a change is tried anew because somebody else was quicker.
pub(crate) const TRIES: usize = 5;

impl MemoryHandle {
    /// What would become of a memory if it were remembered now; nothing is written.
    ///
    /// # Errors
    /// If the memory breaks a limit, or a store cannot be reached.
    pub async fn judge(&self, memory: &Memory) -> Result<WriteVerdict, AgentError> {
        let core = &self.0;
        memory.check()?;
        let Some(rules) = core.config.write_rules else { return Ok(accepted()) };
        let gate = WriteGate::new(rules);
        core.judge(&gate, &gate.masked(memory)).await
    }

    /// Writes a memory and its record, if the write gate lets it in; what another memory says already is not written
    /// again, but its tags, sources and importance are added to that one.
    ///
    /// # Errors
    /// If the gate refuses it, the memory breaks a limit, its id is taken in another scope, or a store cannot be reached.
    pub async fn remember(&self, memory: &Memory) -> Result<Remembered, AgentError> {
        let core = &self.0;
        memory.check()?;
        let (mut memory, mut written) = (memory.clone(), accepted());
        if let Some(rules) = core.config.write_rules {
            let gate = WriteGate::new(rules);
            memory = gate.masked(&memory).into_owned();
            written = core.judge(&gate, &memory).await?;
        }
        written.refusal().map_or(Ok(()), Err)?;
        if let WriteDecision::Merge { into } = &written.decision
            && let Some(memory) = core.merge(&memory, into, written.reason).await?
        {
            core.drain().await?;
            return Ok(Remembered { memory, written });
        }
        // Said again, it is as useful as it was.
        if memory.used.is_none()
            && let Ok(Some(before)) =
                core.parts.stores.memory.get(&memory.scope, &memory.id, memory.recorded_at).await
        {
            memory.used = before.used;
        }
        let event = written_event(&memory, &core.config.instance)?;
        core.parts.stores.memory.put(&memory, &[event]).await?;
        core.drain().await?;
        Ok(Remembered { memory, written })
    }
}

pub(crate) fn accepted() -> WriteVerdict {
    WriteVerdict {
        decision: WriteDecision::Accept,
        reason: WriteReason::New,
        score: 0.0,
        evidence: Vec::new(),
    }
}

impl Core {
    /// Judges a memory by what stands near it and what was just recalled. One that takes the place of a memory in quarantine
    /// is refused: writing it again is no way out.
    async fn judge(&self, gate: &WriteGate, memory: &Memory) -> Result<WriteVerdict, AgentError> {
        let (store, now) = (&self.parts.stores.memory, self.parts.clock.now());
        let filter = MemoryFilter {
            kinds: [memory.kind].into(),
            with_quarantined: true,
            limit: WriteGate::NEAR,
            ..MemoryFilter::new(memory.scope.clone())
        };
        let near = store.recall(&RecallQuery::new(&memory.text, filter), now).await?;
        let near: Vec<Memory> = near.into_iter().map(|hit| hit.memory).collect();
        let heard: Vec<Echo> = self.recent().heard(&memory.scope, now);
        let mut verdict = gate.judge(memory, &near, &heard);
        let before = store.get(&memory.scope, &memory.id, now).await;
        // A damaged one may be written anew.
        if let Ok(Some(before)) = before
            && before.quarantined.is_some()
            && verdict.decision == WriteDecision::Accept
        {
            verdict.decision = WriteDecision::Reject;
            verdict.reason = WriteReason::Quarantined;
            verdict.evidence = vec![juno_memory::WriteEvidence::Memory { id: before.id, likeness: 1.0 }];
        }
        Ok(verdict)
    }

    /// Adds to a memory what another brings that says the same; `None` where it is gone meanwhile. What was only recalled
    /// brings nothing.
    async fn merge(
        &self,
        new: &Memory,
        into: &MemoryId,
        reason: WriteReason,
    ) -> Result<Option<Memory>, AgentError> {
        let added = self.change(&new.scope, into, |memory| {
            if reason == WriteReason::RecallLoop {
                return;
            }
            let mut tags = memory.tags.clone();
            tags.extend(new.tags.iter().cloned());
            let mut sources = memory.derived_from.clone();
            sources.extend(new.derived_from.iter().filter(|id| *id != into).cloned());
            if tags.len() <= Memory::MAX_TAGS {
                memory.tags = tags;
            }
            if sources.len() <= Memory::MAX_DERIVED_FROM {
                memory.derived_from = sources;
            }
            // Whoever says it anew wants it to stay as long.
            memory.expires_at = memory.expires_at.zip(new.expires_at).map(|(old, new)| old.max(new));
            if new.importance > memory.importance {
                memory.importance = new.importance;
            }
        });
        match added.await {
            // What is under legal hold says it all the same.
            Err(AgentError::Memory(MemoryError::Held { .. })) => {
                Ok(self.parts.stores.memory.get(&new.scope, into, self.parts.clock.now()).await?)
            }
            other => other,
        }
    }

    /// Changes a memory, anew where somebody else was quicker; writes nothing where nothing changes.
    pub(crate) async fn change(
        &self,
        scope: &juno_memory::MemoryScope,
        id: &MemoryId,
        change: impl Fn(&mut Memory),
    ) -> Result<Option<Memory>, AgentError> {
        let store = &self.parts.stores.memory;
        let mut tries = 1;
        loop {
            let Some(old) = store.get(scope, id, self.parts.clock.now()).await? else { return Ok(None) };
            let mut new = old.clone();
            change(&mut new);
            if new == old {
                return Ok(Some(old));
            }
            match store.update(&old, &new, &[written_event(&new, &self.config.instance)?]).await {
                Ok(()) => return Ok(Some(new)),
                Err(MemoryError::Changed { .. }) if tries < TRIES => tries += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
}
