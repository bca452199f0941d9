//! How governance goes, and whether it keeps the compliance rules.
use juno_core::governance::{ComplianceReport, ComplianceRules, Oversight, OversightOptions, Period};
use pyo3::prelude::*;
use serde_json::Value;

use crate::error::Fault;
use crate::plain::Plain;
use crate::runtime::waits;

waits! {
    /// What waits for people now, and how they decided: times, rates, load, and what of it is worth a look.
    ///
    /// Keywords: since, until; without them it is about everything on record. `options` say what is worth a look.
    oversight / oversight_async (options = None, **period)
    |juno, options: Option<Plain<OversightOptions>>, **period| -> Plain<Oversight> {
        let period: Period = period.unwrap_or_default().read()?;
        let options = options.map(|options| options.0).unwrap_or_default();
        Plain(juno.core.gate.oversight(period, &options).await?)
    }

    /// Holds what is on record against compliance rules: those of the settings, or `rules`. It believes neither the gate
    /// nor the store.
    ///
    /// Keywords: since, until; without them it is about everything on record.
    audit_compliance / audit_compliance_async (rules = None, **period)
    |juno, rules: Option<Plain<Value>>, **period| -> Plain<ComplianceReport> {
        let period: Period = period.unwrap_or_default().read()?;
        Plain(match rules {
            None => juno.core.audit.compliance(period).await?,
            Some(rules) => {
                let rules = ComplianceRules::from_json(&rules.0.to_string())?;
                juno.core.audit.compliance_by(&rules, period).await?
            }
        })
    }
}

/// Oversight as text for a terminal.
#[pyfunction]
pub(crate) fn oversight_text(oversight: Plain<Oversight>) -> String {
    juno_core::report::oversight_text(&oversight.0)
}

/// A report on compliance as text for a terminal.
#[pyfunction]
pub(crate) fn compliance_text(report: Plain<ComplianceReport>) -> String {
    juno_core::report::compliance_text(&report.0)
}

/// A report on compliance as Markdown.
#[pyfunction]
pub(crate) fn compliance_markdown(report: Plain<ComplianceReport>) -> String {
    juno_core::report::compliance_markdown(&report.0)
}

/// The compliance rules that ship, as plain values: a start for others.
#[pyfunction]
pub(crate) fn compliance_rules() -> Result<Plain<ComplianceRules>, Fault> {
    Ok(Plain(ComplianceRules::standard()?))
}
