use juno_crypto::CryptoError;
use juno_domain::{DomainError, ErrorKind, EventId, MemoryId, PrincipalId, SessionId, TenantId};

use crate::WriteReason;

/// What can go wrong with a memory or a store of memories.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MemoryError {
    /// A value breaks a rule of the vocabulary.
    #[error(transparent)]
    Domain(#[from] DomainError),
    /// A text, source, data or query above its limit.
    #[error("the {what} has `{bytes}` bytes: keep it to `{max}`")]
    TooLong {
        /// What is too long.
        what: &'static str,
        /// Its length.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// A text or source without content.
    #[error("the {what} is blank: say something")]
    Blank {
        /// What is blank.
        what: &'static str,
    },
    /// Data nested too deeply to be read back.
    #[error("the data is nested deeper than `{max}` levels: flatten it")]
    TooDeep {
        /// The limit.
        max: usize,
    },
    /// Too many tags.
    #[error("`{count}` tags are given: keep to `{max}`")]
    TooManyTags {
        /// How many.
        count: usize,
        /// The limit.
        max: usize,
    },
    /// A tag that is empty or too long.
    #[error("`{tag}` is no tag: use 1 to 128 bytes")]
    Tag {
        /// The tag, shortened.
        tag: String,
    },
    /// An instant outside the storable years.
    #[error("{what} `{at}` is outside the years 1678 to 2261: check the date")]
    Time {
        /// Which instant.
        what: &'static str,
        /// As given.
        at: String,
    },
    /// A memory that is over before it begins.
    #[error("`{at}` is not after the memory begins to be true: set a later `valid_to`, or none")]
    Ends {
        /// The end as given.
        at: String,
    },
    /// Too many memories that one was made from.
    #[error("`{count}` memories are cited: keep to `{max}`")]
    TooManySources {
        /// How many.
        count: usize,
        /// The limit.
        max: usize,
    },
    /// A memory without the fact that is to be recorded.
    #[error("memory `{id}` states no fact: set its `fact`, or put it as it is")]
    NoFact {
        /// The memory.
        id: MemoryId,
    },
    /// A fact whose source is no episode of its scope.
    #[error("`{id}` is no episode of this scope that the fact could cite: name at least one that is there")]
    NoSource {
        /// What is cited; empty where nothing is.
        id: String,
    },
    /// A limit outside its range.
    #[error("`{given}` is no limit: give a number from 1 to {max}")]
    Limit {
        /// As given.
        given: usize,
        /// The largest.
        max: usize,
    },
    /// A session that belongs to no agent.
    #[error("session `{session}` has no agent: name the agent in the scope too")]
    SessionWithoutAgent {
        /// The session.
        session: SessionId,
    },
    /// Working memory outside a session.
    #[error("working memory needs a session: `{scope}` has none")]
    WorkingWithoutSession {
        /// The scope.
        scope: String,
    },
    /// Working memory that outlives its time to live.
    #[error("working memory lives `{minutes}` minutes at most: set an earlier `expires_at`")]
    WorkingTooLong {
        /// The time to live.
        minutes: i64,
    },
    /// A write or removal that comes without its record.
    #[error("the change to memory `{id}` comes without its `{wanted}` event: pass one about this id")]
    NoEvent {
        /// The memory.
        id: MemoryId,
        /// The kind of event that is missing.
        wanted: &'static str,
    },
    /// An event that no record can be made of.
    #[error("the event `{id}` cannot be recorded: {reason}")]
    Event {
        /// The event.
        id: EventId,
        /// What stands in the way.
        reason: String,
    },
    /// The id is taken in another scope of the tenant.
    #[error("memory `{id}` belongs to another scope: choose another id, or forget it there first")]
    Conflict {
        /// The id.
        id: MemoryId,
    },
    /// The memory is not any more what the caller took it for.
    #[error("memory `{id}` was changed meanwhile: read it again, then decide anew")]
    Changed {
        /// The id.
        id: MemoryId,
    },
    /// A change that would move a memory.
    #[error("memory `{id}` cannot take another id or scope: write a new one, then forget it")]
    Moved {
        /// The id.
        id: MemoryId,
    },
    /// Somebody's data that is under legal hold.
    #[error("memory `{id}` is under legal hold: it stays as it is until the hold is lifted")]
    Held {
        /// The id.
        id: MemoryId,
    },
    /// Somebody whose data are to be erased and are under legal hold.
    #[error("a legal hold by `{by}` since {at} keeps what is to be erased: {reason}: have it lifted first")]
    ErasureHeld {
        /// Who placed it.
        by: PrincipalId,
        /// When.
        at: String,
        /// Why.
        reason: String,
    },
    /// Days of retention outside their range.
    #[error("`{days}` days are no retention: give 1 to {max}")]
    Retention {
        /// As given.
        days: u32,
        /// The most.
        max: u32,
    },
    /// Archived memories that are not what was written.
    #[error("this is no segment of archived memories: {reason}: take it from a backup")]
    Segment {
        /// What is wrong.
        reason: String,
    },
    /// A hold that is placed or lifted without its record.
    #[error("the change to the hold comes without its `{wanted}` event: pass one about this subject's mark")]
    NoHoldEvent {
        /// The kind of event that is missing.
        wanted: &'static str,
    },
    /// One transaction over tenants that are stored apart.
    #[error("one transaction cannot span tenants `{one}` and `{other}` here: make one for each")]
    Tenants {
        /// The one.
        one: TenantId,
        /// The other.
        other: TenantId,
    },
    /// One transaction over working memory and other kinds that are stored apart.
    #[error("working memory and other kinds are stored apart: write them in two batches")]
    Mixed,
    /// A memory that would have to move from where working memory is to where the other kinds are, or back.
    #[error(
        "memory `{id}` is stored apart, as working memory or not: forget it there first, or choose another id"
    )]
    Turned {
        /// The id.
        id: MemoryId,
    },
    /// A use that is none.
    #[error(
        "`{count}` uses and a stability of `{stability_days}` days are no use: take what `Usage::after` gives"
    )]
    Usage {
        /// How often.
        count: u32,
        /// The stability.
        stability_days: f64,
    },
    /// A memory that the write gate does not let in.
    #[error("the memory is not kept: {} ({evidence})", reason.advice())]
    Rejected {
        /// Why.
        reason: WriteReason,
        /// What the verdict goes by, in words.
        evidence: String,
    },
    /// A stored memory that cannot be read.
    #[error("memory `{id}` is damaged: {reason}: restore it from a backup or forget it")]
    Corrupt {
        /// The id as stored.
        id: String,
        /// What is wrong.
        reason: String,
    },
    /// A stored memory whose key was destroyed: nobody can read it any more.
    #[error("memory `{id}` is erased, its key was destroyed: forget it")]
    Erased {
        /// The id.
        id: String,
    },
    /// Encrypted memories, and a store that was opened without keys.
    #[error(
        "these memories are encrypted: set `memory.encryption.keys`, or open the store with its `MemoryCipher`"
    )]
    Locked,
    /// Keys that are not those of the store.
    #[error(
        "the keys of these memories are not there: set `memory.encryption.keys` to where they were when this was written"
    )]
    OtherKeys,
    /// Keys of somebody whose data is under legal hold.
    #[error("the subject is under legal hold: its keys stay until the hold is lifted")]
    SubjectHeld,
    /// A model of embeddings without a usable name or dimension.
    #[error(
        "`{name}` with `{dimension}` numbers is no model: give a name of 1 to 256 bytes and a dimension from 1 to 8192"
    )]
    EmbeddingModel {
        /// The name, shortened.
        name: String,
        /// The dimension.
        dimension: usize,
    },
    /// A vector that cannot be used.
    #[error(
        "a vector of the embedding model `{model}` is refused: {reason}: check the embedder and its dimension"
    )]
    BadVector {
        /// The model.
        model: String,
        /// What is wrong.
        reason: String,
    },
    /// An embedder that cannot be reached or failed.
    #[error("the embedder failed: {reason}")]
    Embedder {
        /// What happened, and what to do: without secrets or texts.
        reason: String,
        /// Whether it can be tried again, or the input or settings have to change.
        kind: ErrorKind,
    },
    /// What the store cannot do as it was opened.
    #[error("{what} is not possible here: {hint}")]
    Unsupported {
        /// What.
        what: &'static str,
        /// What to do instead.
        hint: &'static str,
    },
    /// Keys, ciphers and randomness.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// An item, or what asks for items, that cannot be.
    #[error("{reason}")]
    Item {
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A file that holds nothing to import.
    #[error("`{path}` cannot be imported: {reason}")]
    Import {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The store cannot be reached now.
    #[error("the memory store cannot be reached: {reason}")]
    Unavailable {
        /// Why, and what to do.
        reason: String,
    },
    /// A broken promise of the store.
    #[error("the memory store failed: {reason}")]
    Internal {
        /// What happened.
        reason: String,
    },
}

impl MemoryError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Domain(error) => error.kind(),
            Self::TooLong { .. }
            | Self::Blank { .. }
            | Self::TooDeep { .. }
            | Self::TooManyTags { .. }
            | Self::Tag { .. }
            | Self::Time { .. }
            | Self::Ends { .. }
            | Self::TooManySources { .. }
            | Self::NoFact { .. }
            | Self::NoSource { .. }
            | Self::Limit { .. }
            | Self::SessionWithoutAgent { .. }
            | Self::WorkingWithoutSession { .. }
            | Self::WorkingTooLong { .. }
            | Self::NoEvent { .. }
            | Self::NoHoldEvent { .. }
            | Self::Moved { .. }
            | Self::Tenants { .. }
            | Self::Mixed
            | Self::Usage { .. }
            | Self::Rejected { .. }
            | Self::Item { .. }
            | Self::Import { .. }
            | Self::Retention { .. }
            | Self::EmbeddingModel { .. }
            | Self::BadVector { .. }
            | Self::Event { .. } => ErrorKind::InvalidInput,
            Self::Embedder { kind, .. } => *kind,
            Self::Conflict { .. } | Self::Changed { .. } | Self::Turned { .. } => ErrorKind::Conflict,
            Self::Held { .. } | Self::SubjectHeld | Self::ErasureHeld { .. } => ErrorKind::Denied,
            Self::Locked | Self::OtherKeys => ErrorKind::InvalidInput,
            Self::Unsupported { .. } => ErrorKind::Unsupported,
            Self::Crypto(error) => error.kind(),
            Self::Corrupt { .. } | Self::Erased { .. } | Self::Segment { .. } => ErrorKind::Corrupt,
            Self::Unavailable { .. } => ErrorKind::Unavailable,
            Self::Internal { .. } => ErrorKind::Internal,
        }
    }

    /// Whether a stored memory cannot be read, which reads of many pass over: it is damaged or erased. Anything else
    /// ends them.
    #[must_use]
    pub const fn is_about_one(&self) -> bool {
        matches!(self, Self::Corrupt { .. } | Self::Erased { .. })
    }
}
