//! Checks an audit bundle: names the first bad record and what is wrong with it.
//!
//! ```sh
//! cargo run --release --example verify_audit -- BUNDLE [--key KEY] [--against OLDER_CHECKPOINT]
//! ```
//!
//! Exits with 0 if everything holds, 1 if something does not, 2 if a file or an option cannot be read.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(juno_cli::main_of("audit verify", std::env::args_os()))
}
