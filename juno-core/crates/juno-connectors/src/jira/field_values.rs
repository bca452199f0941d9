//! Values of single fields.

use juno_domain::{StatusCategory, StoryPoints};
use serde_json::value::RawValue;

use super::raw::{Many, Named, Text};
use super::sprint::shortened;

/// Why a value is no estimate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BadPoints {
    /// It is no number: perhaps the field is another one.
    NoNumber(String),
    /// It is a number no estimate can be, so the record itself is wrong.
    Impossible(String),
}

/// Points of a number, or of a text with a number; `None` for none.
///
/// # Errors
/// If it is something else, or negative.
pub(crate) fn points(raw: &RawValue) -> Result<Option<StoryPoints>, BadPoints> {
    let text: Option<Text<'_>> = serde_json::from_str(raw.get())
        .map_err(|_| BadPoints::NoNumber("story points have to be a number".to_owned()))?;
    text.map_or(Ok(None), |text| points_of_text(text.as_str()))
}

/// Points of a text with a number; `None` for a blank one.
///
/// # Errors
/// If it is no number, or negative.
pub(crate) fn points_of_text(text: &str) -> Result<Option<StoryPoints>, BadPoints> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let number: f64 = text
        .trim()
        .parse()
        .map_err(|_| BadPoints::NoNumber(format!("`{}` is no number", shortened(text))))?;
    StoryPoints::new(number).map(Some).map_err(|e| BadPoints::Impossible(e.to_string()))
}

/// Whether an impediment flag is set: any option, any text, `true`.
pub(crate) fn flagged(raw: &RawValue) -> bool {
    !matches!(raw.get().trim(), "null" | "false" | "[]" | "\"\"" | "{}" | "[null]" | "0")
        && serde_json::from_str::<Many<serde::de::IgnoredAny>>(raw.get())
            .map_or(true, |many| !many.0.is_empty())
}

/// Whether a field value is made of options of the impediment flag.
pub(crate) fn looks_like_flag(raw: &RawValue) -> bool {
    raw.get().starts_with('[')
        && raw.get().len() < 4096
        && serde_json::from_str::<Vec<Named<'_>>>(raw.get()).is_ok_and(|options| {
            let impediment = |o: &Named<'_>| o.name.as_ref().is_some_and(|n| n.as_str() == "Impediment");
            !options.is_empty() && options.iter().all(impediment)
        })
}

/// A status category by Jira's key, or by the name a CSV export shows.
pub(crate) fn category(text: &str) -> StatusCategory {
    match text.to_ascii_lowercase().as_str() {
        "new" | "to do" => StatusCategory::ToDo,
        "indeterminate" | "in progress" => StatusCategory::InProgress,
        "done" => StatusCategory::Done,
        _ => StatusCategory::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn points_are_numbers_of_zero_or_more() {
        assert_eq!(points(&raw("5.5")).unwrap().unwrap().get(), 5.5);
        assert_eq!(points(&raw("\" 3 \"")).unwrap().unwrap().get(), 3.0);
        for none in ["null", "\"\""] {
            assert_eq!(points(&raw(none)).unwrap(), None);
        }
        for bad in ["-1", "\"large\"", "[5]", "\"NaN\"", "1e999"] {
            assert!(points(&raw(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn any_value_sets_the_flag() {
        for set in
            [r#"[{"value":"Impediment","id":"10019"}]"#, "[\"x\"]", "true", "\"Impediment\"", "{\"id\":1}"]
        {
            assert!(flagged(&raw(set)), "{set}");
        }
        for clear in ["null", "[]", "[ ]", "false", "\"\"", "[null]"] {
            assert!(!flagged(&raw(clear)), "{clear}");
        }
    }
}
