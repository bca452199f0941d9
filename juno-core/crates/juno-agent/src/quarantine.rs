use juno_domain::{DomainEvent, MemoryId};
use juno_memory::{
    Lineage, Memory, MemoryError, MemoryStore, Quarantine, QuarantineTarget, quarantined_event, written_event,
};

use crate::remembered::TRIES;
use crate::{AgentError, MemoryHandle};

/// Memories read at a time.
const PAGE: usize = 1_000;

impl MemoryHandle {
    /// Puts everything that comes from a source, or one memory, into quarantine, and all that was made from it
    /// ([`Memory::derived_from`]), however many steps away and in whichever scope. No read gives it until it is released.
    /// Gives the ids, in order. What was in quarantine before stays as it was marked.
    ///
    /// Each memory is changed in a transaction of its own: after a failure a part may be in quarantine, and calling again
    /// does the rest. What of it has ended the value of a fact does not bring that back: record the right value again.
    ///
    /// # Errors
    /// If the reason is blank or too long, others change a memory all the time, or a store cannot be reached.
    pub async fn quarantine(
        &self,
        target: &QuarantineTarget,
        reason: &str,
    ) -> Result<Vec<MemoryId>, AgentError> {
        let lineage = self.lineage().await?;
        let mark = Quarantine::new(self.0.parts.clock.now(), reason);
        let mut marked = Vec::new();
        for id in lineage.spread(target) {
            let put = |memory: &mut Memory| {
                memory.quarantined.get_or_insert_with(|| mark.clone());
            };
            if self.mark(&lineage, &id, put, Some(reason)).await? {
                marked.push(id);
            }
        }
        self.0.drain().await?;
        Ok(marked)
    }

    /// Lets out of quarantine what was put there with this target, but for what was also made from something that stays
    /// in quarantine. Gives the ids, in order.
    ///
    /// # Errors
    /// If others change a memory all the time, or a store cannot be reached.
    pub async fn lift_quarantine(&self, target: &QuarantineTarget) -> Result<Vec<MemoryId>, AgentError> {
        let lineage = self.lineage().await?;
        let mut released = Vec::new();
        for id in lineage.released_with(target) {
            if self.mark(&lineage, &id, |memory| memory.quarantined = None, None).await? {
                released.push(id);
            }
        }
        self.0.drain().await?;
        Ok(released)
    }

    async fn lineage(&self) -> Result<Lineage, AgentError> {
        let (mut lineage, mut after) = (Lineage::default(), None);
        loop {
            let page = self.0.parts.stores.memory.scan(&self.0.config.tenant, after.as_ref(), PAGE).await?;
            page.memories.iter().for_each(|memory| lineage.add(memory));
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(lineage),
            }
        }
    }

    /// Changes the mark of one memory with its records; `false` where it is gone, or was so marked before.
    async fn mark(
        &self,
        lineage: &Lineage,
        id: &MemoryId,
        change: impl Fn(&mut Memory),
        reason: Option<&str>,
    ) -> Result<bool, AgentError> {
        let (core, now) = (&self.0, self.0.parts.clock.now());
        let store: &dyn MemoryStore = core.parts.stores.memory.as_ref();
        let Some(scope) = lineage.scope(id) else { return Ok(false) };
        let mut tries = 1;
        loop {
            let Some(old) = store.get(scope, id, now).await? else { return Ok(false) };
            let mut new = old.clone();
            change(&mut new);
            if new == old {
                return Ok(false);
            }
            let actor = &core.config.instance;
            let events: [DomainEvent; 2] =
                [written_event(&new, actor)?, quarantined_event(&new, actor, now, reason)?];
            match store.update(&old, &new, &events).await {
                Ok(()) => return Ok(true),
                Err(MemoryError::Changed { .. }) if tries < TRIES => tries += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
}
