/// The name most like a wrong one, the first of several.
pub(crate) fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    names.into_iter().min_by_key(|name| strsim::osa_distance(&wrong, &name.to_lowercase()))
}

/// A message about an unknown key or word that goes on with the nearest known one. The reader of JSON and TOML lists
/// all that it knows, each in backticks, after the one it does not.
pub(crate) fn with_hint(message: &str) -> String {
    let message = message.trim();
    let mut quoted = message.split('`').skip(1).step_by(2);
    let known = message.starts_with("unknown field") || message.starts_with("unknown variant");
    match quoted.next() {
        Some(wrong) if known => match nearest(wrong, quoted) {
            Some(near) => format!("{message}; did you mean `{near}`?"),
            None => message.to_owned(),
        },
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_known_word_is_named() {
        let hinted = with_hint("unknown variant `hihg`, expected one of `low`, `medium`, `high`");
        assert!(hinted.ends_with("; did you mean `high`?"), "{hinted}");
        assert_eq!(with_hint("missing field `id`"), "missing field `id`");
        assert_eq!(
            with_hint("unknown field `x`, there are no fields"),
            "unknown field `x`, there are no fields"
        );
    }
}
