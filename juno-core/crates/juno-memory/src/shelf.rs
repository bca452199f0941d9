use std::collections::{BTreeMap, BTreeSet};

use juno_domain::{Digest, MemoryId};

use crate::{
    Card, Corpus, Filed, Instance, Memory, MemoryVector, Question, Speakers, VectorMatrix, text_digest,
};

/// The memories of one scope, with an index of their words, threads and speakers.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    /// By number: later ones are greater. Boxed, so that looking for one passes over little.
    entries: BTreeMap<u64, Box<Entry>>,
    numbers: BTreeMap<MemoryId, u64>,
    /// Where each word stands, memory by memory, place by place: in order.
    words: BTreeMap<String, Vec<(u64, u32)>>,
    /// The number of each thread, and those in it.
    threads: BTreeMap<String, u64>,
    members: BTreeMap<u64, BTreeSet<u64>>,
    /// How many memories each speaker has.
    speakers: BTreeMap<String, u64>,
    /// The memories that state a fact, by its key.
    facts: BTreeMap<String, BTreeSet<MemoryId>>,
    corpus: Corpus,
    /// The vectors of each model.
    vectors: BTreeMap<String, Vectors>,
}

/// The vectors of one model, and the digests of what they were made of.
#[derive(Debug, Default)]
struct Vectors {
    matrix: VectorMatrix,
    of: BTreeMap<u64, Digest>,
}

#[derive(Debug)]
struct Entry {
    memory: Memory,
    thread: u64,
    card: Card,
    words: Vec<String>,
}

impl Shelf {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn get(&self, id: &MemoryId) -> Option<&Memory> {
        self.numbered(*self.numbers.get(id)?)
    }

    /// The memory that carries a number.
    pub(crate) fn numbered(&self, number: u64) -> Option<&Memory> {
        self.entries.get(&number).map(|entry| &entry.memory)
    }

    /// In order of id.
    pub(crate) fn memories(&self) -> impl Iterator<Item = &Memory> {
        self.numbers.values().filter_map(|number| self.numbered(*number))
    }

    /// The memories that state the fact with that key.
    pub(crate) fn facts(&self, key: &str) -> Vec<Memory> {
        let stated = self.facts.get(key).into_iter().flatten();
        stated.filter_map(|id| self.get(id)).cloned().collect()
    }

    /// Adds a memory, in place of the one with its id. `next` counts on.
    pub(crate) fn insert(&mut self, memory: &Memory, next: &mut u64) {
        let vectors = self.kept_vectors(memory);
        self.remove(&memory.id);
        *next += 1;
        let number = *next;
        for (model, of, unit) in vectors {
            self.file_vector(model, number, of, &unit);
        }
        let (card, words) = Card::of(memory);
        for (at, word) in (0..).zip(&words) {
            match self.words.get_mut(word) {
                Some(places) => places.push((number, at)),
                None => drop(self.words.insert(word.clone(), vec![(number, at)])),
            }
        }
        self.corpus.memories += 1;
        self.corpus.words += u64::from(card.words);
        let thread = memory.turn.as_ref().map_or(0, |turn| {
            // A thread is numbered after its first memory.
            let thread = *self.threads.entry(turn.thread.clone()).or_insert(number);
            self.members.entry(thread).or_default().insert(number);
            self.corpus.thread_words += u64::from(card.words);
            thread
        });
        self.corpus.threads = self.threads.len() as u64;
        if let Some(who) = &memory.who {
            *self.speakers.entry(who.clone()).or_default() += 1;
        }
        if let Some(fact) = &memory.fact {
            self.facts.entry(fact.key()).or_default().insert(memory.id.clone());
        }
        self.numbers.insert(memory.id.clone(), number);
        self.entries.insert(number, Box::new(Entry { memory: memory.clone(), thread, card, words }));
    }

