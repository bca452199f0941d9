//! Maintains what is remembered: how much there is, cleanup, a subject's export and erasure, archives, new keys.
//!
//! ```sh
//! cargo run --release --example memory -- stats --db sqlite:///juno.db
//! cargo run --release --example memory -- erase --db sqlite:///juno.db --subject ada --by dpo --reason "request 12"
//! ```
//!
//! `--help` says it all.

use std::error::Error;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand};
use juno_core::AgentError;
use juno_core::agent::SubjectErasure;
use juno_core::domain::PrincipalId;
use juno_core::memory::{ArchiveQuery, MemoryKind, SubjectQuery};
use juno_core::prelude::*;
use serde_json::{Value, json};

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 wrong options, 3 a legal hold forbids it, 4 done in part: the \
output says what is left, and the same command goes on.

Settings come from juno.toml, .env and the environment, as everywhere: MEMORY_RETENTION_DAYS, JUNO_TENANT, … A store \
whose settings name keys of encryption is read and written with them; reencrypt needs them.";

/// Maintains what is remembered.
#[derive(Parser)]
#[command(name = "memory", after_help = EXIT_CODES)]
struct Options {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
struct Common {
    /// Where memories are: `sqlite:///relative.db`, `sqlite:////absolute.db` or what else settings take [default: what
    /// settings say].
    #[arg(long, global = true, value_name = "URL")]
    db: Option<String>,
    /// Whose memories [default: what settings say].
    #[arg(long, global = true)]
    tenant: Option<String>,
    /// The instant to work by, such as 2026-11-13T16:00:00Z [default: now].
    #[arg(long, global = true)]
    at: Option<DateTime<Utc>>,
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Say what is there: live memories by kind, expired ones, damaged ones, legal holds.
    Stats,
    /// Remove what has expired or was kept long enough; what is under legal hold stays.
    Cleanup {
        /// Keep so many days instead of what settings say.
        #[arg(long)]
        days: Option<u32>,
    },
    /// Write everything about a subject to a file of JSON Lines, with a manifest beside it.
    Export {
        /// Whose data.
        #[arg(long)]
        subject: String,
        /// Also what they said.
        #[arg(long)]
        also_said: bool,
        /// The file.
        #[arg(long)]
        out: PathBuf,
    },
    /// Erase everything about a subject, and what was made from it, everywhere; leaves a receipt.
    Erase {
        /// Whose data.
        #[arg(long)]
        subject: String,
        /// Who decided it.
        #[arg(long)]
        by: String,
        /// Why; it stands in the receipt.
        #[arg(long)]
        reason: String,
        /// Also what they said.
        #[arg(long)]
        also_said: bool,
        /// An archive file, or a folder of them, to erase from too; may be given more than once.
        #[arg(long)]
        archive: Vec<PathBuf>,
        /// Also write the receipt, with its proof, to this file.
        #[arg(long)]
        receipt: Option<PathBuf>,
    },
    /// Move memories that nobody wrote or used for long to files of JSON Lines.
    Archive {
        /// The folder.
        #[arg(long)]
        folder: PathBuf,
        /// Those of more than so many days ago.
        #[arg(long, value_name = "DAYS")]
        older_than: u32,
        /// Only this kind; may be given more than once.
        #[arg(long)]
        kind: Vec<MemoryKind>,
        /// Only what carries this tag; may be given more than once.
        #[arg(long)]
        tag: Vec<String>,
    },
    /// Bring the memories of archive files back as they were.
    Restore {
        /// Archive files, or folders of them.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Write everything anew under new keys, and destroy the old ones. Needs a store that encrypts.
    Reencrypt,
}

/// What a command did: for people, for programs, and whether something is left.
struct Report {
    text: String,
    json: Value,
    whole: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    let as_json = options.common.json;
    let (written, code) = match run(options).await {
        Ok(report) => {
            let text = if as_json { format!("{:#}\n", report.json) } else { report.text };
            (std::io::stdout().write_all(text.as_bytes()), if report.whole { 0 } else { 4 })
        }
        Err(error) => {
            let held =
                error.downcast_ref::<AgentError>().is_some_and(|error| error.kind() == ErrorKind::Denied);
            (writeln!(std::io::stderr(), "error: {error}"), if held { 3 } else { 1 })
        }
    };
    // Whoever reads only the first lines (`| head`) has what they want.
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        _ => ExitCode::from(code),
    }
}

async fn run(options: Options) -> Result<Report, Box<dyn Error>> {
    let Options { command, common } = options;
    let mut settings = Settings::load(&Sources::usual(".".as_ref()))?;
    for (key, value) in [("database.url", &common.db), ("tenant", &common.tenant)] {
        settings = value.as_ref().map_or(Ok(settings.clone()), |value| settings.with(key, value))?;
    }
    if let Command::Cleanup { days: Some(days) } = &command {
        let days = days.to_string();
        settings = settings.with("memory.retention_days", &days)?.with("memory.retention_by_kind", "{}")?;
    }
    let clock = ManualClock::new(common.at.unwrap_or_else(|| SystemClock.now()));
    let juno = JunoBuilder::new(settings).clock(Arc::new(clock)).open().await?;
    let (memory, progress) = (&juno.memory, progress());
    let report = match command {
        Command::Stats => stats(&juno).await?,
        Command::Cleanup { .. } => {
            let done = memory.cleanup(&progress).await?;
            let whole = done.failed.is_empty();
            let text = format!(
                "{} removed: {} had expired, {} were kept long enough\n{} kept by a legal hold, {} damaged\n{}",
                done.removed(),
                done.expired,
                done.removed() - done.expired,
                done.held,
                done.unreadable.len(),
                done.failed
                    .iter()
                    .map(|failed| format!("failed: {}: {}\n", failed.id, failed.reason))
                    .collect::<String>(),
            );
            Report { text, json: serde_json::to_value(&done)?, whole }
        }
        Command::Export { subject, also_said, out } => {
            let manifest = memory.export_file(&out, &SubjectQuery { subject, also_said }, &progress).await?;
            let memories: u64 = manifest.memories.values().sum();
            let text = format!(
                "{memories} memories and {} records written to {}\nsha256 {}\n",
                manifest.records,
                out.display(),
                manifest.digest
            );
            let whole = manifest.unreadable.is_empty();
            Report { text, json: serde_json::to_value(&manifest)?, whole }
        }
        Command::Erase { subject, by, reason, also_said, archive, receipt } => {
            let by = PrincipalId::new(by)?;
            let order = SubjectErasure { subject, by, reason, also_said, archives: archive };
            let done = memory.erase_subject(&order, &progress).await?;
            let verified = done.verify()?;
            if let Some(path) = receipt {
                std::fs::write(&path, serde_json::to_vec_pretty(&done)?)
                    .map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
            }
            let text = format!(
                "{} memories erased\nreceipt: record {} of {}, root {}, {}\n{}",
                done.memories.len(),
                done.record.index,
                done.head.size,
                done.head.root,
                if verified { "verified" } else { "NOT VERIFIED" },
                if done.is_clean() { "" } else { "others were at work: erase again to compact the store\n" },
            );
            Report { text, whole: done.is_clean() && verified, json: serde_json::to_value(&done)? }
        }
        Command::Archive { folder, older_than, kind, tag } => {
            let query = ArchiveQuery {
                kinds: kind.into_iter().collect(),
                all_tags: tag.into_iter().collect(),
                ..ArchiveQuery::before(memory.days_ago(older_than))
            };
            let done = memory.archive(&folder, &query, &progress).await?;
            let files: String = done.files.iter().map(|file| format!("{}\n", file.display())).collect();
            let text =
                format!("{} archived, {} changed meanwhile and kept\n{files}", done.archived, done.kept);
            Report { text, whole: done.kept == 0, json: serde_json::to_value(&done)? }
        }
        Command::Restore { paths } => {
            let done = memory.restore(&paths, &progress).await?;
            let text = format!(
                "{} restored, {} were there already\n{} stay in a later state, {} stay erased\n",
                done.restored,
                done.known,
                done.newer.len(),
                done.erased
            );
            Report { text, whole: true, json: serde_json::to_value(&done)? }
        }
        Command::Reencrypt => {
            let done = memory.reencrypt(&progress).await?;
            let text = format!(
                "{} written anew, {} damaged, {} old keys destroyed\n",
                done.done,
                done.corrupt.len(),
                done.dropped
            );
            let json = json!({ "done": done.done, "corrupt": done.corrupt, "dropped": done.dropped });
            Report { text, json, whole: done.corrupt.is_empty() }
        }
    };
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[2K");
    }
    Ok(report)
}

async fn stats(juno: &Juno) -> Result<Report, Box<dyn Error>> {
    let (health, holds) = (juno.memory.health().await?, juno.memory.held_subjects().await?);
    let kinds = MemoryKind::ALL.map(|kind| (kind, health.by_kind.get(&kind).copied().unwrap_or_default()));
    let live: u64 = kinds.iter().map(|(_, count)| count).sum();
    let mut text = format!("{live:>8} live\n");
    for (kind, count) in kinds {
        text += &format!("{count:>8}   {kind}\n");
    }
    text += &format!(
        "{:>8} expired\n{:>8} damaged\n{:>8} legal holds\n",
        health.expired,
        health.corrupt.len(),
        holds.len()
    );
    let json = json!({ "live": live, "health": health, "holds": holds.len() });
    Ok(Report { text, json, whole: true })
}

/// A bar of how far long work has come, where somebody is looking.
fn progress() -> Progress {
    if !std::io::stderr().is_terminal() {
        return Progress::silent();
    }
    Progress::listening(|what, done, total| {
        const WIDTH: u64 = 30;
        let bar = match total.filter(|total| *total > 0) {
            Some(total) => {
                let full = (done.min(total) * WIDTH / total) as usize;
                format!("[{}{}] {done} of {total}", "#".repeat(full), ".".repeat(WIDTH as usize - full))
            }
            None => format!("{done}"),
        };
        eprint!("\r\x1b[2K{what} {bar}");
    })
}
