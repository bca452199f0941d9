use chrono::TimeDelta;
use juno_domain::DomainError;
use serde::{Deserialize, Serialize};

/// Longest label Jira takes, in characters.
const MAX_LABEL: usize = 255;

/// When a ticket counts as stale.
///
/// | parameter | default | range | meaning |
/// | --- | --- | --- | --- |
/// | `percentile` | 0.9 | 0.5–0.999 | longer silent than this share of comparable silent spells |
/// | `min_silence_days` | 5 | 1–365 | never stale before |
/// | `horizon_days` | 14 | 1–365 | how far ahead "it stays silent" looks, and how long people get to react to what JUNO did |
/// | `overload_factor` | 2 | 1–100 | open work over the team's median that makes a person with 3 or more tickets overloaded |
/// | `label` | `stale` | no spaces | the label to add |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TriageParams {
    /// Longer silent than this share of comparable silent spells.
    pub percentile: f64,
    /// Never stale before this many days.
    pub min_silence_days: f64,
    /// How many days ahead "it stays silent" looks. After JUNO itself wrote on a ticket, people get as long to react.
    pub horizon_days: u32,
    /// Open work over the team's median that makes a person overloaded who has three tickets or more in progress.
    pub overload_factor: f64,
    /// The label to add.
    pub label: String,
}

impl Default for TriageParams {
    fn default() -> Self {
        Self {
            percentile: 0.9,
            min_silence_days: 5.0,
            horizon_days: 14,
            overload_factor: 2.0,
            label: "stale".into(),
        }
    }
}

impl TriageParams {
    /// Checks the ranges.
    ///
    /// # Errors
    /// If a parameter is out of range.
    pub fn check(self) -> Result<TriageValidParams, DomainError> {
        let range = |what, value: f64, low: f64, high: f64, rule| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(DomainError::Id { what, value: value.to_string(), rule })
            }
        };
        range("percentile", self.percentile, 0.5, 0.999, "it must lie from 0.5 to 0.999")?;
        range("minimum of silent days", self.min_silence_days, 1.0, 365.0, "it must lie from 1 to 365")?;
        range("horizon in days", f64::from(self.horizon_days), 1.0, 365.0, "it must lie from 1 to 365")?;
        range("overload factor", self.overload_factor, 1.0, 100.0, "it must lie from 1 to 100")?;
        let rule = if self.label.is_empty() {
            "it is empty"
        } else if self.label.chars().count() > MAX_LABEL {
            "a Jira label has at most 255 characters"
        } else if self.label.contains(|c: char| c.is_whitespace() || c.is_control()) {
            "a Jira label has no spaces"
        } else {
            return Ok(TriageValidParams(self));
        };
        Err(DomainError::Id { what: "label", value: self.label.chars().take(40).collect(), rule })
    }

    pub(super) fn horizon(&self) -> TimeDelta {
        TimeDelta::days(i64::from(self.horizon_days))
    }
}

/// Checked [`TriageParams`].
#[derive(Debug, Clone, PartialEq)]
pub struct TriageValidParams(TriageParams);

impl TriageValidParams {
    /// The parameters.
    #[must_use]
    pub const fn get(&self) -> &TriageParams {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use juno_domain::ErrorKind;

    use super::*;

    #[test]
    fn the_defaults_and_the_ends_of_the_ranges_are_good() {
        let standard = TriageParams::default().check().unwrap();
        assert_eq!(standard.get(), &TriageParams::default());
        let least = TriageParams {
            percentile: 0.5,
            min_silence_days: 1.0,
            horizon_days: 1,
            overload_factor: 1.0,
            label: "s".into(),
        };
        assert!(least.check().is_ok());
        let most = TriageParams {
            percentile: 0.999,
            min_silence_days: 365.0,
            horizon_days: 365,
            overload_factor: 100.0,
            label: "ö".repeat(255),
        };
        assert!(most.check().is_ok());
    }

    #[test]
    fn what_is_out_of_range_is_refused_with_the_rule() {
        let standard = TriageParams::default;
        let cases = [
            (
                TriageParams { percentile: 0.49, ..standard() },
                "`0.49` is no percentile: it must lie from 0.5 to 0.999",
            ),
            (TriageParams { percentile: 1.0, ..standard() }, "`1` is no percentile"),
            (TriageParams { percentile: f64::NAN, ..standard() }, "`NaN` is no percentile"),
            (TriageParams { min_silence_days: 0.9, ..standard() }, "it must lie from 1 to 365"),
            (
                TriageParams { min_silence_days: f64::INFINITY, ..standard() },
                "`inf` is no minimum of silent days",
            ),
            (TriageParams { horizon_days: 0, ..standard() }, "`0` is no horizon in days"),
            (TriageParams { horizon_days: 366, ..standard() }, "`366` is no horizon in days"),
            (TriageParams { overload_factor: 0.5, ..standard() }, "`0.5` is no overload factor"),
            (TriageParams { label: String::new(), ..standard() }, "`` is no label: it is empty"),
            (TriageParams { label: "very stale".into(), ..standard() }, "a Jira label has no spaces"),
            (TriageParams { label: "stale\u{7}".into(), ..standard() }, "a Jira label has no spaces"),
            (TriageParams { label: "s".repeat(256), ..standard() }, "at most 255 characters"),
        ];
        for (params, message) in cases {
            let error = params.check().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(message), "{error}");
        }
    }

    #[test]
    fn settings_name_only_what_they_change_and_a_misspelt_name_is_an_error() {
        let read = |json: &str| serde_json::from_str::<TriageParams>(json);
        let changed = TriageParams { label: "old".into(), ..TriageParams::default() };
        assert_eq!(read(r#"{"label": "old"}"#).unwrap(), changed);
        assert!(read(r#"{"lable": "old"}"#).is_err());
    }
}
