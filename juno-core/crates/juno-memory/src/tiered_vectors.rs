use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{MemoryId, TenantId};

use crate::embed::NO_VECTORS;
use crate::{
    EmbeddingModel, MemoryError, MemoryFilter, MemoryVector, MemoryVectors, QueryVector, RecallQuery,
    Recalled, TieredMemoryStore, tiered_merge,
};

impl TieredMemoryStore {
    fn warm_vectors(&self) -> Result<&dyn MemoryVectors, MemoryError> {
        self.warm.vectors().ok_or(NO_VECTORS)
    }
}

/// Vectors are the warm store's. What moves into the archive loses its vector, and has none after it is restored until
/// [`embed_missing`](crate::embed_missing) makes it; working memory is found by words.
#[async_trait]
impl MemoryVectors for TieredMemoryStore {
    async fn put_vectors(
        &self,
        model: &EmbeddingModel,
        vectors: &[MemoryVector],
    ) -> Result<u64, MemoryError> {
        self.warm_vectors()?.put_vectors(model, vectors).await
    }

    async fn with_vectors(
        &self,
        model: &EmbeddingModel,
        tenant: &TenantId,
        ids: &[MemoryId],
    ) -> Result<BTreeSet<MemoryId>, MemoryError> {
        self.warm_vectors()?.with_vectors(model, tenant, ids).await
    }

    async fn vector_models(&self, tenant: &TenantId) -> Result<BTreeMap<String, u64>, MemoryError> {
        self.warm_vectors()?.vector_models(tenant).await
    }

    async fn names_in(&self, filter: &MemoryFilter, text: &str) -> Result<BTreeSet<String>, MemoryError> {
        self.warm_vectors()?.names_in(filter, text).await
    }

    async fn recall_near(
        &self,
        query: &RecallQuery,
        near: &QueryVector,
        now: DateTime<Utc>,
    ) -> Result<Vec<Recalled>, MemoryError> {
        query.check()?;
        let warm = self.warm_vectors()?.recall_near(query, near, now).await?;
        let Some((hot, filter)) = self.hot_read(&query.filter) else { return Ok(warm) };
        let hot = hot.recall(&RecallQuery { filter, ..query.clone() }, now).await?;
        Ok(tiered_merge::best(warm, hot, query.filter.limit))
    }
}
