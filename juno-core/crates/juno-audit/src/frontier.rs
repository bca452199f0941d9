use juno_domain::Digest;
use serde::{Deserialize, Serialize};

use crate::hash::{empty_root, leaf_hash, node_hash};
use crate::{AuditError, TreeHead};

/// The right edge of a Merkle tree: the roots of its complete subtrees, largest first, one for each bit that is set
/// in the number of leaves. Enough to append and to give the root, in at most 64 digests; a store keeps it beside
/// its records.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Frontier {
    size: u64,
    nodes: Vec<Digest>,
}

#[derive(Serialize, Deserialize)]
struct Parts {
    size: u64,
    nodes: Vec<Digest>,
}

impl Frontier {
    /// The frontier of an empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A frontier from what [`size`](Self::size) and [`nodes`](Self::nodes) gave.
    ///
    /// # Errors
    /// If the number of digests does not belong to the size, or the size is 2^63 or more.
    pub fn from_parts(size: u64, nodes: Vec<Digest>) -> Result<Self, AuditError> {
        // Below 2^63 counting on never overflows, and databases can hold the number.
        if size > i64::MAX as u64 || size.count_ones() as usize != nodes.len() {
            return Err(AuditError::Frontier { size, nodes: nodes.len() });
        }
        Ok(Self { size, nodes })
    }

    /// The number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, largest first.
    #[must_use]
    pub fn nodes(&self) -> &[Digest] {
        &self.nodes
    }

    /// Appends a leaf by its hash and gives its index. At most 63 hashes, one on average.
    pub fn append(&mut self, leaf: Digest) -> u64 {
        let index = self.size;
        let mut node = leaf;
        // Each subtree that the new leaf completes merges with its left neighbour, like a carry in addition.
        for _ in 0..index.trailing_ones() {
            if let Some(left) = self.nodes.pop() {
                node = node_hash(&left, &node);
            }
        }
        self.nodes.push(node);
        self.size += 1;
        index
    }

    /// The root over all leaves. At most 63 hashes.
    #[must_use]
    pub fn root(&self) -> Digest {
        let mut nodes = self.nodes.iter().rev();
        let Some(last) = nodes.next() else { return empty_root() };
        nodes.fold(*last, |right, left| node_hash(left, &right))
    }

    /// Size and root together.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root() }
    }
}

impl TryFrom<Parts> for Frontier {
    type Error = AuditError;
    fn try_from(parts: Parts) -> Result<Self, AuditError> {
        Self::from_parts(parts.size, parts.nodes)
    }
}

impl From<Frontier> for Parts {
    fn from(frontier: Frontier) -> Self {
        Self { size: frontier.size, nodes: frontier.nodes }
    }
}

/// The Merkle root over leaves given as bytes.
#[must_use]
pub fn root_of<B: AsRef<[u8]>>(leaves: impl IntoIterator<Item = B>) -> Digest {
    let mut frontier = Frontier::new();
    for leaf in leaves {
        frontier.append(leaf_hash(leaf.as_ref()));
    }
    frontier.root()
}
