use std::collections::BTreeMap;
use std::ops::Range;

use chrono::{DateTime, Utc};

use crate::nearness::Nearness;
use crate::pool::{Corpus, Filed, Instance, Pool};
use crate::prior::prior;
use crate::{Question, RankWeights};

/// How far two neighbouring words of a query may stand apart to count as close.
const CLOSE: u32 = 4;
/// How far neighbours in a thread reach.
const NEIGHBOURS: u32 = 6;

/// A memory, and the parts of its score.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) filed: Filed,
    /// Its occurrences of the question's words.
    pub(crate) hits: Range<usize>,
    /// BM25.
    pub(crate) words: f64,
    pub(crate) proximity: f64,
    /// The share of the question that it holds.
    pub(crate) coverage: f64,
    /// What being close in meaning adds.
    pub(crate) near: f64,
    /// All of its own text's score.
    pub(crate) text: f64,
    pub(crate) before: f64,
    pub(crate) after: f64,
    pub(crate) thread: f64,
}

/// Memories with the parts of their scores, and what these were made of.
#[derive(Debug)]
pub(crate) struct Scores<'a> {
    pub(crate) question: &'a Question,
    pub(crate) weights: &'a RankWeights,
    pub(crate) now: DateTime<Utc>,
    pub(crate) instances: Vec<Instance>,
    pub(crate) lines: Vec<Line>,
    /// How rare each of the question's words is.
    pub(crate) frequencies: Vec<f64>,
    /// Words of a memory, on average.
    pub(crate) mean: f64,
}

impl<'a> Scores<'a> {
    /// Scores what is in a pool.
    pub(crate) fn of(pool: Pool<'a>, near: Option<&Nearness<'_>>) -> Self {
        let Pool { question, weights, corpus, mut instances, mut filed, now } = pool;
        instances.sort_unstable();
        instances.dedup();
        filed.sort_unstable_by_key(|Filed { thread, card, doc, .. }| {
            (*thread, card.place, card.recorded_at, card.tie, *doc)
        });
        let lines = filed.into_iter().map(Line::new).collect();
        let mean = (corpus.words as f64 / corpus.memories.max(1) as f64).max(1.0);
        let frequencies = inverse_frequencies(question.words().len(), corpus.memories, &instances);
        let mut scores = Self { question, weights, now, instances, lines, frequencies, mean };
        scores.score_texts();
        if let Some(near) = near {
            scores.score_nearness(near);
        }
        scores.score_threads(corpus);
        scores
    }
}

/// BM25's weight of a word that occurs `count` times in `words` words, where the mean is `mean`.
pub(crate) fn saturated(count: f64, words: f64, mean: f64, k1: f64, b: f64) -> f64 {
    count * (k1 + 1.0) / (count + k1 * (1.0 - b + b * words / mean))
}

fn inverse_frequency(all: u64, holders: u64) -> f64 {
    // Never below the frequency, so that a corpus counted a moment earlier cannot give a negative logarithm.
    let (n, df) = (all.max(holders) as f64, holders as f64);
    (1.0 + (n - df + 0.5) / (df + 0.5)).ln()
}

/// `instances` are in order.
fn inverse_frequencies(words: usize, memories: u64, instances: &[Instance]) -> Vec<f64> {
    let mut holders = vec![0_u64; words];
    for of_one in instances.chunk_by(|a, b| (a.doc, a.word) == (b.doc, b.word)) {
        if let Some(holders) = of_one.first().and_then(|first| holders.get_mut(first.word as usize)) {
            *holders += 1;
        }
    }
    holders.into_iter().map(|holders| inverse_frequency(memories, holders)).collect()
}

impl Line {
    const fn new(filed: Filed) -> Self {
        Self {
            filed,
            hits: 0..0,
            words: 0.0,
            proximity: 0.0,
            coverage: 0.0,
            near: 0.0,
            text: 0.0,
            before: 0.0,
            after: 0.0,
            thread: 0.0,
        }
    }
}