    pub(crate) fn remove(&mut self, id: &MemoryId) -> bool {
        let Some(number) = self.numbers.remove(id) else { return false };
        let Some(entry) = self.entries.remove(&number) else { return false };
        let Entry { memory, thread, card, words } = *entry;
        self.vectors.retain(|_, vectors| {
            vectors.matrix.remove(number);
            vectors.of.remove(&number);
            !vectors.matrix.is_empty()
        });
        for word in words.iter().collect::<BTreeSet<_>>() {
            if let Some(places) = self.words.get_mut(word) {
                let from = places.partition_point(|(other, _)| *other < number);
                let to = places.partition_point(|(other, _)| *other <= number);
                places.drain(from..to);
                if places.is_empty() {
                    self.words.remove(word);
                }
            }
        }
        self.corpus.memories -= 1;
        self.corpus.words -= u64::from(card.words);
        if let Some(turn) = &memory.turn {
            self.corpus.thread_words -= u64::from(card.words);
            if let Some(members) = self.members.get_mut(&thread) {
                members.remove(&number);
                if members.is_empty() {
                    self.members.remove(&thread);
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

    /// The vectors of what stands in a memory's place, where they were made of what it says.
    fn kept_vectors(&self, memory: &Memory) -> Vec<(String, Digest, Vec<f32>)> {
        let Some(number) = self.numbers.get(&memory.id).filter(|_| !self.vectors.is_empty()) else {
            return Vec::new();
        };
        let digest = text_digest(memory);
        let kept = self.vectors.iter().filter(|(_, vectors)| vectors.of.get(number) == Some(&digest));
        kept.filter_map(|(model, vectors)| {
            Some((model.clone(), digest, vectors.matrix.get(*number)?.to_vec()))
        })
        .collect()
    }

    fn file_vector(&mut self, model: String, number: u64, of: Digest, unit: &[f32]) {
        let empty = || Vectors { matrix: VectorMatrix::new(unit.len()), of: BTreeMap::new() };
        let vectors = self.vectors.entry(model).or_insert_with(empty);
        vectors.matrix.insert(number, unit);
        vectors.of.insert(number, of);
    }

    /// Keeps a vector in the place of those of its memory, if that says what the vector was made of.
    pub(crate) fn put_vector(&mut self, model: &str, vector: &MemoryVector) -> bool {
        let Some(number) = self.numbers.get(&vector.id).copied() else { return false };
        if self.numbered(number).map(text_digest) != Some(vector.of) {
            return false;
        }
        self.vectors.retain(|_, vectors| {
            vectors.matrix.remove(number);
            vectors.of.remove(&number);
            !vectors.matrix.is_empty()
        });
        self.file_vector(model.to_owned(), number, vector.of, &vector.unit);
        true
    }

    pub(crate) fn has_vector(&self, model: &str, id: &MemoryId) -> bool {
        let number = self.numbers.get(id);
        number.is_some_and(|number| self.vectors.get(model).is_some_and(|v| v.of.contains_key(number)))
    }

    /// How many vectors there are of each model.
    pub(crate) fn vector_models(&self) -> impl Iterator<Item = (&String, usize)> {
        self.vectors.iter().map(|(model, vectors)| (model, vectors.matrix.len()))
    }

    pub(crate) fn matrix(&self, model: &str) -> Option<&VectorMatrix> {
        self.vectors.get(model).map(|vectors| &vectors.matrix)
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

    /// Adds where the question's words stand, and every memory that this concerns, as do those of the numbers `near`.
    pub(crate) fn add_found(
        &self,
        question: &Question,
        (near, accepts): (&[u64], impl Fn(&Memory) -> bool),
        instances: &mut Vec<Instance>,
        filed: &mut Vec<Filed>,
    ) {
        let mut concerned: Vec<u64> = near.to_vec();
        for (word, text) in (0..).zip(question.words()) {
            for (doc, at) in self.words.get(text).into_iter().flatten() {
                if concerned.last() != Some(doc) {
                    concerned.push(*doc);
                }
                instances.push(Instance { doc: *doc, word, at: *at });
            }
        }
        concerned.sort_unstable();
        concerned.dedup();
        let mut file = |number: u64, entry: &Entry| {
            let accepted = accepts(&entry.memory);
            filed.push(Filed { doc: number, thread: entry.thread, card: entry.card, accepted });
        };
        let mut threads = BTreeSet::new();
        for number in concerned {
            let Some(entry) = self.entries.get(&number) else { continue };
            match entry.thread {
                0 => file(number, entry),
                thread => drop(threads.insert(thread)),
            }
        }
        for number in threads.iter().filter_map(|thread| self.members.get(thread)).flatten() {
            if let Some(entry) = self.entries.get(number) {
                file(*number, entry);
            }
        }
    }
}
