use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use juno_domain::{
    Comment, Completeness, IncompleteReason, Issue, IssueId, IssueKey, IssueLink, LinkDirection, Member,
    MemberId, ProjectKey, Quarantined, Sprint, SprintId, Status, StatusCategory, StoryPoints,
};

use super::csv_date::csv_date;
use super::jira_columns::{JiraColumns, Single};
use super::rows::{NextRow, Rows};
use crate::fields::FieldMap;
use crate::jira::{BadPoints, category, points_of_text, read_sprint_text};
use crate::sink::{Closed, RecordSink};
use crate::{ConnectorError, ConnectorSettings, HistoryExtent, IssueRecord, Person, Record, TimeZoneName};

/// The id a sprint has while only its name is known: between 2⁴⁰ and 2⁵², so no real id is the same, and it
/// survives a JavaScript number. A sprint list loaded together puts the real id in its place.
#[must_use]
pub fn synthetic_sprint_id(name: &str) -> SprintId {
    const LOWEST: u64 = 1 << 40;
    const END: u64 = 1 << 52;
    // FNV-1a, 64 bit.
    let hash = name.trim().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    SprintId(LOWEST + hash % (END - LOWEST))
}

/// Reads every issue of a Jira CSV export into `sink`.
///
/// # Errors
/// If the file cannot be read. A sink that closes is no error.
pub(crate) fn read_jira_csv<R: Read>(
    reader: R,
    delimiter: u8,
    path: &Path,
    fields: &FieldMap,
    settings: &ConnectorSettings,
    sink: &mut dyn RecordSink,
) -> Result<(), ConnectorError> {
    let io = |cause| ConnectorError::io(path, cause);
    let (mut rows, header) = Rows::new(reader, delimiter).map_err(io)?;
    let columns = JiraColumns::of(&header, fields);
    let source = path.display().to_string();
    let mut number: u64 = 0;
    loop {
        let next = rows.next_row().map_err(io)?;
        number += 1;
        let outcome = match next {
            NextRow::End => break,
            NextRow::Row(line) => push_row(&rows, line, number, &columns, settings, &source, sink),
            NextRow::Uneven(line, width) => {
                let reason = format!(
                    "the row has {width} columns and the header {}: the file breaks off here, or a quote is missing",
                    rows.width()
                );
                quarantine(sink, &source, format!("line {line}"), reason)
            }
            NextRow::Endless(line) => {
                let reason =
                    "the row is longer than 64 MiB: a quote is missing; nothing after it could be read";
                quarantine(sink, &source, format!("line {line}"), reason.to_owned()).ok();
                break;
            }
        };
        if outcome.is_err() {
            return Ok(());
        }
    }
    let no_points = columns.points.is_empty().then(|| {
        format!(
            "`{source}` has no story points column, so its issues have no estimate: export all fields, or name the \
             story points field in the settings"
        )
    });
    for note in rows.notes(&source).into_iter().chain(no_points) {
        if sink.push(Record::Note(note), 0).is_err() {
            break;
        }
    }
    Ok(())
}

fn quarantine(
    sink: &mut dyn RecordSink,
    source: &str,
    position: String,
    reason: String,
) -> Result<(), Closed> {
    sink.push(Record::Quarantined(Quarantined { source: source.to_owned(), position, reason }), 0)
}

fn push_row<R: Read>(
    rows: &Rows<R>,
    line: u64,
    number: u64,
    columns: &JiraColumns,
    settings: &ConnectorSettings,
    source: &str,
    sink: &mut dyn RecordSink,
) -> Result<(), Closed> {
    let mut row =
        RowReader { rows, columns, settings, completeness: Completeness::COMPLETE, problems: Vec::new() };
    let key = row.text(Single::Key).unwrap_or_default().into_owned();
    let place = if key.is_empty() { format!("issue {number}") } else { format!("issue {number} ({key})") };
    match row.read() {
        Err(reason) => quarantine(sink, source, format!("{place}, line {line}"), reason),
        Ok((record, sprints)) => {
            for (what, reason) in row.problems {
                let reason = format!("{reason}; the issue is kept without it");
                quarantine(sink, source, format!("{place}, {what}, line {line}"), reason)?;
            }
            for sprint in sprints {
                sink.push(Record::Sprint(sprint), 0)?;
            }
            sink.push(Record::Issue(Box::new(record)), rows.bytes())
        }
    }
}

