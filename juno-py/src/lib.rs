#![doc = include_str!("../README.md")]

mod arrays;
mod audit;
mod blend;
mod calendar;
mod calibration;
mod call;
mod command;
mod confidence;
mod convert;
mod data;
mod error;
mod forecast;
mod gate;
mod items;
mod juno;
mod memory;
mod memory_life;
mod model;
mod notifications;
mod oversight;
mod paths;
mod patterns;
mod permit;
mod plain;
mod plugin;
mod policy;
mod records;
mod report;
mod rules;
mod rules_in_force;
mod runtime;
mod scores;
mod session;
mod training;
mod triage;

use pyo3::prelude::*;

/// The version of JUNO this module was built from.
#[pyfunction]
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

#[pymodule]
fn _juno(module: &Bound<'_, PyModule>) -> PyResult<()> {
    error::register(module)?;
    module.add_class::<juno::Juno>()?;
    module.add_class::<permit::Gate>()?;
    module.add_class::<permit::Permit>()?;
    module.add_class::<records::Records>()?;
    module.add_class::<rules::RulePolicy>()?;
    module.add_class::<session::Session>()?;
    module.add_class::<calendar::WorkingCalendar>()?;
    module.add_class::<calibration::Calibrator>()?;
    module.add_class::<training::TrainedModel>()?;
    // Not for all to see: `juno.classifier` is its face.
    module.setattr("_Blend", module.py().get_type::<blend::Blend>())?;
    scores::register(module)?;
    module.add_function(wrap_pyfunction!(confidence::score_confidence, module)?)?;
    module.add_function(wrap_pyfunction!(forecast::risk_index, module)?)?;
    module.add_function(wrap_pyfunction!(forecast::assess, module)?)?;
    module.add_function(wrap_pyfunction!(training::train, module)?)?;
    module.add_function(wrap_pyfunction!(training::train_async, module)?)?;
    module.add_function(wrap_pyfunction!(training::backtest, module)?)?;
    module.add_function(wrap_pyfunction!(training::backtest_async, module)?)?;
    module.add_function(wrap_pyfunction!(training::check_data, module)?)?;
    module.add_function(wrap_pyfunction!(training::forecast_columns, module)?)?;
    module.add_function(wrap_pyfunction!(triage::proposal_id, module)?)?;
    module.add_function(wrap_pyfunction!(policy::decide, module)?)?;
    module.add_function(wrap_pyfunction!(gate::action_digest, module)?)?;
    module.add_function(wrap_pyfunction!(policy::try_policy, module)?)?;
    module.add_function(wrap_pyfunction!(policy::try_policy_async, module)?)?;
    module.add_function(wrap_pyfunction!(audit::merkle_root, module)?)?;
    module.add_class::<audit::AuditSigner>()?;
    module.add_function(wrap_pyfunction!(audit::read_checkpoint, module)?)?;
    module.add_function(wrap_pyfunction!(audit::verify_inclusion, module)?)?;
    module.add_function(wrap_pyfunction!(audit::verify_consistency, module)?)?;
    module.add_function(wrap_pyfunction!(audit::verify_audit, module)?)?;
    module.add_function(wrap_pyfunction!(audit::verify_audit_async, module)?)?;
    module.add_function(wrap_pyfunction!(oversight::compliance_markdown, module)?)?;
    module.add_function(wrap_pyfunction!(oversight::compliance_rules, module)?)?;
    module.add_function(wrap_pyfunction!(oversight::compliance_text, module)?)?;
    module.add_function(wrap_pyfunction!(oversight::oversight_text, module)?)?;
    module.add_function(wrap_pyfunction!(memory_life::verify_receipt, module)?)?;
    module.add_function(wrap_pyfunction!(memory_life::memory_columns, module)?)?;
    module.add_function(wrap_pyfunction!(report::report_text, module)?)?;
    module.add_function(wrap_pyfunction!(report::report_html, module)?)?;
    module.add_function(wrap_pyfunction!(report::bias_report, module)?)?;
    module.add_function(wrap_pyfunction!(report::reliability_chart, module)?)?;
    module.add_function(wrap_pyfunction!(report::interval_chart, module)?)?;
    module.add_function(wrap_pyfunction!(command::run_command, module)?)?;
    module.add_function(wrap_pyfunction!(version, module)?)
}
