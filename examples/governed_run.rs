//! Many actions under authority: votes, time-outs, crashes and failures, and the proof of all of it.
//!
//! ```sh
//! cargo run --release --example governed_run -- --actions 200 --seed 7 --export run.bundle
//! cargo run --release --example governed_run -- --actions 200 --seed 7 --export run.bundle --db postgresql://…
//! cargo run --release --example verify_audit -- run.bundle
//! ```
//!
//! The effects are real: each action writes a file below a folder. The same number and seed give the same run, and on
//! empty stores the same log.

mod governed;

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use governed::{Run, Summary};
use juno_core::crypto::{Ed25519Signer, KeyKind, Zeroizing};

/// Drives proposals through votes, time-outs, executions and failures, and exports the log.
#[derive(Parser)]
#[command(name = "governed_run")]
struct Options {
    /// How many actions are proposed.
    #[arg(long, default_value_t = 100)]
    actions: u32,
    /// What decides every vote, silence and failure.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Where the log goes, as a bundle that `verify_audit` checks.
    #[arg(long)]
    export: PathBuf,
    /// Where state is kept: `sqlite:///file.db`, `postgresql://…` or `memory:` [default: a new SQLite file in --folder].
    #[arg(long)]
    db: Option<String>,
    /// Below it the actions write their files [default: the bundle's name with `.files`].
    #[arg(long)]
    folder: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(summary) if summary.is_sound() => {
            println!("{summary}");
            ExitCode::SUCCESS
        }
        Ok(summary) => {
            println!("{summary}");
            eprintln!("error: the run broke a promise");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<Summary, Box<dyn Error>> {
    let folder = options.folder.unwrap_or_else(|| options.export.with_extension("files"));
    std::fs::create_dir_all(&folder)?;
    let database = options.db.unwrap_or_else(|| format!("sqlite:///{}", folder.join("juno.db").display()));
    let run = Run::open(&database, &folder, options.seed).await?;
    let summary = run.through(options.actions).await?;
    // The key of a demonstration, made from the seed: everybody can sign with it.
    let mut secret = Zeroizing::new([0; 32]);
    secret[..8].copy_from_slice(&options.seed.to_le_bytes());
    let signer = Ed25519Signer::new("juno.example/governed-run", KeyKind::Ed25519, &secret)?;
    let mut out = BufWriter::new(File::create(&options.export)?);
    run.juno().audit.export_bundle(&signer, &[], &mut out).await?;
    Ok(summary)
}
