use std::collections::BTreeSet;

use crate::{Memory, index_words, name_words};

/// What an embedder is shown of a memory: its text without the name of who says it. A name would rule the vector, and
/// every text of one person would lie close to every other.
#[must_use]
pub fn embedding_text(memory: &Memory) -> String {
    let names = memory.who.as_deref().map(name_words).unwrap_or_default();
    without_names(&memory.text, &names)
}

/// A text without the words of names, as [`name_words`] gives them; the text as it is where nothing else would be left.
#[must_use]
pub fn without_names(text: &str, names: &BTreeSet<String>) -> String {
    if names.is_empty() {
        return text.to_owned();
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = is_of_word(first);
        let end = rest.find(|c| is_of_word(c) != is_word).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let words = if is_word { index_words(run) } else { Vec::new() };
        if words.is_empty() || !words.iter().all(|word| names.contains(word)) {
            kept.push_str(run);
        }
        rest = after;
    }
    let kept = kept.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | ',')).trim_end();
    match kept.chars().any(char::is_alphanumeric) {
        true => kept.to_owned(),
        false => text.to_owned(),
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\'' | '’') || unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_out_and_nothing_else_is() {
        let names = name_words("Ada Lovelace");
        assert_eq!(without_names("Ada Lovelace: the deploy broke, Bob.", &names), "the deploy broke, Bob.");
        assert_eq!(without_names("ADA's deploy", &names), "deploy");
        assert_eq!(without_names("Adapt it", &names), "Adapt it");
        assert_eq!(without_names("Ada?", &names), "Ada?", "a name alone stays");
        assert_eq!(without_names("Ada", &BTreeSet::new()), "Ada");
        let zoe = name_words("Zoë");
        assert_eq!(without_names("wie ZOE\u{308} sagt", &zoe), "wie  sagt");
    }
}
