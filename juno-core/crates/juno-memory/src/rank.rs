use std::collections::BTreeMap;

use crate::{RankReason, RankSignal};

/// Saturation of repeated words. With [`B`], picked on a recall benchmark where the usual 1.2 and 0.75 did worse.
const K1: f64 = 0.9;
/// Weight of a text's length.
const B: f64 = 0.3;

/// The size of what is searched: every live memory of the reached scopes, whatever its kind and tags.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Corpus {
    /// Number of memories.
    pub memories: u64,
    /// Number of words in all of them, as [`index_words`](crate::index_words) counts them.
    pub words: u64,
}

/// A live memory of the reached scopes that holds a word of the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate<T> {
    /// Whatever names the memory. Of two equal scores the greater item comes first.
    pub item: T,
    /// Number of words of the memory.
    pub words: u64,
    /// How often it holds each word of the query, in the query's order.
    pub counts: Vec<u32>,
    /// Whether the filter accepts it. One that is not accepted still counts for how common a word is.
    pub accepted: bool,
}

/// A place in the ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked<T> {
    /// The candidate's item.
    pub item: T,
    /// Its score, above 0.
    pub score: f64,
    /// The parts of the score, the largest first.
    pub why: Vec<RankReason>,
}

/// Counts the words of one query in many texts.
#[derive(Debug)]
pub struct WordCounter<'a> {
    places: BTreeMap<&'a str, usize>,
    /// Bit n: some word of the query has n bytes; 127 stands for more.
    lengths: u128,
    /// Bit n: some word of the query begins with a byte whose lowest seven bits are n.
    starts: u128,
}

impl<'a> WordCounter<'a> {
    /// A counter for the words of [`query_words`](crate::query_words).
    #[must_use]
    pub fn new(query: &'a [String]) -> Self {
        let bits = |bit: fn(&str) -> u128| query.iter().fold(0, |bits, word| bits | bit(word));
        let places = query.iter().enumerate().map(|(place, word)| (word.as_str(), place)).collect();
        Self { places, lengths: bits(length_bit), starts: bits(start_bit) }
    }

    /// How often a text's words hold each word of the query; `None` where they hold none.
    #[must_use]
    pub fn count<'w>(&self, words: impl IntoIterator<Item = &'w str>) -> Option<Vec<u32>> {
        let mut counts = Vec::new();
        for word in words {
            // Most words are none of the query's, and two bits say so.
            if self.lengths & length_bit(word) == 0 || self.starts & start_bit(word) == 0 {
                continue;
            }
            if let Some(place) = self.places.get(word) {
                counts.resize(self.places.len(), 0_u32);
                if let Some(count) = counts.get_mut(*place) {
                    *count = count.saturating_add(1);
                }
            }
        }
        (!counts.is_empty()).then_some(counts)
    }
}

fn length_bit(word: &str) -> u128 {
    1 << word.len().min(127)
}

fn start_bit(word: &str) -> u128 {
    word.bytes().next().map_or(0, |byte| 1 << (byte & 0x7f))
}

/// Ranks the accepted candidates by BM25, best first; of equal scores the greater item first.
///
/// Score of a memory: the sum over the query's words of `idf · tf · (k1 + 1) ÷ (tf + k1 · (1 − b + b · length ÷
/// mean length))` with `k1` 0.9, `b` 0.3 and `idf = ln(1 + (N − df + 0.5) ÷ (df + 0.5))` (Robertson and
/// Zaragoza 2009; this `idf` is never negative). `candidates` are **all** live memories of the reached scopes that
/// hold a word of the query, or the frequencies are wrong.
pub fn rank<T: Ord>(
    query: &[String],
    corpus: Corpus,
    candidates: Vec<Candidate<T>>,
) -> impl Iterator<Item = Ranked<T>> {
    let idf = inverse_frequencies(query.len(), corpus, &candidates);
    let mean = (corpus.words as f64 / corpus.memories.max(1) as f64).max(1.0);
    let part = move |candidate: &Candidate<T>, place: usize, idf: f64| {
        let tf = f64::from(candidate.counts.get(place).copied().unwrap_or(0));
        let length = 1.0 - B + B * candidate.words as f64 / mean;
        idf * tf * (K1 + 1.0) / (tf + K1 * length)
    };
    let mut scored: Vec<(f64, Candidate<T>)> = candidates
        .into_iter()
        .filter(|candidate| candidate.accepted)
        .map(|candidate| {
            let score = idf.iter().enumerate().map(|(place, idf)| part(&candidate, place, *idf)).sum();
            (score, candidate)
        })
        .collect();
    scored.sort_unstable_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| y.item.cmp(&x.item)));
    // The reasons are made only for those that are asked for.
    scored.into_iter().map(move |(score, candidate)| {
        let parts = query.iter().zip(&idf).enumerate().map(|(place, (word, idf))| RankReason {
            signal: RankSignal::Word { word: word.clone() },
            contribution: part(&candidate, place, *idf),
        });
        let mut why: Vec<RankReason> = parts.filter(|reason| reason.contribution > 0.0).collect();
        why.sort_by(|a, b| b.contribution.total_cmp(&a.contribution));
        Ranked { item: candidate.item, score, why }
    })
}

