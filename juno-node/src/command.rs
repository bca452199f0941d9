use std::ffi::OsString;

use napi_derive::napi;

/// Runs a command of JUNO's command line, such as `['forecast', 'export/', '--json']`, on this thread: writes to the
/// process's standard output and standard error. Gives the exit code: 0 done, 1 failed, 2 wrong options or unreadable files,
/// 3 not allowed, 4 done in part.
#[napi]
pub(crate) fn run_command(args: Vec<String>) -> u8 {
    juno_cli::main(std::iter::once("juno".into()).chain(args.into_iter().map(OsString::from)))
}
