//! The second reading of a JSON file: records.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use juno_domain::{IssueId, Quarantined, Sprint};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::changelog::HistoryReader;
use super::history::{ReadLog, read_entry, read_log};
use super::issue::{BadIssue, read_issue};
use super::raw::Text;
use super::shape::Shape;
use super::sprint::read_sprint;
use crate::fields::FieldMap;
use crate::json::{DocumentVisitor, Element, Fault, JsonScanner, List, Position, walk};
use crate::sink::{Closed, RecordSink};
use crate::{ConnectorError, ConnectorSettings, HistoryExtent, HistoryRecord, PageMark, Record};

/// Reads every record of a JSON file into `sink`.
///
/// # Errors
/// If the file cannot be read, or holds nothing of what JUNO knows. A sink that closes is no error.
pub(crate) fn read<R: Read>(
    scanner: &mut JsonScanner<R>,
    path: &Path,
    fields: &FieldMap,
    settings: &ConnectorSettings,
    sink: &mut dyn RecordSink,
) -> Result<(), ConnectorError> {
    let mut visitor = RecordVisitor {
        source: path.display().to_string(),
        place: path.parent().unwrap_or(Path::new("")).to_owned(),
        fields,
        settings,
        sink,
        list_issue: None,
        issues: 0,
        others: 0,
        good: 0,
        held: Vec::new(),
        recognised: 0,
        first_other: None,
        first_syntax: None,
        seen_sprints: HashSet::new(),
        uncertain_sprints: 0,
    };
    match walk(scanner, &mut visitor) {
        Err(Stop::Closed) => Ok(()),
        Err(Stop::Io(cause)) => Err(ConnectorError::io(path, cause)),
        Ok(()) => visitor.finish(path),
    }
}

/// Bad records that are held back while nothing good came.
const MAX_HELD: usize = 1_000;

enum Stop {
    Closed,
    Io(std::io::Error),
}

impl From<Closed> for Stop {
    fn from(Closed: Closed) -> Self {
        Self::Closed
    }
}

struct RecordVisitor<'s> {
    source: String,
    place: PathBuf,
    fields: &'s FieldMap,
    settings: &'s ConnectorSettings,
    sink: &'s mut dyn RecordSink,
    /// The issue whose changelog page is being read.
    list_issue: Option<String>,
    issues: u64,
    others: u64,
    /// Records that could be used.
    good: u64,
    /// Bad records that are not told yet.
    held: Vec<Quarantined>,
    /// Records and pages of a known kind, usable or not.
    recognised: u64,
    first_other: Option<String>,
    first_syntax: Option<(Position, String)>,
    /// Sprints already handed over: every issue of a sprint describes it again.
    seen_sprints: HashSet<Sprint>,
    uncertain_sprints: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPage<'a> {
    #[serde(default)]
    start_at: Option<u64>,
    #[serde(default)]
    total: Option<u64>,
    #[serde(default)]
    is_last: Option<bool>,
    #[serde(borrow, default)]
    next_page_token: Option<Text<'a>>,
    #[serde(rename = "self", borrow, default)]
    address: Option<Text<'a>>,
}

