/// A text that only shows: what would move a terminal's cursor, change how its neighbours read, or hide itself is
/// replaced by `�`. Line breaks stay, and so do the joiners that scripts and emoji need.
#[must_use]
pub fn plain(text: &str) -> String {
    text.replace(is_unsafe, "�")
}

fn is_unsafe(character: char) -> bool {
    match character {
        '\n' => false,
        // Breaks of lines and paragraphs, blanks without a width, and what turns the direction of writing.
        '\u{61c}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => true,
        other => other.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn nothing_moves_the_cursor_or_turns_the_text() {
        assert_eq!(plain("\u{1b}[2Jred\u{7}\r\tx\u{9b}1m"), "�[2Jred���x�1m");
        assert_eq!(plain("in\u{202e}cod.exe\u{2066}\u{200b}\u{2028}"), "in�cod.exe���");
    }

    #[test]
    fn line_breaks_and_joiners_stay() {
        let text = "é 漢\n👩\u{200d}💻 می\u{200c}خواهم";
        assert_eq!(plain(text), text);
    }
}
