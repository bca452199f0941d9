//! Charts as a reader of the files meets them: parsed, counted, and looked at for what must never be missing.

use std::collections::BTreeSet;

use juno_domain::{Interval, Probability};
use roxmltree::Document;
use serde_json::Value;

use super::*;

/// What breaks markup, turns the writing, or cannot be written in XML at all.
const NASTY: &str =
    "</svg><script>&amp;\"' ]]> <!-- \u{0}\u{b}\u{1b}\u{202e}\u{fffe}\u{ffff} 漢字\n👩\u{200d}💻";

fn p(value: f64) -> Probability {
    Probability::new(value).unwrap()
}

fn range(lower: f64, upper: f64, level: f64) -> Interval {
    Interval::new(lower, upper, p(level)).unwrap()
}

/// Forecasts of 0.05, 0.15, … 0.95, ten each, of which about as many happen.
fn forecasts() -> Vec<(Probability, bool)> {
    (0..100).map(|i| (p(f64::from(i / 10) / 10.0 + 0.05), i % 10 < (i / 10 * 7 + 10) / 10)).collect()
}

fn reliability(names: [&str; 2]) -> ReliabilityChart {
    let [model, base] = names;
    let constant: Vec<_> = forecasts().iter().map(|(_, happened)| (p(0.4), *happened)).collect();
    let series = vec![
        ReliabilitySeries::of(model, &forecasts(), 10).unwrap(),
        ReliabilitySeries::of(base, &constant, 10).unwrap().without_band(),
    ];
    let panel = |title: &str| ReliabilityPanel { title: title.to_owned(), series: series.clone() };
    ReliabilityChart {
        title: "Chance to miss".to_owned(),
        subtitle: "Made up".to_owned(),
        panels: vec![panel("0 % elapsed"), panel("50 % elapsed")],
    }
}

/// A sprint that committed to 20 points, with ranges of 10–20 and 5–25.
fn row(label: &str, delivered: f64) -> IntervalRow {
    IntervalRow {
        label: label.to_owned(),
        committed: 20.0,
        delivered,
        median: Some(15.0),
        intervals: vec![range(5.0, 25.0, 0.9), range(10.0, 20.0, 0.8)],
    }
}

fn intervals(rows: Vec<IntervalRow>) -> IntervalChart {
    IntervalChart {
        title: "Delivered points".to_owned(),
        subtitle: "Made up".to_owned(),
        unit: "points".to_owned(),
        scaled: false,
        rows,
    }
}

/// Inside, inside the wide range only, outside, and without a range.
fn four() -> IntervalChart {
    let unranged = IntervalRow { median: None, intervals: Vec::new(), ..row("Sprint 4", 8.0) };
    intervals(vec![row("Sprint 1", 12.0), row("Sprint 2", 24.0), row("Sprint 3", 30.0), unranged])
}

/// The data of every path of a class.
fn paths(svg: &str, class: &str) -> Vec<String> {
    let document = Document::parse(svg).unwrap();
    let of_class = document.descendants().filter(|node| node.attribute("class") == Some(class));
    of_class.filter_map(|node| node.attribute("d").map(str::to_owned)).collect()
}

fn texts(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).unwrap();
    document
        .descendants()
        .filter(|n| n.has_tag_name("text"))
        .filter_map(|n| n.text().map(str::to_owned))
        .collect()
}

fn count(data: &str, of: char) -> usize {
    data.chars().filter(|c| *c == of).count()
}

