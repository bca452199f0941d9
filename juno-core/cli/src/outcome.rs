use serde::Serialize;
use serde_json::Value;

/// What a command gives.
pub(crate) struct Outcome {
    /// For people.
    pub(crate) text: String,
    /// For programs.
    pub(crate) json: Value,
    /// The exit code.
    pub(crate) code: u8,
}

impl Outcome {
    /// The work is done.
    pub(crate) const fn done(text: String, json: Value) -> Self {
        Self { text, json, code: 0 }
    }

    /// The work is done, or something is left: the same command goes on.
    pub(crate) const fn whole(text: String, json: Value, whole: bool) -> Self {
        Self { text, json, code: if whole { 0 } else { 4 } }
    }
}

/// What JSON calls a value, for people: `approval_required` is "approval required".
pub(crate) fn word(value: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_value(value)?.as_str().unwrap_or_default().replace('_', " "))
}
