use std::fmt::{self, Write};

use juno_confidence::Bootstrap;
use juno_domain::Probability;
use juno_risk::backtest::{
    BacktestReport, Estimate, IntervalScores, ModelReport, Protocol, Scores, StageReport,
};

use crate::plain;

/// Levels of the intervals that are shown.
const LEVELS: [f64; 2] = [0.8, 0.9];
const ABSENT: &str = "–";
/// Numbers from here on are shown as powers of ten.
const WIDE: f64 = 1e6;
/// Longest name of a model that is shown in full.
const NAME: usize = 20;

/// A backtest as tables for a terminal: chances, amounts, and how much of a score is luck. About 100 columns wide.
#[must_use]
pub fn backtest_text(report: &BacktestReport) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut out, report);
    // Names of models may come from elsewhere: none of them may move the cursor or clear the screen.
    plain(&out)
}

fn write(out: &mut String, report: &BacktestReport) -> fmt::Result {
    opening(out, report)?;
    heading(out, "Will it miss?")?;
    let header =
        "T|n|missed|model|AUC|Brier|log loss|accuracy|F1|ECE|by chance|inside".split('|').map(str::to_owned);
    let lines = lines(report, |stage, model, scores| {
        let [t, n, missed] = stage.map_or([ABSENT; 3].map(str::to_owned), front);
        let band = scores.ece_band.map(|band| format!("{:.3}–{:.3}", band.band.lower(), band.band.upper()));
        let inside = scores.ece_inside.map(|inside| if inside { "yes" } else { "no" }.to_owned());
        let chances = [scores.auc, scores.brier, scores.log_loss, scores.accuracy, scores.f1, scores.ece];
        let mut line = vec![t, n, missed, name(model)];
        line.extend(chances.map(decimal));
        line.extend([band, inside].map(or_absent));
        line
    });
    table(out, header.collect(), &lines, 3)?;

    heading(out, "How much will it deliver?")?;
    let header = "T|model|std. acc.|NMAE|80 %: held|width|score|90 %: held|width|score";
    let lines = self::lines(report, |stage, model, scores| {
        let t = stage.map_or(ABSENT.to_owned(), |stage| percent(stage.t));
        let mut line = vec![t, name(model), decimal(scores.standardised_accuracy), decimal(scores.nmae)];
        for level in LEVELS {
            let of: Option<&IntervalScores> =
                scores.intervals.iter().find(|of| (of.level.get() - level).abs() < 1e-9);
            line.extend([of.map(|of| of.coverage), of.map(|of| of.width)].map(decimal));
            line.push(or_absent(of.map(|of| number(of.score, 1))));
        }
        line
    });
    table(out, header.split('|').map(str::to_owned).collect(), &lines, 1)?;

    heading(out, "How much of it is luck? Means over T, and their 95 % intervals")?;
    let header = "|AUC|Brier|log loss|accuracy".split('|').map(str::to_owned).collect();
    table(out, header, &luck(report), 0)?;
    closing(out, report)
}

fn opening(out: &mut String, report: &BacktestReport) -> fmt::Result {
    let left_out: u64 = report.folds.iter().map(|fold| u64::from(fold.left_out)).sum();
    writeln!(out, "{}", subject(report))?;
    match (left_out, report.protocol) {
        (0, _) => Ok(()),
        (n, Protocol::OtherData) => writeln!(
            out,
            "{n} more are of the same projects and were not over before: they are not fitted on."
        ),
        (n, _) => writeln!(
            out,
            "{n} more were not over when the first evaluated sprint of their project was seen: they are not fitted on."
        ),
    }
}

/// What was evaluated, and what models were fitted on before, in a sentence.
pub(crate) fn subject(report: &BacktestReport) -> String {
    let evaluated: u64 = report.folds.iter().map(|fold| u64::from(fold.evaluated)).sum();
    let fitted: Vec<String> = report.folds.iter().map(|fold| fold.fitted.to_string()).collect();
    let fitted = fitted.join(", ");
    match report.protocol {
        Protocol::Shares { evaluated: part } => format!(
            "Backtest of {evaluated} sprints, the {part} share of each project, fitted on the {fitted} before them."
        ),
        Protocol::Given { evaluated: part } => format!(
            "Backtest of {evaluated} sprints, the rows marked {part}, fitted on the {fitted} before them."
        ),
        Protocol::Rolling { .. } | Protocol::Later { .. } => format!(
            "Backtest of {evaluated} sprints in {} blocks, each fitted on those before it: {fitted}.",
            report.folds.len()
        ),
        Protocol::OtherData => {
            format!("Backtest of {evaluated} sprints, fitted on {fitted} of other data.")
        }
    }
}

fn closing(out: &mut String, report: &BacktestReport) -> fmt::Result {
    let resamples = report.resamples;
    let guessing = match report.protocol {
        Protocol::OtherData => "the results of earlier sprints of its own project",
        _ => "the results of its project's sprints that were fitted on",
    };
    writeln!(
        out,
        "\n`by chance`: where the ECE (10 bins) of a perfectly calibrated model would lie in 95 % of cases.
Standardised accuracy: 1 − mean absolute error ÷ that of guessing one of {guessing}.
NMAE: mean absolute error ÷ interquartile range of delivered − committed. Both averaged over projects.
Widths are divided by the commitment; interval scores are in points. A difference is model − baseline on the
same sprints. Intervals: bootstrap over sprints, each with all its stages, {resamples} resamples, seed {}.",
        report.seed.0
    )?;
    for model in &report.models {
        if let (n @ 1.., Some(first)) = (model.not_fitted.len(), model.not_fitted.first()) {
            let folds =
                if report.folds.len() == 1 { String::new() } else { format!(" in {n} of the blocks") };
            writeln!(
                out,
                "{} could not be fitted{folds}, so shrunk_history answers for it: {}.",
                name(model),
                first.reason
            )?;
        }
    }
    for model in report.models.iter().filter(|model| model.mean.even_odds > 0) {
        let n = model.mean.even_odds;
        writeln!(out, "{}: {n} forecasts had nothing to go by and count as even odds.", name(model))?;
    }
    Ok(())
}

