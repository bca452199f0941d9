use super::layout::{LINE, MARGIN, fit, foot, head, tick_label, ticks};
use super::reliability_chart::{LOOKS, ReliabilityChart, ReliabilityPanel, column, shape};
use super::svg::{Anchor, Path, Svg};

/// Room for the numbers and the name of the upright axis.
const LEFT: f64 = 46.0;
/// Between a panel's square and the next panel.
const RIGHT: f64 = 18.0;
/// Height of the columns beneath a square.
const COLUMNS: f64 = 54.0;
/// Between a square and its columns.
const GAP: f64 = 12.0;
/// Beneath the columns: numbers and name of the level axis, and air.
const BELOW: f64 = 52.0;

/// A reliability diagram as an SVG document: a square per panel with the diagonal, each series' points with whiskers and
/// band, and beneath it the number of forecasts. Readable in light and dark; colours are told apart by shape too.
#[must_use]
pub fn reliability_svg(chart: &ReliabilityChart) -> String {
    let columns = chart.panels.len().clamp(1, 2);
    let side = if columns == 1 { 420.0 } else { 310.0 };
    let width = 2.0 * MARGIN + columns as f64 * (LEFT + side + RIGHT) - RIGHT + 8.0;
    let mut svg = Svg::default();
    let mut y = head(&mut svg, width, &chart.title, &chart.subtitle);
    if chart.panels.is_empty() {
        y += 2.0 * LINE;
        svg.text("soft", Anchor::Middle, [width / 2.0, y], "nothing to show");
        y += LINE;
    }
    let names = chart.names();
    for row in chart.panels.chunks(columns) {
        let lines = row.iter().map(|panel| panel.series.len()).max().unwrap_or(0);
        let titled = row.iter().any(|panel| !panel.title.is_empty());
        let top = y + (lines + usize::from(titled)) as f64 * LINE + 10.0;
        for (index, panel) in row.iter().enumerate() {
            let left = MARGIN + LEFT + index as f64 * (LEFT + side + RIGHT);
            Panel { panel, names: &names, left, top, side }.draw(&mut svg, y);
        }
        y = top + side + GAP + COLUMNS + BELOW;
    }
    y = foot(&mut svg, width, y, &chart.key());
    svg.finish([width, y + MARGIN], &chart.title, &chart.description())
}

/// A panel and where it is drawn.
struct Panel<'a> {
    panel: &'a ReliabilityPanel,
    names: &'a [&'a str],
    left: f64,
    top: f64,
    side: f64,
}

