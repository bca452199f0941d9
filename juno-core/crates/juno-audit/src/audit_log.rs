use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_crypto::Signer;
use juno_domain::DomainEvent;

use crate::audit_query::{AuditPage, AuditQuery};
use crate::checkpoint::Checkpoint;
use crate::error::AuditError;
use crate::facets::Facets;
use crate::kept::Kept;
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

    /// Finds records, page by page. Records that cannot be read are passed over: [`verify`](Self::verify) names them.
    ///
    /// What is found is read from the records themselves. What is not found proves nothing: who writes to the store can
    /// hide a record from its indices, though not from [`verify`](Self::verify) and exports.
    ///
    /// This way reads the whole log; a store that can do better does.
    ///
    /// # Errors
    /// If the store fails.
    async fn search(&self, query: &AuditQuery) -> Result<AuditPage, AuditError> {
        scan(self, query).await
    }

    /// The personal parts that are kept apart: of one person or of everybody, of events before a time or of all, in
    /// order of index.
    ///
    /// # Errors
    /// If the store fails.
    async fn kept(
        &self,
        _person: Option<&str>,
        _before: Option<DateTime<Utc>>,
    ) -> Result<Vec<Kept>, AuditError> {
        Ok(Vec::new())
    }

    /// Removes the personal parts of these records and appends the receipt, both or neither, provided that the log has
    /// `size` records; None if it has more. [`erase`](crate::erase) and [`expire`](crate::expire) call it, after they
    /// have looked for holds.
    ///
    /// # Errors
    /// `Unsupported` if the log keeps nothing apart, or if the store fails.
    async fn forget(
        &self,
        _size: u64,
        _indices: &[u64],
        _receipt: &DomainEvent,
    ) -> Result<Option<u64>, AuditError> {
        Err(AuditError::NothingApart)
    }

    /// Sees to it that nothing of what was removed is left in files; false if something kept it from that for now.
    ///
    /// # Errors
    /// If the store fails.
    async fn scrub(&self) -> Result<bool, AuditError> {
        Ok(true)
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

async fn scan<L: AuditLog + ?Sized>(log: &L, query: &AuditQuery) -> Result<AuditPage, AuditError> {
    let mut subjects = BTreeSet::new();
    if let Some(ticket) = &query.ticket {
        let ticket = Some(ticket.as_str());
        each(log, 0, |record| {
            if Facets::of(&record.event).ticket.as_deref() == ticket {
                subjects.insert(record.event.subject);
            }
            true
        })
        .await?;
    }
    let mut page = AuditPage::default();
    let limit = query.page_size();
    each(log, query.start(), |record| {
        if query.finds(&record, &subjects) {
            if page.records.len() == limit {
                page.next = page.records.last().map(|last| last.index);
                return false;
            }
            page.records.push(record);
        }
        true
    })
    .await?;
    Ok(page)
}

/// Shows every record that can be read, from `start` on, until `take` has enough.
async fn each<L: AuditLog + ?Sized>(
    log: &L,
    start: u64,
    mut take: impl FnMut(AuditRecord) -> bool + Send,
) -> Result<(), AuditError> {
    let mut next = start;
    loop {
        let page = log.stored(next, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        next = last.index.saturating_add(1);
        if !page.iter().filter_map(|stored| stored.to_record().ok()).all(&mut take) {
            return Ok(());
        }
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