impl Scores<'_> {
    /// What each memory's own text is worth.
    fn score_texts(&mut self) {
        let mut by_doc: Vec<(u64, usize)> =
            self.lines.iter().enumerate().map(|(at, line)| (line.filed.doc, at)).collect();
        by_doc.sort_unstable();
        let mass: f64 = self.frequencies.iter().sum();
        let now = self.now.timestamp_nanos_opt().unwrap_or(i64::MAX);
        let mut docs = by_doc.into_iter().peekable();
        let mut from = 0;
        for hits in self.instances.chunk_by(|a, b| a.doc == b.doc) {
            let range = from..from + hits.len();
            from = range.end;
            let Some(doc) = hits.first().map(|hit| hit.doc) else { continue };
            while docs.next_if(|(other, _)| *other < doc).is_some() {}
            let Some((_, at)) = docs.next_if(|(other, _)| *other == doc) else { continue };
            let Some(line) = self.lines.get_mut(at).filter(|line| line.filed.card.is_live(now)) else {
                continue;
            };
            let length = f64::from(line.filed.card.words);
            let mut held = 0.0;
            for of_word in hits.chunk_by(|a, b| a.word == b.word) {
                let word = of_word.first().map_or(0, |hit| hit.word as usize);
                let idf = self.frequencies.get(word).copied().unwrap_or(0.0);
                held += idf;
                line.words +=
                    idf * saturated(of_word.len() as f64, length, self.mean, self.weights.k1, self.weights.b);
            }
            line.proximity = self.weights.proximity * closeness(hits, &self.frequencies);
            line.coverage = if mass > 0.0 { held / mass } else { 0.0 };
            line.text = (line.words + line.proximity) * (1.0 + self.weights.coverage * line.coverage);
            line.hits = range;
        }
    }

    /// What each memory gains from its neighbours and its thread.
    fn score_threads(&mut self, corpus: Corpus) {
        let mut threads: Vec<(Range<usize>, BTreeMap<u32, u64>, u64)> = Vec::new();
        let mut from = 0;
        for lines in self.lines.chunk_by(|a, b| a.filed.thread == b.filed.thread) {
            let range = from..from + lines.len();
            from = range.end;
            if lines.first().is_none_or(|line| line.filed.thread == 0) {
                continue;
            }
            let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
            for line in lines {
                for hit in self.instances.get(line.hits.clone()).unwrap_or_default() {
                    *counts.entry(hit.word).or_default() += 1;
                }
            }
            let words = lines.iter().map(|line| u64::from(line.filed.card.words)).sum();
            threads.push((range, counts, words));
        }
        let mut holders: BTreeMap<u32, u64> = BTreeMap::new();
        for word in threads.iter().flat_map(|(_, counts, _)| counts.keys()) {
            *holders.entry(*word).or_default() += 1;
        }
        let mean = (corpus.thread_words as f64 / corpus.threads.max(1) as f64).max(1.0);
        let weights = self.weights;
        for (range, counts, words) in threads {
            let whole: f64 = counts
                .iter()
                .map(|(word, count)| {
                    let idf = inverse_frequency(corpus.threads, holders.get(word).copied().unwrap_or(0));
                    idf * saturated(*count as f64, words as f64, mean, weights.thread_k1, weights.thread_b)
                })
                .sum();
            let Some(lines) = self.lines.get_mut(range) else { continue };
            give_to_neighbours(lines, weights);
            lines.iter_mut().for_each(|line| line.thread = weights.thread * whole);
        }
    }

    /// The factors of a memory's score.
    pub(crate) fn parts(&self, line: &Line) -> Parts {
        let (card, weights) = (&line.filed.card, self.weights);
        let meant = self.question.means(card.who);
        let asks = if card.asks { 1.0 - weights.question } else { 1.0 };
        let when = if self.question.asks_when() && card.tells_when { 1.0 + weights.when } else { 1.0 };
        let date = if self.question.names_a_date() {
            1.0 + weights.date * self.question.closeness(DateTime::from_timestamp_nanos(card.valid_from))
        } else {
            1.0
        };
        Parts {
            text: line.text,
            asks,
            speaker: 1.0 + weights.speaker * meant,
            context: (1.0 + weights.speaker_context * meant) * (line.before + line.after),
            thread: line.thread,
            when,
            date,
            prior: prior(card, self.now, weights),
        }
    }
}

/// The factors of a score.
pub(crate) struct Parts {
    pub(crate) text: f64,
    pub(crate) asks: f64,
    pub(crate) speaker: f64,
    pub(crate) context: f64,
    pub(crate) thread: f64,
    pub(crate) when: f64,
    pub(crate) date: f64,
    pub(crate) prior: f64,
}

impl Parts {
    pub(crate) fn score(&self) -> f64 {
        (self.text * self.asks * self.speaker + self.context + self.thread)
            * self.when
            * self.date
            * self.prior
    }
}

/// How close neighbouring words of the question stand in one memory. `hits` are in order.
fn closeness(hits: &[Instance], frequencies: &[f64]) -> f64 {
    let mut sum = 0.0;
    let mut words = hits.chunk_by(|a, b| a.word == b.word).peekable();
    while let (Some(these), Some(next)) = (words.next(), words.peek()) {
        let (Some(this), Some(that)) = (these.first(), next.first()) else { continue };
        if that.word != this.word + 1 {
            continue;
        }
        let gaps = these.iter().flat_map(|a| next.iter().map(|b| a.at.abs_diff(b.at)));
        if let Some(gap) = gaps.filter(|gap| (1..=CLOSE).contains(gap)).min() {
            let idf = |hit: &Instance| frequencies.get(hit.word as usize).copied().unwrap_or(0.0);
            sum += (idf(this) + idf(that)) / 2.0 / f64::from(gap);
        }
    }
    sum
}

/// Lets each turn of a thread give a part of its own score to those around it. `lines` are in the order of places.
fn give_to_neighbours(lines: &mut [Line], weights: &RankWeights) {
    let fade: Vec<f64> = (0..NEIGHBOURS).map(|turns| (-f64::from(turns) / weights.reach).exp()).collect();
    for at in 0..lines.len() {
        let Some(giver) = lines.get(at) else { continue };
        let (place, text) = (giver.filed.card.place, giver.text);
        let answered = if giver.filed.card.asks { 1.0 + weights.answer } else { 1.0 };
        if text == 0.0 {
            continue;
        }
        let faded = |other: u32| {
            let turns = other.abs_diff(place).checked_sub(1)?;
            fade.get(turns as usize).map(|fade| fade * text)
        };
        for line in lines.iter_mut().skip(at + 1) {
            match faded(line.filed.card.place) {
                Some(given) if line.filed.card.place == place + 1 => {
                    line.before += weights.before * answered * given
                }
                Some(given) => line.before += weights.before * given,
                None if line.filed.card.place > place => break,
                None => {}
            }
        }
        for line in lines.iter_mut().take(at).rev() {
            match faded(line.filed.card.place) {
                Some(given) => line.after += weights.after * given,
                None if line.filed.card.place < place => break,
                None => {}
            }
        }
    }
}
