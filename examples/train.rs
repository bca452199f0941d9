//! Trains the delivery forecast on your own finished sprints, and keeps it in a file.
//!
//! ```text
//! cargo run --release --example train -- --input my-sprints/ --model model.juno
//! cargo run --release --example quickstart -- --input my-export/ --model model.juno
//! ```
//!
//! Says what can be used of the data and what not, how models trained this way forecast later sprints, and what the model
//! cannot do. Where the file already holds a model, both stand side by side, and a clearly worse one does not take its place.

use std::error::Error;
use std::io::{IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use clap::{Parser, ValueEnum};
use juno_core::analytics::{History, HistoryOptions};
use juno_core::connectors::{ConnectorSettings, load_blocking};
use juno_core::domain::{FinishedSprint, Seed, TableRow};
use juno_core::prelude::*;
use juno_core::report::plain;
use juno_core::risk::backtest::Backtest;
use juno_core::risk::{
    BiasReport, BlendParams, BlendRiskModel, DataReport, DriftReport, ModelCard, Retraining, TrainingSet,
};
use serde_json::json;

/// Trains the delivery forecast on finished sprints.
#[derive(Parser)]
struct Options {
    /// Sprint tables or Jira exports with finished sprints: files, or folders of them.
    #[arg(long, num_args = 1.., required = true)]
    input: Vec<PathBuf>,
    /// The file to keep the model in.
    #[arg(long)]
    model: PathBuf,
    /// Where random numbers start.
    #[arg(long, default_value_t = Seed::default().0)]
    seed: u64,
    /// Do not measure how models trained this way forecast later sprints: quicker, and the card says so.
    #[arg(long)]
    no_score: bool,
    /// Replace a model in the file even by a clearly worse one, and a file that cannot be read.
    #[arg(long)]
    force: bool,
    /// The time of training for the model's card, such as 2026-11-13T16:00:00Z [default: now].
    #[arg(long)]
    at: Option<DateTime<Utc>>,
    /// Texts to read, or JSON.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    Text,
    Json,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What there is to tell.
struct Told {
    data: DataReport,
    /// What has changed since the model in the file was trained, and how the two compare.
    before: Option<(DriftReport, Retraining)>,
    /// How forecasts of the scored sprints served teams, projects and planned lengths.
    bias: Option<BiasReport>,
    /// Of the model that was written; `None` if it was not.
    card: Option<ModelCard>,
}

/// Whether the model was written.
fn run(options: &Options) -> Result<bool, Box<dyn Error>> {
    check_place(&options.model)?;
    let progress = progress();
    let (training, data) = TrainingSet::check(finished_sprints(options, &progress)?);
    if training.is_empty() {
        tell(options, &Told { data, before: None, bias: None, card: None })?;
        return Err("there is no finished sprint to train on".into());
    }
    let seed = Seed(options.seed);
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let trainer = BlendParams { seed, threads, ..BlendParams::default() }.check()?;
    let backtest = Backtest::default().with_seed(seed);

    let before = match model_before(options)?.map(Arc::new) {
        Some(model) => {
            let drift = model.drift(&training, &progress)?;
            Some((drift, trainer.compare(&model, &training, &backtest, &progress)?))
        }
        None => None,
    };
    if before.as_ref().is_some_and(|(_, of)| !of.verdict.may_replace()) && !options.force {
        tell(options, &Told { data, before, bias: None, card: None })?;
        eprintln!("error: `{}` keeps the model it has; use --force to replace it", options.model.display());
        return Ok(false);
    }
    let mut model = match trainer.fit(&training, &progress) {
        Err(error) if error.kind() == ErrorKind::NotEnoughData => {
            tell(options, &Told { data, before, bias: None, card: None })?;
            return Err(error.into());
        }
        fitted => fitted?,
    };
    let mut bias = None;
    if !options.no_score {
        match trainer.score(&training, &backtest, &progress) {
            Ok(scores) => {
                bias = Some(BiasReport::of_backtest(&scores, BlendRiskModel::NAME)?);
                model = model.with_scores(scores);
            }
            Err(error) if error.kind() == ErrorKind::NotEnoughData => eprintln!("note: not scored: {error}"),
            Err(error) => return Err(error.into()),
        }
    }
    let model = model.with_trained_at(options.at.unwrap_or_else(|| SystemClock.now()));
    model.save(&options.model)?;
    tell(options, &Told { data, before, bias, card: Some(model.card()) })?;
    Ok(true)
}

/// Refuses a place where no file can be written, before the work and not after it.
fn check_place(model: &Path) -> Result<(), Box<dyn Error>> {
    let shown = model.display();
    if model.is_dir() {
        return Err(format!(
            "`{shown}` is a folder; name a file in it, such as `{}`",
            model.join("model.juno").display()
        )
        .into());
    }
    match model.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => Err(format!(
            "`{shown}` cannot be written: there is no folder `{}`; make it first",
            folder.display()
        )
        .into()),
        _ => Ok(()),
    }
}

/// The model in the file; `None` where there is no file, or one that may be replaced whatever it is.
fn model_before(options: &Options) -> Result<Option<BlendRiskModel>, Box<dyn Error>> {
    match BlendRiskModel::load(&options.model) {
        Ok(model) => Ok(Some(model)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if options.force => {
            eprintln!("note: {error}");
            Ok(None)
        }
        Err(error) => Err(format!("{error}, or use --force to replace the file").into()),
    }
}

/// The finished sprints of tables, or else those that can be rebuilt from the issues of Jira exports.
fn finished_sprints(options: &Options, progress: &Progress) -> Result<Vec<FinishedSprint>, Box<dyn Error>> {
    let mut data = load_blocking(&options.input, &ConnectorSettings::default(), progress)?;
    for refused in data.quarantined.iter().take(5) {
        let message = format!("{}, {}: {}", refused.source, refused.position, refused.reason);
        eprintln!("not used: {}", plain(&message));
    }
    if data.quarantined_total() > 5 {
        eprintln!("not used: {} more", data.quarantined_total() - 5);
    }
    data.notes.iter().for_each(|note| eprintln!("note: {}", plain(note)));
    if !data.rows.is_empty() {
        return Ok(data.rows.iter().filter_map(TableRow::finished).collect());
    }
    let history = History::build_taking_events(&mut data, &HistoryOptions::default(), progress)?;
    Ok(history.finished_sprints(DateTime::<Utc>::MAX_UTC)?)
}

fn tell(options: &Options, told: &Told) -> Result<(), Box<dyn Error>> {
    let Told { data, before, bias, card } = told;
    let file = options.model.display().to_string();
    let text = match options.format {
        Format::Json => {
            let all = json!({
                "data": data,
                "drift": before.as_ref().map(|(drift, _)| drift),
                "retraining": before.as_ref().map(|(_, retraining)| retraining),
                "bias": bias,
                "card": card,
                "file": card.as_ref().map(|_| file),
            });
            serde_json::to_string_pretty(&all)? + "\n"
        }
        Format::Text => {
            let mut text = data.to_string();
            if let Some((drift, retraining)) = before {
                text += &format!("\n{drift}\n{retraining}");
            }
            if let Some(bias) = bias {
                text += &format!("\n{bias}");
            }
            if let Some(card) = card {
                text += &format!("\n{card}\nWritten to `{file}`.\n");
            }
            plain(&text)
        }
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