impl DocumentVisitor for RecordVisitor<'_> {
    type Stop = Stop;

    fn element(&mut self, element: Element<'_>) -> Result<(), Stop> {
        if element.list == List::Issues {
            return self.issue(element);
        }
        let shape = match Shape::of(element.raw) {
            Ok(shape) => shape,
            Err(error) => {
                self.others += 1;
                let position = inside(element.position, error.line(), error.column());
                return self.syntax(position, error.to_string());
            }
        };
        if !matches!(shape, Shape::Issue | Shape::Other(_)) {
            self.others += 1;
            self.recognised += 1;
        }
        match shape {
            Shape::Issue => self.issue(element),
            Shape::Sprint => self.sprint(element),
            Shape::Board { id, name } => {
                self.good += 1;
                Ok(self.sink.push(Record::Board { id: juno_domain::BoardId(id), name }, element.raw.len())?)
            }
            // Its meaning was taken in the first reading.
            Shape::Field => {
                self.good += 1;
                Ok(())
            }
            Shape::Entry => self.entry(element),
            Shape::Bulk { issue, entries } => self.bulk(&issue, entries, element),
            Shape::Other(what) => {
                self.others += 1;
                self.first_other.get_or_insert_with(|| what.clone());
                self.quarantine(at(element.position), format!("{what}; expected an issue, sprint or board"))
            }
        }
    }

    fn list_begins(&mut self, _: List, head: &[u8]) -> Result<(), Stop> {
        let page: Option<RawPage<'_>> = serde_json::from_slice(head).ok();
        self.list_issue = page.and_then(|page| issue_of(page.address?.as_str()));
        Ok(())
    }

    fn page(&mut self, list: List, count: u64, members: &[u8]) -> Result<(), Stop> {
        self.list_issue = None;
        if list == List::Issues || count == 0 {
            self.recognised += 1;
        }
        let Ok(page) = serde_json::from_slice::<RawPage<'_>>(members) else { return Ok(()) };
        let address = page.address.as_ref().map_or("", Text::as_str);
        if let Some(issue) = issue_of(address) {
            // A page of one issue's changelog: it tells how many entries there are in all.
            let history = HistoryExtent { present: true, total: page.total, entries: Vec::new() };
            let record =
                HistoryRecord { issue, events: Vec::new(), history, reasons: Vec::new(), people: Vec::new() };
            return Ok(self.sink.push(Record::History(Box::new(record)), 0)?);
        }
        let last = page.is_last.or(page.next_page_token.is_some().then_some(false));
        let mark = PageMark {
            place: self.place.display().to_string(),
            what: if list == List::Issues { "issues" } else { "values" },
            start: page.start_at,
            count,
            total: page.total,
            last,
        };
        Ok(self.sink.push(Record::Page(mark), 0)?)
    }

    fn fault(&mut self, fault: Fault, rest_lost: bool) -> Result<(), Stop> {
        let lost = if rest_lost { "; nothing after it could be read" } else { "" };
        match fault {
            Fault::Io(cause) => Err(Stop::Io(cause)),
            Fault::Unclosed(position) => {
                let what = if rest_lost { "the file" } else { "the line" };
                self.syntax(position, format!("{what} ends here before what it began is closed"))
            }
            Fault::Ends(position) => {
                let what = if rest_lost { "the file" } else { "the line" };
                let reason = format!("{what} ends inside a record that begins at line {}", position.line);
                self.syntax(position, reason)
            }
            Fault::TooLong(position) => {
                self.recognised += 1;
                self.quarantine(at(position), "the record is longer than 64 MiB".to_owned())
            }
            Fault::Syntax(position, reason) => self.syntax(position, format!("{reason}{lost}")),
        }
    }
}

