use clap::{Parser, Subcommand};
use clap_complete::Shell;

use crate::audit::AuditCommand;
use crate::backtest::BacktestOptions;
use crate::common::{Common, Input, ReviewOptions, Vote};
use crate::memory::MemoryCommand;

const AFTER_HELP: &str =
    "Exit codes: 0 done, 1 failed, 2 wrong options or unreadable files, 3 not allowed, 4 done in part: \
the output says what is left, and the same command goes on.

Settings come from juno.toml, .env and the environment: DATABASE_URL, JUNO_TENANT, MEMORY_RETENTION_DAYS, …";

/// What will slip, what should be done, who has to decide, and whether the log is whole.
#[derive(Parser)]
#[command(name = "juno", version, after_help = AFTER_HELP, infer_subcommands = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Forecast every open sprint, triage tickets, let policy decide, and record it.
    Review(ReviewOptions),
    /// Say how likely each open sprint is to miss what it committed to.
    Forecast(Input),
    /// Find what should be done, with reasons; submits nothing.
    Triage(Input),
    /// Say how good forecasts are on finished sprints, beside naive baselines.
    Backtest(BacktestOptions),
    /// List what waits for a person, the nearest deadline first.
    Pending,
    /// Vote for what `pending` listed.
    Approve(Vote),
    /// Vote against what `pending` listed.
    Deny(Vote),
    /// Check what was proved.
    #[command(subcommand, after_help = AFTER_HELP)]
    Audit(AuditCommand),
    /// Maintain what is remembered.
    #[command(subcommand, after_help = AFTER_HELP)]
    Memory(MemoryCommand),
    /// Print a completion script: `juno completion bash > /etc/bash_completion.d/juno`.
    Completion {
        /// For this shell.
        shell: Shell,
    },
}
