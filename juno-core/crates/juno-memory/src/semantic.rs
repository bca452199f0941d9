use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use juno_domain::TenantId;

use crate::embed::{self, NO_VECTORS};
use crate::embedder::unit_vectors;
use crate::{
    Embedder, Memory, MemoryError, MemoryStore, MemoryVectors, QueryVector, RecallQuery, Recalled,
    without_names,
};

/// A store whose recall goes by meaning too: what is written gets a vector, and so does every question.
///
/// **Writes.** A memory is written first, then its vector. A write that succeeded is never undone by an embedder that fails:
/// the memory is then found by its words, [`trouble`](Self::trouble) says why, and
/// [`embed_missing`](crate::embed_missing) catches up. A memory that is written again with the same text keeps its vector and
/// is not shown to the embedder again. Working memory has no vectors.
///
/// **Recall** is by words alone where the embedder fails, where the searched scopes hold fewer than eight vectors of its
/// model, and for questions without a content word. The write gate compares by words alone.
///
/// Everything else is the inner store's.
pub struct SemanticMemoryStore {
    pub(crate) inner: Arc<dyn MemoryStore>,
    embedder: Arc<dyn Embedder>,
    trouble: Mutex<Option<String>>,
}

impl SemanticMemoryStore {
    /// Vectors of `embedder` around a store.
    ///
    /// # Errors
    /// Unsupported if the store keeps no vectors.
    pub fn new(inner: Arc<dyn MemoryStore>, embedder: Arc<dyn Embedder>) -> Result<Self, MemoryError> {
        inner.vectors().ok_or(NO_VECTORS)?;
        Ok(Self { inner, embedder, trouble: Mutex::default() })
    }

    /// What the embedder said when it failed last, if it has not worked since.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a tenant has vectors of other models and how many: they are not used, and
    /// [`embed_missing`](crate::embed_missing) replaces them.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn of_other_models(&self, tenant: &TenantId) -> Result<u64, MemoryError> {
        let (own, models) = (self.embedder.model().to_string(), self.kept()?.vector_models(tenant).await?);
        Ok(models.into_iter().filter(|(model, _)| *model != own).map(|(_, count)| count).sum())
    }

    pub(crate) fn embedder_of(&self) -> &dyn Embedder {
        &*self.embedder
    }

    pub(crate) fn kept(&self) -> Result<&dyn MemoryVectors, MemoryError> {
        self.inner.vectors().ok_or(NO_VECTORS)
    }

    /// Notes how the embedder did, and gives what it gave.
    fn noted<T>(&self, outcome: Result<T, MemoryError>) -> Option<T> {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(value) => {
                *trouble = None;
                Some(value)
            }
            Err(error) => {
                *trouble = Some(error.to_string());
                None
            }
        }
    }

    /// Gives those memories vectors that were just written and have none.
    pub(crate) async fn embed_written(&self, memories: &[&Memory]) {
        let work = async {
            let mut missing: Vec<&Memory> = Vec::new();
            for of_one in memories.chunk_by(|a, b| a.scope.tenant() == b.scope.tenant()) {
                let Some(tenant) = of_one.first().map(|memory| memory.scope.tenant()) else { continue };
                let ids: Vec<_> = of_one.iter().map(|memory| memory.id.clone()).collect();
                let there = self.kept()?.with_vectors(self.embedder.model(), tenant, &ids).await?;
                missing.extend(
                    of_one.iter().filter(|memory| embed::is_embedded(memory) && !there.contains(&memory.id)),
                );
            }
            match missing.is_empty() {
                true => Ok(None),
                false => embed::embed(&*self.inner, &*self.embedder, &missing).await.map(Some),
            }
        };
        match work.await {
            // Nothing was asked of the embedder, so nothing is known of it.
            Ok(None) => {}
            other => drop(self.noted(other)),
        }
    }

    /// Recalls with the vector of the question, or by words where there is none to be had.
    pub(crate) async fn recall_by_meaning(
        &self,
        query: &RecallQuery,
        now: DateTime<Utc>,
    ) -> Result<Vec<Recalled>, MemoryError> {
        query.check()?;
        if crate::query_words(&query.text).is_empty() {
            return self.inner.recall(query, now).await;
        }
        let names = self.kept()?.names_in(&query.filter, &query.text).await?;
        let asked = [without_names(&query.text, &names)];
        let vector =
            self.noted(unit_vectors(&*self.embedder, &asked).await).and_then(|mut units| units.pop());
        match vector {
            Some(unit) => {
                let near = QueryVector { model: self.embedder.model().clone(), unit };
                self.kept()?.recall_near(query, &near, now).await
            }
            None => self.inner.recall(query, now).await,
        }
    }
}
