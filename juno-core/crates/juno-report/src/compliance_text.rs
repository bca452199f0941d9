use std::fmt::{self, Write};

use chrono::{DateTime, Utc};
use juno_governance::{ComplianceFinding, ComplianceReport, Period, RecordLink};

use crate::{plain, wording};

/// How many findings of one rule are shown before the rest is only counted.
const MOST: usize = 20;

/// A report on compliance as text for a terminal: rule by rule what was checked, and each finding with its records.
#[must_use]
pub fn compliance_text(report: &ComplianceReport) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = text(&mut out, report);
    // Ids and names come from elsewhere: none of them may move the cursor or clear the screen.
    plain(&out)
}

/// The same as Markdown, for a ticket or a page.
#[must_use]
pub fn compliance_markdown(report: &ComplianceReport) -> String {
    let mut out = String::new();
    let _ = markdown(&mut out, report);
    plain(&out)
}

fn text(out: &mut String, report: &ComplianceReport) -> fmt::Result {
    writeln!(out, "{}", title(report))?;
    writeln!(out, "{}\n", span(report))?;
    writeln!(out, "{:<16} {:<10} {:>8} {:>8} {:>9}", "rule", "checks", "checked", "passed", "findings")?;
    for result in &report.results {
        writeln!(
            out,
            "{:<16} {:<10} {:>8} {:>8} {:>9}",
            result.rule,
            wording::check(result.check),
            result.checked,
            result.passed,
            result.findings.len()
        )?;
    }
    for result in report.results.iter().filter(|result| !result.findings.is_empty()) {
        let heading = if result.why.is_empty() {
            result.rule.clone()
        } else {
            format!("{}: {}", result.rule, result.why)
        };
        writeln!(out, "\n{heading}\n{}", "-".repeat(heading.chars().count()))?;
        for finding in result.findings.iter().take(MOST) {
            writeln!(out, "{}", about(finding))?;
            writeln!(out, "  expected  {}", finding.expected)?;
            writeln!(out, "  found     {}", finding.found)?;
            for link in &finding.evidence {
                writeln!(out, "  record    {}", record(link))?;
            }
        }
        rest(out, result.findings.len())?;
    }
    if !report.notes.is_empty() {
        writeln!(out)?;
    }
    for note in &report.notes {
        writeln!(out, "Note: {note}.")?;
    }
    writeln!(out, "\n{}", log(report))
}

fn markdown(out: &mut String, report: &ComplianceReport) -> fmt::Result {
    writeln!(out, "# {}\n\n{}\n", title(report), span(report))?;
    writeln!(out, "| rule | checks | checked | passed | findings |\n| --- | --- | ---: | ---: | ---: |")?;
    for result in &report.results {
        let (rule, check) = (escaped(&result.rule), wording::check(result.check));
        let findings = result.findings.len();
        writeln!(out, "| {rule} | {check} | {} | {} | {findings} |", result.checked, result.passed)?;
    }
    for result in report.results.iter().filter(|result| !result.findings.is_empty()) {
        writeln!(out, "\n## {}\n", escaped(&result.rule))?;
        if !result.why.is_empty() {
            writeln!(out, "{}\n", escaped(&result.why))?;
        }
        for finding in result.findings.iter().take(MOST) {
            writeln!(out, "- **{}**", escaped(&about(finding)))?;
            writeln!(out, "  - expected: {}", escaped(&finding.expected))?;
            writeln!(out, "  - found: {}", escaped(&finding.found))?;
            for link in &finding.evidence {
                writeln!(out, "  - record: {}", escaped(&record(link)))?;
            }
        }
        rest(out, result.findings.len())?;
    }
    if !report.notes.is_empty() {
        writeln!(out, "\n## Notes\n")?;
    }
    for note in &report.notes {
        writeln!(out, "- {}", escaped(note))?;
    }
    writeln!(out, "\n{}", escaped(&log(report)))
}

fn title(report: &ComplianceReport) -> String {
    let findings = report.findings().count();
    let found = match findings {
        0 => "no findings".to_owned(),
        1 => "1 finding".to_owned(),
        n => format!("{n} findings"),
    };
    format!("Compliance by the rules {}: {found}", report.rules)
}

fn span(report: &ComplianceReport) -> String {
    let Period { since, until } = report.period;
    let day = |at: DateTime<Utc>| wording::instant(at);
    let span = match (since, until) {
        (None, None) => "Everything on record".to_owned(),
        (Some(since), None) => format!("Since {}", day(since)),
        (None, Some(until)) => format!("Before {}", day(until)),
        (Some(since), Some(until)) => format!("From {} until before {}", day(since), day(until)),
    };
    format!("{span}, {} requests, as of {}.", report.requests, day(report.at))
}

fn about(finding: &ComplianceFinding) -> String {
    finding.request.as_ref().map_or_else(|| "the log".to_owned(), |request| format!("request {request}"))
}

fn record(link: &RecordLink) -> String {
    format!("{} {} at {}", link.index, wording::event(link.kind), wording::instant(link.at))
}

fn rest(out: &mut String, all: usize) -> fmt::Result {
    match all.checked_sub(MOST) {
        None | Some(0) => Ok(()),
        Some(more) => writeln!(out, "… and {more} more; the JSON gives all."),
    }
}

fn log(report: &ComplianceReport) -> String {
    let log = &report.log;
    let state = match (&log.first_bad, log.verified) {
        (_, true) => "verified".to_owned(),
        (Some(bad), false) => format!("NOT as recorded: {bad}"),
        (None, false) => "NOT as recorded".to_owned(),
    };
    format!("Log: {} records, {state}, root {}.", log.size, log.root)
}

/// Text that Markdown shows as it is.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '&' | '~' => {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
    out
}