/// Parses; holds a name and a description; every class is one of the style; everything lies inside the drawing.
fn assert_sound(svg: &str) {
    let document = Document::parse(svg).unwrap_or_else(|error| panic!("{error}: {svg:.300}"));
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    let names: Vec<&str> = root.children().filter(|n| n.is_element()).map(|n| n.tag_name().name()).collect();
    assert_eq!(names[..3], ["title", "desc", "style"], "the name comes first, or it is not read out");
    let size = |key| root.attribute(key).unwrap().parse::<f64>().unwrap();
    let (width, height) = (size("width"), size("height"));
    assert_eq!(root.attribute("viewBox").unwrap(), format!("0 0 {width} {height}"));
    let styled: BTreeSet<&str> = include_str!("style.css")
        .split(['.', ' ', '{', ',', '\n'])
        .filter(|part| part.starts_with(|c: char| c.is_ascii_lowercase()))
        .collect();
    for node in document.descendants().filter(|node| node.is_element()) {
        for class in node.attribute("class").unwrap_or_default().split_whitespace() {
            assert!(styled.contains(class), "`{class}` has no style");
        }
        for attribute in node.attributes() {
            let inside = match attribute.name() {
                "x" | "x1" | "x2" | "width" => 0.0..=width,
                "y" | "y1" | "y2" | "height" => 0.0..=height,
                _ => continue,
            };
            let value: f64 = attribute.value().parse().unwrap();
            assert!(inside.contains(&value), "{} of {node:?} is outside {inside:?}", attribute.name());
        }
        let absolute = node.attribute("d").unwrap_or_default().split(['M', 'L']).skip(1);
        for point in absolute.map(|part| part.split(['a', 'Z']).next().unwrap()) {
            let (x, y) = point.split_once(' ').unwrap();
            assert!((0.0..=width).contains(&x.parse().unwrap()), "{point}");
            assert!((0.0..=height).contains(&y.parse().unwrap()), "{point}");
        }
    }
}

/// Every field that an encoding names is in the data its layer sees, or calculated there; gives how many were looked up.
fn assert_fields(spec: &Value, inherited: &BTreeSet<String>) -> usize {
    let mut known = inherited.clone();
    if let Some(values) = spec.pointer("/data/values").and_then(Value::as_array) {
        known = values.iter().filter_map(Value::as_object).flat_map(|row| row.keys().cloned()).collect();
    }
    let transforms = spec.get("transform").and_then(Value::as_array).into_iter().flatten();
    for transform in transforms {
        known.extend(transform.get("as").and_then(Value::as_str).map(str::to_owned));
        if let Some(field) = transform.pointer("/filter/field").and_then(Value::as_str) {
            assert!(known.contains(field), "`{field}` is filtered on and not in the data");
        }
    }
    let mut seen = 0;
    let channels = spec.get("encoding").and_then(Value::as_object).into_iter().flat_map(|map| map.values());
    for channel in channels.flat_map(|c| c.as_array().cloned().unwrap_or_else(|| vec![c.clone()])) {
        if let Some(field) = channel.get("field").and_then(Value::as_str) {
            assert!(known.contains(field), "`{field}` is drawn and not in the data {known:?}");
            seen += 1;
        }
    }
    let inner = ["layer", "concat", "vconcat"].into_iter().filter_map(|key| spec.get(key)?.as_array());
    seen + inner.flatten().map(|part| assert_fields(part, &known)).sum::<usize>()
}

/// A line for each layer: its mark, and what its channels show.
fn outline(spec: &Value) -> String {
    let inner = ["layer", "concat", "vconcat"].into_iter().filter_map(|key| spec.get(key)?.as_array());
    let mut lines: String = inner.flatten().map(outline).collect();
    if let (Some(mark), Some(encoding)) = (spec.pointer("/mark/type"), spec.get("encoding")) {
        lines.push_str(mark.as_str().unwrap());
        for (channel, shown) in encoding.as_object().unwrap() {
            let shown = shown.get("field").and_then(Value::as_str).unwrap_or("…");
            lines.push_str(&format!(" {channel}={shown}"));
        }
        lines.push('\n');
    }
    lines
}

#[test]
fn a_reliability_diagram_as_people_see_it() {
    let mut chart = reliability(["blend", "base rate"]);
    chart.panels.truncate(1);
    insta::assert_snapshot!(reliability_svg(&chart));
}

#[test]
fn an_interval_plot_as_people_see_it() {
    insta::assert_snapshot!(intervals_svg(&four()));
}

#[test]
fn every_bin_is_drawn_on_axes_from_0_to_1() {
    let chart = reliability(["blend", "base rate"]);
    let svg = reliability_svg(&chart);
    assert_sound(&svg);
    let closed = |class: &str| paths(&svg, class).iter().map(|d| count(d, 'Z')).collect::<Vec<_>>();
    // Of each panel the marks of the legend come first, one for each series.
    assert_eq!(closed("dot"), [1, 1, 1, 10, 1, 1, 1, 10]);
    assert_eq!(closed("bar"), [10, 1, 10, 1]);
    assert_eq!(closed("area"), [10, 10], "the band of the model alone");
    let whiskers: Vec<usize> = paths(&svg, "whisker").iter().map(|d| count(d, 'M')).collect();
    assert_eq!(whiskers, [1, 10, 1, 10], "the first series is drawn last, on top");
    let drawn = texts(&svg);
    for share in ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"] {
        assert_eq!(
            drawn.iter().filter(|text| *text == share).count(),
            4,
            "both axes of both panels: {share}"
        );
    }
    let spec = reliability_vega(&chart);
    assert_eq!(spec.pointer("/concat/1/data/values").unwrap().as_array().unwrap().len(), 11);
    assert_eq!(
        spec.pointer("/concat/0/vconcat/0/layer/4/encoding/y/scale/domain").unwrap(),
        &serde_json::json!([0, 1])
    );
}