impl Panel<'_> {
    /// The point of a forecast and a share.
    fn at(&self, forecast: f64, share: f64) -> [f64; 2] {
        [self.left + forecast * self.side, self.top + (1.0 - share) * self.side]
    }

    /// How the series of this name looks.
    fn look(&self, name: &str) -> usize {
        self.names.iter().position(|other| *other == name).unwrap_or(0) % LOOKS
    }

    fn draw(&self, svg: &mut Svg, from: f64) {
        self.draw_legend(svg, from);
        self.draw_axes(svg);
        for series in &self.panel.series {
            svg.group(&format!("series{}", self.look(&series.name)), |svg| {
                let mut area = Path::default();
                for bin in &series.band {
                    let [x, y] = self.at(bin.lower, bin.rate.upper());
                    let [right, bottom] = self.at(bin.upper, bin.rate.lower());
                    area.rect([x, y], [right - x, bottom - y]);
                }
                svg.path("area", &area);
            });
        }
        svg.line("ideal", self.at(0.0, 0.0), self.at(1.0, 1.0));
        // The first series is what the panel is about: it lies on top.
        for series in self.panel.series.iter().rev() {
            let look = self.look(&series.name);
            svg.group(&format!("series{look}"), |svg| {
                let points: Vec<[f64; 2]> =
                    series.bins.iter().map(|bin| self.at(bin.mean_forecast.get(), bin.rate.get())).collect();
                let mut curve = Path::default();
                curve.polyline(&points);
                svg.path("curve", &curve);
                let (mut whiskers, mut marks) = (Path::default(), Path::default());
                for (bin, point) in series.bins.iter().zip(&points) {
                    let end = |share| self.at(bin.mean_forecast.get(), share);
                    whiskers.polyline(&[end(bin.interval.lower()), end(bin.interval.upper())]);
                    marks.mark(shape(look), *point, 4.5);
                }
                svg.path("whisker", &whiskers);
                svg.path("dot", &marks);
            });
        }
        self.draw_columns(svg);
    }

    /// The panel's title and a line for each series, ending at the square.
    fn draw_legend(&self, svg: &mut Svg, from: f64) {
        let mut y = from;
        if !self.panel.title.is_empty() {
            y += LINE;
            svg.text("name", Anchor::Start, [self.left, y - 4.0], &fit(&self.panel.title, 14.0, self.side));
        }
        for series in &self.panel.series {
            y += LINE;
            let look = self.look(&series.name);
            svg.group(&format!("series{look}"), |svg| {
                let mut mark = Path::default();
                mark.mark(shape(look), [self.left + 5.0, y - 8.0], 4.5);
                svg.path("dot", &mark);
            });
            // The figures stay where a name is too long.
            let summary = series.summary();
            let figures = summary.strip_prefix(&series.name).unwrap_or_default();
            let room = self.side - 16.0 - super::layout::text_width(figures, 13.0);
            let line = format!("{}{figures}", fit(&series.name, 13.0, room));
            svg.text("", Anchor::Start, [self.left + 16.0, y - 4.0], &line);
        }
    }

    fn draw_axes(&self, svg: &mut Svg) {
        let bottom = self.top + self.side + GAP + COLUMNS;
        let shares = ticks(1.0, 5.0);
        for share in &shares {
            let label = tick_label(*share, &shares);
            svg.line("grid", self.at(0.0, *share), self.at(1.0, *share));
            svg.line("grid", self.at(*share, 1.0), self.at(*share, 0.0));
            let [x, y] = self.at(*share, *share);
            svg.line("grid", [x, self.top + self.side + GAP], [x, bottom]);
            svg.text("small soft", Anchor::End, [self.left - 6.0, y + 4.0], &label);
            svg.text("small soft", Anchor::Middle, [x, bottom + 16.0], &label);
        }
        svg.line("axis", self.at(0.0, 0.0), self.at(0.0, 1.0));
        svg.line("axis", self.at(0.0, 0.0), self.at(1.0, 0.0));
        let middle = self.left + self.side / 2.0;
        svg.text("", Anchor::Middle, [middle, bottom + 34.0], "forecast chance");
        let upright = [self.left - 36.0, self.top + self.side / 2.0];
        svg.turned("", Anchor::Middle, upright, -90.0, "share that happened");
    }

    /// The number of forecasts in each stretch.
    fn draw_columns(&self, svg: &mut Svg) {
        let bottom = self.top + self.side + GAP + COLUMNS;
        let most =
            self.panel.series.iter().flat_map(|series| &series.bins).map(|bin| bin.n).max().unwrap_or(0);
        for (index, series) in self.panel.series.iter().enumerate() {
            svg.group(&format!("series{}", self.look(&series.name)), |svg| {
                let mut bars = Path::default();
                for bin in &series.bins {
                    let [from, to] = column(bin, index, self.panel.series.len());
                    let height = f64::from(bin.n) / f64::from(most.max(1)) * COLUMNS;
                    let x = self.left + from * self.side;
                    bars.rect([x, bottom - height], [(to - from) * self.side, height]);
                }
                svg.path("bar", &bars);
            });
        }
        svg.line("axis", [self.left, bottom], [self.left + self.side, bottom]);
        svg.text("small soft", Anchor::End, [self.left - 6.0, bottom - COLUMNS + 9.0], &most.to_string());
        svg.text("small soft", Anchor::End, [self.left - 6.0, bottom + 1.0], "0");
    }
}
