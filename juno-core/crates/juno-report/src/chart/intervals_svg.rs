use super::interval_chart::IntervalChart;
use super::interval_plan::{Bar, Held, IntervalPlan};
use super::layout::{LINE, MARGIN, fit, fit_middle, foot, head, text_width, tick_label, ticks};
use super::svg::{Anchor, Path, Shape, Svg};

const WIDTH: f64 = 880.0;
/// Height of the space for the sprints.
const HEIGHT: f64 = 300.0;
/// Room for the numbers and the name of the upright axis.
const LEFT: f64 = 62.0;
/// Room for one sprint below which strokes are thin and as wide as the room.
const DENSE: f64 = 12.0;
/// The least room a turned label needs along the axis.
const LABEL_EVERY: f64 = 26.0;

/// An interval plot as an SVG document: for each sprint its two ranges as bars, the median and the commitment as strokes, and
/// what was delivered as a dot, a diamond or a cross by how the ranges held. Readable in light and dark.
#[must_use]
pub fn intervals_svg(chart: &IntervalChart) -> String {
    let plan = IntervalPlan::of(chart);
    let mut svg = Svg::default();
    let top = head(&mut svg, WIDTH, &chart.title, &chart.subtitle);
    let top = draw_legend(&mut svg, top, &plan) + 16.0;
    let room = WIDTH - LEFT - 2.0 * MARGIN;
    let slot = room / plan.bars.len().max(1) as f64;
    let plot = Plot { plan: &plan, top, slot };
    plot.draw_axis(&mut svg);
    if plan.bars.is_empty() {
        let middle = [MARGIN + LEFT + room / 2.0, top + HEIGHT / 2.0];
        svg.text("soft", Anchor::Middle, middle, "nothing to show");
    }
    plot.draw_bars(&mut svg);
    let y = plot.draw_labels(&mut svg);
    let y = foot(&mut svg, WIDTH, y, &plan.notes);
    svg.finish([WIDTH, y + MARGIN], &chart.title, &plan.description(chart))
}

/// The sprints and where they are drawn.
struct Plot<'a> {
    plan: &'a IntervalPlan<'a>,
    top: f64,
    /// Width of one sprint.
    slot: f64,
}

impl Plot<'_> {
    /// The middle of the sprint at `index`.
    fn x(&self, index: usize) -> f64 {
        MARGIN + LEFT + (index as f64 + 0.5) * self.slot
    }

    /// The height of an amount, at most that of the axis.
    fn y(&self, amount: f64) -> f64 {
        self.top + (1.0 - (amount / self.plan.top).clamp(0.0, 1.0)) * HEIGHT
    }

    fn draw_axis(&self, svg: &mut Svg) {
        let right = WIDTH - MARGIN;
        let amounts = ticks(self.plan.top, 5.0);
        for amount in &amounts {
            let y = self.y(*amount);
            svg.line("grid", [MARGIN + LEFT, y], [right, y]);
            svg.text(
                "small soft",
                Anchor::End,
                [MARGIN + LEFT - 6.0, y + 4.0],
                &tick_label(*amount, &amounts),
            );
        }
        svg.line("axis", [MARGIN + LEFT, self.y(0.0)], [right, self.y(0.0)]);
        let name = fit(&self.plan.axis, 13.0, HEIGHT);
        svg.turned("", Anchor::Middle, [MARGIN + 10.0, self.top + HEIGHT / 2.0], -90.0, &name);
    }

    fn draw_bars(&self, svg: &mut Svg) {
        let bars = || self.plan.bars.iter().enumerate();
        let width = (self.slot * 0.72).clamp(1.0, 14.0);
        let ranges = |of: fn(&Bar<'_>) -> Option<[f64; 2]>| {
            let mut path = Path::default();
            for (index, bar) in bars() {
                if let Some([lower, upper]) = of(bar) {
                    let (from, to) = (self.y(upper), self.y(lower));
                    // A range of no width still shows.
                    path.rect([self.x(index) - width / 2.0, from], [width, (to - from).max(1.0)]);
                }
            }
            path
        };
        svg.path("wide", &ranges(|bar| bar.wide));
        svg.path("narrow", &ranges(|bar| bar.narrow));
        let dense = self.slot < DENSE;
        svg.group(if dense { "thin" } else { "thick" }, |svg| {
            svg.path("median", &self.strokes(|bar| bar.median, if dense { self.slot } else { width }));
            let width = if dense { self.slot } else { (self.slot * 0.9).min(26.0) };
            svg.path("ink", &self.strokes(|bar| Some(bar.committed), width));
        });
        // What did not hold is drawn last and never too small to see.
        for held in [Held::Unknown, Held::Yes, Held::Partly, Held::No] {
            let (class, shape) = look(held);
            let r = (self.slot * 0.32).clamp(if held == Held::Yes { 1.6 } else { 2.8 }, 4.5);
            let mut marks = Path::default();
            for (index, bar) in bars().filter(|(_, bar)| bar.held == held) {
                marks.mark(shape, [self.x(index), self.y(bar.delivered)], r);
            }
            svg.path(class, &marks);
        }
        let mut beyond = Path::default();
        for (index, _) in bars().filter(|(_, bar)| bar.top() > self.plan.top) {
            beyond.mark(Shape::Triangle, [self.x(index), self.top - 6.0], 3.5);
        }
        svg.path("held", &beyond);
    }

    /// A level stroke of `width` for each sprint that has the amount.
    fn strokes(&self, of: fn(&Bar<'_>) -> Option<f64>, width: f64) -> Path {
        let mut path = Path::default();
        for (index, bar) in self.plan.bars.iter().enumerate() {
            if let Some(amount) = of(bar) {
                let (x, y) = (self.x(index), self.y(amount));
                path.polyline(&[[x - width / 2.0, y], [x + width / 2.0, y]]);
            }
        }
        path
    }

    /// Names the sprints, or every so many where there is no room for all, and gives the height where that ends.
    fn draw_labels(&self, svg: &mut Svg) -> f64 {
        let bottom = self.top + HEIGHT;
        let widest = |of: &mut dyn Iterator<Item = f64>| of.fold(0.0, f64::max);
        let labels: Vec<String> =
            self.plan.bars.iter().map(|bar| fit_middle(bar.label, 12.0, 110.0)).collect();
        let mut deep = 18.0;
        if widest(&mut labels.iter().map(|label| text_width(label, 12.0))) <= self.slot - 6.0 {
            for (index, label) in labels.iter().enumerate() {
                svg.text("small soft", Anchor::Middle, [self.x(index), bottom + 16.0], label);
            }
        } else {
            let every = (LABEL_EVERY / self.slot).ceil().max(1.0) as usize;
            for (index, label) in labels.iter().enumerate().step_by(every) {
                let x = self.x(index);
                svg.line("axis", [x, bottom], [x, bottom + 4.0]);
                // A label leans to the left; near the edge it has less room.
                let label = fit_middle(label, 12.0, (x - MARGIN / 2.0) / 0.77);
                svg.turned("small soft", Anchor::End, [x + 4.0, bottom + 14.0], -40.0, &label);
                deep = f64::max(deep, text_width(&label, 12.0) * 0.65 + 18.0);
            }
        }
        let middle = MARGIN + LEFT + (WIDTH - LEFT - 2.0 * MARGIN) / 2.0;
        svg.text("", Anchor::Middle, [middle, bottom + deep + 14.0], "sprints, in time order");
        bottom + deep + 24.0
    }
}

