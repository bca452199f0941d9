use serde::{Deserialize, Serialize};

use crate::{Memory, MemoryError, MemoryFilter};

/// What to look for: words, and which memories to look in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecallQuery {
    /// Words to look for. All of it is data: quotes, operators and wildcards mean nothing special. Without a
    /// content word (empty, or stop words only) the newest memories come back.
    pub text: String,
    /// Which memories to look in, and how many to give.
    pub filter: MemoryFilter,
}

impl RecallQuery {
    /// The longest accepted query in bytes. Of a long query the first 128 different content words count.
    pub const MAX_TEXT_BYTES: usize = 64 * 1024;

    /// Looks for `text` among the memories that `filter` accepts.
    #[must_use]
    pub fn new(text: impl Into<String>, filter: MemoryFilter) -> Self {
        Self { text: text.into(), filter }
    }

    /// Checks the length of the text, and the filter.
    ///
    /// # Errors
    /// If the text is longer than 64 KiB, or the filter breaks a rule.
    pub fn check(&self) -> Result<(), MemoryError> {
        if self.text.len() > Self::MAX_TEXT_BYTES {
            return Err(MemoryError::TooLong {
                what: "query",
                bytes: self.text.len(),
                max: Self::MAX_TEXT_BYTES,
            });
        }
        self.filter.check()
    }
}

/// A memory that was found, and why it stands where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recalled {
    /// The memory.
    pub memory: Memory,
    /// How well it matches: 0 or more, comparable within one answer only; 0 where nothing was asked for.
    pub score: f64,
    /// What made the score, the largest part first; the parts add up to it, some may be below 0.
    pub why: Vec<RankReason>,
}

impl Recalled {
    /// A memory recalled by its age alone, for a query without a content word.
    #[must_use]
    pub fn newest(memory: Memory) -> Self {
        let why = vec![RankReason { signal: RankSignal::Newest, contribution: 0.0 }];
        Self { memory, score: 0.0, why }
    }
}

/// One part of a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankReason {
    /// What counted.
    pub signal: RankSignal,
    /// How much it added.
    pub contribution: f64,
}

/// What can count in a ranking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RankSignal {
    /// A word of the query, in its stemmed form, occurs in the memory.
    Word {
        /// The stemmed word.
        word: String,
    },
    /// The memory is close in meaning to the query, by the vectors of an [`Embedder`](crate::Embedder).
    Near,
    /// Neighbouring words of the query stand close together.
    Proximity,
    /// The memory holds a large share of the query.
    Coverage,
    /// The memory's text ends by asking: less.
    Question,
    /// The query names who said it.
    Speaker,
    /// What stands just before and after it in its thread speaks for it.
    Neighbours,
    /// The whole thread speaks for it.
    Thread,
    /// The query asks for a time and the memory says when.
    When,
    /// The query names a date and the memory is of about that date.
    Date,
    /// How recent, how important and how sure it is: at most 30 % more or less.
    Prior,
    /// The query had no content word: newest first.
    Newest,
}
