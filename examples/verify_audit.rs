//! Checks an audit bundle: names the first bad record and what is wrong with it.
//!
//! ```sh
//! cargo run --release --example verify_audit -- BUNDLE [--key KEY] [--against OLDER_CHECKPOINT]
//! ```
//!
//! Exits with 0 if everything holds, 1 if something does not, 2 if a file or an option cannot be read.

use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use juno_core::audit::{BundleVerification, Checkpoint, Known, verify_bundle};
use juno_core::crypto::VerifierKey;

/// Checks an audit bundle without the log it came from.
#[derive(Parser)]
#[command(name = "verify_audit")]
struct Options {
    /// The bundle.
    bundle: PathBuf,
    /// The key of the log as its keeper published it: `name+id+base64`.
    #[arg(long)]
    key: Option<VerifierKey>,
    /// A file with a checkpoint of this log that was kept elsewhere: finds a past that was cut off or rewritten.
    #[arg(long, value_name = "OLDER_CHECKPOINT")]
    against: Option<PathBuf>,
}

fn verify(options: &Options) -> Result<BundleVerification, Box<dyn Error>> {
    let named = |path: &PathBuf, error: &dyn Error| format!("{}: {error}", path.display());
    let older = match &options.against {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| named(path, &error))?;
            Some(text.parse::<Checkpoint>().map_err(|error| named(path, &error))?)
        }
    };
    let file = File::open(&options.bundle).map_err(|error| named(&options.bundle, &error))?;
    let known = Known { key: options.key.as_ref(), older: older.as_ref() };
    Ok(verify_bundle(BufReader::new(file), &known)?)
}

fn main() -> ExitCode {
    match verify(&Options::parse()) {
        Ok(found) => {
            println!("{found}");
            ExitCode::from(u8::from(!found.verification.verified))
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
