//! The past of a Jira export: every issue and sprint as of any instant.
//!
//! ```text
//! cargo run --release --example replay -- --input my-export/ --at 2026-10-01T09:00:00Z
//! cargo run --release --example replay -- --input my-export/ --format json > history.jsonl
//! ```
//!
//! With `--format json`, one line per issue:
//! `{"key","id","complete","incomplete":[…],"fields":{"status":[{"value","id","from","to"}…],"assignee","sprint","points","flagged"}}`,
//! then one per sprint: `{"sprint","name","state","start","end","closed","complete","incomplete","committed":{"keys","points"},"added","removed","completed","not_completed","completed_elsewhere"}`.
//! Instants are UTC; `to` is null while a value is current. With `--at`, everything is as known at that instant.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{Parser, ValueEnum};
use juno_core::analytics::{History, HistoryOptions, IssueHistory, SprintReport};
use juno_core::connectors::{ConnectorSettings, load_blocking};
use juno_core::domain::{Dataset, Issue, IssueId, Progress, Quarantined, Sprint, StatusCategory};
use juno_core::report::plain;

/// Shows what a Jira export says about the past.
#[derive(Parser)]
struct Options {
    /// Jira JSON pages, Jira CSV exports, or folders of them [default: the sample project].
    #[arg(long, num_args = 1..)]
    input: Vec<PathBuf>,
    /// Show everything as known at this instant, such as 2026-10-01T09:00:00Z [default: all that is known].
    #[arg(long)]
    at: Option<DateTime<Utc>>,
    /// A board to read, or one JSON line per issue and sprint.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// How many quarantined records are named.
const SHOWN: usize = 10;

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Outcome {
    let sample = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/data/sample"));
    let input = if options.input.is_empty() { vec![sample] } else { options.input };

    let mut data = load_blocking(&input, &ConnectorSettings::default(), &Progress::silent())?;
    for refused in data.quarantined.iter().take(SHOWN) {
        let Quarantined { source, position, reason } = refused;
        eprintln!("quarantined: {}", plain(&format!("{source}, {position}: {reason}")));
    }
    let more = data.quarantined_total().saturating_sub(SHOWN as u64);
    if more > 0 {
        eprintln!("quarantined: {more} more");
    }
    for note in &data.notes {
        eprintln!("note: {}", plain(note));
    }
    let history = History::build_taking_events(&mut data, &HistoryOptions::default(), &Progress::silent())?;

    let mut out = BufWriter::new(io::stdout().lock());
    let written = match options.format {
        Format::Json => json(&mut out, &history, options.at),
        Format::Text => {
            let at = options.at.or(history.observed_until()).ok_or("the input holds nothing with a date")?;
            Board { data: &data, history: &history, at }.write(&mut out)
        }
    };
    match written.and_then(|()| Ok(out.flush()?)) {
        // Whoever reads has seen enough: `replay | head`.
        Err(error) if error.downcast_ref().map(io::Error::kind) == Some(ErrorKind::BrokenPipe) => Ok(()),
        done => done,
    }
}

fn json(out: &mut impl Write, history: &History, at: Option<DateTime<Utc>>) -> Outcome {
    for line in history.issue_lines(at) {
        writeln!(out, "{}", serde_json::to_string(&line)?)?;
    }
    for line in history.sprint_lines(at)? {
        writeln!(out, "{}", serde_json::to_string(&line)?)?;
    }
    Ok(())
}

/// The running sprints as people knew them at an instant.
struct Board<'a> {
    data: &'a Dataset,
    history: &'a History,
    at: DateTime<Utc>,
}

