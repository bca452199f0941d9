use crate::plain;

/// How a drawing looks, in light and in dark. Every rule begins with `.juno-chart`, so that a drawing set into a page
/// changes nothing else there. The colours of series and outcomes are those of Okabe and Ito, which colour-blind people tell
/// apart; in the dark, brighter ones of the same order.
const STYLE: &str = include_str!("style.css");

/// Writes SVG element by element. Texts are escaped here and nowhere else; all other attributes are names of the code's own
/// or numbers.
#[derive(Default)]
pub(crate) struct Svg(String);

/// Where a text stands from its point.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    /// An element without content.
    pub(crate) fn leaf(&mut self, name: &'static str, class: &str, numbers: &[(&'static str, f64)]) {
        let numbers: String =
            numbers.iter().map(|(key, value)| format!(" {key}=\"{}\"", num(*value))).collect();
        self.0.push_str(&format!("<{name} class=\"{class}\"{numbers}/>\n"));
    }

    pub(crate) fn rect(&mut self, class: &str, [x, y]: [f64; 2], [width, height]: [f64; 2]) {
        self.leaf("rect", class, &[("x", x), ("y", y), ("width", width), ("height", height)]);
    }

    pub(crate) fn line(&mut self, class: &str, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2]) {
        self.leaf("line", class, &[("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2)]);
    }

    /// A path; nothing is written for an empty one.
    pub(crate) fn path(&mut self, class: &str, path: &Path) {
        if !path.0.is_empty() {
            self.0.push_str(&format!("<path class=\"{class}\" d=\"{}\"/>\n", path.0));
        }
    }

    /// One line of text.
    pub(crate) fn text(&mut self, class: &str, anchor: Anchor, [x, y]: [f64; 2], text: &str) {
        self.0.push_str(&format!(
            "<text{} text-anchor=\"{}\" x=\"{}\" y=\"{}\">{}</text>\n",
            class_of(class),
            anchor.name(),
            num(x),
            num(y),
            escape(text)
        ));
    }

    /// One line of text, turned by `degrees` clockwise around its point.
    pub(crate) fn turned(&mut self, class: &str, anchor: Anchor, [x, y]: [f64; 2], degrees: f64, text: &str) {
        self.0.push_str(&format!(
            "<text{} text-anchor=\"{}\" transform=\"translate({} {}) rotate({})\">{}</text>\n",
            class_of(class),
            anchor.name(),
            num(x),
            num(y),
            num(degrees),
            escape(text)
        ));
    }

    pub(crate) fn group(&mut self, class: &str, inside: impl FnOnce(&mut Self)) {
        self.0.push_str(&format!("<g class=\"{class}\">\n"));
        inside(self);
        self.0.push_str("</g>\n");
    }

    /// The whole document, with its name and description for those who do not see it.
    pub(crate) fn finish(self, [width, height]: [f64; 2], title: &str, description: &str) -> String {
        let (w, h) = (num(width), num(height));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"juno-chart\" role=\"img\" width=\"{w}\" height=\"{h}\" \
             viewBox=\"0 0 {w} {h}\">\n<title>{}</title>\n<desc>{}</desc>\n<style>\n{STYLE}</style>\n\
             <rect class=\"page\" width=\"{w}\" height=\"{h}\"/>\n{}</svg>\n",
            escape(title),
            escape(description),
            self.0
        )
    }
}

impl Anchor {
    const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// The data of a path.
#[derive(Default)]
pub(crate) struct Path(String);

impl Path {
    /// Adds a line through `points`.
    pub(crate) fn polyline(&mut self, points: &[[f64; 2]]) {
        for (index, [x, y]) in points.iter().enumerate() {
            let command = if index == 0 { 'M' } else { 'L' };
            self.0.push_str(&format!("{command}{} {}", num(*x), num(*y)));
        }
    }

    /// Adds a closed shape.
    pub(crate) fn polygon(&mut self, points: &[[f64; 2]]) {
        if !points.is_empty() {
            self.polyline(points);
            self.0.push('Z');
        }
    }

    /// Adds a rectangle.
    pub(crate) fn rect(&mut self, [x, y]: [f64; 2], [width, height]: [f64; 2]) {
        self.polygon(&[[x, y], [x + width, y], [x + width, y + height], [x, y + height]]);
    }

    /// Adds a mark of about `r` around a point.
    pub(crate) fn mark(&mut self, shape: Shape, [x, y]: [f64; 2], r: f64) {
        match shape {
            Shape::Circle => self.0.push_str(&format!(
                "M{left} {y}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0Z",
                left = num(x - r),
                y = num(y),
                r = num(r),
                d = num(2.0 * r)
            )),
            Shape::Square => self.rect([x - 0.9 * r, y - 0.9 * r], [1.8 * r, 1.8 * r]),
            Shape::Triangle => {
                self.polygon(&[[x, y - 1.2 * r], [x + 1.1 * r, y + 0.8 * r], [x - 1.1 * r, y + 0.8 * r]]);
            }
            Shape::Diamond => {
                let r = 1.3 * r;
                self.polygon(&[[x, y - r], [x + r, y], [x, y + r], [x - r, y]]);
            }
            Shape::Cross => {
                self.polyline(&[[x - r, y - r], [x + r, y + r]]);
                self.polyline(&[[x - r, y + r], [x + r, y - r]]);
            }
        }
    }
}

/// The form of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Circle,
    Square,
    Triangle,
    Diamond,
    /// Two strokes; has no inside.
    Cross,
}

/// A number as short as a drawing needs: at most two decimals, never `-0`.
pub(crate) fn num(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    // Adding zero turns -0 into 0.
    (rounded + 0.0).to_string()
}

/// The attribute, or nothing for no class.
fn class_of(class: &str) -> String {
    if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") }
}

/// A text that is well-formed XML and shows what it says, in an element or in an attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in plain(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML has no way to write these two.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_never_minus_zero() {
        let shown = [0.0, -0.0, -0.001, 1.0, 1.005, 2.0 / 3.0, 1e7].map(num);
        assert_eq!(shown, ["0", "0", "0", "1", "1", "0.67", "10000000"].map(str::to_owned));
    }

    #[test]
    fn texts_are_escaped() {
        let mut svg = Svg::default();
        svg.text("soft", Anchor::End, [1.0, 2.5], "<a href='x'>&\"\u{0}\u{ffff}");
        assert_eq!(
            svg.0,
            "<text class=\"soft\" text-anchor=\"end\" x=\"1\" y=\"2.5\">&lt;a href=&#39;x&#39;&gt;&amp;&quot;\u{fffd}\u{fffd}</text>\n"
        );
    }

    #[test]
    fn every_mark_stands_around_its_point() {
        let marks =
            [Shape::Circle, Shape::Square, Shape::Triangle, Shape::Diamond, Shape::Cross].map(|shape| {
                let mut path = Path::default();
                path.mark(shape, [10.0, 10.0], 5.0);
                path.0
            });
        assert_eq!(marks[0], "M5 10a5 5 0 1 0 10 0a5 5 0 1 0 -10 0Z");
        assert_eq!(marks[1], "M5.5 5.5L14.5 5.5L14.5 14.5L5.5 14.5Z");
        assert_eq!(marks[2], "M10 4L15.5 14L4.5 14Z");
        assert_eq!(marks[3], "M10 3.5L16.5 10L10 16.5L3.5 10Z");
        assert_eq!(marks[4], "M5 5L15 15M5 15L15 5");
    }
}
