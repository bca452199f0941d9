use juno_crypto::CryptoError;
use juno_domain::{ErrorKind, EventId, EventKind};

use crate::hold::Hold;

/// What can go wrong between an event and its proof.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// An event's id is in the log, or earlier in the batch, with other content.
    #[error("the event `{id}` is recorded with other content: give a new fact a new id")]
    Conflict {
        /// The id both have.
        id: EventId,
    },
    /// An event has no canonical form, so nothing could prove it later.
    #[error("the event `{id}` cannot be recorded: {source}")]
    Event {
        /// The event.
        id: EventId,
        /// What stands in the way.
        source: CryptoError,
    },
    /// Some events of an outbox were refused; all others were taken.
    #[error("`{count}` waiting events were refused, the first is `{id}`: {source}")]
    Refused {
        /// The first event that was refused.
        id: EventId,
        /// How many were refused.
        count: usize,
        /// Why the first was refused.
        source: Box<AuditError>,
    },
    /// An outbox hands out events again that were acknowledged.
    #[error("the outbox still holds `{id}` after it was acknowledged: repair the outbox")]
    NotAcknowledged {
        /// One of the events.
        id: EventId,
    },
    /// A place that the tree does not have.
    #[error("`{what}` is `{value}`, but the tree has `{size}` leaves: ask within it")]
    OutOfRange {
        /// Which number is wrong.
        what: &'static str,
        /// Its value.
        value: u64,
        /// The leaves there are.
        size: u64,
    },
    /// A frontier whose number of digests does not belong to its size.
    #[error("a frontier of `{size}` leaves cannot have `{nodes}` digests: restore it from the records")]
    Frontier {
        /// The leaves it says it covers.
        size: u64,
        /// The digests it has.
        nodes: usize,
    },
    /// A checkpoint cannot be read or made.
    #[error("this is no checkpoint: {0}")]
    CheckpointText(&'static str),
    /// A checkpoint is not of the log a key belongs to.
    #[error(
        "the checkpoint is of the log `{origin}`, the key `{key}` is not its key: give the key of this log"
    )]
    OtherLog {
        /// The log it is of.
        origin: String,
        /// The name of the key.
        key: String,
    },
    /// A signature is missing or wrong, or a signer failed.
    #[error("{0}")]
    Signature(#[from] CryptoError),
    /// A stored record cannot be read.
    #[error("the record `{index}` is damaged: {reason}")]
    Corrupt {
        /// The record.
        index: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// An export could not be written or read.
    #[error("the export stopped: {0}")]
    Export(#[from] std::io::Error),
    /// A file with an export could not be opened.
    #[error("cannot open `{}`: {source}", .path.display())]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A place in a payload is no JSON pointer.
    #[error("`{0}` is no place in a payload: begin with a slash, as in `/vote/reason`")]
    Pointer(String),
    /// Records that say what was erased or held cannot be erased themselves.
    #[error("events of the kind `{0:?}` say what was erased or held: they have no personal fields")]
    Receipt(EventKind),
    /// Parts would be kept for too short a time.
    #[error("`{0}` months are too few: keep personal parts of the log for six months or longer")]
    Retention(u32),
    /// A legal hold forbids it.
    #[error("a legal hold forbids it, {0}: have it lifted first")]
    Held(Box<Hold>),
    /// A hold has no name or no reason.
    #[error("a legal hold needs a name and a reason: give both")]
    HoldText,
    /// No such hold is in force.
    #[error("no legal hold `{0}` is in force: list the holds")]
    NoHold(String),
    /// The log has no such record.
    #[error("the log has no record `{0}`: ask below its size")]
    NoRecord(u64),
    /// Rows beside the log cannot be read, so that nobody can tell what of a person they hold.
    #[error(
        "{0} cannot be read and may hold what is to be erased; all else is erased: remove or restore it, and erase again"
    )]
    UnreadTexts(String),
    /// The log keeps nothing apart that could be erased.
    #[error("this log keeps no personal parts apart from its records: open it with personal fields")]
    NothingApart,
    /// Personal parts are encrypted, and the log was opened without keys.
    #[error("personal parts of this log are encrypted: open it with its keys")]
    Locked,
    /// The store cannot be reached now.
    #[error("the log is out of reach, retry: {0}")]
    Unavailable(String),
    /// A promise inside the store is broken.
    #[error("the log failed: {0}")]
    Internal(String),
}

impl AuditError {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Conflict { .. } => ErrorKind::Conflict,
            Self::Event { source, .. } => source.kind(),
            Self::Refused { source, .. } => source.kind(),
            Self::OutOfRange { .. }
            | Self::CheckpointText(_)
            | Self::OtherLog { .. }
            | Self::Pointer(_)
            | Self::Receipt(_)
            | Self::Retention(_)
            | Self::HoldText
            | Self::Locked => ErrorKind::InvalidInput,
            Self::Held(_) => ErrorKind::Denied,
            Self::NoHold(_) | Self::NoRecord(_) => ErrorKind::NotFound,
            Self::NothingApart => ErrorKind::Unsupported,
            Self::Signature(source) => source.kind(),
            Self::Frontier { .. } | Self::Corrupt { .. } | Self::UnreadTexts(_) => ErrorKind::Corrupt,
            Self::File { source, .. } if source.kind() == std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            Self::File { .. } | Self::Export(_) | Self::Unavailable(_) => ErrorKind::Unavailable,
            Self::NotAcknowledged { .. } | Self::Internal(_) => ErrorKind::Internal,
        }
    }
}
