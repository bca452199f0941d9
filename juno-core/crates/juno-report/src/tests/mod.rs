//! Reports of a review that has something in each of its lists.

mod backtest_text;
mod html;
mod text;

use juno_agent::Review;
use serde_json::Value;

fn json() -> Value {
    serde_json::from_str(include_str!("review.json")).unwrap()
}

fn review() -> Review {
    serde_json::from_value(json()).unwrap()
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
