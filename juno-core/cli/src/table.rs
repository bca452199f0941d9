use std::borrow::Cow;

/// Rows as columns, each as wide as its widest cell; the last is not padded.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |nth: usize| {
        let cells = rows.iter().filter_map(|row| row.get(nth)).map(|cell| cell.chars().count());
        cells.chain(head.get(nth).map(|cell| cell.chars().count())).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = Cow<'_, str>>| {
        let mut out = String::new();
        for (nth, (cell, width)) in cells.zip(&widths).enumerate() {
            let gap = if nth + 1 < head.len() { width + 2 } else { 0 };
            out.push_str(&format!("{cell:<gap$}"));
        }
        out.trim_end().to_owned() + "\n"
    };
    let mut out = line(&mut head.iter().map(|cell| Cow::Borrowed(*cell)));
    for row in rows {
        out.push_str(&line(&mut row.iter().map(|cell| Cow::Borrowed(cell.as_str()))));
    }
    out
}

/// Headings in bold: lines that are underlined, and the head of a table that begins the text.
pub(crate) fn coloured(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let underlined = |nth: usize| {
        lines.get(nth + 1).is_some_and(|next| !next.is_empty() && next.bytes().all(|byte| byte == b'-'))
    };
    let mut out = String::with_capacity(text.len() + 64);
    for (nth, line) in lines.iter().enumerate() {
        match underlined(nth) {
            true => out.push_str(&format!("\x1b[1m{line}\x1b[0m\n")),
            false => out.push_str(&format!("{line}\n")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["é1".to_owned(), "x".to_owned()], vec!["long one".to_owned(), String::new()]];
        assert_eq!(table(&["id", "what"], &rows), "id        what\né1        x\nlong one\n");
    }

    #[test]
    fn only_headings_are_bold() {
        assert_eq!(coloured("Sprints\n-------\nA\n"), "\x1b[1mSprints\x1b[0m\n-------\nA\n");
    }
}
