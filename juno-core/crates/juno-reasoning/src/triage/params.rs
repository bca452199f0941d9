use juno_domain::DomainError;
use serde::{Deserialize, Serialize};

/// When a ticket counts as stale.
///
/// | parameter | default | range | meaning |
/// | --- | --- | --- | --- |
/// | `percentile` | 0.9 | 0.5–0.999 | longer silent than this share of comparable silent spells |
/// | `min_silence_days` | 5 | 1–365 | never stale before |
/// | `horizon_days` | 14 | 1–365 | how far ahead "it stays silent" looks |
/// | `overload_factor` | 2 | 1–100 | open work over the team's median that makes a person overloaded |
/// | `label` | `stale` | | the label to add |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TriageParams {
    /// Longer silent than this share of comparable silent spells.
    pub percentile: f64,
    /// Never stale before this many days.
    pub min_silence_days: f64,
    /// How many days ahead "it stays silent" looks.
    pub horizon_days: u32,
    /// Open work over the team's median that makes a person overloaded.
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
        if self.label.is_empty() || self.label.contains(char::is_whitespace) {
            let rule = "a Jira label has no spaces";
            return Err(DomainError::Id { what: "label", value: self.label, rule });
        }
        Ok(TriageValidParams(self))
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
