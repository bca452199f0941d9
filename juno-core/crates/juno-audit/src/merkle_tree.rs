use juno_domain::Digest;

use crate::error::AuditError;
use crate::hash::{empty_root, node_hash};
use crate::proof::{ConsistencyProof, InclusionProof};
use crate::tree_head::TreeHead;

/// A Merkle tree that keeps every complete node: 64 bytes per leaf, any root of its past and any proof in a number
/// of steps that grows with the logarithm of its size.
///
/// [`Frontier`](crate::Frontier) is the small sister for stores that only append.
#[derive(Debug, Clone, Default)]
pub struct MerkleTree {
    /// `levels[k][i]` is the root over the leaves from `i · 2^k` up to `(i + 1) · 2^k`.
    levels: Vec<Vec<Digest>>,
}

impl MerkleTree {
    /// A tree without leaves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.leaves().len() as u64
    }

    /// The hashes of all leaves, in order.
    #[must_use]
    pub fn leaves(&self) -> &[Digest] {
        self.levels.first().map_or(&[], Vec::as_slice)
    }

    /// Appends a leaf by its hash and gives its index. One hash on average.
    pub fn append(&mut self, leaf: Digest) -> u64 {
        let index = self.size();
        let mut node = leaf;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let Some(nodes) = self.levels.get_mut(level) else { break };
            nodes.push(node);
            // Two neighbours are complete exactly if their number is even.
            match nodes.as_slice() {
                [.., left, right] if nodes.len() % 2 == 0 => node = node_hash(left, right),
                _ => break,
            }
        }
        index
    }

    /// Forgets the leaves from index `size` on, for a store that takes an append back.
    pub(crate) fn truncate(&mut self, size: u64) {
        for (level, nodes) in self.levels.iter_mut().enumerate() {
            nodes.truncate(usize::try_from(size >> level).unwrap_or(usize::MAX));
        }
        self.levels.retain(|nodes| !nodes.is_empty());
    }

    /// Size and root now.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size(), root: self.range(0, self.size()) }
    }

    /// The root when the tree had `size` leaves.
    ///
    /// # Errors
    /// If it never had so many.
    pub fn root_at(&self, size: u64) -> Result<Digest, AuditError> {
        self.within("size", size, self.size())?;
        Ok(self.range(0, size))
    }

    /// A proof that the leaf `index` is in the tree of `size` leaves.
    ///
    /// # Errors
    /// If the tree never had so many leaves, or the index is not below `size`.
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Result<InclusionProof, AuditError> {
        self.within("size", size, self.size())?;
        if index >= size {
            return Err(AuditError::OutOfRange { what: "index", value: index, size });
        }
        let mut path = Vec::new();
        let (mut start, mut end) = (0, size);
        while end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                path.push(self.range(middle, end));
                end = middle;
            } else {
                path.push(self.range(start, middle));
                start = middle;
            }
        }
        path.reverse();
        Ok(InclusionProof { index, size, path })
    }

    /// A proof that the tree of `older` leaves is the beginning of the tree of `newer` leaves.
    ///
    /// # Errors
    /// If the tree never had `newer` leaves, or `older` is larger.
    pub fn consistency_proof(&self, older: u64, newer: u64) -> Result<ConsistencyProof, AuditError> {
        self.within("newer", newer, self.size())?;
        self.within("older", older, newer)?;
        let mut path = Vec::new();
        let (mut start, mut end) = (0, newer);
        if older > 0 {
            while end != older {
                let middle = start + split(end - start);
                if older <= middle {
                    path.push(self.range(middle, end));
                    end = middle;
                } else {
                    path.push(self.range(start, middle));
                    start = middle;
                }
            }
            // A complete older tree is known to the verifier: its root is the older root.
            if start > 0 {
                path.push(self.range(start, end));
            }
        }
        path.reverse();
        Ok(ConsistencyProof { older, newer, path })
    }

    fn within(&self, what: &'static str, value: u64, size: u64) -> Result<(), AuditError> {
        if value > size { Err(AuditError::OutOfRange { what, value, size }) } else { Ok(()) }
    }

    /// The root over the leaves from `start` up to `end`, where `start` is a multiple of the largest power of two in
    /// the length, as it is for every node of the tree.
    fn range(&self, start: u64, end: u64) -> Digest {
        let (mut from, mut complete) = (start, Vec::new());
        while from < end {
            let level = (end - from).ilog2();
            let node = self.levels.get(level as usize).and_then(|nodes| nodes.get((from >> level) as usize));
            complete.extend(node);
            from += 1 << level;
        }
        complete
            .into_iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(empty_root)
    }
}

/// The largest power of two below `size`, for a size of at least 2.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}
