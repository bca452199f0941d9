use juno_domain::Digest;
use serde::{Deserialize, Serialize};

use crate::hash::{empty_root, node_hash};
use crate::tree_head::TreeHead;

/// Shows that a record is in a log, without the other records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InclusionProof {
    /// The place of the record.
    pub index: u64,
    /// The size of the log it is shown for.
    pub size: u64,
    /// The neighbours on the way up to the root, lowest first.
    pub path: Vec<Digest>,
}

/// Shows that a log at one size is the beginning of the log at a later size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsistencyProof {
    /// The earlier size.
    pub older: u64,
    /// The later size.
    pub newer: u64,
    /// The nodes from which both roots follow.
    pub path: Vec<Digest>,
}

/// Whether a proof shows that the leaf with hash `leaf` lies at its index under `head` ([RFC 9162, 2.1.3.2]).
///
/// [RFC 9162, 2.1.3.2]: https://www.rfc-editor.org/rfc/rfc9162#section-2.1.3.2
#[must_use]
pub fn verify_inclusion(proof: &InclusionProof, leaf: &Digest, head: &TreeHead) -> bool {
    if proof.size != head.size || proof.index >= proof.size {
        return false;
    }
    let (mut at, mut last) = (proof.index, proof.size - 1);
    let mut root = *leaf;
    for node in &proof.path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            root = node_hash(node, &root);
            // A node without right neighbour rises unchanged until it becomes a right child.
            let rises = if at & 1 == 0 { at.trailing_zeros() } else { 0 };
            at = at.checked_shr(rises).unwrap_or(0);
            last = last.checked_shr(rises).unwrap_or(0);
        } else {
            root = node_hash(&root, node);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && root == head.root
}

/// Whether a proof shows that the log behind `older` is the beginning of the one behind `newer`
/// ([RFC 9162, 2.1.4.2]).
///
/// Every log begins with the empty one, and with itself: then the proof has no nodes.
///
/// [RFC 9162, 2.1.4.2]: https://www.rfc-editor.org/rfc/rfc9162#section-2.1.4.2
#[must_use]
pub fn verify_consistency(proof: &ConsistencyProof, older: &TreeHead, newer: &TreeHead) -> bool {
    if proof.older != older.size || proof.newer != newer.size || older.size > newer.size {
        return false;
    }
    if older.size == newer.size {
        return proof.path.is_empty() && older.root == newer.root;
    }
    if older.size == 0 {
        return proof.path.is_empty() && older.root == empty_root();
    }
    let mut path = proof.path.iter();
    // A complete older tree is itself the first node, and is left out of the path.
    let start = if older.size.is_power_of_two() { Some(&older.root) } else { path.next() };
    let Some(start) = start else { return false };
    let shift = (older.size - 1).trailing_ones();
    let (mut at, mut last) = ((older.size - 1) >> shift, (newer.size - 1) >> shift);
    let (mut older_root, mut newer_root) = (*start, *start);
    for node in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            older_root = node_hash(node, &older_root);
            newer_root = node_hash(node, &newer_root);
            let rises = if at & 1 == 0 { at.trailing_zeros() } else { 0 };
            at = at.checked_shr(rises).unwrap_or(0);
            last = last.checked_shr(rises).unwrap_or(0);
        } else {
            newer_root = node_hash(&newer_root, node);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && older_root == older.root && newer_root == newer.root
}
