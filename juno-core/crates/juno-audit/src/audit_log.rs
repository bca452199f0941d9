use async_trait::async_trait;
use juno_crypto::Signer;
use juno_domain::DomainEvent;

use crate::checkpoint::Checkpoint;
use crate::error::AuditError;
use crate::merkle_tree::MerkleTree;
use crate::proof::{ConsistencyProof, InclusionProof};
use crate::record::{AuditRecord, StoredRecord};
use crate::tree_head::TreeHead;
use crate::verification::{BadReason, Verification};
use crate::verifier::Verifier;

/// Records fetched at a time while checking.
const PAGE: usize = 1024;

/// A log that only grows, and can show that it did.
///
/// What an implementation keeps true:
/// - **Order.** Indices run from 0 without gaps, in the order of appending, and are never given twice.
/// - **All or nothing.** `append` records all events of a call or none, together with the new head; when it returns,
///   they are as durable as the store is. Callers may append at the same time.
/// - **Once.** An event whose id is in the log is not recorded again; its first index is returned.
/// - **Copies.** Nothing that is handed out changes the log.
/// - **One source.** Whatever the store keeps beside `content` (columns to search by, the id) is only a help to find
///   records; what is read comes from `content`, because only that is proved.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Records events and gives their indices, one for each event given, in the same order.
    ///
    /// # Errors
    /// `Conflict` if the log, or this call, has an event with the same id and other content; `InvalidInput` if an
    /// event has no canonical form; then nothing is recorded.
    async fn append(&self, events: &[DomainEvent]) -> Result<Vec<u64>, AuditError>;

    /// The size and root kept by the store.
    ///
    /// # Errors
    /// If the store fails.
    async fn head(&self) -> Result<TreeHead, AuditError>;

    /// The records from index `from` on, as they lie in the store, at most `limit`, in order of index; fewer or none
    /// past the end.
    ///
    /// # Errors
    /// If the store fails. Damaged content is returned, not an error: it is up to the reader to judge.
    async fn stored(&self, from: u64, limit: usize) -> Result<Vec<StoredRecord>, AuditError>;

    /// The records from index `from` on, at most `limit`; fewer or none past the end.
    ///
    /// # Errors
    /// `Corrupt` if a record among them cannot be read; it names the record, and the others can be read around it.
    async fn read(&self, from: u64, limit: usize) -> Result<Vec<AuditRecord>, AuditError> {
        self.stored(from, limit).await?.iter().map(StoredRecord::to_record).collect()
    }

    /// A proof that the record `index` was in the log when it had `size` records: [`verify_inclusion`] checks it
    /// against a checkpoint of that size, without the log.
    ///
    /// Proofs come from the leaf hashes the store kept. This way reads all of them for each proof; a store that can
    /// do better does.
    ///
    /// # Errors
    /// `InvalidInput` if the log never had so many records or the index is not below `size`.
    ///
    /// [`verify_inclusion`]: crate::verify_inclusion
    async fn inclusion_proof(&self, index: u64, size: u64) -> Result<InclusionProof, AuditError> {
        tree(self).await?.inclusion_proof(index, size)
    }

    /// A proof that the log of `older` records is the beginning of the log of `newer` records:
    /// [`verify_consistency`] checks it against a checkpoint of each size, without the log.
    ///
    /// # Errors
    /// `InvalidInput` if the log never had `newer` records, or `older` is larger.
    ///
    /// [`verify_consistency`]: crate::verify_consistency
    async fn consistency_proof(&self, older: u64, newer: u64) -> Result<ConsistencyProof, AuditError> {
        tree(self).await?.consistency_proof(older, newer)
    }

    /// Signs the head of now. It signs what the store says: [`verify`](Self::verify) first where the store may have
    /// been touched.
    ///
    /// # Errors
    /// If the store or the signer fails.
    async fn checkpoint(&self, signer: &dyn Signer) -> Result<Checkpoint, AuditError> {
        Checkpoint::sign(&self.head().await?, signer)
    }

    /// Hashes every record anew from its content, and compares with the hashes and the root that were kept.
    ///
    /// # Errors
    /// If the store fails. A log that is not as recorded is no error but a [`Verification`] that says so.
    async fn verify(&self) -> Result<Verification, AuditError> {
        check(self, None).await
    }

    /// As [`verify`](Self::verify), and checks that the records behind an older head are still the first ones: finds
    /// a log that was cut off, or rewritten as a whole.
    ///
    /// # Errors
    /// If the store fails.
    async fn verify_against(&self, older: &TreeHead) -> Result<Verification, AuditError> {
        check(self, Some(older)).await
    }
}

/// The whole tree, from the leaf hashes the store kept.
async fn tree<L: AuditLog + ?Sized>(log: &L) -> Result<MerkleTree, AuditError> {
    let size = log.head().await?.size;
    let mut tree = MerkleTree::new();
    while tree.size() < size {
        let wanted = usize::try_from(size - tree.size()).map_or(PAGE, |left| left.min(PAGE));
        let page = log.stored(tree.size(), wanted).await?;
        if page.is_empty() {
            return Err(AuditError::Corrupt { index: tree.size(), reason: "it is missing".into() });
        }
        for stored in page.iter().take(wanted) {
            tree.append(stored.leaf);
        }
    }
    Ok(tree)
}

async fn check<L: AuditLog + ?Sized>(log: &L, older: Option<&TreeHead>) -> Result<Verification, AuditError> {
    let head = log.head().await?;
    let mut verifier = Verifier::new(older);
    while verifier.size() < head.size {
        let wanted = usize::try_from(head.size - verifier.size()).map_or(PAGE, |left| left.min(PAGE));
        let page = log.stored(verifier.size(), wanted).await?;
        if page.is_empty() {
            break;
        }
        page.iter().take(wanted).for_each(|stored| verifier.record(stored));
    }
    // Records beyond the head are foul, unless they and a new head were appended while this ran.
    let beyond = log.stored(head.size, 1).await?;
    if !beyond.is_empty() && log.head().await?.size <= head.size {
        verifier.bad(Some(head.size), BadReason::Surplus);
    }
    Ok(verifier.finish(&head))
}