impl RecordVisitor<'_> {
    /// Tells a bad record. While nothing good came, the file may turn out to be no export at all: then it is one
    /// error, and its parts are not told one by one.
    fn quarantine(&mut self, position: String, reason: String) -> Result<(), Stop> {
        self.held.push(Quarantined { source: self.source.clone(), position, reason });
        if self.good > 0 || self.held.len() >= MAX_HELD { self.release() } else { Ok(()) }
    }

    fn release(&mut self) -> Result<(), Stop> {
        for quarantined in std::mem::take(&mut self.held) {
            self.sink.push(Record::Quarantined(quarantined), 0)?;
        }
        Ok(())
    }

    fn syntax(&mut self, position: Position, reason: String) -> Result<(), Stop> {
        self.first_syntax.get_or_insert_with(|| (position, reason.clone()));
        self.quarantine(at(position), reason)
    }

    fn issue(&mut self, element: Element<'_>) -> Result<(), Stop> {
        self.issues += 1;
        self.recognised += 1;
        let read = match read_issue(element.raw, self.fields, self.settings) {
            Ok(read) => read,
            Err(BadIssue { key, reason, syntax }) => {
                let place = self.issue_place(key.as_deref());
                if let Some((line, column)) = syntax {
                    let position = inside(element.position, line, column);
                    self.first_syntax.get_or_insert_with(|| (position, reason.clone()));
                    return self.quarantine(format!("{place}, {}", at(position)), reason);
                }
                return self.quarantine(format!("{place}, {}", at(element.position)), reason);
            }
        };
        self.good += 1;
        if !read.problems.is_empty() {
            let place = self.issue_place(Some(read.record.issue.key.as_str()));
            for (what, reason) in read.problems {
                self.quarantine(format!("{place}, {what}"), reason)?;
            }
        }
        for sprint in read.sprints {
            self.hand_over(sprint)?;
        }
        Ok(self.sink.push(Record::Issue(Box::new(read.record)), element.raw.len())?)
    }

    /// `issue 17 (PAY-12)`.
    fn issue_place(&self, key: Option<&str>) -> String {
        let key = key.map(|key| format!(" ({key})")).unwrap_or_default();
        format!("issue {}{key}", self.issues)
    }

    fn hand_over(&mut self, sprint: Sprint) -> Result<(), Stop> {
        if self.seen_sprints.contains(&sprint) {
            return Ok(());
        }
        self.seen_sprints.insert(sprint.clone());
        Ok(self.sink.push(Record::Sprint(sprint), 0)?)
    }

    fn sprint(&mut self, element: Element<'_>) -> Result<(), Stop> {
        let zone = self.settings.time_zone.map(crate::TimeZoneName::tz);
        let raw: Result<&RawValue, _> = serde_json::from_slice(element.raw);
        let read = raw.map_err(|e| e.to_string()).and_then(|raw| read_sprint(raw, zone));
        let sprint = read.and_then(|read| {
            self.uncertain_sprints += u64::from(read.uncertain);
            read.sprint.unwrap_or_else(|| Err("the sprint is only an id".to_owned()))
        });
        match sprint {
            Ok(sprint) => {
                self.good += 1;
                self.hand_over(sprint)
            }
            Err(reason) => {
                self.quarantine(format!("record {}, {}", self.others, at(element.position)), reason)
            }
        }
    }

    /// An entry of a changelog page that is read entry by entry.
    fn entry(&mut self, element: Element<'_>) -> Result<(), Stop> {
        let Some(issue) = self.list_issue.clone() else {
            let reason = "a changelog entry without its issue: keep the `self` address of the page";
            return self.quarantine(at(element.position), reason.to_owned());
        };
        let Ok(raw) = serde_json::from_slice::<&RawValue>(element.raw) else { return Ok(()) };
        let log = ReadLog { total: None, entries: vec![read_entry(raw)] };
        self.history(&issue, &log, element)
    }

    fn bulk(&mut self, issue: &str, entries: &RawValue, element: Element<'_>) -> Result<(), Stop> {
        match read_log(entries) {
            Ok(log) => self.history(issue, &log, element),
            Err(error) => self.quarantine(at(element.position), error.to_string()),
        }
    }

    fn history(&mut self, issue: &str, log: &ReadLog<'_>, element: Element<'_>) -> Result<(), Stop> {
        let id = match IssueId::new(issue) {
            Ok(id) => id,
            Err(error) => return self.quarantine(at(element.position), error.to_string()),
        };
        let zone = self.settings.time_zone.map(crate::TimeZoneName::tz);
        let reader = HistoryReader { issue: &id, fields: self.fields, zone, points: None };
        let history = reader.read(log);
        self.good += 1;
        for (what, reason) in history.problems {
            self.quarantine(format!("issue {issue}, {what}, {}", at(element.position)), reason)?;
        }
        let record = HistoryRecord {
            issue: issue.to_owned(),
            events: history.events,
            history: history.extent,
            reasons: history.reasons,
            people: history.people.into_iter().collect(),
        };
        Ok(self.sink.push(Record::History(Box::new(record)), element.raw.len())?)
    }

    fn finish(&mut self, path: &Path) -> Result<(), ConnectorError> {
        if self.good == 0
            && let Some((position, reason)) = self.first_syntax.take()
        {
            let Position { line, column } = position;
            return Err(ConnectorError::Syntax { path: path.to_owned(), line, column, reason });
        }
        if self.recognised == 0
            && let Some(found) = self.first_other.take()
        {
            return Err(ConnectorError::Unrecognised { path: path.to_owned(), found });
        }
        if self.release().is_err() {
            return Ok(());
        }
        let mut notes = Vec::new();
        if self.recognised == 0 {
            notes.push(format!("`{}` holds an empty list", self.source));
        }
        if self.uncertain_sprints > 0 {
            let count = self.uncertain_sprints;
            notes.push(format!("`{}`: {count} sprints have dates without a time zone", self.source));
        }
        if self.issues > 0 {
            notes.extend(self.fields.missing().map(str::to_owned));
        }
        for note in notes {
            if self.sink.push(Record::Note(note), 0).is_err() {
                break;
            }
        }
        Ok(())
    }
}

fn at(position: Position) -> String {
    format!("line {}", position.line)
}

/// A position inside an element, from the element's own and the parser's.
fn inside(element: Position, line: usize, column: usize) -> Position {
    let (line, column) = (line.max(1) as u64, column as u64);
    if line == 1 {
        Position { line: element.line, column: element.column + column.saturating_sub(1) }
    } else {
        Position { line: element.line + line - 1, column }
    }
}

/// The issue in the address of a changelog page: `…/issue/10001/changelog?startAt=0`.
fn issue_of(address: &str) -> Option<String> {
    let (before, _) = address.split_once("/changelog")?;
    let (before, issue) = before.rsplit_once('/')?;
    (before.ends_with("/issue") && !issue.is_empty()).then(|| issue.to_owned())
}
