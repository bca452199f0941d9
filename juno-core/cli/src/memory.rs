use std::path::PathBuf;

use clap::Subcommand;
use juno_core::Juno;
use juno_core::agent::SubjectErasure;
use juno_core::domain::PrincipalId;
use juno_core::memory::{ArchiveQuery, MemoryKind, SubjectQuery};
use serde_json::json;

use crate::common::Common;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::{open, progress};

#[derive(Subcommand)]
pub(crate) enum MemoryCommand {
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

pub(crate) async fn run(command: MemoryCommand, common: &Common) -> Result<Outcome, Failure> {
    let mut settings = open::settings(common)?;
    if let MemoryCommand::Cleanup { days: Some(days) } = &command {
        let days = days.to_string();
        settings = settings.with("memory.retention_days", &days)?.with("memory.retention_by_kind", "{}")?;
    }
    let juno = open::juno(settings, common).await?;
    let (memory, progress) = (&juno.memory, progress::bar());
    let outcome = match command {
        MemoryCommand::Stats => stats(&juno).await?,
        MemoryCommand::Cleanup { .. } => {
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
            Outcome::whole(text, serde_json::to_value(&done)?, whole)
        }
        MemoryCommand::Export { subject, also_said, out } => {
            let manifest = memory.export_file(&out, &SubjectQuery { subject, also_said }, &progress).await?;
            let memories: u64 = manifest.memories.values().sum();
            let text = format!(
                "{memories} memories and {} records written to {}\nsha256 {}\n",
                manifest.records,
                out.display(),
                manifest.digest
            );
            let whole = manifest.unreadable.is_empty();
            Outcome::whole(text, serde_json::to_value(&manifest)?, whole)
        }
        MemoryCommand::Erase { subject, by, reason, also_said, archive, receipt } => {
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
            Outcome::whole(text, serde_json::to_value(&done)?, done.is_clean() && verified)
        }
        MemoryCommand::Archive { folder, older_than, kind, tag } => {
            let query = ArchiveQuery {
                kinds: kind.into_iter().collect(),
                all_tags: tag.into_iter().collect(),
                ..ArchiveQuery::before(memory.days_ago(older_than))
            };
            let done = memory.archive(&folder, &query, &progress).await?;
            let files: String = done.files.iter().map(|file| format!("{}\n", file.display())).collect();
            let text =
                format!("{} archived, {} changed meanwhile and kept\n{files}", done.archived, done.kept);
            Outcome::whole(text, serde_json::to_value(&done)?, done.kept == 0)
        }
        MemoryCommand::Restore { paths } => {
            let done = memory.restore(&paths, &progress).await?;
            let text = format!(
                "{} restored, {} were there already\n{} stay in a later state, {} stay erased\n",
                done.restored,
                done.known,
                done.newer.len(),
                done.erased
            );
            Outcome::done(text, serde_json::to_value(&done)?)
        }
        MemoryCommand::Reencrypt => {
            let done = memory.reencrypt(&progress).await?;
            let text = format!(
                "{} written anew, {} damaged, {} old keys destroyed\n",
                done.done,
                done.corrupt.len(),
                done.dropped
            );
            let json = json!({ "done": done.done, "corrupt": done.corrupt, "dropped": done.dropped });
            Outcome::whole(text, json, done.corrupt.is_empty())
        }
    };
    Ok(outcome)
}

async fn stats(juno: &Juno) -> Result<Outcome, Failure> {
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
    Ok(Outcome::done(text, json))
}
