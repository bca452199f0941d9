use juno_memory::{
    ExtractedFact, FactChange, FactExtractor, FactOutcome, Memory, MemoryFilter, MemoryKind, MemoryScope,
};
use serde::Serialize;

use crate::{AgentError, MemoryHandle};

/// What became of facts that were read out of episodes.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Consolidation {
    /// What recording each accepted fact did, in the order they came in.
    pub recorded: Vec<FactOutcome>,
    /// Those that were not recorded.
    pub refused: Vec<RefusedFact>,
}

impl Consolidation {
    /// The facts that contradict what was known for the very same time: somebody should look.
    pub fn contradictions(&self) -> impl Iterator<Item = &FactOutcome> {
        self.recorded.iter().filter(|outcome| outcome.change == FactChange::Contradicts)
    }
}

/// A fact that was not recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RefusedFact {
    /// Its place among those given, from 0 on.
    pub nth: usize,
    /// Why.
    pub reason: String,
}

impl MemoryHandle {
    /// Records facts that were read out of the episodes of a scope, each citing them. The same again changes nothing; a
    /// known fact gains the sources it did not cite yet. One that cites no episode of that scope, or that the write gate
    /// refuses, is left out and named; it stops no other.
    ///
    /// # Errors
    /// If a store cannot be reached; facts before the failure are recorded then.
    pub async fn consolidate(
        &self,
        scope: &MemoryScope,
        facts: &[ExtractedFact],
    ) -> Result<Consolidation, AgentError> {
        let (store, now) = (&self.0.parts.stores.memory, self.0.parts.clock.now());
        let mut done = Consolidation::default();
        for (nth, extracted) in facts.iter().enumerate() {
            let mut episodes = Vec::new();
            for id in &extracted.sources {
                episodes.extend(store.get(scope, id, now).await?);
            }
            let recorded = match extracted.stated(scope, &episodes) {
                Ok(memory) => self.record_fact(&memory).await,
                Err(error) => Err(error.into()),
            };
            match recorded {
                Ok(outcome) => {
                    if outcome.change == FactChange::Known {
                        self.cite(scope, &outcome, extracted).await?;
                    }
                    done.recorded.push(outcome);
                }
                Err(error) if error.kind() == juno_domain::ErrorKind::InvalidInput => {
                    done.refused.push(RefusedFact { nth, reason: error.to_string() });
                }
                Err(error) => return Err(error),
            }
        }
        self.0.drain().await?;
        Ok(done)
    }

    /// Reads facts out of the newest 10,000 episodes of a scope, and records them as [`consolidate`](Self::consolidate)
    /// does.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn consolidate_with(
        &self,
        scope: &MemoryScope,
        extractor: &dyn FactExtractor,
    ) -> Result<Consolidation, AgentError> {
        let filter = MemoryFilter {
            kinds: [MemoryKind::Episodic].into(),
            limit: MemoryFilter::MAX_LIMIT,
            ..MemoryFilter::new(scope.clone())
        };
        let mut episodes = self.list(&filter).await?;
        episodes.reverse();
        self.consolidate(scope, &extractor.extract(&episodes)).await
    }

    async fn cite(
        &self,
        scope: &MemoryScope,
        outcome: &FactOutcome,
        extracted: &ExtractedFact,
    ) -> Result<(), AgentError> {
        let cited = self.0.change(scope, &outcome.memory, |memory| {
            let mut sources = memory.derived_from.clone();
            sources.extend(extracted.sources.iter().cloned());
            if sources.len() <= Memory::MAX_DERIVED_FROM {
                memory.derived_from = sources;
            }
        });
        // What is under legal hold keeps the sources it has.
        match cited.await {
            Err(AgentError::Memory(juno_memory::MemoryError::Held { .. })) | Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
