use serde_json::{Value, json};

use super::reliability_chart::{LOOKS, ReliabilityChart, ReliabilityPanel, column};
use super::vega::{SCHEMA, config};

/// The colours of the series on white.
const COLOURS: [&str; LOOKS] = ["#0072b2", "#c55300", "#008560", "#b0568c"];
/// Their shapes.
const SHAPES: [&str; LOOKS] = ["circle", "square", "triangle-up", "diamond"];

/// A reliability diagram as a Vega-Lite 5 specification with its data inside; the same marks as
/// [`reliability_svg`](crate::reliability_svg), with figures on pointing.
#[must_use]
pub fn reliability_vega(chart: &ReliabilityChart) -> Value {
    let names = chart.names();
    let looks =
        |of: &[&str]| of.iter().cycle().take(names.len()).map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let side = if chart.panels.len() > 1 { 280 } else { 400 };
    let colour = json!({
        "field": "series", "type": "nominal", "title": null,
        "scale": {"domain": names, "range": looks(&COLOURS)}, "legend": {"symbolOpacity": 1},
    });
    let shape = json!({
        "field": "series", "type": "nominal", "title": null,
        "scale": {"domain": names, "range": looks(&SHAPES)}, "legend": {"symbolOpacity": 1},
    });
    let panels: Vec<Value> =
        chart.panels.iter().map(|panel| panel_of(panel, side, &colour, &shape)).collect();
    json!({
        "$schema": SCHEMA,
        "title": {"text": chart.title, "subtitle": chart.subtitle, "anchor": "start"},
        "description": chart.description(),
        "columns": 2,
        "concat": panels,
        "config": config(),
    })
}

fn panel_of(panel: &ReliabilityPanel, side: u32, colour: &Value, shape: &Value) -> Value {
    let mut points = Vec::new();
    let mut bands = Vec::new();
    // Drawn in this order, so the first series lies on top.
    for (index, series) in panel.series.iter().enumerate().rev() {
        for bin in &series.bins {
            let [from, to] = column(bin, index, panel.series.len());
            points.push(json!({
                "line": index, "series": series.name, "forecast": bin.mean_forecast, "happened": bin.rate,
                "low": bin.interval.lower(), "high": bin.interval.upper(), "n": bin.n, "from": from, "to": to,
            }));
        }
        for bin in &series.band {
            bands.push(json!({
                "series": series.name, "from": bin.lower, "to": bin.upper,
                "low": bin.rate.lower(), "high": bin.rate.upper(),
            }));
        }
    }
    let axis = |title: &str| json!({"title": title, "values": [0, 0.2, 0.4, 0.6, 0.8, 1]});
    let whole = json!({"domain": [0, 1]});
    let share = |field: &str| json!({"field": field, "type": "quantitative", "scale": whole, "axis": axis("share that happened")});
    let chance = |field: &str, title: Value| json!({"field": field, "type": "quantitative", "scale": whole, "axis": title});
    let no_labels =
        json!({"title": null, "labels": false, "ticks": false, "values": [0, 0.2, 0.4, 0.6, 0.8, 1]});
    let tooltip: Vec<Value> = [
        ("series", "nominal", "series"),
        ("forecast", "quantitative", "mean forecast"),
        ("happened", "quantitative", "share that happened"),
        ("low", "quantitative", "from"),
        ("high", "quantitative", "to"),
        ("n", "quantitative", "forecasts"),
    ]
    .into_iter()
    .map(|(field, kind, title)| match field {
        "series" | "n" => json!({"field": field, "type": kind, "title": title}),
        _ => json!({"field": field, "type": kind, "title": title, "format": ".3f"}),
    })
    .collect();
    json!({
        "title": {"text": panel.title, "fontSize": 13, "subtitle": panel.series.iter().map(|s| s.summary()).collect::<Vec<_>>(), "anchor": "start"},
        "spacing": 8,
        "data": {"values": points},
        "vconcat": [
            {
                "width": side, "height": side,
                "layer": [
                    {
                        "data": {"values": bands},
                        "mark": {"type": "rect", "opacity": 0.15},
                        "encoding": {
                            "x": chance("from", no_labels.clone()), "x2": {"field": "to"},
                            "y": share("low"), "y2": {"field": "high"},
                            "color": colour,
                        },
                    },
                    {
                        "data": {"values": [{"forecast": 0, "happened": 0}, {"forecast": 1, "happened": 1}]},
                        "mark": {"type": "line", "color": "#4f5b69", "strokeDash": [5, 4], "strokeWidth": 1},
                        "encoding": {"x": chance("forecast", no_labels.clone()), "y": share("happened")},
                    },
                    {
                        "mark": {"type": "line", "opacity": 0.7, "strokeWidth": 1.5},
                        "encoding": {
                            "x": chance("forecast", no_labels.clone()), "y": share("happened"),
                            "color": colour, "detail": {"field": "line", "type": "nominal"},
                        },
                    },
                    {
                        "mark": {"type": "rule", "strokeWidth": 1.3},
                        "encoding": {
                            "x": chance("forecast", no_labels.clone()),
                            "y": share("low"), "y2": {"field": "high"}, "color": colour,
                        },
                    },
                    {
                        "mark": {"type": "point", "filled": true, "size": 70, "opacity": 1},
                        "encoding": {
                            "x": chance("forecast", no_labels), "y": share("happened"),
                            "color": colour, "shape": shape, "tooltip": tooltip,
                        },
                    },
                ],
            },
            {
                "width": side, "height": 50,
                "mark": {"type": "rect", "opacity": 0.75},
                "encoding": {
                    "x": chance("from", axis("forecast chance")), "x2": {"field": "to"},
                    "y": {"field": "n", "type": "quantitative", "axis": {"title": "forecasts", "tickCount": 2}},
                    "y2": {"datum": 0},
                    "color": colour, "tooltip": tooltip,
                },
            },
        ],
    })
}
