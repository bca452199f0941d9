//! How well the forecasts do on finished sprints, beside naive baselines.

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use juno_core::analytics::{History, HistoryOptions};
use juno_core::connectors::{ConnectorSettings, load_blocking};
use juno_core::domain::{Probability, Progress, Seed};
use juno_core::report::{ChartFormat, backtest_intervals, backtest_reliability, backtest_text, plain};
use juno_core::risk::backtest::{Backtest, BacktestReport, Part, Parts, Split, parts_of_rows};
use juno_core::risk::{BlendParams, RiskError, RiskTrainer, TrainingSet};

use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::progress;

#[derive(Args)]
pub(crate) struct BacktestOptions {
    /// Sprint tables or Jira exports to evaluate on: a file, or a folder of them.
    #[arg(long)]
    data: PathBuf,
    /// Fit on these sprints instead, and evaluate every sprint of the data.
    #[arg(long)]
    train: Option<PathBuf>,
    /// The part to evaluate [default: test].
    #[arg(long, value_enum)]
    eval: Option<Evaluated>,
    /// Also write each forecast of the default model to this CSV file.
    #[arg(long)]
    predictions: Option<PathBuf>,
    /// Also draw how the chances and ranges of the default model held, into this folder: as SVG and as Vega-Lite.
    #[arg(long)]
    charts: Option<PathBuf>,
    /// A table to read, or JSON, as `--json` asks for too.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Where random numbers start.
    #[arg(long, default_value_t = Seed::default().0)]
    seed: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Evaluated {
    Calib,
    Test,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl BacktestOptions {
    pub(crate) const fn is_json(&self) -> bool {
        matches!(self.format, Format::Json)
    }
}

/// The part of each sprint where a table says it; an error if what it says is none.
type GivenParts = Result<Option<Parts>, RiskError>;

pub(crate) fn run(options: &BacktestOptions) -> Result<Outcome, Failure> {
    let progress = progress::bar();
    let seed = Seed(options.seed);
    let backtest = Backtest::default().with_seed(seed);
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let blend = BlendParams { seed, threads, ..BlendParams::default() }.check()?;
    let candidates: [&dyn RiskTrainer; 1] = [&blend];
    let (data, parts) = sprints(&options.data, &progress)?;
    let report = if let Some(folder) = &options.train {
        if options.eval.is_some() {
            eprintln!("note: with `--train` every sprint of the data is evaluated; `--eval` changes nothing");
        }
        let (fit, _) = sprints(folder, &progress)?;
        backtest.run_on_other(&fit, &data, &candidates, &progress)?
    } else {
        let evaluate = match options.eval {
            Some(Evaluated::Calib) => Part::Calib,
            Some(Evaluated::Test) | None => Part::Test,
        };
        let parts = parts?;
        let marked = parts.is_some();
        let calib = parts.as_ref().is_none_or(|parts| parts.values().any(|part| *part == Part::Calib));
        let split = match parts {
            Some(parts) => Split::Given { parts, evaluate },
            None => Split::Shares { evaluate },
        };
        backtest.run(&data, &split, &candidates, &progress).map_err(|error| match error {
            RiskError::EmptyPart { .. } => empty_part(&error, evaluate, calib, marked),
            error => error.into(),
        })?
    };
    if let Some(path) = &options.predictions {
        write_predictions(path, &report).map_err(|e| format!("cannot write `{}`: {e}", path.display()))?;
    }
    if let Some(folder) = &options.charts {
        write_charts(folder, &report)
            .map_err(|e| format!("cannot draw charts into `{}`: {e}", folder.display()))?;
    }
    let text = backtest_text(&report);
    Ok(Outcome::done(text, serde_json::to_value(report.without_cases())?))
}

/// What to do where the part to be evaluated is empty, in the words of the options.
fn empty_part(error: &RiskError, evaluate: Part, calib: bool, marked: bool) -> Box<dyn Error> {
    let mut ways = Vec::new();
    if evaluate == Part::Test && calib {
        ways.push("`--eval calib`");
    }
    ways.push("`--train OTHER` to evaluate every sprint with a fit on others");
    if marked {
        ways.push("no column `split` to have the parts cut by time");
    }
    format!("{error}: use {}", ways.join(", or ")).into()
}

/// The finished sprints of tables and the parts they give them, or else those that can be rebuilt from the issues of Jira
/// exports.
fn sprints(path: &Path, progress: &Progress) -> Result<(TrainingSet, GivenParts), Box<dyn Error>> {
    let mut data = load_blocking(&[path], &ConnectorSettings::default(), progress)?;
    for refused in data.quarantined.iter().take(5) {
        let message = format!("{}, {}: {}", refused.source, refused.position, refused.reason);
        eprintln!("not used: {}", plain(&message));
    }
    if data.quarantined_total() > 5 {
        eprintln!("not used: {} more", data.quarantined_total() - 5);
    }
    data.notes.iter().for_each(|note| eprintln!("note: {}", plain(note)));
    let sprints = if data.rows.is_empty() {
        let history = History::build_taking_events(&mut data, &HistoryOptions::default(), progress)?;
        TrainingSet::new(history.finished_sprints(DateTime::<Utc>::MAX_UTC)?)?
    } else {
        TrainingSet::from_rows(&data.rows)?
    };
    if sprints.is_empty() {
        return Err(format!(
            "`{}` has no finished sprint; give a sprint table with delivered points, or a Jira export with closed sprints",
            path.display()
        )
        .into());
    }
    Ok((sprints, parts_of_rows(&data.rows)))
}

/// One line for each sprint and stage; what the model did not say is left empty.
fn write_predictions(path: &Path, report: &BacktestReport) -> Result<(), Box<dyn Error>> {
    let Some(model) = report.models.last() else { return Ok(()) };
    let mut out = csv::Writer::from_path(path)?;
    out.write_record(["project", "sprint_id", "t", "p_miss", "delivered", "lo80", "hi80", "lo90", "hi90"])?;
    let levels = [Probability::new(0.8)?, Probability::new(0.9)?];
    for (case, said) in report.predicted(&model.name) {
        let bounds = levels.into_iter().flat_map(|level| match said.interval(level) {
            Some(range) => [range.lower().to_string(), range.upper().to_string()],
            None => [String::new(), String::new()],
        });
        let percent = (case.t.get() * 100.0).round();
        let said = [percent, said.p_miss.get(), said.delivered].map(|number| number.to_string());
        let key = [case.project.to_string(), case.sprint.to_string()];
        out.write_record(key.into_iter().chain(said).chain(bounds))?;
    }
    Ok(out.flush()?)
}

/// How the chances of the last model held beside those of the baseline before it, and how its ranges held in the project with
/// the most forecasts, about halfway through its sprints.
fn write_charts(folder: &Path, report: &BacktestReport) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    for (format, ending) in [(ChartFormat::Svg, "svg"), (ChartFormat::VegaLite, "vl.json")] {
        let reliability = backtest_reliability(report, format)?;
        std::fs::write(folder.join(format!("reliability.{ending}")), reliability)?;
        let intervals = backtest_intervals(report, None, None, format)?;
        std::fs::write(folder.join(format!("intervals.{ending}")), intervals)?;
    }
    Ok(())
}
