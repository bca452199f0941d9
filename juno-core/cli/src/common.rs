use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Args;

#[derive(Args)]
pub(crate) struct Common {
    /// Where state is: `sqlite:///relative.db`, `sqlite:////absolute.db`, `memory:` or what else settings take [default:
    /// what settings say].
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) db: Option<String>,
    /// Whose state [default: what settings say].
    #[arg(long, global = true)]
    pub(crate) tenant: Option<String>,
    /// The instant to work by, such as 2026-11-13T16:00:00Z [default: now; for exports their newest event].
    #[arg(long, visible_alias = "as-of", global = true)]
    pub(crate) at: Option<DateTime<Utc>>,
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Input {
    /// Jira JSON pages, Jira CSV exports, sprint tables, or folders of them.
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ReviewOptions {
    #[command(flatten)]
    pub(crate) input: Input,
    /// Also write an HTML report to this file.
    #[arg(long)]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Vote {
    /// The request, as `pending` lists it.
    pub(crate) request: String,
    /// The digest `pending` listed beside it: what you looked at is what you vote on.
    #[arg(long)]
    pub(crate) digest: String,
    /// Who votes.
    #[arg(long)]
    pub(crate) by: String,
    /// Why; it stands in the log.
    #[arg(long)]
    pub(crate) reason: String,
}
