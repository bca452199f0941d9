#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod audit;
mod backtest;
mod common;
mod decide;
mod failure;
mod look;
mod memory;
mod open;
mod options;
mod outcome;
mod progress;
mod table;

use std::ffi::OsString;
use std::io::{ErrorKind, IsTerminal, Write};

use clap::{CommandFactory, Parser};

use crate::failure::Failure;
use crate::options::{Command, Options};
use crate::outcome::Outcome;

/// Runs the command that `args` name, the program's own name first; writes to standard output and standard error, and gives
/// the exit code: 0 done, 1 failed, 2 wrong options or unreadable files, 3 not allowed, 4 done in part.
pub fn main(args: impl IntoIterator<Item = OsString>) -> u8 {
    run(Options::try_parse_from(args))
}

/// As [`main`], for a program that has only one command: `memory`, `backtest`, ….
pub fn main_of(command: &str, args: impl IntoIterator<Item = OsString>) -> u8 {
    let mut args = args.into_iter();
    let program = args.next().unwrap_or_default();
    let words = command.split(' ').map(OsString::from);
    run(Options::try_parse_from(std::iter::once(program).chain(words).chain(args)))
}

fn run(options: Result<Options, clap::Error>) -> u8 {
    let options = match options {
        Ok(options) => options,
        Err(error) => {
            // Help and version are no errors, and go to standard output.
            let code = if error.use_stderr() { 2 } else { 0 };
            return error.print().map_or(1, |()| code);
        }
    };
    let as_json =
        options.common.json || matches!(&options.command, Command::Backtest(options) if options.is_json());
    let (written, code) = match carry_out(options) {
        Ok(outcome) => (print(&outcome, as_json), outcome.code),
        Err(failure) => {
            progress::clear();
            (writeln!(std::io::stderr(), "error: {}", failure.message), failure.code)
        }
    };
    // Whoever reads only the first lines (`| head`) has what they want.
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => 1,
        _ => code,
    }
}

fn carry_out(options: Options) -> Result<Outcome, Failure> {
    let Options { command, common } = options;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = match command {
        Command::Review(review) => runtime.block_on(look::review(&review, &common)),
        Command::Forecast(input) => runtime.block_on(look::forecast(&input, &common)),
        Command::Triage(input) => runtime.block_on(look::triage(&input, &common)),
        Command::Backtest(options) => backtest::run(&options),
        Command::Pending => runtime.block_on(decide::pending(&common)),
        Command::Approve(vote) => runtime.block_on(decide::vote(&vote, true, &common)),
        Command::Deny(vote) => runtime.block_on(decide::vote(&vote, false, &common)),
        Command::Audit(command) => audit::run(&command),
        Command::Memory(command) => runtime.block_on(memory::run(command, &common)),
        Command::Completion { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Options::command(), "juno", &mut text);
            let text = String::from_utf8_lossy(&text).into_owned();
            Ok(Outcome { json: serde_json::json!({ "script": text }), text, code: 0 })
        }
    };
    progress::clear();
    outcome
}

fn print(outcome: &Outcome, as_json: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    if as_json {
        return writeln!(out, "{:#}", outcome.json);
    }
    let coloured = out.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    out.write_all(if coloured { table::coloured(&outcome.text) } else { outcome.text.clone() }.as_bytes())
}
