//! The command `juno`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(juno_cli::main(std::env::args_os()))
}