#[test]
fn the_error_beside_a_series_is_the_expected_calibration_error() {
    let forecasts: Vec<_> = forecasts().into_iter().step_by(3).collect();
    let ece = juno_confidence::expected_calibration_error(&forecasts, 7).unwrap().unwrap();
    let series = ReliabilitySeries::of("blend", &forecasts, 7).unwrap();
    assert!((series.ece().unwrap() - ece).abs() < 1e-12);
    assert_eq!(series.summary(), format!("blend: n = 34, ECE {ece:.3}"));
    let none = ReliabilitySeries::of("blend", &[], 7).unwrap();
    assert_eq!((none.ece(), none.summary()), (None, "blend: no forecasts".to_owned()));
    assert!(ReliabilitySeries::of("blend", &forecasts, 0).is_err());
}

#[test]
fn a_series_looks_the_same_in_every_panel() {
    let mut chart = reliability(["blend", "base rate"]);
    chart.panels[1].series.reverse();
    let svg = reliability_svg(&chart);
    let document = Document::parse(&svg).unwrap();
    let groups = document.descendants().filter_map(|n| n.attribute("class")?.strip_prefix("series"));
    // Legend, band, curve (the first on top), columns: of the first panel in one order, of the second in the other.
    let panel = |a: &str, b: &str| [a, b, a, b, b, a, a, b].join("");
    assert_eq!(groups.collect::<String>(), panel("0", "1") + &panel("1", "0"));
}

#[test]
fn ranges_hold_or_do_not_by_shape_as_well_as_colour() {
    let svg = intervals_svg(&four());
    assert_sound(&svg);
    // A mark of the legend, and one of the sprint; crosses are two strokes each, the others are closed.
    for class in ["held", "partly", "unranged"] {
        assert_eq!(paths(&svg, class).iter().map(|d| count(d, 'Z')).collect::<Vec<_>>(), [1, 1], "{class}");
    }
    assert_eq!(paths(&svg, "missed").iter().map(|d| count(d, 'M')).collect::<Vec<_>>(), [2, 2]);
    assert_eq!(count(&paths(&svg, "narrow")[0], 'Z'), 3);
    assert_eq!(count(&paths(&svg, "wide")[0], 'Z'), 3);
    let drawn = texts(&svg).join("\n");
    for words in [
        "80 % range held 1 of 3 (33 %)",
        "90 % range held 2 of 3 (67 %)",
        "delivered, inside 80 % (1)",
        "delivered, inside 90 % only (1)",
        "delivered, outside (1)",
        "delivered, no range (1)",
    ] {
        assert!(drawn.contains(words), "{words}: {drawn}");
    }
}

#[test]
fn of_ten_thousand_sprints_the_last_are_drawn_and_all_are_counted() {
    let rows =
        (0..10_000).map(|i| row(&format!("Sprint {i}"), if i < 9_700 { 12.0 } else { 30.0 })).collect();
    let chart = intervals(rows);
    let svg = intervals_svg(&chart);
    assert_sound(&svg);
    assert_eq!(count(&paths(&svg, "narrow")[0], 'Z'), 300);
    assert_eq!(count(paths(&svg, "missed").last().unwrap(), 'M'), 600);
    let note = "The last 300 of 10000 sprints are drawn; over all: 80 % range held 9700 of 10000 (97 %), 90 % range held \
                9700 of 10000 (97 %).";
    assert!(Document::parse(&svg).unwrap().descendants().any(|n| n.text().is_some_and(|t| t.contains(note))));
    let spec = intervals_vega(&chart);
    assert_eq!(spec.pointer("/data/values").unwrap().as_array().unwrap().len(), 300);
    assert!(spec.pointer("/title/subtitle").unwrap().to_string().contains(note));
}

