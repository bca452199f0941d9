use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::irregular_words::base_form;
use crate::stop_words::is_stop_word;

/// The version of the rules below. An index that was built by another version is built again.
pub const TOKENIZER_VERSION: u32 = 2;

/// The longest word kept, in characters; what is beyond is cut, in memories and queries alike.
const MAX_WORD_CHARS: usize = 64;

/// The most different words of a query that count.
const MAX_QUERY_WORDS: usize = 128;

/// The words by which a memory's text is found, in order, repeated as often as they occur.
///
/// - Letters are folded: compatibility forms, case and accents make no difference (`Équipe`, `EQUIPE`, `equipe`).
/// - English stop words are dropped, words of plain Latin letters are reduced to their English stem, irregular forms
///   to that of their base (`bought`, `buy`).
/// - Scripts written without spaces (Chinese, Japanese, Thai, …) and Korean give each character and each pair
///   of neighbours.
/// - Everything else separates words. A word holds letters, marks and digits only.
#[must_use]
pub fn index_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    split(text, |run| match run {
        Run::Word(word) => words.extend(word_of(word)),
        Run::Unspaced(chars) => {
            for (i, c) in chars.iter().enumerate() {
                words.push(c.to_string());
                words.extend(chars.get(i + 1).map(|next| pair(*c, *next)));
            }
        }
    });
    words
}

/// The different words a query looks for, in the order of their first occurrence: at most 128. Empty where the
/// query has no content word.
///
/// As [`index_words`], except that a run of an unspaced script looks for its pairs, and for the character only
/// where it stands alone.
#[must_use]
pub fn query_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut add = |word: String| {
        if words.len() < MAX_QUERY_WORDS && !words.contains(&word) {
            words.push(word);
        }
    };
    split(text, |run| match run {
        Run::Word(word) => word_of(word).into_iter().for_each(&mut add),
        Run::Unspaced([alone]) => add(alone.to_string()),
        Run::Unspaced(chars) => chars.windows(2).for_each(|two| {
            if let [a, b] = two {
                add(pair(*a, *b));
            }
        }),
    });
    words
}

fn pair(a: char, b: char) -> String {
    [a, b].into_iter().collect()
}

enum Run<'a> {
    Word(&'a str),
    Unspaced(&'a [char]),
}

/// Folds the text and hands over its runs of word characters and of unspaced script, in order.
fn split(text: &str, mut take: impl FnMut(Run<'_>)) {
    let mut word = String::new();
    let mut unspaced: Vec<char> = Vec::new();
    let folded = fold(text);
    let mut chars = folded.chars().peekable();
    while let Some(c) = chars.next() {
        let is_unspaced = is_unspaced(c);
        let is_word = !is_unspaced && (c.is_alphanumeric() || is_combining_mark(c));
        let joins = matches!(c, '\'' | '’')
            && !word.is_empty()
            && chars.peek().is_some_and(|next| next.is_alphanumeric() && !self::is_unspaced(*next));
        if !unspaced.is_empty() && !is_unspaced {
            take(Run::Unspaced(&unspaced));
            unspaced.clear();
        }
        if !word.is_empty() && !is_word && !joins {
            take(Run::Word(&word));
            word.clear();
        }
        if is_unspaced {
            unspaced.push(c);
        } else if is_word {
            word.push(c);
        } else if joins {
            word.push('\'');
        }
    }
    if !unspaced.is_empty() {
        take(Run::Unspaced(&unspaced));
    }
    if !word.is_empty() {
        take(Run::Word(&word));
    }
}

/// One form for what reads the same: compatibility forms unified, case folded, accents of alphabets dropped.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkc()
        // Upper case first turns `ß` into `ss` and `ς` into `σ`: together the full case folding.
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkd()
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .nfc()
        .collect()
}

/// Whether a script is written without spaces between words, or (Korean) glues particles to them.
const fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' // Thai, Lao
        | '\u{1000}'..='\u{109f}' // Myanmar
        | '\u{1100}'..='\u{11ff}' // Hangul letters
        | '\u{1780}'..='\u{17ff}' // Khmer
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' // Kana
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' // Han
        | '\u{ac00}'..='\u{d7af}' // Hangul syllables
        | '\u{20000}'..='\u{3ffff}') // Han, rarer
}

/// The indexed form of a word, unless it is a stop word.
fn word_of(word: &str) -> Option<String> {
    let word = word.strip_suffix("'s").unwrap_or(word);
    if is_stop_word(word) {
        return None;
    }
    let word: String = word.chars().filter(|c| *c != '\'').take(MAX_WORD_CHARS).collect();
    if word.bytes().all(|b| b.is_ascii_lowercase()) {
        return Some(Stemmer::create(Algorithm::English).stem(base_form(&word)).into_owned());
    }
    Some(word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folding_stemming_and_stop_words() {
        assert_eq!(index_words("The deployments were failing, failing!"), ["deploy", "fail", "fail"]);
        assert_eq!(index_words("bought buys, children's child"), ["buy", "buy", "child", "child"]);
        assert_eq!(index_words("L'Équipe EQUIPE équipe"), ["lequip", "equip", "equip"]);
        assert_eq!(index_words("Straße STRASSE ﬁne Σίσυφος"), ["strass", "strass", "fine", "σισυφοσ"]);
        assert_eq!(index_words("Ada's sprint isn’t PAY-12"), ["ada", "sprint", "pay", "12"]);
        assert!(index_words("is it the \u{1f389} of what?").is_empty());
    }

    #[test]
    fn scripts_without_spaces_give_characters_and_pairs() {
        assert_eq!(index_words("支払い"), ["支", "支払", "払", "払い", "い"]);
        assert_eq!(query_words("支払い"), ["支払", "払い"]);
        assert_eq!(query_words("支"), ["支"]);
        assert_eq!(query_words("デプロイ failed"), ["デプ", "プロ", "ロイ", "fail"]);
        // Vowel signs stay with their word.
        assert_eq!(index_words("हिन्दी भाषा").len(), 2);
    }

    #[test]
    fn quotes_operators_and_ten_kilobytes_are_data() {
        assert_eq!(
            query_words("\"fail\" AND (deploy* OR NEAR(x,2)) -- %_"),
            ["fail", "deploy", "near", "x", "2"]
        );
        let long: String = (0..3000).map(|i| format!("w{i} ")).collect();
        assert_eq!(query_words(&long).len(), MAX_QUERY_WORDS);
        assert_eq!(query_words(&"z".repeat(10_000)), index_words(&"z".repeat(20_000)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn a_word_holds_no_separator_and_a_query_finds_its_own_text(text in "\\PC{0,40}") {
            let indexed = index_words(&text);
            prop_assert!(indexed.iter().all(|w| !w.is_empty()
                && w.chars().all(|c| !c.is_ascii() || c.is_ascii_lowercase() || c.is_ascii_digit())));
            prop_assert!(query_words(&text).iter().all(|w| indexed.contains(w)));
        }
    }
}
