use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{MemoryId, TenantId};
use juno_memory::{
    EmbeddingModel, MemoryError, MemoryFilter, MemoryVector, MemoryVectors, QueryVector, RecallQuery,
    Recalled, check_length,
};

use crate::{SqliteMemoryStore, memory_search, memory_vectors};

#[async_trait]
impl MemoryVectors for SqliteMemoryStore {
    async fn put_vectors(
        &self,
        model: &EmbeddingModel,
        vectors: &[MemoryVector],
    ) -> Result<u64, MemoryError> {
        vectors.iter().try_for_each(|vector| check_length(model, &vector.unit))?;
        let model = model.to_string();
        self.database.write(|tx| {
            let mut kept = 0;
            for of_one in vectors.chunk_by(|a, b| a.scope.tenant() == b.scope.tenant()) {
                let Some(tenant) = of_one.first().map(|vector| vector.scope.tenant()) else { continue };
                let vault = self.to_write(tx, tenant)?;
                for vector in of_one {
                    kept += u64::from(memory_vectors::put(tx, &vault, &model, vector)?);
                }
            }
            Ok(kept)
        })
    }

    async fn with_vectors(
        &self,
        model: &EmbeddingModel,
        tenant: &TenantId,
        ids: &[MemoryId],
    ) -> Result<BTreeSet<MemoryId>, MemoryError> {
        let model = model.to_string();
        self.database.read(|tx| Ok(memory_vectors::with_vectors(tx, &model, tenant, ids)?))
    }

    async fn vector_models(&self, tenant: &TenantId) -> Result<BTreeMap<String, u64>, MemoryError> {
        self.database.read(|tx| Ok(memory_vectors::models(tx, tenant)?))
    }

    async fn names_in(&self, filter: &MemoryFilter, text: &str) -> Result<BTreeSet<String>, MemoryError> {
        self.database.read(|tx| memory_search::names_in(tx, self.cipher.as_ref(), filter, text))
    }

    async fn recall_near(
        &self,
        query: &RecallQuery,
        near: &QueryVector,
        now: DateTime<Utc>,
    ) -> Result<Vec<Recalled>, MemoryError> {
        query.check()?;
        let near = Some((near, self.database.vectors()));
        self.database.read(|tx| memory_search::recall(tx, self.cipher.as_ref(), query, near, now))
    }
}