#[test]
fn amounts_that_cannot_be_drawn_are_left_out_and_counted() {
    let mut rows = vec![row("good", 12.0)];
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 1e300] {
        rows.push(row("delivered", bad));
        rows.push(IntervalRow { committed: bad, ..row("committed", 1.0) });
        rows.push(IntervalRow { median: Some(bad), ..row("median", 1.0) });
    }
    rows.push(IntervalRow { intervals: vec![range(0.0, 1e300, 0.8)], ..row("range", 1.0) });
    for scaled in [false, true] {
        let chart = IntervalChart { scaled, ..intervals(rows.clone()) };
        let svg = intervals_svg(&chart);
        assert_sound(&svg);
        assert!(svg.contains("Left out: 16 with "), "{svg}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
        assert_eq!(intervals_vega(&chart).pointer("/data/values").unwrap().as_array().unwrap().len(), 1);
    }
    let nothing = IntervalRow { committed: 0.0, ..row("nothing committed", 3.0) };
    let tiny = IntervalRow { committed: 1e-300, ..row("next to nothing committed", 3.0) };
    let chart = IntervalChart { scaled: true, ..intervals(vec![nothing, tiny, row("good", 10.0)]) };
    let svg = intervals_svg(&chart);
    assert!(svg.contains("Left out: 2 with nothing committed, or an amount that cannot be drawn."));
    assert_eq!(intervals_vega(&chart).pointer("/data/values/0/delivered").unwrap(), 0.5);
    let kept = IntervalChart { scaled: false, ..chart };
    assert_eq!(intervals_vega(&kept).pointer("/data/values").unwrap().as_array().unwrap().len(), 3);
}

#[test]
fn what_towers_above_the_others_is_cut_off_and_said() {
    let mut rows: Vec<_> = (0..40).map(|i| row(&format!("Sprint {i}"), 12.0)).collect();
    rows[7].delivered = 5_000.0;
    let chart = intervals(rows);
    let svg = intervals_svg(&chart);
    assert_sound(&svg);
    assert!(svg.contains("Beyond the top of the axis (▲): 1, up to 5000."));
    let spec = intervals_vega(&chart);
    assert_eq!(spec.pointer("/layer/0/encoding/y/scale/domain").unwrap(), &serde_json::json!([0, 31.25]));
    assert_eq!(spec.pointer("/data/values/7/beyond").unwrap(), true);
    assert_eq!(spec.pointer("/data/values/7/delivered").unwrap(), 5_000.0, "the figure stays as it is");
    // Few sprints are always drawn whole.
    let few = intervals(vec![row("a", 12.0), row("b", 5_000.0)]);
    assert!(!intervals_svg(&few).contains("Beyond"));
}

#[test]
fn what_cannot_be_below_zero_is_drawn_from_zero_and_still_judged_as_it_is() {
    let chart = intervals(vec![IntervalRow { intervals: vec![range(-9.0, -4.0, 0.8)], ..row("a", 0.0) }]);
    assert_sound(&intervals_svg(&chart));
    let spec = intervals_vega(&chart);
    assert_eq!(spec.pointer("/data/values/0/narrow_low").unwrap(), 0.0);
    assert_eq!(spec.pointer("/data/values/0/held").unwrap(), "delivered, outside");
}

#[test]
fn charts_of_nothing_and_of_one_say_so() {
    let none = ReliabilityChart { panels: Vec::new(), ..reliability(["a", "b"]) };
    assert_sound(&reliability_svg(&none));
    assert!(texts(&reliability_svg(&none)).contains(&"nothing to show".to_owned()));
    assert_eq!(reliability_vega(&none)["concat"], serde_json::json!([]));
    let hollow = ReliabilityPanel {
        title: String::new(),
        series: vec![ReliabilitySeries::of("blend", &[], 10).unwrap()],
    };
    let one = ReliabilitySeries::of("blend", &[(p(1.0), true)], 1).unwrap();
    let single = ReliabilityPanel { title: String::new(), series: vec![one] };
    let empty = ReliabilityPanel { title: String::new(), series: Vec::new() };
    for panels in [vec![hollow.clone()], vec![single.clone()], vec![hollow, single, empty]] {
        let chart = ReliabilityChart { title: String::new(), subtitle: String::new(), panels };
        assert_sound(&reliability_svg(&chart));
        assert_eq!(reliability_vega(&chart)["concat"].as_array().unwrap().len(), chart.panels.len());
    }
    for rows in [
        vec![],
        vec![row("", 0.0)],
        vec![IntervalRow { committed: 0.0, median: None, intervals: vec![], ..row("", 0.0) }],
    ] {
        for scaled in [false, true] {
            let chart = IntervalChart { scaled, ..intervals(rows.clone()) };
            let svg = intervals_svg(&chart);
            assert_sound(&svg);
            let drawn = intervals_vega(&chart).pointer("/data/values").unwrap().as_array().unwrap().len();
            assert_eq!(texts(&svg).contains(&"nothing to show".to_owned()), drawn == 0);
        }
    }
}

