use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::interval_chart::IntervalChart;
use super::interval_plan::{Bar, Held, IntervalPlan};
use super::vega::{SCHEMA, config};

/// Up to how many sprints there is room for thick strokes and large marks.
const SPARSE: usize = 60;
/// The colours of the narrow and the wide range on white.
const RANGES: [&str; 2] = ["#7fb2d9", "#c3dbee"];
/// Name, field and colour of what is drawn as a stroke.
const STROKES: [(&str, &str, &str); 2] =
    [("median forecast", "median", "#00527f"), ("committed", "committed", "#1c2430")];
/// A cross of two strokes; Vega's own stands upright and looks like a plus.
const CROSS: &str = "M-.7,-1L0,-.3L.7,-1L1,-.7L.3,0L1,.7L.7,1L0,.3L-.7,1L-1,.7L-.3,0L-1,-.7Z";

/// An interval plot as a Vega-Lite 5 specification with its data inside; the same marks as
/// [`intervals_svg`](crate::intervals_svg), with figures on pointing.
#[must_use]
pub fn intervals_vega(chart: &IntervalChart) -> Value {
    let plan = IntervalPlan::of(chart);
    let labels = unique_labels(&plan.bars);
    let values: Vec<Value> =
        plan.bars.iter().zip(&labels).map(|(bar, label)| row(bar, label, &plan)).collect();
    let width = (800.0 / plan.bars.len().max(1) as f64 * 0.72).clamp(1.0, 14.0);
    let x = json!({
        "field": "sprint", "type": "ordinal", "sort": null, "scale": {"domain": labels},
        "axis": {"title": "sprints, in time order", "labelAngle": -40, "labelLimit": 160, "labelOverlap": "greedy"},
    });
    let y = |field: &str| {
        json!({
            "field": field, "type": "quantitative", "axis": {"title": plan.axis},
            "scale": {"domain": [0, plan.top], "nice": false, "clamp": true},
        })
    };
    let names: Vec<String> = plan.levels.iter().map(|level| format!("{} range", level.name())).collect();
    // Ranges and strokes share one legend; what a layer draws is a field that it calculates for itself.
    let drawn: Vec<&str> = names.iter().map(String::as_str).chain(STROKES.map(|(name, _, _)| name)).collect();
    let colours: Vec<&str> = RANGES.into_iter().take(names.len()).chain(STROKES.map(|(_, _, c)| c)).collect();
    let fill = json!({
        "field": "drawn", "type": "nominal", "title": null,
        "scale": {"domain": drawn, "range": colours}, "legend": {"symbolType": "square"},
    });
    let drawing = |name: &str| json!({"calculate": format!("'{name}'"), "as": "drawn"});
    let mut layers: Vec<Value> = Vec::new();
    // The wide range lies beneath the narrow one.
    for (name, key) in names.iter().zip(["narrow", "wide"]).rev() {
        layers.push(json!({
            "transform": [{"filter": {"field": format!("{key}_low"), "valid": true}}, drawing(name)],
            "mark": {"type": "bar", "size": width},
            "encoding": {
                "x": x, "y": y(&format!("{key}_low")), "y2": {"field": format!("{key}_high")},
                "fill": fill,
            },
        }));
    }
    let (over, thickness) = if plan.bars.len() > SPARSE { (1.0, 1.2) } else { (6.0, 1.8) };
    for (name, field, _) in STROKES {
        layers.push(json!({
            "transform": [drawing(name)],
            "mark": {"type": "tick", "size": width + over, "thickness": thickness, "opacity": 1},
            "encoding": {"x": x, "y": y(field), "fill": fill},
        }));
    }
    if plan.bars.iter().any(|bar| bar.top() > plan.top) {
        layers.push(json!({
            "transform": [{"filter": "datum.beyond"}],
            "mark": {"type": "point", "filled": true, "shape": "triangle-up", "size": 40, "color": "#1c2430", "opacity": 1},
            "encoding": {"x": x, "y": {"value": -6}},
        }));
    }
    layers.push(points(&plan, &x, &y("delivered")));
    json!({
        "$schema": SCHEMA,
        "title": {"text": chart.title, "subtitle": subtitle(chart, &plan), "anchor": "start"},
        "description": plan.description(chart),
        "width": 800, "height": 300,
        "data": {"values": values},
        "layer": layers,
        "config": config(),
    })
}

