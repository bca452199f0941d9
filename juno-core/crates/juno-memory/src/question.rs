use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::card::name_mark;
use crate::dates::{Span, asks_when, spans};
use crate::tokenize::{index_words, query_words};

/// What a query asks for, read from its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    words: Vec<String>,
    spans: Vec<Span>,
    asks_when: bool,
    named: Option<u32>,
}

/// Those who speak in the searched scopes and whose names share a word with a question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Speakers(BTreeMap<String, BTreeSet<u32>>);

impl Speakers {
    /// Adds somebody called `name`.
    pub fn add(&mut self, name: &str) {
        for word in name_words(name) {
            self.0.entry(word).or_default().insert(name_mark(name));
        }
    }

    /// Adds somebody of whom a word of the name and the [mark](crate::MemoryMarks::name) of the name are known.
    pub fn add_marked(&mut self, word: &str, mark: &str) {
        self.0.entry(word.to_owned()).or_default().insert(name_mark(mark));
    }
}

impl Speakers {
    /// Those words of a question that name one of them. For stores.
    #[must_use]
    pub fn named_in(&self, question: &Question) -> BTreeSet<String> {
        question.words.iter().filter(|word| self.0.contains_key(*word)).cloned().collect()
    }
}

/// The words by which somebody is named in a question.
#[must_use]
pub fn name_words(name: &str) -> BTreeSet<String> {
    index_words(name).into_iter().collect()
}

impl Question {
    /// Reads a question.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { words: query_words(text), spans: spans(text), asks_when: asks_when(text), named: None }
    }

    /// The different words it looks for, in order; at most 128. Empty where it has no content word.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Takes the names of speakers out of the words to look for, unless nothing else would be left. Where exactly one
    /// is named, what that one said is preferred.
    pub fn name(&mut self, speakers: &Speakers) {
        let named: BTreeSet<u32> =
            self.words.iter().filter_map(|word| speakers.0.get(word)).flatten().copied().collect();
        let (names, others): (Vec<String>, Vec<String>) =
            self.words.iter().cloned().partition(|word| speakers.0.contains_key(word));
        self.words = if others.is_empty() { names } else { others };
        self.named = match named.len() {
            1 => named.first().copied(),
            _ => None,
        };
    }

    /// How sure it is that somebody is meant: 1 for the only one that is named, 0 for the others, half for anybody
    /// where nobody or several are named.
    pub(crate) fn means(&self, who: u32) -> f64 {
        match self.named {
            None => 0.5,
            Some(named) if named == who => 1.0,
            Some(_) => 0.0,
        }
    }

    /// Whether it wants a time.
    pub(crate) const fn asks_when(&self) -> bool {
        self.asks_when
    }

    /// How close an instant is to the dates it names, 0 to 1; 0 where it names none.
    pub(crate) fn closeness(&self, at: DateTime<Utc>) -> f64 {
        self.spans.iter().map(|span| span.closeness(at)).fold(0.0, f64::max)
    }

    /// Whether it names a date.
    pub(crate) const fn names_a_date(&self) -> bool {
        !self.spans.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speakers(names: &[&str]) -> Speakers {
        let mut speakers = Speakers::default();
        names.iter().for_each(|name| speakers.add(name));
        speakers
    }

    #[test]
    fn the_only_speaker_named_is_meant_and_is_no_word_to_look_for() {
        let mut question = Question::new("What did Ada Lovelace say about deploys?");
        question.name(&speakers(&["Ada Lovelace", "Bob"]));
        assert_eq!(question.words(), ["say", "deploy"]);
        assert_eq!(question.means(name_mark("ada lovelace")), 1.0);
        assert_eq!(question.means(name_mark("Bob")), 0.0);
    }

    #[test]
    fn two_names_mean_nobody_and_a_name_alone_is_looked_for() {
        let mut both = Question::new("deploys of Ada and Bob");
        both.name(&speakers(&["Ada", "Bob"]));
        assert_eq!((both.words(), both.means(name_mark("Ada"))), (&["deploy".to_owned()][..], 0.5));
        let mut alone = Question::new("Ada?");
        alone.name(&speakers(&["Ada"]));
        assert_eq!((alone.words(), alone.means(name_mark("Ada"))), (&["ada".to_owned()][..], 1.0));
    }
}
