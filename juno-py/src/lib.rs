#![doc = include_str!("../README.md")]

mod calendar;
mod convert;
mod error;
mod governance;
mod plugin;
mod runtime;

use pyo3::prelude::*;

/// The version of JUNO this module was built from.
#[pyfunction]
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

#[pymodule]
fn _juno(module: &Bound<'_, PyModule>) -> PyResult<()> {
    error::register(module)?;
    module.add_class::<calendar::WorkingCalendar>()?;
    module.add_function(wrap_pyfunction!(governance::try_policy, module)?)?;
    module.add_function(wrap_pyfunction!(governance::try_policy_async, module)?)?;
    module.add_function(wrap_pyfunction!(version, module)?)
}