fn heading(out: &mut String, title: &str) -> fmt::Result {
    writeln!(out, "\n{title}\n{}", "-".repeat(title.chars().count()))
}

/// The models in the order of reading: candidates, then baselines, the last one first.
fn in_order(report: &BacktestReport) -> impl Iterator<Item = &ModelReport> {
    let candidates = report.models.iter().filter(|model| !model.baseline);
    candidates.chain(report.models.iter().rev().filter(|model| model.baseline))
}

/// A line for each model at each stage, then for each model's mean. What stands before the model is shown once.
fn lines(
    report: &BacktestReport,
    line: impl Fn(Option<&StageReport>, &ModelReport, &Scores) -> Vec<String>,
) -> Vec<Vec<String>> {
    let mut lines = Vec::new();
    for stage in (0..report.stages.len()).map(Some).chain([None]) {
        for (nth, model) in in_order(report).enumerate() {
            let scores = match stage {
                Some(stage) => model.stages.get(stage).map(|stage| &stage.scores),
                None => Some(&model.mean),
            };
            let Some(scores) = scores else { continue };
            let front = stage.and_then(|stage| report.stages.get(stage));
            let mut cells = line(front, model, scores);
            let model_at = cells.iter().position(|cell| *cell == name(model)).unwrap_or(0);
            for (column, cell) in cells.iter_mut().take(model_at).enumerate() {
                match (nth, front, column) {
                    (0, Some(_), _) => {}
                    (0, None, 0) => *cell = "mean".to_owned(),
                    _ => cell.clear(),
                }
            }
            lines.push(cells);
        }
    }
    lines
}

fn front(stage: &StageReport) -> [String; 3] {
    [percent(stage.t), stage.n.to_string(), decimal(Some(stage.base_rate.get()))]
}

/// The scores of each model with their sampling error, then its differences from the baselines.
fn luck(report: &BacktestReport) -> Vec<Vec<String>> {
    let cell = |value: Option<f64>, sampling: Option<Bootstrap>, sign: bool| {
        let Some(value) = value else { return ABSENT.to_owned() };
        let show = |x: f64| {
            let plus = if sign && x > -0.0005 { "+" } else { "" };
            format!("{plus}{}", number(x, 3))
        };
        match sampling {
            Some(Bootstrap { interval, .. }) => {
                format!("{} [{}, {}]", show(value), show(interval.lower()), show(interval.upper()))
            }
            None => show(value),
        }
    };
    let mut lines = Vec::new();
    for model in in_order(report) {
        let (mean, luck) = (&model.mean, &model.sampling);
        let own = |value, sampling| cell(value, sampling, false);
        lines.push(vec![
            name(model),
            own(mean.auc, luck.auc),
            own(mean.brier, luck.brier),
            own(mean.log_loss, luck.log_loss),
            own(mean.accuracy, luck.accuracy),
        ]);
        for other in model.against.iter().rev() {
            let less = |estimate: Option<Estimate>| {
                cell(estimate.map(|e| e.value), estimate.and_then(|e| e.sampling), true)
            };
            let mut line = vec![format!("  less {}", cut(&other.baseline))];
            line.extend([other.auc, other.brier, other.log_loss, other.accuracy].map(less));
            lines.push(line);
        }
    }
    lines
}

/// Writes lines in columns, all set right but the one at `left`.
fn table(out: &mut String, header: Vec<String>, lines: &[Vec<String>], left: usize) -> fmt::Result {
    let widths: Vec<usize> = (0..header.len())
        .map(|column| {
            let cells = lines.iter().chain([&header]).filter_map(|line| line.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    for line in [&header].into_iter().chain(lines) {
        let mut text = String::new();
        for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
            let gap = if column == 0 { "" } else { "  " };
            if column == left {
                write!(text, "{gap}{cell:<width$}")?;
            } else {
                write!(text, "{gap}{cell:>width$}")?;
            }
        }
        writeln!(out, "{}", text.trim_end())?;
    }
    Ok(())
}

fn percent(t: Probability) -> String {
    format!("{} %", (t.get() * 100.0).round())
}

fn decimal(value: Option<f64>) -> String {
    or_absent(value.map(|value| number(value, 3)))
}

/// A number with so many decimals, or as a power of ten where that would be too wide for a column.
fn number(value: f64, decimals: usize) -> String {
    if value.abs() >= WIDE {
        return format!("{value:.2e}");
    }
    // What rounds to nothing has no sign.
    let text = format!("{value:.decimals$}");
    let is_zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
    if is_zero { text.replace('-', "") } else { text }
}

fn or_absent(text: Option<String>) -> String {
    text.unwrap_or_else(|| ABSENT.to_owned())
}

fn name(model: &ModelReport) -> String {
    cut(&model.name)
}

/// A name in one line, and not too long.
fn cut(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= NAME {
        return text;
    }
    text.chars().take(NAME - 1).chain(['…']).collect()
}
