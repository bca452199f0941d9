use juno_domain::Digest;

use crate::frontier::Frontier;
use crate::hash::leaf_hash;
use crate::record::StoredRecord;
use crate::tree_head::TreeHead;
use crate::verification::{BadReason, BadRecord, Verification};

/// Checks a log record by record, in order, in constant memory: for stores and exports alike.
#[derive(Debug, Clone)]
pub struct Verifier {
    frontier: Frontier,
    older: Option<TreeHead>,
    older_root: Option<Digest>,
    first_bad: Option<BadRecord>,
}

impl Verifier {
    /// A check of everything there is, also against a head that was seen earlier, if one is given.
    #[must_use]
    pub fn new(older: Option<&TreeHead>) -> Self {
        let mut verifier =
            Self { frontier: Frontier::new(), older: older.copied(), older_root: None, first_bad: None };
        verifier.note_older_root();
        verifier
    }

    /// How many records were taken.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Takes the next record.
    pub fn record(&mut self, stored: &StoredRecord) {
        let expected = self.frontier.size();
        let leaf = leaf_hash(&stored.content);
        if stored.index != expected {
            self.bad(Some(expected), BadReason::Misplaced);
        } else if leaf != stored.leaf {
            self.bad(Some(expected), BadReason::ContentChanged);
        }
        self.frontier.append(leaf);
        self.note_older_root();
    }

    /// Notes a fault the caller found; only the first one counts.
    pub fn bad(&mut self, index: Option<u64>, reason: BadReason) {
        self.first_bad.get_or_insert(BadRecord { index, reason });
    }

    /// The result, once all records were taken, for a log whose head says `head`.
    #[must_use]
    pub fn finish(mut self, head: &TreeHead) -> Verification {
        let (size, root) = (self.frontier.size(), self.frontier.root());
        if size < head.size {
            self.bad(Some(size), BadReason::Missing);
        } else if size > head.size {
            self.bad(Some(head.size), BadReason::Surplus);
        } else if root != head.root {
            self.bad(None, BadReason::RootDiffers);
        }
        if let Some(older) = self.older {
            if older.size > size {
                self.bad(Some(size), BadReason::Truncated);
            } else if self.older_root != Some(older.root) {
                self.bad(None, BadReason::Rewritten);
            }
        }
        Verification { size, root, verified: self.first_bad.is_none(), first_bad: self.first_bad }
    }

    fn note_older_root(&mut self) {
        if self.older.is_some_and(|older| older.size == self.frontier.size()) {
            self.older_root = Some(self.frontier.root());
        }
    }
}
