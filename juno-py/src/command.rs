use std::ffi::OsString;
use std::path::PathBuf;

use pyo3::prelude::*;

/// Runs a command of JUNO's command line and gives its exit code.
#[pyfunction]
pub(crate) fn run_command(py: Python<'_>, args: Vec<PathBuf>) -> u8 {
    let args = std::iter::once(OsString::from("juno")).chain(args.into_iter().map(PathBuf::into_os_string));
    py.detach(|| juno_cli::main(args))
}
