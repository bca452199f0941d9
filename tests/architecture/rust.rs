//! Reads Rust sources as words and signs: enough to see what a file imports, without a compiler.

/// A piece of source text that is neither blank nor comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A keyword, a name or a number.
    Word(String),
    /// `::`
    Path,
    /// Any other sign.
    Sign(char),
    /// A text or character literal.
    Literal,
}

impl Token {
    pub(crate) fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(own) if own == word)
    }

    pub(crate) fn word(&self) -> Option<&str> {
        if let Self::Word(word) = self { Some(word) } else { None }
    }
}

/// Cuts a source into tokens.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut out = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let c = at(i);
        if c.is_whitespace() {
            i += 1;
        } else if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && at(i) != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            i = end_of_comment(&chars, i);
        } else if c == '"' {
            i = end_of_text(&chars, i + 1);
            out.push(Token::Literal);
        } else if c == '\'' {
            // 'x' and '\n' are characters, 'x without a second quote is a lifetime.
            if at(i + 1) == '\\' {
                i += 3;
                while i < chars.len() && at(i) != '\'' {
                    i += 1;
                }
                i += 1;
                out.push(Token::Literal);
            } else if at(i + 2) == '\'' {
                i += 3;
                out.push(Token::Literal);
            } else {
                i += 1;
            }
        } else if c.is_alphanumeric() || c == '_' {
            let start = i;
            while at(i).is_alphanumeric() || at(i) == '_' {
                i += 1;
            }
            let word: String = chars[start..i].iter().collect();
            let hashes = (i..).take_while(|&j| at(j) == '#').count();
            if matches!(word.as_str(), "r" | "br" | "cr") && at(i + hashes) == '"' {
                i = end_of_raw_text(&chars, i + hashes + 1, hashes);
                out.push(Token::Literal);
            } else if word == "r" && hashes == 1 {
                i += 1;
            } else if !(matches!(word.as_str(), "b" | "c") && matches!(at(i), '"' | '\'')) {
                out.push(Token::Word(word));
            }
        } else if c == ':' && at(i + 1) == ':' {
            out.push(Token::Path);
            i += 2;
        } else {
            out.push(Token::Sign(c));
            i += 1;
        }
    }
    out
}

fn end_of_comment(chars: &[char], start: usize) -> usize {
    let (mut i, mut depth) = (start, 0_usize);
    while i < chars.len() {
        match chars[i..] {
            ['/', '*', ..] => (i, depth) = (i + 2, depth + 1),
            ['*', '/', ..] => (i, depth) = (i + 2, depth - 1),
            _ => i += 1,
        }
        if depth == 0 {
            break;
        }
    }
    i
}

fn end_of_text(chars: &[char], mut i: usize) -> usize {
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

fn end_of_raw_text(chars: &[char], mut i: usize, hashes: usize) -> usize {
    while i < chars.len() {
        i += 1;
        if chars[i - 1] == '"' && chars[i..].iter().take(hashes).filter(|c| **c == '#').count() == hashes {
            return i + hashes;
        }
    }
    i
}

/// The index behind the bracket that closes the one at `open`.
pub(crate) fn behind_bracket(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return i + 1;
        }
    }
    tokens.len()
}

/// Whether a source asks for a feature anywhere: `cfg(feature …)`, `cfg_attr`, `cfg!`, however nested.
pub(crate) fn asks_for_a_feature(source: &str) -> bool {
    let tokens = tokens(source);
    let is_cfg = |token: &Token| token.is("cfg") || token.is("cfg_attr") || token.is("cfg_select");
    (0..tokens.len()).filter(|&i| is_cfg(&tokens[i])).any(|i| {
        let open = if tokens.get(i + 1) == Some(&Token::Sign('!')) { i + 2 } else { i + 1 };
        matches!(tokens.get(open), Some(Token::Sign('(' | '{' | '[')))
            && tokens[open..behind_bracket(&tokens, open)].iter().any(|token| token.is("feature"))
    })
}

/// Whether a crate's root forbids unsafe code.
pub(crate) fn forbids_unsafe(source: &str) -> bool {
    let wanted = tokens("#![forbid(unsafe_code)]");
    tokens(source).windows(wanted.len()).any(|window| window == wanted)
}

#[test]
fn comments_texts_and_lifetimes_are_no_words() {
    let source = r###"
        // use crate::a;
        /* use /* nested */ crate::b; */
        const A: &'static str = "use crate::c; \" use crate::d;";
        const B: &str = r#"use crate::"e";"#;
        const C: [char; 3] = ['"', '\'', 'x'];
        const D: &[u8] = b"use crate::f";
        fn r#use<'a>(x: &'a str) {}
    "###;
    let words: Vec<String> = tokens(source).iter().filter_map(|t| t.word().map(str::to_owned)).collect();
    assert!(!words.iter().any(|word| word == "crate"), "{words:?}");
    assert_eq!(words.iter().filter(|word| *word == "const").count(), 4);
    assert!(words.contains(&"fn".to_owned()));
}

#[test]
fn a_feature_is_seen_in_any_dress_and_nowhere_else() {
    for with in [
        "#[cfg(feature = \"x\")] fn f() {}",
        "#[cfg(all(unix, not( feature=\"x\")))] fn f() {}",
        "#![cfg_attr(feature = \"x\", no_std)]",
        "fn f() { if cfg!(feature = \"x\") {} }",
    ] {
        assert!(asks_for_a_feature(with), "{with}");
    }
    for without in [
        "// cfg(feature = \"x\")",
        "fn f() { let feature = 1; }",
        "#[cfg(test)] mod feature;",
        "\"cfg(feature)\"",
    ] {
        assert!(!asks_for_a_feature(without), "{without}");
    }
}

#[test]
fn forbidding_unsafe_in_a_comment_does_not_count() {
    assert!(forbids_unsafe("//! Docs.\n#![forbid( unsafe_code )]\nmod a;"));
    assert!(!forbids_unsafe("// #![forbid(unsafe_code)]"));
    assert!(!forbids_unsafe("#![deny(unsafe_code)]"));
}