struct RowReader<'r, R> {
    rows: &'r Rows<R>,
    columns: &'r JiraColumns,
    settings: &'r ConnectorSettings,
    completeness: Completeness,
    problems: Vec<(String, String)>,
}

impl<'r, R: Read> RowReader<'r, R> {
    fn read(&mut self) -> Result<(IssueRecord, Vec<Sprint>), String> {
        let key = self.text(Single::Key).ok_or("it has no key")?;
        let key = IssueKey::new(key).map_err(|e| e.to_string())?;
        let id = self.text(Single::Id).map_or_else(|| key.to_string(), Cow::into_owned);
        let project = self.text(Single::Project).map_or_else(
            || key.as_str().rsplit_once('-').map_or(key.as_str(), |(project, _)| project).to_owned(),
            Cow::into_owned,
        );
        let status = self.text(Single::Status).ok_or("it has no status: export all fields")?.into_owned();
        self.completeness.add(IncompleteReason::NoChangelog);
        let mut people = BTreeSet::new();
        let comments = self.comments(&mut people);
        let updated = self.instant(Single::Updated)?;
        let created = match self.instant(Single::Created)? {
            Some(created) => created,
            None => {
                self.completeness.add(IncompleteReason::NoCreation);
                let earliest = comments.iter().map(|c| c.at).min();
                earliest
                    .or(updated)
                    .ok_or("it has no creation date, nor any other date to stand in for it")?
            }
        };
        let assignee = self.member(Single::Assignee, Single::AssigneeId, &mut people);
        let reporter = self.member(Single::Reporter, Single::ReporterId, &mut people);
        let kind = self.text(Single::Kind).unwrap_or(Cow::Borrowed("Unknown")).into_owned();
        let parent =
            self.text(Single::ParentKey).or_else(|| self.text(Single::ParentId)).map(Cow::into_owned);
        let (parent_id, parent) = match parent {
            Some(id) if id.bytes().all(|b| b.is_ascii_digit()) => (Some(id), None),
            other => (None, other.and_then(|key| IssueKey::new(key).ok())),
        };
        let (sprints, described, named_sprints) = self.sprints();
        let resolution = self.text(Single::Resolution).map(Cow::into_owned).filter(|r| r != "Unresolved");
        let issue = Issue {
            id: IssueId::new(id).map_err(|e| e.to_string())?,
            project: ProjectKey::new(project).map_err(|e| e.to_string())?,
            subtask: matches!(kind.to_lowercase().as_str(), "sub-task" | "subtask"),
            issue_type: kind,
            parent,
            summary: self.text(Single::Summary).unwrap_or_default().into_owned(),
            description: self.text(Single::Description).unwrap_or_default().into_owned(),
            status: Status {
                id: None,
                name: status,
                category: self.text(Single::Category).map_or(StatusCategory::Unknown, |text| category(&text)),
            },
            priority: self.text(Single::Priority).map(Cow::into_owned),
            assignee,
            reporter,
            created,
            updated: updated.unwrap_or_else(|| comments.last().map_or(created, |c| c.at.max(created))),
            resolved: self.instant(Single::Resolved)?,
            resolution,
            due: self.due(),
            points: self.points()?,
            flagged: self.columns.flagged.iter().any(|column| !self.rows.cell(*column).is_empty()),
            sprints,
            labels: self.all(&self.columns.labels),
            components: self.all(&self.columns.components),
            links: self.links(),
            comments,
            watchers: u32::try_from(self.all(&self.columns.watchers).len()).unwrap_or(u32::MAX),
            completeness: std::mem::take(&mut self.completeness),
            key,
        };
        let record = IssueRecord {
            issue,
            events: Vec::new(),
            history: HistoryExtent::default(),
            people: people.into_iter().collect(),
            named_sprints,
            parent_id,
            site: None,
            missing_comments: 0,
        };
        Ok((record, described))
    }

