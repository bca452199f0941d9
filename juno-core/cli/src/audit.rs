use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use juno_core::audit::{Checkpoint, Known, verify_bundle};
use juno_core::crypto::VerifierKey;
use serde_json::json;

use crate::failure::Failure;
use crate::outcome::Outcome;

#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Check an exported bundle without the log it came from: names the first bad record and what is wrong with it.
    Verify(VerifyOptions),
}

#[derive(Args)]
pub(crate) struct VerifyOptions {
    /// The bundle.
    bundle: PathBuf,
    /// The key of the log as its keeper published it: `name+id+base64`.
    #[arg(long)]
    key: Option<VerifierKey>,
    /// A file with a checkpoint of this log that was kept elsewhere: finds a past that was cut off or rewritten.
    #[arg(long, value_name = "OLDER_CHECKPOINT")]
    against: Option<PathBuf>,
}

pub(crate) fn run(command: &AuditCommand) -> Result<Outcome, Failure> {
    let AuditCommand::Verify(options) = command;
    let older = match &options.against {
        None => None,
        Some(path) => {
            let unreadable = |error: &dyn std::fmt::Display| Failure::unreadable(&path.display(), error);
            let text = std::fs::read_to_string(path).map_err(|error| unreadable(&error))?;
            Some(text.parse::<Checkpoint>().map_err(|error| unreadable(&error))?)
        }
    };
    let unreadable = |error: &dyn std::fmt::Display| Failure::unreadable(&options.bundle.display(), error);
    let file = File::open(&options.bundle).map_err(|error| unreadable(&error))?;
    let known = Known { key: options.key.as_ref(), older: older.as_ref() };
    let found = verify_bundle(BufReader::new(file), &known).map_err(|error| unreadable(&error))?;
    let verified = found.verification.verified;
    let json = json!({ "verified": verified, "verification": found.verification, "text": found.to_string() });
    Ok(Outcome { text: format!("{found}\n"), json, code: u8::from(!verified) })
}
