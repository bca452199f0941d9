use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{MemoryId, TenantId};

use crate::embedder::check_length;
use crate::{
    EmbeddingModel, InMemoryMemoryStore, MemoryError, MemoryFilter, MemoryVector, MemoryVectors, QueryVector,
    Question, RecallQuery, Recalled, Speakers,
};

#[async_trait]
impl MemoryVectors for InMemoryMemoryStore {
    async fn put_vectors(
        &self,
        model: &EmbeddingModel,
        vectors: &[MemoryVector],
    ) -> Result<u64, MemoryError> {
        vectors.iter().try_for_each(|vector| check_length(model, &vector.unit))?;
        let (model, mut state) = (model.to_string(), self.state());
        let kept = vectors.iter().filter(|vector| {
            state.scopes.get_mut(&vector.scope).is_some_and(|shelf| shelf.put_vector(&model, vector))
        });
        Ok(kept.count() as u64)
    }

    async fn with_vectors(
        &self,
        model: &EmbeddingModel,
        tenant: &TenantId,
        ids: &[MemoryId],
    ) -> Result<BTreeSet<MemoryId>, MemoryError> {
        let (model, state) = (model.to_string(), self.state());
        let has = |id: &&MemoryId| {
            let scope = state.owners.get(&(tenant.clone(), (*id).clone()));
            scope.and_then(|scope| state.scopes.get(scope)).is_some_and(|shelf| shelf.has_vector(&model, id))
        };
        Ok(ids.iter().filter(has).cloned().collect())
    }

    async fn vector_models(&self, tenant: &TenantId) -> Result<BTreeMap<String, u64>, MemoryError> {
        let (mut models, state) = (BTreeMap::new(), self.state());
        let shelves = state.scopes.iter().filter(|(scope, _)| scope.tenant() == tenant);
        for (model, count) in shelves.flat_map(|(_, shelf)| shelf.vector_models()) {
            *models.entry(model.clone()).or_default() += count as u64;
        }
        Ok(models)
    }

    async fn names_in(&self, filter: &MemoryFilter, text: &str) -> Result<BTreeSet<String>, MemoryError> {
        let mut speakers = Speakers::default();
        self.state().reached(filter).iter().for_each(|shelf| shelf.add_speakers(&mut speakers));
        Ok(speakers.named_in(&Question::new(text)))
    }

    async fn recall_near(
        &self,
        query: &RecallQuery,
        near: &QueryVector,
        now: DateTime<Utc>,
    ) -> Result<Vec<Recalled>, MemoryError> {
        self.find(query, Some(near), now)
    }
}
