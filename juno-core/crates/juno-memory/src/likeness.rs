//! Whether two texts say the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::tokenize::{fold, index_words};

/// What a text says, as far as words tell.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// The text without differences of case, accents, spacing and closing marks.
    pub(crate) normal: String,
    /// Its content words.
    pub(crate) words: BTreeSet<String>,
    /// Its neighbouring content words, in order.
    pub(crate) pairs: BTreeSet<(String, String)>,
    /// Its numbers, versions and keys, and how often it negates: what makes two texts that are alike say different things.
    pub(crate) telling: BTreeMap<String, usize>,
}

const NEGATIONS: [&str; 11] =
    ["no", "not", "never", "none", "nobody", "nothing", "neither", "nor", "without", "cannot", "longer"];

impl Said {
    pub(crate) fn of(text: &str) -> Self {
        let folded = fold(text);
        let tokens = folded.split_whitespace().collect::<Vec<_>>();
        let normal = tokens.join(" ").trim_end_matches(['.', '!', '…', ' ']).to_owned();
        let mut telling = BTreeMap::new();
        for token in tokens {
            let bare = token.trim_matches(|c: char| !c.is_alphanumeric() && c != '-' && c != '+' && c != '%');
            let negates = NEGATIONS.contains(&bare) || bare.ends_with("n't") || bare.ends_with("n’t");
            if negates {
                *telling.entry("not".to_owned()).or_default() += 1;
            } else if bare.chars().any(|c| c.is_numeric()) {
                *telling.entry(bare.to_owned()).or_default() += 1;
            }
        }
        let words = index_words(text);
        let pairs = words.windows(2).filter_map(|two| match two {
            [a, b] => Some((a.clone(), b.clone())),
            _ => None,
        });
        Self { normal, pairs: pairs.collect(), words: words.into_iter().collect(), telling }
    }

    /// How much of the words and pairs of both are in both, each weighed by how rare it is among `all`: 0 to 1. 0 where
    /// this one says a word, a number or a negation that the other does not: then it says something new.
    pub(crate) fn likeness(&self, other: &Self, all: &Rarity) -> f64 {
        if self.words.is_empty() || self.telling != other.telling || !self.words.is_subset(&other.words) {
            return 0.0;
        }
        let mass = |words: &mut dyn Iterator<Item = f64>| words.sum::<f64>();
        let shared = mass(&mut self.words.iter().map(|word| all.word(word)))
            + mass(&mut self.pairs.intersection(&other.pairs).map(|pair| all.pair(pair)));
        let either = mass(&mut other.words.iter().map(|word| all.word(word)))
            + mass(&mut self.pairs.union(&other.pairs).map(|pair| all.pair(pair)));
        if either > 0.0 { shared / either } else { 0.0 }
    }
}

/// How rare words and pairs are among some texts.
pub(crate) struct Rarity<'a> {
    texts: f64,
    words: BTreeMap<&'a str, u32>,
    pairs: BTreeMap<&'a (String, String), u32>,
}

impl<'a> Rarity<'a> {
    pub(crate) fn among(said: impl Iterator<Item = &'a Said>) -> Self {
        let mut all = Self { texts: 0.0, words: BTreeMap::new(), pairs: BTreeMap::new() };
        for said in said {
            all.texts += 1.0;
            said.words.iter().for_each(|word| *all.words.entry(word.as_str()).or_default() += 1);
            said.pairs.iter().for_each(|pair| *all.pairs.entry(pair).or_default() += 1);
        }
        all
    }

    fn word(&self, word: &str) -> f64 {
        self.weight(self.words.get(word))
    }

    fn pair(&self, pair: &(String, String)) -> f64 {
        self.weight(self.pairs.get(pair))
    }

    /// The `idf` of BM25, which is never negative.
    fn weight(&self, holders: Option<&u32>) -> f64 {
        let holders = holders.map_or(1.0, |holders| f64::from(*holders));
        (1.0 + (self.texts - holders + 0.5) / (holders + 0.5)).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(new: &str, old: &str) -> f64 {
        let others =
            ["The pipeline of billing is green", "Ada owns the deploy script", "Retro on Thursday at ten"];
        let all: Vec<Said> = [new, old].into_iter().chain(others).map(Said::of).collect();
        all[0].likeness(&all[1], &Rarity::among(all.iter()))
    }

    /// The threshold has to lie between the two lists.
    #[test]
    fn what_says_the_same_is_above_every_pair_that_does_not() {
        let same = [
            ("The API freeze is on Friday", "The API freezes are on Fridays!"),
            (
                "The payments team freezes its API on Fridays",
                "the payments team has frozen its API on Friday",
            ),
            ("is the API freeze on a Friday: it is", "The API freeze is on Friday."),
            ("Deploys of billing need two reviews", "Deploys of billing do need two reviews."),
            ("Use feature flags for checkout", "We should use the feature flags for checkout now"),
            ("支払いチームは、金曜日にデプロイしない。", "支払いチームは金曜日にデプロイしない"),
        ];
        let different = [
            ("The API freeze is on Thursday", "The API freeze is on Friday"),
            ("Ada reviews the work of Bob", "Bob reviews the work of Ada"),
            ("The team deploys on Fridays", "The team does not deploy on Fridays"),
            (
                "add_label on PAY-1: approved, because it is stale",
                "add_label on PAY-2: approved, because it is stale",
            ),
            ("Velocity of sprint 12 was 34 points", "Velocity of sprint 13 was 34 points"),
            (
                "The freeze is over",
                "The freeze of the billing API will be over when the audit is done on Friday",
            ),
            ("Checkout is fast", "Checkout is fast on phones, slow on tablets and broken on watches"),
            (
                "Deploys of billing need two reviews and a test in staging",
                "Deploys of billing need two reviews",
            ),
            ("The build broke because of the cache", "The cache broke because of the build"),
            ("Bob replaced Ada as the owner of billing", "Ada replaced Bob as the owner of billing"),
        ];
        let least = same.iter().map(|(new, old)| alike(new, old)).fold(1.0, f64::min);
        let most = different.iter().map(|(new, old)| alike(new, old)).fold(0.0, f64::max);
        let scores: Vec<f64> = same.iter().chain(&different).map(|(new, old)| alike(new, old)).collect();
        assert!(least > 0.6 + 0.03 && most < 0.6 - 0.03, "{scores:.2?}");
    }

    #[test]
    fn case_accents_spacing_and_closing_marks_make_no_difference() {
        assert_eq!(
            Said::of("  Équipe\tPRÉFÈRE  les lundis. ").normal,
            Said::of("equipe prefere les lundis").normal
        );
        assert_ne!(Said::of("is it -5?").normal, Said::of("is it 5").normal);
    }
}
