use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::VectorMatrix;

/// The vectors of one scope and model as they were at some time, each with its place in the store's order of vectors.
#[derive(Debug, Clone)]
pub struct CachedVectors {
    /// The store's count of changes to the scope's vectors when this was read.
    pub changes: i64,
    /// The vectors.
    pub matrix: Arc<VectorMatrix>,
    /// The place of each memory's vector, by the memory's number.
    pub places: Arc<BTreeMap<u64, i64>>,
}

/// Vectors of scopes that were asked about lately, for stores that keep them on disk, within a bound of memory. Encrypted
/// ones lie here decrypted; [`clear`](Self::clear) drops them, and every removal calls it.
#[derive(Debug)]
pub struct VectorCache {
    max_bytes: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    known: BTreeMap<(i64, String), (u64, CachedVectors)>,
    bytes: usize,
    uses: u64,
    /// Counts what was dropped, so that what was read before is not kept after.
    cleared: u64,
}

impl VectorCache {
    /// The memory of all cached vectors together unless set: 256 MiB, about 160,000 vectors of 384 numbers.
    pub const DEFAULT_BYTES: usize = 256 * 1024 * 1024;

    /// An empty cache that holds at most so many bytes of vectors. What is larger than that is not kept.
    #[must_use]
    pub fn new(max_bytes: usize) -> Self {
        Self { max_bytes, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code panics between two changes of the state, so a poisoned lock still guards a whole state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of a scope's vectors of a model, and a ticket for [`keep`](Self::keep).
    #[must_use]
    pub fn look(&self, scope: i64, model: &str) -> (Option<CachedVectors>, u64) {
        let mut state = self.state();
        state.uses += 1;
        let uses = state.uses;
        let found = state.known.get_mut(&(scope, model.to_owned())).map(|(used, vectors)| {
            *used = uses;
            vectors.clone()
        });
        (found, state.cleared)
    }

    /// Keeps vectors, and lets go of those not asked about for longest where that is too much. Nothing is kept where the
    /// cache was cleared after the look that gave the ticket.
    pub fn keep(&self, scope: i64, model: &str, ticket: u64, vectors: CachedVectors) {
        let bytes = vectors.matrix.bytes();
        let mut state = self.state();
        if state.cleared != ticket || bytes > self.max_bytes {
            return;
        }
        state.uses += 1;
        let uses = state.uses;
        state.bytes += bytes;
        if let Some((_, old)) = state.known.insert((scope, model.to_owned()), (uses, vectors)) {
            state.bytes = state.bytes.saturating_sub(old.matrix.bytes());
        }
        while state.bytes > self.max_bytes {
            let oldest = state.known.iter().min_by_key(|(_, (used, _))| *used).map(|(key, _)| key.clone());
            let Some((_, gone)) = oldest.and_then(|oldest| state.known.remove(&oldest)) else { break };
            state.bytes = state.bytes.saturating_sub(gone.matrix.bytes());
        }
    }

    /// Drops everything.
    pub fn clear(&self) {
        let mut state = self.state();
        let cleared = state.cleared + 1;
        *state = State { cleared, ..State::default() };
    }

    /// The bytes that it holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.state().bytes
    }
}

impl Default for VectorCache {
    fn default() -> Self {
        Self::new(Self::DEFAULT_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors(count: u64) -> CachedVectors {
        let mut matrix = VectorMatrix::new(2);
        (0..count).for_each(|doc| matrix.insert(doc, &[1.0, 0.0]));
        CachedVectors { changes: 1, matrix: Arc::new(matrix), places: Arc::default() }
    }

    #[test]
    fn it_never_holds_more_than_its_bound_and_lets_go_of_the_oldest() {
        let one = vectors(10).matrix.bytes();
        let cache = VectorCache::new(2 * one);
        for scope in 0..3 {
            let (_, ticket) = cache.look(scope, "m");
            cache.keep(scope, "m", ticket, vectors(10));
            assert!(cache.look(0, "m").0.is_some(), "asked about all the time");
        }
        assert_eq!((cache.bytes(), cache.look(1, "m").0.is_some()), (2 * one, false));
        let (_, ticket) = cache.look(9, "m");
        cache.keep(9, "m", ticket, vectors(21));
        assert!(cache.look(9, "m").0.is_none());
        cache.keep(0, "m", ticket, vectors(5));
        assert_eq!(cache.bytes(), one + vectors(5).matrix.bytes());
    }

    #[test]
    fn what_was_read_before_a_removal_is_not_kept_after_it() {
        let cache = VectorCache::default();
        let (_, ticket) = cache.look(1, "m");
        cache.clear();
        cache.keep(1, "m", ticket, vectors(10));
        assert!(cache.look(1, "m").0.is_none() && cache.bytes() == 0);
    }
}
