use std::collections::{BTreeMap, BTreeSet};

use juno_domain::MemoryId;

use crate::{Card, Corpus, Filed, Instance, Memory, Question, Speakers};

/// The memories of one scope, with an index of their words, threads and speakers.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    entries: BTreeMap<MemoryId, Entry>,
    ids: BTreeMap<u64, MemoryId>,
    /// Where each word stands: memory by memory, place by place.
    words: BTreeMap<String, BTreeMap<u64, Vec<u32>>>,
    threads: BTreeMap<String, Thread>,
    /// How many memories each speaker has.
    speakers: BTreeMap<String, u64>,
    /// The memories that state a fact, by its key.
    facts: BTreeMap<String, BTreeSet<MemoryId>>,
    corpus: Corpus,
}

#[derive(Debug)]
struct Entry {
    memory: Memory,
    number: u64,
    thread: u64,
    card: Card,
    words: Vec<String>,
}

#[derive(Debug)]
struct Thread {
    number: u64,
    members: BTreeSet<u64>,
}

impl Shelf {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn get(&self, id: &MemoryId) -> Option<&Memory> {
        self.entries.get(id).map(|entry| &entry.memory)
    }

    /// The memory that carries a number.
    pub(crate) fn numbered(&self, number: u64) -> Option<&Memory> {
        self.get(self.ids.get(&number)?)
    }

    pub(crate) fn memories(&self) -> impl Iterator<Item = &Memory> {
        self.entries.values().map(|entry| &entry.memory)
    }

    /// The memories that state the fact with that key.
    pub(crate) fn facts(&self, key: &str) -> Vec<Memory> {
        let stated = self.facts.get(key).into_iter().flatten();
        stated.filter_map(|id| self.get(id)).cloned().collect()
    }

    /// Adds a memory, in place of the one with its id. `next` counts on.
    pub(crate) fn insert(&mut self, memory: &Memory, next: &mut u64) {
        self.remove(&memory.id);
        *next += 1;
        let number = *next;
        let (card, words) = Card::of(memory);
        for (at, word) in (0..).zip(&words) {
            self.words.entry(word.clone()).or_default().entry(number).or_default().push(at);
        }
        self.corpus.memories += 1;
        self.corpus.words += u64::from(card.words);
        let thread = memory.turn.as_ref().map_or(0, |turn| {
            // A thread is numbered after its first memory.
            let thread = self.threads.entry(turn.thread.clone());
            let thread = thread.or_insert_with(|| Thread { number, members: BTreeSet::new() });
            thread.members.insert(number);
            self.corpus.thread_words += u64::from(card.words);
            thread.number
        });
        self.corpus.threads = self.threads.len() as u64;
        if let Some(who) = &memory.who {
            *self.speakers.entry(who.clone()).or_default() += 1;
        }
        if let Some(fact) = &memory.fact {
            self.facts.entry(fact.key()).or_default().insert(memory.id.clone());
        }
        self.ids.insert(number, memory.id.clone());
        let entry = Entry { memory: memory.clone(), number, thread, card, words };
        self.entries.insert(memory.id.clone(), entry);
    }

    pub(crate) fn remove(&mut self, id: &MemoryId) -> bool {
        let Some(Entry { memory, number, card, words, .. }) = self.entries.remove(id) else { return false };
        self.ids.remove(&number);
        for word in &words {
            if let Some(holders) = self.words.get_mut(word) {
                holders.remove(&number);
                if holders.is_empty() {
                    self.words.remove(word);
                }
            }
        }
        self.corpus.memories -= 1;
        self.corpus.words -= u64::from(card.words);
        if let Some(turn) = &memory.turn {
            self.corpus.thread_words -= u64::from(card.words);
            if let Some(thread) = self.threads.get_mut(&turn.thread) {
                thread.members.remove(&number);
                if thread.members.is_empty() {
                    self.threads.remove(&turn.thread);
                }
            }
        }
        self.corpus.threads = self.threads.len() as u64;
        if let Some(fact) = &memory.fact
            && let Some(stated) = self.facts.get_mut(&fact.key())
        {
            stated.remove(id);
            if stated.is_empty() {
                self.facts.remove(&fact.key());
            }
        }
        if let Some(who) = &memory.who
            && let Some(count) = self.speakers.get_mut(who)
        {
            *count -= 1;
            if *count == 0 {
                self.speakers.remove(who);
            }
        }
        true
    }

    pub(crate) fn add_speakers(&self, speakers: &mut Speakers) {
        self.speakers.keys().for_each(|name| speakers.add(name));
    }

    pub(crate) fn add_size(&self, corpus: &mut Corpus) {
        corpus.memories += self.corpus.memories;
        corpus.words += self.corpus.words;
        corpus.threads += self.corpus.threads;
        corpus.thread_words += self.corpus.thread_words;
    }

    /// Adds where the question's words stand, and every memory that this concerns.
    pub(crate) fn add_found(
        &self,
        question: &Question,
        accepts: impl Fn(&Memory) -> bool,
        instances: &mut Vec<Instance>,
        filed: &mut Vec<Filed>,
    ) {
        let mut concerned = BTreeSet::new();
        for (word, text) in (0..).zip(question.words()) {
            for (doc, places) in self.words.get(text).into_iter().flatten() {
                concerned.insert(*doc);
                instances.extend(places.iter().map(|at| Instance { doc: *doc, word, at: *at }));
            }
        }
        let threads: BTreeSet<&str> = concerned
            .iter()
            .filter_map(|doc| self.numbered(*doc)?.turn.as_ref())
            .map(|turn| turn.thread.as_str())
            .collect();
        for thread in threads {
            concerned.extend(self.threads.get(thread).into_iter().flat_map(|thread| &thread.members));
        }
        let entries = concerned.iter().filter_map(|doc| self.entries.get(self.ids.get(doc)?));
        filed.extend(entries.map(|entry| Filed {
            doc: entry.number,
            thread: entry.thread,
            card: entry.card,
            accepted: accepts(&entry.memory),
        }));
    }
}
