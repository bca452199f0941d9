#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod audit_log;
mod bundle;
mod bundle_verification;
mod checkpoint;
mod drain;
mod error;
mod frontier;
mod hash;
mod in_memory;
mod jsonl;
mod leaf;
mod line;
mod merkle_tree;
mod outbox;
mod proof;
mod record;
#[cfg(test)]
mod tests;
mod tree_head;
mod verification;
mod verifier;

pub use audit_log::AuditLog;
pub use bundle::Bundle;
pub use bundle_verification::{BundleVerification, Known, Witnessed, verify_bundle};
pub use checkpoint::Checkpoint;
pub use drain::drain;
pub use error::AuditError;
pub use frontier::{Frontier, root_of};
pub use hash::{empty_root, leaf_hash, node_hash};
pub use in_memory::InMemoryAuditLog;
pub use jsonl::{verify_file, verify_jsonl, verify_jsonl_against, write_jsonl};
pub use leaf::Leaf;
pub use merkle_tree::MerkleTree;
pub use outbox::Outbox;
pub use proof::{ConsistencyProof, InclusionProof, verify_consistency, verify_inclusion};
pub use record::{AuditRecord, StoredRecord};
pub use tree_head::TreeHead;
pub use verification::{BadReason, BadRecord, Verification};
pub use verifier::Verifier;