impl Board<'_> {
    fn write(&self, out: &mut impl Write) -> Outcome {
        let known: Vec<&IssueHistory> =
            self.history.issues().filter(|issue| issue.exists_at(self.at)).collect();
        let running = self.history.open_sprints(self.at);
        writeln!(
            out,
            "As of {}: {} issues, {} running sprints",
            moment(self.at),
            known.len(),
            running.len()
        )?;
        let issues: BTreeMap<&IssueId, &Issue> =
            self.data.issues.iter().map(|issue| (&issue.id, issue)).collect();
        for sprint in &running {
            self.sprint(out, sprint, &known, &issues)?;
        }

        let planned =
            |issue: &IssueHistory| running.iter().any(|s| issue.sprints_at(self.at).contains(&s.id));
        let mut waiting: BTreeMap<String, usize> = BTreeMap::new();
        for issue in self.history.issues_open_at(self.at).filter(|issue| !planned(issue)) {
            *waiting.entry(self.status_of(issue)).or_default() += 1;
        }
        let counts: Vec<String> = waiting.iter().map(|(status, n)| format!("{n} {status}")).collect();
        writeln!(out, "\nOpen outside running sprints: {}", or_none(&counts))?;
        let doubtful = known.iter().filter(|issue| !issue.completeness_at(self.at).is_complete()).count();
        writeln!(out, "Issues with gaps in their history: {doubtful}")?;
        for note in self.history.workflow().notes() {
            writeln!(out, "Note: {}", plain(&note.to_string()))?;
        }
        Ok(())
    }

    fn sprint(
        &self,
        out: &mut impl Write,
        sprint: &Sprint,
        known: &[&IssueHistory],
        issues: &BTreeMap<&IssueId, &Issue>,
    ) -> Outcome {
        let report = self.history.sprint_report(sprint.id, self.at)?;
        let gone =
            sprint.elapsed_share(self.at).map(|share| format!(", {:.0} % of its time gone", share * 100.0));
        writeln!(
            out,
            "\n{} (sprint {}, team {}){}",
            plain(&sprint.name),
            sprint.id,
            report.team,
            gone.unwrap_or_default()
        )?;
        writeln!(out, "  {}", summary(&report))?;
        for (title, wanted) in [
            ("To do", [StatusCategory::ToDo].as_slice()),
            ("In progress", &[StatusCategory::InProgress, StatusCategory::Unknown]),
            ("Done", &[StatusCategory::Done]),
        ] {
            let inside = known.iter().filter(|issue| issue.sprints_at(self.at).contains(&sprint.id));
            let column = inside.filter(|issue| {
                self.history
                    .category_at(issue.id(), self.at)
                    .is_some_and(|category| wanted.contains(&category))
            });
            for (n, issue) in column.enumerate() {
                if n == 0 {
                    writeln!(out, "  {title}")?;
                }
                let Some(state) = issue.state_at(self.at) else { continue };
                let today = issues.get(issue.id());
                writeln!(
                    out,
                    "    {:<10} {:>4} {:<12} {:<20} {}{}",
                    state.key.as_str(),
                    state.points.map_or_else(|| "–".into(), |points| points.get().to_string()),
                    self.status_of(issue),
                    state.assignee.map_or_else(|| "nobody".into(), |who| self.name_of(who.as_str())),
                    today.map(|issue| plain(&issue.summary)).unwrap_or_default(),
                    if state.flagged { " [flagged]" } else { "" },
                )?;
            }
        }
        for reason in report.completeness.reasons() {
            writeln!(out, "  incomplete: {reason}")?;
        }
        Ok(())
    }

    /// A status by its name of today, so that a renamed one is not taken for two.
    fn status_of(&self, issue: &IssueHistory) -> String {
        let status = issue.status_at(self.at).map(|status| self.history.status_name(status));
        status.filter(|name| !name.is_empty()).map_or_else(|| "status unknown".into(), |name| plain(&name))
    }

    fn name_of(&self, account: &str) -> String {
        let member = self.data.members.iter().find(|member| member.id.as_str() == account);
        plain(member.map_or(account, |member| &member.name))
    }
}

fn summary(report: &SprintReport) -> String {
    let part = |part: &juno_core::analytics::ReportPart| {
        let (issues, points) = (part.keys.len(), part.points.get());
        format!("{issues} issue{} ({points} points)", if issues == 1 { "" } else { "s" })
    };
    format!(
        "committed {}, added {}, removed {}, completed {}",
        part(&report.committed),
        part(&report.added),
        part(&report.removed),
        part(&report.completed)
    )
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn or_none(list: &[String]) -> String {
    if list.is_empty() { "none".into() } else { list.join(", ") }
}
