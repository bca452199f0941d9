use juno_domain::Digest;

use crate::frontier::Frontier;
use crate::hash::leaf_hash;
use crate::places::Places;
use crate::receipt::erased_by;
use crate::record::StoredRecord;
use crate::sealed::{SealedPayload, commitment_in};
use crate::tree_head::TreeHead;
use crate::verification::{BadReason, BadRecord, Verification};

/// Checks a log record by record, in order, in constant memory: for stores and exports alike.
#[derive(Debug, Clone)]
pub struct Verifier {
    frontier: Frontier,
    /// Heads seen earlier, each with the root that the records gave at its size.
    older: Vec<(TreeHead, Option<Digest>)>,
    first_bad: Option<BadRecord>,
    /// The commitment of the last record, while its personal part has not been seen.
    open: Option<Digest>,
    /// The records whose personal part is gone, and those of them that receipts name.
    gone: Places,
    receipts: Vec<Places>,
}

impl Verifier {
    /// A check of everything there is, also against a head that was seen earlier, if one is given.
    #[must_use]
    pub fn new(older: Option<&TreeHead>) -> Self {
        let mut verifier = Self {
            frontier: Frontier::new(),
            older: Vec::new(),
            first_bad: None,
            open: None,
            gone: Places::default(),
            receipts: Vec::new(),
        };
        older.into_iter().for_each(|head| verifier.expect(head));
        verifier
    }

    /// Also checks against this head. It has to be said before the records it covers are taken.
    pub fn expect(&mut self, older: &TreeHead) {
        self.older.push((*older, None));
        self.note_older_roots();
    }

    /// How many records were taken.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Takes the next record, and its personal part if it comes with it.
    pub fn record(&mut self, stored: &StoredRecord) {
        self.close();
        let expected = self.frontier.size();
        let leaf = leaf_hash(&stored.content);
        if stored.index != expected {
            self.bad(Some(expected), BadReason::Misplaced);
        } else if leaf != stored.leaf {
            self.bad(Some(expected), BadReason::ContentChanged);
        }
        self.frontier.append(leaf);
        self.note_older_roots();
        // Receipts come after what they are of, so before anything is gone there is none to look for.
        if self.gone.first().is_some() {
            self.receipts.extend(erased_by(&stored.content));
        }
        self.open = commitment_in(&stored.content);
        if let Some(payload) = &stored.payload {
            self.payload(payload);
        }
    }

    /// Takes the personal part of the last record, where it comes by itself.
    pub fn payload(&mut self, payload: &SealedPayload) {
        if self.open.take() != Some(payload.commitment()) {
            self.bad(self.frontier.size().checked_sub(1), BadReason::PayloadChanged);
        }
    }

    /// The last record is over: if its personal part has not come by now, it is gone.
    fn close(&mut self) {
        if self.open.take().is_some() {
            self.gone.push(self.frontier.size().saturating_sub(1));
        }
    }

    /// Notes a fault the caller found; only the first one counts.
    pub fn bad(&mut self, index: Option<u64>, reason: BadReason) {
        self.first_bad.get_or_insert(BadRecord { index, reason });
    }

    /// The result, once all records were taken, for a log whose head says `head`.
    #[must_use]
    pub fn finish(mut self, head: &TreeHead) -> Verification {
        self.close();
        let (size, root) = (self.frontier.size(), self.frontier.root());
        if size < head.size {
            self.bad(Some(size), BadReason::Missing);
        } else if size > head.size {
            self.bad(Some(head.size), BadReason::Surplus);
        } else if root != head.root {
            self.bad(None, BadReason::RootDiffers);
        }
        for (older, found) in std::mem::take(&mut self.older) {
            if older.size > size {
                self.bad(Some(size), BadReason::Truncated);
            } else if found != Some(older.root) {
                self.bad(None, BadReason::Rewritten);
            }
        }
        let erased = self.gone.count();
        let receipts = std::mem::take(&mut self.receipts);
        receipts.iter().for_each(|receipt| self.gone.remove(receipt));
        if let Some(index) = self.gone.first() {
            self.bad(Some(index), BadReason::PayloadMissing);
        }
        Verification { size, root, verified: self.first_bad.is_none(), erased, first_bad: self.first_bad }
    }

    fn note_older_roots(&mut self) {
        for (older, found) in &mut self.older {
            if older.size == self.frontier.size() {
                *found = Some(self.frontier.root());
            }
        }
    }
}
