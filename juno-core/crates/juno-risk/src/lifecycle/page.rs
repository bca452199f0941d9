/// A part of a page for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// A heading.
    Title(String),
    /// A sentence or two.
    Text(String),
    /// Things one below the other.
    List(Vec<String>),
    /// Rows of cells; the first one says what is in the columns. The first column is text, the others are numbers.
    Table(Vec<Vec<String>>),
}

/// A page as plain text.
pub(super) fn text(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        if !out.is_empty() && !matches!(block, Block::Text(_)) {
            out.push('\n');
        }
        match block {
            Block::Title(title) => {
                out.push_str(&format!("{title}\n{}\n", "-".repeat(title.chars().count())));
            }
            Block::Text(text) => out.push_str(&format!("{text}\n")),
            Block::List(items) => items.iter().for_each(|item| out.push_str(&format!("- {item}\n"))),
            Block::Table(rows) => table(&mut out, rows),
        }
    }
    out
}

/// A page as Markdown.
pub(super) fn markdown(blocks: &[Block]) -> String {
    let escaped = |cell: &String| cell.replace('|', "\\|");
    let mut out = String::new();
    for block in blocks {
        match block {
            Block::Title(title) => out.push_str(&format!("## {title}\n")),
            Block::Text(text) => out.push_str(&format!("{text}\n")),
            Block::List(items) => items.iter().for_each(|item| out.push_str(&format!("- {item}\n"))),
            Block::Table(rows) => {
                for (nth, row) in rows.iter().enumerate() {
                    out.push_str(&format!(
                        "| {} |\n",
                        row.iter().map(escaped).collect::<Vec<_>>().join(" | ")
                    ));
                    if nth == 0 {
                        let numbers = " ---: |".repeat(row.len().saturating_sub(1));
                        out.push_str(&format!("| --- |{numbers}\n"));
                    }
                }
            }
        }
        out.push('\n');
    }
    out
}

fn table(out: &mut String, rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
}

/// Three decimals, or a dash for what is absent.
pub(super) fn decimal(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), |value| format!("{value:.3}"))
}

/// A share in whole percent.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_as_text_and_as_markdown() {
        let cells = |row: &[&str]| row.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let page = [
            Block::Title("A".to_owned()),
            Block::Text("Some.".to_owned()),
            Block::List(cells(&["x", "y"])),
            Block::Table(vec![cells(&["what", "n"]), cells(&["a|b", "10"]), cells(&["c", "–"])]),
        ];
        assert_eq!(text(&page), "A\n-\nSome.\n\n- x\n- y\n\nwhat   n\na|b   10\nc      –\n");
        let expected =
            "## A\n\nSome.\n\n- x\n- y\n\n| what | n |\n| --- | ---: |\n| a\\|b | 10 |\n| c | – |\n\n";
        assert_eq!(markdown(&page), expected);
        assert_eq!(
            (decimal(Some(0.1234)), decimal(None), percent(0.305)),
            ("0.123".into(), "–".into(), "30 %".into())
        );
    }
}
