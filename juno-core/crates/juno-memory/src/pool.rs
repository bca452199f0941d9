use chrono::{DateTime, Utc};

use crate::{Card, Question, RankWeights};

/// The size of what is searched: everything stored in the reached scopes, whatever its kind, tags and expiry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Corpus {
    /// Number of memories.
    pub memories: u64,
    /// Number of words in all of them, as [`index_words`](crate::index_words) counts them.
    pub words: u64,
    /// Number of threads.
    pub threads: u64,
    /// Number of words in all threads.
    pub thread_words: u64,
}

/// One occurrence of a word of the query in a memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instance {
    /// The memory, by the store's number.
    pub doc: u64,
    /// The word's place in [`Question::words`].
    pub word: u32,
    /// Its place among the memory's words.
    pub at: u32,
}

/// A memory that takes part in a ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Filed {
    /// The store's number of it, unique among the reached scopes.
    pub doc: u64,
    /// The store's number of its thread, unique likewise; 0 where it has none.
    pub thread: u64,
    /// What there is to know of it.
    pub card: Card,
    /// Whether the filter accepts it. One that is not accepted still counts for its neighbours, and for how common a
    /// word is: a filter takes hits away and changes no score.
    pub accepted: bool,
}

/// What goes into one ranking.
#[derive(Debug)]
pub struct Pool<'a> {
    /// What is asked for, names taken out ([`Question::name`]).
    pub question: &'a Question,
    /// How much each part counts.
    pub weights: &'a RankWeights,
    /// The size of what is searched.
    pub corpus: Corpus,
    /// Every occurrence of the question's words in the reached scopes.
    pub instances: Vec<Instance>,
    /// Every memory that one of the instances is in, and everything else that stands in one of their threads.
    pub filed: Vec<Filed>,
    /// The time of the reading.
    pub now: DateTime<Utc>,
}
