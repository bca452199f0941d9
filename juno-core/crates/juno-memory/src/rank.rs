use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::RankReason;
use crate::explain::explain;
use crate::nearness::Nearness;
use crate::pool::Pool;
use crate::scores::Scores;

/// A place in the ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The store's number of the memory.
    pub doc: u64,
    /// Its score, above 0.
    pub score: f64,
    /// The parts of the score, the largest first; they add up to it.
    pub why: Vec<RankReason>,
}

/// The accepted memories, best first.
#[derive(Debug)]
pub struct Ranking<'a> {
    scores: Scores<'a>,
    best: BinaryHeap<Place>,
}

/// Ranks what the filter accepts, best first; equal scores newest first, then in an order that the ids make.
///
/// The score, from the research on recall that the memory page of the documents tells of:
/// 1. BM25 over the question's words (Robertson and Zaragoza 2009, with an `idf` that is never negative), and more for
///    neighbouring words of the question that stand close together, and for a larger share of the question;
/// 2. less for a text that ends by asking, more for the only speaker that is named;
/// 3. parts of the scores of the six turns before and after in the same thread, the most to the answer of a turn that
///    asks, and of the whole thread;
/// 4. more for words of time where a time is asked for, and for what is of a date that is named;
/// 5. all of it times a bounded factor of recency, importance and confidence: 0.7 to 1.3.
#[must_use]
pub fn rank(pool: Pool<'_>) -> Ranking<'_> {
    rank_near(pool, None)
}

/// As [`rank`], with vectors where there are any: what stands out in them adds to the score of a text, and so to what its
/// neighbours gain, as far as the vectors agree with the words.
///
/// They do as far as the texts that hold most of the question stand out in the vectors too, above what chance gives. So
/// vectors that say nothing change nothing, and where no text holds a word of the question they alone rank.
#[must_use]
pub fn rank_near<'a>(pool: Pool<'a>, near: Option<&Nearness<'_>>) -> Ranking<'a> {
    let now = pool.now.timestamp_nanos_opt().unwrap_or(i64::MAX);
    let scores = Scores::of(pool, near);
    let mut best = Vec::with_capacity(scores.lines.len());
    for (at, line) in scores.lines.iter().enumerate() {
        let (card, doc) = (&line.filed.card, line.filed.doc);
        if !line.filed.accepted || !card.is_live(now) {
            continue;
        }
        let score = scores.parts(line).score();
        if score > 0.0 {
            best.push(Place { score, recorded_at: card.recorded_at, tie: card.tie, doc, at });
        }
    }
    Ranking { scores, best: best.into() }
}

impl Iterator for Ranking<'_> {
    type Item = Ranked;

    fn next(&mut self) -> Option<Ranked> {
        let place = self.best.pop()?;
        let why = self.scores.lines.get(place.at).map(|line| explain(&self.scores, line)).unwrap_or_default();
        Some(Ranked { doc: place.doc, score: place.score, why })
    }
}

/// A line by what orders it, the best the greatest.
#[derive(Debug)]
struct Place {
    score: f64,
    recorded_at: i64,
    tie: u32,
    doc: u64,
    at: usize,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        let rest = |place: &Self| (place.recorded_at, place.tie, place.doc);
        self.score.total_cmp(&other.score).then_with(|| rest(self).cmp(&rest(other)))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Place {}

#[cfg(test)]
#[path = "rank_tests.rs"]
mod tests;