/// What was delivered, by how the ranges held.
fn points(plan: &IntervalPlan<'_>, x: &Value, y: &Value) -> Value {
    let kinds: Vec<Held> = Held::ALL.into_iter().filter(|held| plan.count(*held) > 0).collect();
    let of = |text: fn(Held) -> &'static str| kinds.iter().map(|held| text(*held)).collect::<Vec<_>>();
    let names: Vec<String> = kinds.iter().map(|held| plan.outcome(*held)).collect();
    let scale = |range: Value| json!({"field": "held", "type": "nominal", "title": null, "scale": {"domain": names, "range": range}});
    // Where sprints are many, what did not hold still shows.
    let (small, large) = if plan.bars.len() <= SPARSE { (60, 60) } else { (14, 40) };
    let size = json!({"condition": {"test": "datum.inside", "value": small}, "value": large});
    let shown = [
        "sprint",
        "committed",
        "delivered",
        "median",
        "narrow_low",
        "narrow_high",
        "wide_low",
        "wide_high",
        "held",
    ];
    let tooltip: Vec<Value> = shown
        .into_iter()
        .map(|field| match field {
            "sprint" | "held" => json!({"field": field, "type": "nominal"}),
            _ => json!({"field": field, "type": "quantitative", "format": ".3~f"}),
        })
        .collect();
    json!({
        "mark": {"type": "point", "filled": true, "opacity": 1},
        "encoding": {
            "x": x, "y": y, "color": scale(json!(of(colour))), "shape": scale(json!(of(shape))),
            "size": size, "tooltip": tooltip,
        },
    })
}

/// The chart's subtitle, how often the ranges held, and what is not in the picture.
fn subtitle(chart: &IntervalChart, plan: &IntervalPlan<'_>) -> Vec<String> {
    let held: Vec<String> = plan.levels.iter().map(|level| level.words()).collect();
    [chart.subtitle.clone(), held.join(", "), plan.notes.clone()]
        .into_iter()
        .filter(|l| !l.is_empty())
        .collect()
}

/// A row of the data; what is not known is null.
fn row(bar: &Bar<'_>, label: &str, plan: &IntervalPlan<'_>) -> Value {
    let mut row = Map::new();
    row.insert("sprint".into(), label.into());
    row.insert("committed".into(), bar.committed.into());
    row.insert("delivered".into(), bar.delivered.into());
    row.insert("median".into(), bar.median.into());
    for (key, range) in [("narrow", bar.narrow), ("wide", bar.wide)] {
        row.insert(format!("{key}_low"), range.map(|[low, _]| low).into());
        row.insert(format!("{key}_high"), range.map(|[_, high]| high).into());
    }
    row.insert("beyond".into(), (bar.top() > plan.top).into());
    row.insert("inside".into(), (bar.held == Held::Yes).into());
    row.insert("held".into(), plan.outcome(bar.held).into());
    Value::Object(row)
}

/// The labels, each used once: a repeated one gets a number.
fn unique_labels(bars: &[Bar<'_>]) -> Vec<String> {
    let mut used: BTreeSet<String> = BTreeSet::new();
    bars.iter()
        .map(|bar| {
            let mut label = bar.label.to_owned();
            let mut number = 2;
            while !used.insert(label.clone()) {
                label = format!("{} ({number})", bar.label);
                number += 1;
            }
            label
        })
        .collect()
}

/// The colour of an outcome on white.
const fn colour(held: Held) -> &'static str {
    match held {
        Held::Yes => "#1c2430",
        Held::Partly => "#c77700",
        Held::No => "#c2410c",
        Held::Unknown => "#8792a0",
    }
}

/// The shape of an outcome.
const fn shape(held: Held) -> &'static str {
    match held {
        Held::Yes | Held::Unknown => "circle",
        Held::Partly => "diamond",
        Held::No => CROSS,
    }
}