/// What a mark in the legend looks like.
enum Sample {
    Bar(&'static str),
    Stroke(&'static str),
    Mark(&'static str, Shape),
}

/// Draws the legend in as many lines as it needs, and gives the height it ends at.
fn draw_legend(svg: &mut Svg, from: f64, plan: &IntervalPlan<'_>) -> f64 {
    let mut items: Vec<(Sample, String)> = Vec::new();
    for (level, class) in plan.levels.iter().zip(["narrow", "wide"]) {
        items.push((Sample::Bar(class), level.words()));
    }
    if plan.bars.iter().any(|bar| bar.median.is_some()) {
        items.push((Sample::Stroke("median"), "median forecast".to_owned()));
    }
    items.push((Sample::Stroke("ink"), "committed".to_owned()));
    for held in Held::ALL.into_iter().filter(|held| plan.count(*held) > 0) {
        let (class, shape) = look(held);
        let words = format!("{} ({})", plan.outcome(held), plan.count(held));
        items.push((Sample::Mark(class, shape), words));
    }
    let (mut x, mut y) = (MARGIN, from + LINE);
    for (sample, words) in items {
        let width = 24.0 + text_width(&words, 13.0) + 14.0;
        if x > MARGIN && x + width > WIDTH - MARGIN {
            (x, y) = (MARGIN, y + LINE + 2.0);
        }
        let middle = y - 4.5;
        match sample {
            Sample::Bar(class) => svg.rect(class, [x + 4.0, middle - 6.0], [10.0, 12.0]),
            Sample::Stroke(class) => svg.line(class, [x, middle], [x + 18.0, middle]),
            Sample::Mark(class, shape) => {
                let mut mark = Path::default();
                mark.mark(shape, [x + 9.0, middle], 4.0);
                svg.path(class, &mark);
            }
        }
        svg.text("", Anchor::Start, [x + 24.0, y], &words);
        x += width;
    }
    y + 4.0
}

/// The class and the shape of what was delivered.
const fn look(held: Held) -> (&'static str, Shape) {
    match held {
        Held::Yes => ("held", Shape::Circle),
        Held::Partly => ("partly", Shape::Diamond),
        Held::No => ("missed", Shape::Cross),
        Held::Unknown => ("unranged", Shape::Circle),
    }
}
