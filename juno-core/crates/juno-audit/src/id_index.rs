use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use juno_domain::{EventId, IdHash};

/// Finds the place of an event by its id, in 16 bytes an id: it keeps hashes, and whole ids only where two of them
/// have one hash.
#[derive(Debug, Default)]
pub(crate) struct IdIndex {
    keys: IdHash,
    /// The place by the hash of the id, with a random key of this index.
    by_hash: HashMap<u64, u64, BuildHasherDefault<Ready>>,
    /// Ids whose hash was taken by another id.
    others: HashMap<EventId, u64>,
}

impl IdIndex {
    /// The place of an id. `is` says whether the record at a place has this id.
    pub(crate) fn get(&self, id: &EventId, is: impl FnOnce(u64) -> bool) -> Option<u64> {
        let place = *self.by_hash.get(&self.hash(id))?;
        if is(place) { Some(place) } else { self.others.get(id).copied() }
    }

    /// Files an id that is not there yet.
    pub(crate) fn insert(&mut self, id: &EventId, place: u64) {
        let hash = self.hash(id);
        if *self.by_hash.entry(hash).or_insert(place) != place {
            self.others.insert(id.clone(), place);
        }
    }

    /// Forgets an id if its place is `size` or later.
    pub(crate) fn cut(&mut self, id: &EventId, size: u64) {
        let hash = self.hash(id);
        if self.by_hash.get(&hash).is_some_and(|place| *place >= size) {
            self.by_hash.remove(&hash);
        }
        if self.others.get(id).is_some_and(|place| *place >= size) {
            self.others.remove(id);
        }
    }

    #[cfg(not(test))]
    fn hash(&self, id: &EventId) -> u64 {
        self.keys.hash_one(id.as_str())
    }

    /// In tests many ids share a hash, so that this is tested too.
    #[cfg(test)]
    fn hash(&self, id: &EventId) -> u64 {
        self.keys.hash_one(id.as_str()) % 13
    }
}

/// Passes a number on that is a hash already.
#[derive(Debug, Default)]
struct Ready(u64);

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}
