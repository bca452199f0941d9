use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_crypto::digest_of;
use juno_domain::{MemoryId, Probability};
use serde::{Deserialize, Serialize};

use crate::{Fact, Memory, MemoryError, MemoryKind, MemoryScope};

/// A fact that somebody or something read out of episodes, which it cites.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtractedFact {
    /// The fact.
    pub fact: Fact,
    /// The episodes that say so: at least one.
    pub sources: BTreeSet<MemoryId>,
    /// How to say it; default subject, predicate and value.
    #[serde(default)]
    pub text: Option<String>,
    /// Since when it is true; default since the earliest of the episodes.
    #[serde(default)]
    pub valid_from: Option<DateTime<Utc>>,
    /// How sure it is.
    #[serde(default)]
    pub confidence: Option<Probability>,
}

/// Reads facts out of episodes: rules, a parser, a language model.
pub trait FactExtractor: Send + Sync {
    /// The facts that these episodes state, each citing those that do. The episodes are in order of time.
    fn extract(&self, episodes: &[Memory]) -> Vec<ExtractedFact>;
}

impl ExtractedFact {
    /// The memory that states it: the same for the same fact, time and scope, however often it is made. It is recorded when
    /// the last of its sources was, trusted as far as the least trusted of them, and about whom all of them are.
    ///
    /// # Errors
    /// If it cites nothing, or something that is not among `episodes`, lies elsewhere, or is no episode.
    pub fn stated(&self, scope: &MemoryScope, episodes: &[Memory]) -> Result<Memory, MemoryError> {
        let cited = |id: &MemoryId| {
            let found = episodes.iter().find(|memory| memory.id == *id && memory.scope == *scope);
            found
                .filter(|memory| memory.kind == MemoryKind::Episodic && memory.quarantined.is_none())
                .ok_or_else(|| MemoryError::NoSource { id: id.to_string() })
        };
        let sources = self.sources.iter().map(cited).collect::<Result<Vec<_>, _>>()?;
        let nothing = || MemoryError::NoSource { id: String::new() };
        let first = sources.first().ok_or_else(nothing)?;
        let earliest = sources.iter().map(|memory| memory.valid_from).min().ok_or_else(nothing)?;
        let recorded = sources.iter().map(|memory| memory.recorded_at).max().ok_or_else(nothing)?;
        let valid_from = self.valid_from.unwrap_or(earliest);
        let digest = digest_of(&(scope, &self.fact, valid_from))
            .map_err(|error| MemoryError::Internal { reason: error.to_string() })?
            .to_string();
        let id = MemoryId::new(format!("consolidated-{}", digest.get(..32).unwrap_or(&digest)))?;
        let Fact { subject, predicate, object } = &self.fact;
        let text = self.text.clone().unwrap_or_else(|| format!("{subject} {predicate}: {object}"));
        let mut memory =
            Memory::new(id, MemoryKind::Semantic, scope.clone(), text, "consolidation", recorded);
        memory.valid_from = valid_from;
        memory.confidence = self.confidence;
        memory.trust = sources.iter().map(|memory| memory.trust).min().unwrap_or_default();
        memory.subject =
            first.subject.clone().filter(|_| sources.iter().all(|memory| memory.subject == first.subject));
        memory.derived_from = self.sources.clone();
        memory.fact = Some(self.fact.clone());
        Ok(memory)
    }
}