fn inverse_frequencies<T>(words: usize, corpus: Corpus, candidates: &[Candidate<T>]) -> Vec<f64> {
    let mut holders = vec![0_u64; words];
    for candidate in candidates {
        for (count, holders) in candidate.counts.iter().zip(&mut holders) {
            *holders += u64::from(*count > 0);
        }
    }
    // Never below the frequency, so that a corpus counted a moment earlier cannot give a negative logarithm.
    let idf = |df: u64| {
        let (n, df) = (corpus.memories.max(df) as f64, df as f64);
        (1.0 + (n - df + 0.5) / (df + 0.5)).ln()
    };
    holders.into_iter().map(idf).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{index_words, query_words};

    fn search(query: &str, texts: &[&str]) -> Vec<Ranked<usize>> {
        let query = query_words(query);
        let counter = WordCounter::new(&query);
        let indexed: Vec<Vec<String>> = texts.iter().map(|text| index_words(text)).collect();
        let corpus = Corpus {
            memories: texts.len() as u64,
            words: indexed.iter().map(|words| words.len() as u64).sum(),
        };
        let candidates = indexed
            .iter()
            .enumerate()
            .filter_map(|(item, words)| {
                let counts = counter.count(words.iter().map(String::as_str))?;
                Some(Candidate { item, words: words.len() as u64, counts, accepted: true })
            })
            .collect();
        rank(&query, corpus, candidates).collect()
    }

    #[test]
    fn the_score_is_bm25_as_published() {
        let found = search("deploy", &["deploy failed again today", "lunch menu"]);
        // N 2, df 1, tf 1, length 3 (`again` is a stop word), mean 2.5.
        let idf = (1.0_f64 + 1.5 / 1.5).ln();
        let expected = idf * 1.9 / (1.0 + 0.9 * (0.7 + 0.3 * 3.0 / 2.5));
        assert_eq!(found.len(), 1);
        assert!((found[0].score - expected).abs() < 1e-12, "{} {expected}", found[0].score);
    }

    #[test]
    fn rare_words_weigh_more_and_the_reasons_add_up() {
        let texts = ["sprint review notes", "sprint planning", "sprint freeze on Friday", "sprint retro"];
        let found = search("sprint freeze", &texts);
        assert_eq!(found[0].item, 2);
        assert_eq!(found.len(), 4);
        let first = &found[0].why[0];
        assert_eq!(first.signal, RankSignal::Word { word: "freez".into() });
        let sum: f64 = found[0].why.iter().map(|reason| reason.contribution).sum();
        assert!((sum - found[0].score).abs() < 1e-12);
    }

    #[test]
    fn equal_scores_give_the_greater_item_first() {
        let items: Vec<usize> =
            search("deploy", &["deploy", "deploy", "deploy"]).iter().map(|r| r.item).collect();
        assert_eq!(items, [2, 1, 0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn scores_are_positive_finite_and_falling(
            texts in proptest::collection::vec("[a-e]{1,2}( [a-e]{1,2}){0,6}", 0..12),
            query in "[a-e]{1,2}( [a-e]{1,2}){0,3}",
        ) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let found = search(&query, &texts);
            prop_assert!(found.iter().all(|hit| hit.score > 0.0 && hit.score.is_finite()));
            prop_assert!(found.is_sorted_by(|a, b| a.score >= b.score));
        }
    }
}
