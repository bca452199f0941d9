//! How governance goes, and whether it keeps the compliance rules.
use juno_core::governance::{ComplianceReport, ComplianceRules, Oversight, OversightOptions, Period};
use napi::bindgen_prelude::{Env, PromiseRaw, Unknown};
use napi_derive::napi;

use crate::error::Fault;
use crate::juno::Juno;
use crate::plain::{from_plain, json, options as options_of, plain};
use crate::runtime::plain_promise;

#[napi]
impl Juno {
    /// What waits for people now, and how they decided: times, rates, load, and what of it is worth a look. Without a
    /// period it is about everything on record.
    #[napi(ts_return_type = "Promise<Oversight>")]
    pub fn oversight<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "Span | null | undefined")] period: Option<Unknown<'_>>,
        #[napi(ts_arg_type = "OversightOptions | null | undefined")] options: Option<Unknown<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        let period: Period = options_of("`period`", period)?;
        let options: OversightOptions = options_of("`options`", options)?;
        plain_promise(env, async move { Ok(juno.core.gate.oversight(period, &options).await?) })
    }

    /// Holds what is on record against compliance rules: those of the settings, or `rules`. It believes neither the gate
    /// nor the store. Without a period it is about everything on record.
    #[napi(ts_return_type = "Promise<ComplianceReport>")]
    pub fn audit_compliance<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "Span | null | undefined")] period: Option<Unknown<'_>>,
        #[napi(ts_arg_type = "ComplianceRules | null | undefined")] rules: Option<Unknown<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let juno = self.clone();
        let period: Period = options_of("`period`", period)?;
        let read = |rules| Ok::<_, Fault>(ComplianceRules::from_json(&json("`rules`", rules)?.to_string())?);
        let rules = rules.map(read).transpose()?;
        plain_promise(env, async move {
            Ok(match rules {
                None => juno.core.audit.compliance(period).await?,
                Some(rules) => juno.core.audit.compliance_by(&rules, period).await?,
            })
        })
    }
}

/// Oversight as text for a terminal.
#[napi]
pub(crate) fn oversight_text(
    #[napi(ts_arg_type = "Oversight")] oversight: Unknown<'_>,
) -> Result<String, Fault> {
    let oversight: Oversight = from_plain("`oversight`", oversight)?;
    Ok(juno_core::report::oversight_text(&oversight))
}

/// A report on compliance as text for a terminal.
#[napi]
pub(crate) fn compliance_text(
    #[napi(ts_arg_type = "ComplianceReport")] report: Unknown<'_>,
) -> Result<String, Fault> {
    let report: ComplianceReport = from_plain("`report`", report)?;
    Ok(juno_core::report::compliance_text(&report))
}

/// A report on compliance as Markdown.
#[napi]
pub(crate) fn compliance_markdown(
    #[napi(ts_arg_type = "ComplianceReport")] report: Unknown<'_>,
) -> Result<String, Fault> {
    let report: ComplianceReport = from_plain("`report`", report)?;
    Ok(juno_core::report::compliance_markdown(&report))
}

/// The compliance rules that ship, as plain values: a start for others.
#[napi(ts_return_type = "ComplianceRules")]
pub(crate) fn compliance_rules(env: &Env) -> Result<Unknown<'_>, Fault> {
    plain(env, &ComplianceRules::standard()?)
}
