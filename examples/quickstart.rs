//! From a Jira export to an audited decision.
//!
//! ```text
//! cargo run --release --example quickstart
//! cargo run --release --example quickstart -- --input my-export/ --report review.html
//! cargo run --release --example quickstart -- --input my-export/ --model model.juno
//! ```

use std::error::Error;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use clap::Parser;
use juno_core::prelude::*;
use juno_core::risk::BlendRiskModel;

/// Forecasts every open sprint, triages stale tickets, and lets nothing act without authority.
#[derive(Parser)]
struct Options {
    /// Jira JSON pages, Jira CSV exports, sprint tables, or folders of them [default: the sample project].
    #[arg(long, num_args = 1..)]
    input: Vec<PathBuf>,
    /// The instant to answer for, such as 2026-11-13T16:00:00Z [default: the newest event in the input].
    #[arg(long)]
    as_of: Option<DateTime<Utc>>,
    /// The SQLite file that remembers decisions, approvals and proof.
    #[arg(long, default_value = "target/juno-quickstart.db")]
    db: PathBuf,
    /// Forecast with this trained model, as `train` writes it [default: what settings name, or else no trained one].
    #[arg(long)]
    model: Option<PathBuf>,
    /// Also write an HTML report to this file.
    #[arg(long)]
    report: Option<PathBuf>,
    /// Print JSON instead of text; its schema is examples/schema/quickstart.schema.json.
    #[arg(long)]
    json: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let sample = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/data/sample"));
    let input = if options.input.is_empty() { vec![sample] } else { options.input };

    if let Some(folder) = options.db.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Nothing here can change Jira: the executor only says what it would do. So what policy lists may run
    // without a person, unless your settings say otherwise. Outside a demonstration, leave supervisor mode on
    // until you trust it.
    let settings = Settings::load(&Sources::usual(".".as_ref()))?
        .or("governance.supervisor_mode", "false")?
        .with("database.url", &format!("sqlite:///{}", options.db.display()))?;

    let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    let mut builder = JunoBuilder::new(settings).clock(Arc::new(clock.clone()));
    if let Some(file) = &options.model {
        builder = builder.model(Arc::new(BlendRiskModel::load(file)?));
    }
    let juno = builder.open().await?;
    let records = juno.load(&input, &progress()).await?;
    // The past is reviewed as it was: deadlines, too, count from then.
    let as_of = options.as_of.or(records.newest()).unwrap_or_else(|| SystemClock.now());
    clock.set(as_of)?;
    let review = juno.review(&records, as_of, &progress()).await?;

    if let Some(path) = &options.report {
        let page = juno_core::report::html(&review)?;
        std::fs::write(path, page).map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
    }
    let text = if options.json {
        serde_json::to_string_pretty(&review)? + "\n"
    } else {
        juno_core::report::text(&review)
    };
    // Whoever reads only the first lines (`| head`) has what they want.
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Shows how far long work has come, where somebody is looking.
fn progress() -> Progress {
    if !std::io::stderr().is_terminal() {
        return Progress::silent();
    }
    Progress::listening(|what, done, total| {
        let total = total.map(|total| format!(" of {total}")).unwrap_or_default();
        eprint!("\r\x1b[2K{what}: {done}{total}\r");
    })
}
