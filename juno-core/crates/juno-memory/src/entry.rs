use std::collections::BTreeSet;

use crate::card::name_mark;
use crate::{Card, Fact, Memory, MemoryMarks, ScopeMarks, name_words};

/// What a store files a memory under, besides its id, scope, kind and times: as it is, or as marks of it.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexEntry {
    /// What the ranking needs to know.
    pub card: Card,
    /// Its words, in order.
    pub words: Vec<String>,
    /// Who said it.
    pub who: Option<String>,
    /// The words of that name.
    pub name_words: BTreeSet<String>,
    /// Its thread.
    pub thread: Option<String>,
    /// Its tags.
    pub tags: BTreeSet<String>,
    /// The key of the fact it states.
    pub fact: Option<String>,
    /// Whose data it is.
    pub subject: Option<String>,
}

impl IndexEntry {
    /// Everything as the checked memory says it.
    #[must_use]
    pub fn plain(memory: &Memory) -> Self {
        let (card, words) = Card::of(memory);
        Self {
            card,
            words,
            who: memory.who.clone(),
            name_words: memory.who.as_deref().map(name_words).unwrap_or_default(),
            thread: memory.turn.as_ref().map(|turn| turn.thread.clone()),
            tags: memory.tags.clone(),
            fact: memory.fact.as_ref().map(Fact::key),
            subject: memory.subject.clone(),
        }
    }

    /// Marks in the place of everything that tells what the memory says. The ranking gives the same order.
    #[must_use]
    pub fn marked(memory: &Memory, marks: &MemoryMarks, scope: &ScopeMarks) -> Self {
        let plain = Self::plain(memory);
        let who = memory.who.as_deref().map(|who| marks.name(who));
        Self {
            card: Card { who: who.as_deref().map_or(0, name_mark), ..plain.card },
            words: plain.words.iter().map(|word| scope.word(word)).collect(),
            who,
            name_words: plain.name_words.iter().map(|word| scope.word(word)).collect(),
            thread: plain.thread.map(|thread| scope.thread(&thread)),
            tags: plain.tags.iter().map(|tag| scope.tag(tag)).collect(),
            fact: plain.fact.map(|key| scope.fact(&key)),
            subject: plain.subject.map(|subject| marks.subject(&subject)),
        }
    }

    /// Marks of tags, fact and subject alone: there is nothing that recall could search.
    #[must_use]
    pub fn unsearchable(memory: &Memory, marks: &MemoryMarks, scope: &ScopeMarks) -> Self {
        let marked = Self::marked(memory, marks, scope);
        let card = Card { words: 0, who: 0, asks: false, tells_when: false, place: 0, ..marked.card };
        Self { card, words: Vec::new(), who: None, name_words: BTreeSet::new(), thread: None, ..marked }
    }
}
