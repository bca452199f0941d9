use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_crypto::digest;
use juno_domain::{Digest, MemoryId, TenantId};

use crate::{
    EmbeddingModel, Memory, MemoryError, MemoryFilter, MemoryScope, RecallQuery, Recalled, embedding_text,
};

/// The vectors that a store keeps with its memories. A vector is part of its memory: it goes when the memory is forgotten,
/// expires, is erased, or says something else; it is encrypted where the memory is; and it shows in no export.
///
/// # To be correct, an implementation
/// - compares a query with vectors of its own model alone;
/// - gives without vectors what [`MemoryStore::recall`](crate::MemoryStore::recall) gives, to the byte;
/// - keeps a vector when a memory is written again with the same [`embedding_text`], and removes it in the same
///   transaction when that text or the memory goes.
#[async_trait]
pub trait MemoryVectors: Send + Sync {
    /// Keeps vectors for memories, each in the place of the one that is there, and says how many: those whose memory is not
    /// stored any more, or says something else by now, are passed over.
    ///
    /// # Errors
    /// If a vector is not of the model's length; or if the store fails.
    async fn put_vectors(&self, model: &EmbeddingModel, vectors: &[MemoryVector])
    -> Result<u64, MemoryError>;

    /// Which of a tenant's memories have a vector of the model.
    ///
    /// # Errors
    /// If the store fails.
    async fn with_vectors(
        &self,
        model: &EmbeddingModel,
        tenant: &TenantId,
        ids: &[MemoryId],
    ) -> Result<BTreeSet<MemoryId>, MemoryError>;

    /// How many vectors a tenant has of each model, by the model's [text](EmbeddingModel#impl-Display-for-EmbeddingModel).
    ///
    /// # Errors
    /// If the store fails.
    async fn vector_models(&self, tenant: &TenantId) -> Result<BTreeMap<String, u64>, MemoryError>;

    /// Those words of a text, as [`index_words`](crate::index_words) gives them, that name somebody who speaks in the
    /// scopes that a filter reaches.
    ///
    /// # Errors
    /// If the store fails.
    async fn names_in(&self, filter: &MemoryFilter, text: &str) -> Result<BTreeSet<String>, MemoryError>;

    /// As [`MemoryStore::recall`](crate::MemoryStore::recall), with the likeness of vectors as one more part of the score.
    ///
    /// # Errors
    /// As `recall`.
    async fn recall_near(
        &self,
        query: &RecallQuery,
        near: &QueryVector,
        now: DateTime<Utc>,
    ) -> Result<Vec<Recalled>, MemoryError>;
}

/// The vector of a question.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryVector {
    /// The model that made it.
    pub model: EmbeddingModel,
    /// The vector, of length 1.
    pub unit: Vec<f32>,
}

/// A vector to keep for a memory.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryVector {
    /// Where the memory is.
    pub scope: MemoryScope,
    /// Which it is.
    pub id: MemoryId,
    /// The digest of the text that the vector was made of.
    pub of: Digest,
    /// The vector, of length 1.
    pub unit: Vec<f32>,
}

impl MemoryVector {
    /// The vector of a memory as it is now.
    #[must_use]
    pub fn new(memory: &Memory, unit: Vec<f32>) -> Self {
        Self { scope: memory.scope.clone(), id: memory.id.clone(), of: text_digest(memory), unit }
    }

    /// The form that stores keep: the digest, then the numbers as little-endian f32.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        vector_bytes(&self.of, &self.unit)
    }
}

/// The digest of what an embedder is shown of a memory. For stores.
#[must_use]
pub fn text_digest(memory: &Memory) -> Digest {
    digest(embedding_text(memory).as_bytes())
}

fn vector_bytes(of: &Digest, unit: &[f32]) -> Vec<u8> {
    of.0.iter().copied().chain(unit.iter().flat_map(|number| number.to_le_bytes())).collect()
}

/// Reads what [`MemoryVector::to_bytes`] gave, of a model of that dimension; `None` for anything else. For stores.
#[must_use]
pub fn vector_of_bytes(bytes: &[u8], dimension: usize) -> Option<(Digest, Vec<f32>)> {
    let (of, numbers) = bytes.split_first_chunk::<32>()?;
    let (numbers, rest) = numbers.as_chunks::<4>();
    let unit: Vec<f32> = numbers.iter().map(|number| f32::from_le_bytes(*number)).collect();
    let whole = rest.is_empty() && unit.len() == dimension && unit.iter().all(|number| number.is_finite());
    whole.then_some((Digest(*of), unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_reads_back_bit_by_bit_and_a_damaged_one_not_at_all() {
        let (of, unit) = (digest(b"text"), vec![0.6_f32, -0.8, 0.0]);
        let bytes = vector_bytes(&of, &unit);
        assert_eq!(vector_of_bytes(&bytes, 3), Some((of, unit)));
        assert_eq!(vector_of_bytes(&bytes, 4), None);
        assert_eq!(vector_of_bytes(&bytes[..43], 3), None);
        assert_eq!(vector_of_bytes(&bytes[..20], 3), None);
        let nan = vector_bytes(&of, &[f32::NAN]);
        assert_eq!(vector_of_bytes(&nan, 1), None);
    }
}
