use std::ops::ControlFlow;

use juno_domain::{MemoryId, TenantId};
use serde::{Deserialize, Serialize};

use crate::embedder::unit_vectors;
use crate::{
    Embedder, Memory, MemoryError, MemoryFilter, MemoryKind, MemoryStore, MemoryVector, embedding_text,
};

/// Texts that an embedder is shown at once.
pub(crate) const BATCH: usize = 64;

/// How far the making of vectors is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Embedded {
    /// Memories that were given a vector.
    pub done: u64,
    /// Memories that had one of this model.
    pub kept: u64,
    /// Memories without one: working memory, what cannot be read, and what changed meanwhile.
    pub passed: u64,
    /// The memory to go on behind; `None` at the end.
    pub next: Option<MemoryId>,
}

/// Makes the vectors that a tenant's memories lack: after an embedder was added, after a model changed (the vectors of
/// the old one go as the new ones come), and after the embedder was out of reach. Working memory has none.
///
/// `progress` learns after each page how far it is, and may stop it; then [`Embedded::next`] says where to go on: hand it
/// in as `after`. Beginning anew does nothing twice.
///
/// # Errors
/// Unsupported where the store keeps no vectors; or if the embedder or the store fails. What is done stays done.
pub async fn embed_missing(
    store: &dyn MemoryStore,
    embedder: &dyn Embedder,
    tenant: &TenantId,
    after: Option<MemoryId>,
    progress: &mut (dyn FnMut(&Embedded) -> ControlFlow<()> + Send),
) -> Result<Embedded, MemoryError> {
    const PAGE: usize = MemoryFilter::MAX_LIMIT / 20;
    let vectors = store.vectors().ok_or(NO_VECTORS)?;
    let mut all = Embedded { next: after, ..Embedded::default() };
    loop {
        let page = store.scan(tenant, all.next.as_ref(), PAGE).await?;
        let ids: Vec<MemoryId> = page.memories.iter().map(|memory| memory.id.clone()).collect();
        let there = vectors.with_vectors(embedder.model(), tenant, &ids).await?;
        let missing: Vec<&Memory> = page
            .memories
            .iter()
            .filter(|memory| is_embedded(memory) && !there.contains(&memory.id))
            .collect();
        let done = embed(store, embedder, &missing).await?;
        all.done += done;
        all.kept += there.len() as u64;
        all.passed += (ids.len() + page.corrupt.len()) as u64 - there.len() as u64 - done;
        all.next = page.next;
        if progress(&all).is_break() || all.next.is_none() {
            return Ok(all);
        }
    }
}

/// A store without vectors.
pub(crate) const NO_VECTORS: MemoryError = MemoryError::Unsupported {
    what: "keeping vectors",
    hint: "keep memories in SQLite or in memory, or go without an embedder",
};

/// Whether a memory gets a vector: not what is gone in half an hour.
pub(crate) fn is_embedded(memory: &Memory) -> bool {
    memory.kind != MemoryKind::Working
}

/// Makes and keeps the vectors of memories, and says of how many.
pub(crate) async fn embed(
    store: &dyn MemoryStore,
    embedder: &dyn Embedder,
    memories: &[&Memory],
) -> Result<u64, MemoryError> {
    let (vectors, mut done) = (store.vectors().ok_or(NO_VECTORS)?, 0);
    for some in memories.chunks(BATCH) {
        let texts: Vec<String> = some.iter().map(|memory| embedding_text(memory)).collect();
        let units = unit_vectors(embedder, &texts).await?;
        let made: Vec<MemoryVector> =
            some.iter().zip(units).map(|(memory, unit)| MemoryVector::new(memory, unit)).collect();
        done += vectors.put_vectors(embedder.model(), &made).await?;
    }
    Ok(done)
}
