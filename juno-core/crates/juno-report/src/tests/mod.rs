//! Reports of a review that has something in each of its lists.

mod backtest_text;
mod html;
mod oversight;
mod text;

use juno_agent::Review;
use serde_json::Value;

fn json() -> Value {
    serde_json::from_str(include_str!("review.json")).unwrap()
}

fn review() -> Review {
    serde_json::from_value(json()).unwrap()
}

/// The review with its first sprint forecast by a model that learns.
fn learning() -> Review {
    let mut json = json();
    let part = |input: &str, value: Option<f64>, contribution: f64| serde_json::json!({ "input": input, "value": value, "contribution": contribution });
    json["forecasts"][0]["note"] = "blend on 1204 finished sprints; 12 of the team's own are known".into();
    json["forecasts"][0]["attribution"] = serde_json::json!({ "base": 0.1, "inputs": [
        part("load", Some(0.788), 0.62),
        part("done_ahead", Some(0.12), -0.51),
        part("alike_miss_rate", Some(0.71), 0.44),
        part("in_progress", Some(0.16), -0.3),
        part("blocked", None, 0.2),
        part("need", Some(0.9), 0.15),
        part("added", Some(0.1), -0.1),
        part("defects", Some(0.0), 0.01),
    ] });
    json["forecasts"][0]["finish"] = serde_json::json!([
        { "chance": 0.5, "elapsed": 1.41, "at": "2026-11-27T09:00:00Z" },
        { "chance": 0.8, "elapsed": 1.9, "at": "2026-12-03T09:00:00Z" },
        { "chance": 0.9, "elapsed": null, "at": null },
    ]);
    json["changes"] = serde_json::json!([{ "project": "CORE", "sprint_id": 69, "t": 0.27, "changes": [
        {
            "change": { "type": "remove_work", "scope": { "issues": 4, "points": 12.0 } },
            "what": "take 4 of the 6 issues not started out of the sprint (about 12 of 18 points)",
            "effect": "lowers",
            "before": { "p_miss": 0.8134, "delivered": 17.14, "committed": 32.0 },
            "after": { "p_miss": 0.46, "delivered": 16.2, "committed": 20.0 },
            "below": 0.5,
            "caveat": "what the model expects of sprints that stand like that, not a promise of cause and effect",
        },
        {
            "change": { "type": "add_people", "people": 1 },
            "what": "assign one more person",
            "effect": "not_known",
            "before": { "p_miss": 0.8134, "delivered": 17.14, "committed": 32.0 },
            "after": null,
            "below": null,
            "caveat": "not known to matter",
        },
    ] }]);
    serde_json::from_value(json).unwrap()
}

/// Everywhere a name or a text from outside stands in [`json`].
const FROM_OUTSIDE: [&str; 17] = [
    "/quarantined/0/source",
    "/quarantined/0/reason",
    "/notes/0",
    "/teams/1/name",
    "/people/0/name",
    "/forecasts/0/name",
    "/forecasts/0/note",
    "/forecasts/0/factors/0/evidence/0",
    "/unforecast/0/name",
    "/proposals/0/rationale",
    "/proposals/1/rationale",
    "/explanations/p-ask",
    "/advice/0/conclusion",
    "/suppressed/0/reason",
    "/skipped/0/reason",
    "/decisions/2/reasons/0",
    "/executed/0/detail",
];

/// The review with every text from outside replaced by `text`.
fn with_outside_texts(text: &str) -> Review {
    let mut json = json();
    for pointer in FROM_OUTSIDE {
        *json.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = text.into();
    }
    serde_json::from_value(json).unwrap()
}
