use serde_json::{Value, json};

/// The version of Vega-Lite the specifications are written in.
pub(crate) const SCHEMA: &str = "https://vega.github.io/schema/vega-lite/v5.json";

/// How all specifications look: no frame, texts large enough to read, names not cut.
pub(crate) fn config() -> Value {
    json!({
        "background": "#fff",
        "view": {"stroke": null},
        "axis": {"labelFontSize": 12, "titleFontSize": 12},
        "legend": {"labelFontSize": 12, "labelLimit": 300},
        "title": {"fontSize": 16, "subtitleFontSize": 12},
    })
}
