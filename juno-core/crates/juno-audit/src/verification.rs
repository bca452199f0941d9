use std::fmt;

use juno_domain::Digest;
use serde::{Deserialize, Serialize};

/// What a check of the log found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// How many records were found.
    pub size: u64,
    /// The root computed from their content.
    pub root: Digest,
    /// Whether every record, their order, their number and the root are as recorded.
    pub verified: bool,
    /// How many records had a personal part that was erased: their commitments are intact, and receipts say so.
    #[serde(default)]
    pub erased: u64,
    /// The first thing that is wrong; there is one exactly if the log is not verified.
    pub first_bad: Option<BadRecord>,
}

/// Where a log is not what was recorded, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRecord {
    /// The place of the record, from 0. None if each record agrees with its own hash, but not all of them with the
    /// root: then records were replaced together with their hashes, and a root alone cannot say which.
    pub index: Option<u64>,
    /// How it is wrong.
    pub reason: BadReason,
}

/// How a record or the whole log differs from what was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BadReason {
    /// The content does not have the hash that was kept for it.
    ContentChanged,
    /// Another record stands in this place.
    Misplaced,
    /// The log ends before its head says.
    Missing,
    /// There are records after the place where the head says the log ends.
    Surplus,
    /// The place cannot be read as a record.
    Unreadable,
    /// The content can be read, but is not in the one form that is hashed, so readers could disagree on it.
    NotCanonical,
    /// The personal part of the record is not the one it commits to, or it has none.
    PayloadChanged,
    /// The personal part of the record is gone, and no receipt says that it was erased.
    PayloadMissing,
    /// The content of all records does not give the root.
    RootDiffers,
    /// The log is shorter than an older head shows it was.
    Truncated,
    /// The records an older head covers are not the ones it was made from.
    Rewritten,
    /// An export ends without its line of size and root.
    HeadMissing,
    /// The first line is not that of a bundle, or of a version that is not known here.
    HeaderUnreadable,
    /// A bundle's key is not the one the reader expects.
    OtherKey,
    /// An older checkpoint inside a bundle cannot be read, is not signed by the bundle's key, or its consistency
    /// proof does not hold.
    OlderWrong,
    /// The older checkpoint the reader has is not signed by the bundle's key.
    OlderUnsigned,
    /// A bundle ends without its signed checkpoint.
    CheckpointMissing,
    /// The checkpoint of a bundle is not signed by the key and the witnesses it names, or by others too.
    Unsigned,
}

impl BadReason {
    /// The reason in words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::ContentChanged => "its content is not what was recorded",
            Self::Misplaced => "another record stands in its place",
            Self::Missing => "it is missing",
            Self::Surplus => "it lies beyond the end of the log",
            Self::Unreadable => "it cannot be read",
            Self::NotCanonical => "it is not in canonical form",
            Self::PayloadChanged => "its payload is not what was committed to",
            Self::PayloadMissing => "its payload is gone, and no receipt says that it was erased",
            Self::RootDiffers => "the records do not give the root of the log",
            Self::Truncated => "the log is shorter than the older head",
            Self::Rewritten => "the records are not those of the older head",
            Self::HeadMissing => "the line with size and root is missing",
            Self::HeaderUnreadable => "the first line is not that of a bundle this version reads",
            Self::OtherKey => "the key of the bundle is not the expected one",
            Self::OlderWrong => "an older checkpoint in the bundle, or its proof, is wrong",
            Self::OlderUnsigned => "the older checkpoint is not signed by the key of the bundle",
            Self::CheckpointMissing => "the line with the signed checkpoint is missing",
            Self::Unsigned => "the checkpoint is not signed by the keys of the bundle",
        }
    }
}

impl fmt::Display for BadRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(index) = self.index {
            write!(f, "record {index}: ")?;
        }
        f.write_str(self.reason.text())
    }
}
