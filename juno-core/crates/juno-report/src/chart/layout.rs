use super::svg::{Anchor, Svg};

/// Room between the edge of a drawing and what is in it.
pub(crate) const MARGIN: f64 = 16.0;
/// From one line of text to the next.
pub(crate) const LINE: f64 = 18.0;
/// Lines a title may take before it is cut; the whole of it is in the drawing's `<title>`.
const MOST_LINES: usize = 3;

/// Draws a title and a subtitle across `width` from the top, and gives the height they end at.
pub(crate) fn head(svg: &mut Svg, width: f64, title: &str, subtitle: &str) -> f64 {
    let mut y = MARGIN;
    for line in wrap(title, 17.0, width - 2.0 * MARGIN, MOST_LINES) {
        y += 20.0;
        svg.text("head", Anchor::Start, [MARGIN, y - 4.0], &line);
    }
    for line in wrap(subtitle, 13.0, width - 2.0 * MARGIN, MOST_LINES) {
        y += LINE;
        svg.text("soft", Anchor::Start, [MARGIN, y - 2.0], &line);
    }
    y + 8.0
}

/// Draws small text across `width` from `top`, and gives the height it ends at.
pub(crate) fn foot(svg: &mut Svg, width: f64, top: f64, text: &str) -> f64 {
    let mut y = top;
    for line in wrap(text, 12.0, width - 2.0 * MARGIN, 12) {
        y += 16.0;
        svg.text("small soft", Anchor::Start, [MARGIN, y - 3.0], &line);
    }
    y
}

/// The text in lines no wider than `width`, `most` at the most; what is left out shows as `…`. Words too long for a line are
/// broken.
fn wrap(text: &str, size: f64, width: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if text_width(&longer, size) <= width {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for character in word.chars() {
            line.push(character);
            if text_width(&line, size) > width && line.chars().count() > 1 {
                line.pop();
                lines.push(std::mem::replace(&mut line, character.to_string()));
            }
        }
        // One more than is shown is enough to know that something is left out.
        if lines.len() > most {
            break;
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = fit(&format!("{last}…"), size, width);
        }
    }
    lines
}

/// The text in one line no wider than `width`; a cut shows as `…`.
pub(crate) fn fit(text: &str, size: f64, width: f64) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text_width(&line, size) <= width {
        return line;
    }
    let mut room = width - text_width("…", size);
    let kept: String = line
        .chars()
        .take_while(|&character| {
            room -= advance(character) * size;
            room >= 0.0
        })
        .collect();
    format!("{}…", kept.trim_end_matches(['…', ' ']))
}

/// The text in one line no wider than `width`, cut in the middle: names of sprints often differ at their end alone.
pub(crate) fn fit_middle(text: &str, size: f64, width: f64) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text_width(&line, size) <= width {
        return line;
    }
    let end: String = line.chars().rev().take(5).collect::<Vec<_>>().into_iter().rev().collect();
    let room = width - text_width(&end, size);
    if room < 3.0 * size {
        return fit(&line, size, width);
    }
    let kept = line.chars().count().saturating_sub(5);
    let start: String = line.chars().take(kept).collect();
    // The part that is left out is never empty, so the start is cut too and ends in `…`.
    format!("{}{}", fit(&start, size, room), end.trim_start())
}

/// About how wide a text is in a common sans-serif; rather too wide than too narrow, as the reader's font is not known.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

/// The width of a character in parts of the font's size.
const fn advance(character: char) -> f64 {
    match character {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '!' | '|' | '(' | ')' | ' ' => 0.36,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 0.95,
        'A'..='Z' => 0.7,
        '\0'..='~' => 0.61,
        '\u{1100}'.. => 1.05,
        _ => 0.65,
    }
}

/// Round numbers from 0 to `top` or just below, about `count` of them; only 0 where there is no height.
pub(crate) fn ticks(top: f64, count: f64) -> Vec<f64> {
    if !(top > 0.0 && top.is_finite()) {
        return vec![0.0];
    }
    let rough = top / count;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0].into_iter().map(|nice| nice * power).find(|step| *step >= 0.75 * rough);
    let step = step.unwrap_or(10.0 * power);
    // Bounded for any input, though a step is never less than a `count`-th of the top.
    (0..100).map(|index| f64::from(index) * step).take_while(|tick| *tick <= top * (1.0 + 1e-9)).collect()
}

/// A number on an axis: as many decimals as its step needs.
pub(crate) fn tick_label(tick: f64, ticks: &[f64]) -> String {
    let step = ticks.get(1).copied().unwrap_or(1.0);
    let decimals = if step >= 1.0 { 0 } else { (-step.log10().floor()).clamp(0.0, 12.0) as usize };
    format!("{tick:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_wrapped_and_cut_to_their_room() {
        assert_eq!(wrap("", 13.0, 100.0, 3), Vec::<String>::new());
        assert_eq!(wrap("one two three", 10.0, 45.0, 3), ["one two", "three"]);
        assert_eq!(wrap("one two three four five six", 10.0, 45.0, 2), ["one two", "three…"]);
        let long = "x".repeat(10_000);
        let lines = wrap(&long, 10.0, 100.0, 3);
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| text_width(line, 10.0) <= 100.0) && lines[2].ends_with('…'));
        assert_eq!(fit("short", 10.0, 100.0), "short");
        assert_eq!(fit("a\nb", 10.0, 100.0), "a b");
        let cut = fit(&"漢字".repeat(50), 10.0, 100.0);
        assert!(cut.ends_with('…') && text_width(&cut, 10.0) <= 100.0, "{cut}");
        let names = ["CORE platform team sprint 104", "漢字漢字漢字漢字漢字漢字104", "short"];
        let cut = names.map(|name| fit_middle(name, 10.0, 100.0));
        assert_eq!(cut, ["CORE platf…t 104", "漢字漢字…漢字104", "short"]);
        // No room at all still ends.
        assert_eq!(fit("ab", 10.0, 0.0), "…");
        assert_eq!(wrap("ab", 10.0, 0.0, 1), ["…"]);
    }

    #[test]
    fn ticks_are_round_and_reach_the_top() {
        assert_eq!(ticks(1.0, 5.0), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert_eq!(ticks(47.0, 5.0), [0.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!(ticks(1e12, 5.0).last(), Some(&1e12));
        for none in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(ticks(none, 5.0), [0.0]);
        }
        let labels =
            |top| ticks(top, 5.0).iter().map(|t| tick_label(*t, &ticks(top, 5.0))).collect::<Vec<_>>();
        assert_eq!(labels(1.0), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(47.0), ["0", "10", "20", "30", "40"]);
        assert_eq!(labels(0.0), ["0"]);
    }
}