#[test]
fn texts_from_outside_stay_texts() {
    for text in [NASTY.to_owned(), NASTY.repeat(500), "x".repeat(20_000), "< ".repeat(5_000)] {
        let mut chart = reliability([&text, "base rate"]);
        chart.title.clone_from(&text);
        chart.subtitle.clone_from(&text);
        chart.panels[0].title.clone_from(&text);
        let svg = reliability_svg(&chart);
        assert_sound(&svg);
        assert!(!svg.contains("<script"));
        assert!(texts(&svg).iter().all(|line| line.chars().count() < 200), "long texts are cut");
        let document = Document::parse(&svg).unwrap();
        let title = document.descendants().find(|n| n.has_tag_name("title")).unwrap().text().unwrap();
        assert_eq!(
            title.chars().count(),
            text.chars().count(),
            "the whole title is there for those who listen"
        );

        let mut chart = intervals((0..30).map(|_| row(&text, 12.0)).collect());
        chart.title.clone_from(&text);
        chart.unit.clone_from(&text);
        let svg = intervals_svg(&chart);
        assert_sound(&svg);
        assert!(!svg.contains("<script"));
        assert!(texts(&svg).iter().all(|line| line.chars().count() < 200));
    }
}

#[test]
fn vega_draws_the_same_marks() {
    insta::assert_snapshot!(outline(&reliability_vega(&reliability(["a", "b"]))["concat"][0]));
    let mut rows = four().rows;
    rows.extend((0..20).map(|_| row("again", 15.0)));
    rows[2].delivered = 900.0;
    insta::assert_snapshot!(outline(&intervals_vega(&intervals(rows))));
}

#[test]
fn vega_names_only_fields_that_are_there() {
    assert!(assert_fields(&reliability_vega(&reliability(["a", "b"])), &BTreeSet::new()) > 30);
    let mut rows = four().rows;
    rows.extend((0..40).map(|_| row("again", 15.0)));
    rows[2].delivered = 900.0;
    let chart = intervals(rows);
    assert!(assert_fields(&intervals_vega(&chart), &BTreeSet::new()) > 20);
}

#[test]
fn sprints_of_one_name_stay_apart_in_vega() {
    let labels = ["a", "a", "a (2)", "a"];
    let spec = intervals_vega(&intervals(labels.iter().map(|label| row(label, 15.0)).collect()));
    let values = spec.pointer("/data/values").unwrap().as_array().unwrap();
    let drawn: BTreeSet<&str> = values.iter().map(|row| row["sprint"].as_str().unwrap()).collect();
    assert_eq!(drawn.len(), labels.len(), "{drawn:?}");
}

#[test]
fn the_same_chart_gives_the_same_bytes_and_survives_json() {
    let chart = reliability(["blend", "base rate"]);
    let read: ReliabilityChart = serde_json::from_str(&serde_json::to_string(&chart).unwrap()).unwrap();
    assert_eq!(reliability_svg(&read), reliability_svg(&chart));
    assert_eq!(reliability_vega(&read).to_string(), reliability_vega(&chart).to_string());
    let chart = four();
    let read: IntervalChart = serde_json::from_str(&serde_json::to_string(&chart).unwrap()).unwrap();
    assert_eq!(intervals_svg(&read), intervals_svg(&chart));
    assert_eq!(intervals_vega(&read).to_string(), intervals_vega(&chart).to_string());
}

#[test]
fn no_text_is_smaller_than_eleven_pixels() {
    let sizes: Vec<f64> = include_str!("style.css")
        .split("font-size:")
        .skip(1)
        .map(|rest| rest.split("px").next().unwrap().parse().unwrap())
        .collect();
    assert!(sizes.len() > 2 && sizes.iter().all(|size| *size >= 11.0), "{sizes:?}");
}
