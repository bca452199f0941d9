//! Maintains what is remembered: how much there is, cleanup, a subject's export and erasure, archives, new keys.
//!
//! ```sh
//! cargo run --release --example memory -- stats --db sqlite:///juno.db
//! cargo run --release --example memory -- erase --db sqlite:///juno.db --subject ada --by dpo --reason "request 12"
//! ```
//!
//! `--help` says it all.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(juno_cli::main_of("memory", std::env::args_os()))
}