    fn text(&self, single: Single) -> Option<Cow<'r, str>> {
        Some(self.rows.cell(self.columns.column(single)?)).filter(|text| !text.is_empty())
    }

    /// The values of a repeated column: sorted, each once.
    fn all(&self, columns: &[usize]) -> Vec<String> {
        let cells = columns.iter().map(|column| self.rows.cell(*column)).filter(|cell| !cell.is_empty());
        cells.map(Cow::into_owned).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn problem(&mut self, what: impl Into<String>, reason: impl Into<String>) {
        self.problems.push((what.into(), reason.into()));
    }

    /// An instant; one that cannot be read makes the issue useless, for its whole life hangs on it.
    fn instant(&mut self, single: Single) -> Result<Option<DateTime<Utc>>, String> {
        let Some(text) = self.text(single) else { return Ok(None) };
        let date =
            csv_date(&text, self.settings).map_err(|reason| format!("{}: {reason}", single.label()))?;
        if date.is_some_and(|date| date.uncertain) {
            self.completeness.add(IncompleteReason::NoTimeZone);
        }
        Ok(date.map(|date| date.at))
    }

    fn due(&mut self) -> Option<NaiveDate> {
        let text = self.text(Single::Due)?;
        let date = csv_date(&text, self.settings).unwrap_or_else(|reason| {
            self.problem(Single::Due.label(), reason);
            None
        });
        date.map(|date| date.day)
    }

    fn points(&mut self) -> Result<Option<StoryPoints>, String> {
        for column in &self.columns.points {
            match points_of_text(&self.rows.cell(*column)) {
                Ok(None) => {}
                Ok(points) => return Ok(points),
                Err(BadPoints::NoNumber(reason)) => self.problem("story points", reason),
                Err(BadPoints::Impossible(reason)) => return Err(format!("story points: {reason}")),
            }
        }
        Ok(None)
    }

    fn member(&self, name: Single, id: Single, people: &mut BTreeSet<Person>) -> Option<Member> {
        let display = self.text(name).filter(|name| name != "Unassigned");
        let id = self.text(id).or_else(|| display.clone())?;
        let id = MemberId::new(id).ok()?;
        let display = display.map_or_else(|| id.to_string(), Cow::into_owned);
        people.insert(Person { id: id.clone(), key: None, login: None, display: display.clone() });
        Some(Member { id, name: display })
    }

    /// Comments read `date;author;text`.
    fn comments(&mut self, people: &mut BTreeSet<Person>) -> Vec<Comment> {
        let mut comments = Vec::new();
        for column in &self.columns.comments {
            let cell = self.rows.cell(*column);
            if cell.is_empty() {
                continue;
            }
            let mut parts = cell.splitn(3, ';');
            let (date, author) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default().trim());
            match csv_date(date, self.settings) {
                Ok(Some(date)) => {
                    if date.uncertain {
                        self.completeness.add(IncompleteReason::NoTimeZone);
                    }
                    let author = MemberId::new(author).ok();
                    people.extend(author.clone().map(|id| {
                        let display = id.to_string();
                        Person { id, key: None, login: None, display }
                    }));
                    comments.push(Comment { at: date.at, author });
                }
                Ok(None) => self.problem("comment", "it begins with no date"),
                Err(reason) => self.problem("comment", reason),
            }
        }
        comments.sort();
        comments
    }

    /// Ids, sprints described by older servers, and names that stand for ids.
    fn sprints(&mut self) -> (Vec<SprintId>, Vec<Sprint>, BTreeMap<SprintId, String>) {
        let mut ids = BTreeSet::new();
        let mut described = Vec::new();
        let mut named = BTreeMap::new();
        for name in self.all(&self.columns.sprints) {
            if name.contains("Sprint@") {
                match read_sprint_text(&name, self.settings.time_zone.map(TimeZoneName::tz)) {
                    Ok(read) => {
                        ids.insert(read.id);
                        match read.sprint {
                            Some(Ok(sprint)) => described.push(sprint),
                            Some(Err(reason)) => self.problem("sprint", reason),
                            None => {}
                        }
                    }
                    Err(reason) => self.problem("sprint", reason),
                }
                continue;
            }
            let id = synthetic_sprint_id(&name);
            ids.insert(id);
            self.completeness.add(IncompleteReason::UnknownSprint { sprint: id });
            named.insert(id, name);
        }
        (ids.into_iter().collect(), described, named)
    }

    fn links(&self) -> Vec<IssueLink> {
        let inward = self.columns.inward.iter().map(|column| (LinkDirection::Inward, column));
        let outward = self.columns.outward.iter().map(|column| (LinkDirection::Outward, column));
        let mut links: Vec<IssueLink> = inward
            .chain(outward)
            .filter_map(|(direction, (kind, column))| {
                let other = IssueKey::new(self.rows.cell(*column)).ok()?;
                Some(IssueLink { kind: kind.clone(), direction, other, other_status: None })
            })
            .collect();
        links.sort();
        links.dedup();
        links
    }
}
