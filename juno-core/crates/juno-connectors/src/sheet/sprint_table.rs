use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use juno_domain::{
    BoardId, Completeness, Probability, ProjectKey, Quarantined, Scope, SprintId, SprintPhase,
    SprintSnapshot, StoryPoints, TableRow, TeamId,
};

use super::rows::{NextRow, Rows};
use super::table_columns::TableColumns;
use crate::sink::RecordSink;
use crate::{ConnectorError, ConnectorSettings, Record};

/// How far start + added − removed may lie from a given commitment, as tables round to so many digits: this much, and beyond
/// that this share of the largest amount.
const TOLERANCE: f64 = 0.01;
const SHARE_TOLERANCE: f64 = 1e-6;

/// Reads every row of a sprint table into `sink`.
///
/// # Errors
/// If the file cannot be read. A sink that closes is no error.
pub(crate) fn read_sprint_table<R: Read>(
    reader: R,
    delimiter: u8,
    path: &Path,
    settings: &ConnectorSettings,
    sink: &mut dyn RecordSink,
) -> Result<(), ConnectorError> {
    let io = |cause| ConnectorError::io(path, cause);
    let (mut rows, header) = Rows::new(reader, delimiter).map_err(io)?;
    let source = path.display().to_string();
    let columns = TableColumns::of(&header, &settings.table).ok_or_else(|| ConnectorError::Unrecognised {
        path: path.to_owned(),
        found: "a table without project, sprint id and scope".to_owned(),
    })?;
    let mut negative_to_do: u64 = 0;
    let mut first_negative = None;
    loop {
        let record = match rows.next_row().map_err(io)? {
            NextRow::End => break,
            NextRow::Row(line) => {
                let comma = delimiter == b';';
                let negative = Cell::new(0);
                let row = RowReader { rows: &rows, columns: &columns, settings, comma, negative: &negative };
                match row.read() {
                    Ok((row, board)) => {
                        if negative.get() > 0 {
                            negative_to_do += negative.get();
                            first_negative.get_or_insert(line);
                        }
                        Record::Row { row: Box::new(row), board, line }
                    }
                    Err(reason) => quarantined(&source, format!("line {line}{}", row.label()), reason),
                }
            }
            NextRow::Uneven(line, width) => {
                let reason = format!(
                    "the row has {width} columns and the header {}: the file breaks off here, or a quote is missing",
                    rows.width()
                );
                quarantined(&source, format!("line {line}"), reason)
            }
            NextRow::Endless(line) => {
                let reason =
                    "the row is longer than 64 MiB: a quote is missing; nothing after it could be read";
                let _ = sink.push(quarantined(&source, format!("line {line}"), reason.to_owned()), 0);
                return Ok(());
            }
        };
        if sink.push(record, rows.bytes()).is_err() {
            return Ok(());
        }
    }
    let negative = first_negative.map(|line| {
        format!(
            "`{source}`: {negative_to_do} negative to-do amounts are taken as 0 (the first at line {line}): the \
             table gives them as commitment − in progress − done"
        )
    });
    for note in rows.notes(&source).into_iter().chain(negative) {
        if sink.push(Record::Note(note), 0).is_err() {
            break;
        }
    }
    Ok(())
}

fn quarantined(source: &str, position: String, reason: String) -> Record {
    Record::Quarantined(Quarantined { source: source.to_owned(), position, reason })
}

struct RowReader<'r, R> {
    rows: &'r Rows<R>,
    columns: &'r TableColumns,
    settings: &'r ConnectorSettings,
    /// Whether a comma in a number is its decimal point: the cells are parted by semicolons.
    comma: bool,
    /// Counts to-do amounts below 0.
    negative: &'r Cell<u64>,
}

impl<R: Read> RowReader<'_, R> {
    fn read(&self) -> Result<(TableRow, Option<BoardId>), String> {
        let project = ProjectKey::new(self.rows.cell(self.columns.project)).map_err(|e| e.to_string())?;
        let sprint = self.whole(self.columns.sprint_id, "sprint_id")?.ok_or("sprint_id is empty")?;
        let board = self.columns.board_id.map(|column| self.whole(column, "board_id")).transpose()?.flatten();
        let board = board.map(BoardId);
        let team = match board {
            Some(board) => match self.settings.team_of(board) {
                Some(team) => team.id.clone(),
                None => TeamId::new(board.to_string()).map_err(|e| e.to_string())?,
            },
            None => TeamId::new(project.as_str()).map_err(|e| e.to_string())?,
        };
        let name = self.columns.name.map(|column| self.rows.cell(column).into_owned());
        let planned =
            self.columns.planned_days.map(|c| self.number(c, "planned_days")).transpose()?.flatten();
        let frame = SprintSnapshot {
            project,
            sprint: SprintId(sprint),
            team,
            name: name.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("Sprint {sprint}")),
            at: None,
            t: Probability::ZERO,
            phase: SprintPhase::Running,
            planned_days: planned,
            started_with: self.start()?,
            added: Scope::ZERO,
            removed: Scope::ZERO,
            todo: Scope::ZERO,
            in_progress: Scope::ZERO,
            done: Scope::ZERO,
            blocked: None,
            open_defects: None,
            unestimated: None,
            members: 0,
            completeness: Completeness::COMPLETE,
        };
        let mut stages = Vec::new();
        for (percent, columns) in &self.columns.stages {
            stages.extend(self.stage(*percent, columns, &frame)?);
        }
        if self.columns.stages.is_empty() {
            stages.push(SprintSnapshot { todo: frame.started_with, ..frame });
        } else if stages.is_empty() {
            return Err("every progress stage is empty".to_owned());
        }
        let (delivered, delivered_issues_known) = self.delivered()?;
        let split = self.columns.split.map(|column| self.rows.cell(column).into_owned());
        let split = split.filter(|split| !split.is_empty());
        Ok((TableRow { stages, delivered, delivered_issues_known, split }, board))
    }

    /// ` (PAY 17)`, for messages.
    fn label(&self) -> String {
        let cell = |column| self.rows.cell(column).chars().take(40).collect::<String>();
        format!(" ({} {})", cell(self.columns.project), cell(self.columns.sprint_id))
    }

    /// The scope at the start: its own columns, else the commitment at stage 0. Never a later stage.
    fn start(&self) -> Result<Scope, String> {
        let at_zero = |name| self.columns.stages.get(&0).and_then(|stage| stage.get(name)).copied();
        let issues = self.columns.start_n.or_else(|| at_zero("committed_n"));
        let points = self.columns.start_pts.or_else(|| at_zero("committed_pts"));
        self.scope(issues.map(|c| (c, "start_n")), points.map(|c| (c, "start_pts")))
    }

    /// What was delivered, and whether issues are known; nothing while the cells are empty. A table that
    /// estimates in points but has no delivered points tells no outcome.
    fn delivered(&self) -> Result<(Option<Scope>, bool), String> {
        let cell = |column: Option<usize>| column.filter(|column| !self.rows.cell(*column).is_empty());
        let issues = cell(self.columns.delivered_n).map(|column| (column, "delivered_n"));
        let points = cell(self.columns.delivered_pts).map(|column| (column, "delivered_pts"));
        let in_points = self.columns.start_pts.is_some() || self.columns.delivered_pts.is_some();
        if points.is_none() && (in_points || issues.is_none()) {
            return Ok((None, false));
        }
        Ok((Some(self.scope(issues, points)?), issues.is_some()))
    }

    fn stage(
        &self,
        percent: u8,
        columns: &BTreeMap<&'static str, usize>,
        frame: &SprintSnapshot,
    ) -> Result<Option<SprintSnapshot>, String> {
        if columns.values().all(|column| self.rows.cell(*column).is_empty()) {
            return Ok(None);
        }
        let named = |name: &'static str| columns.get(name).map(|column| (*column, name));
        let at_stage = |reason: String| format!("at {percent} %: {reason}");
        let scope = |n, pts| self.scope(named(n), named(pts)).map_err(at_stage);
        let mut stage = SprintSnapshot {
            t: Probability::new(f64::from(percent) / 100.0).map_err(|e| e.to_string())?,
            added: scope("added_n", "added_pts")?,
            removed: scope("removed_n", "removed_pts")?,
            todo: self.to_do(named("todo_n"), named("todo_pts")).map_err(at_stage)?,
            in_progress: scope("inprog_n", "inprog_pts")?,
            done: scope("done_n", "done_pts")?,
            members: named("members")
                .map_or(Ok(0), |(column, name)| self.count(column, name))
                .map_err(at_stage)?,
            ..frame.clone()
        };
        let committed = scope("committed_n", "committed_pts")?;
        let tells = |names: [&str; 2]| names.iter().any(|name| columns.contains_key(name));
        let start = frame.started_with;
        if columns.contains_key("committed_n") && !tells(["added_n", "removed_n"]) {
            stage.added.issues = committed.issues.saturating_sub(start.issues);
            stage.removed.issues = start.issues.saturating_sub(committed.issues);
        }
        if columns.contains_key("committed_pts") && !tells(["added_pts", "removed_pts"]) {
            stage.added.points = committed.points.saturating_sub(start.points);
            stage.removed.points = start.points.saturating_sub(committed.points);
        }
        let issues =
            i64::from(start.issues) + i64::from(stage.added.issues) - i64::from(stage.removed.issues);
        let added = start.points.get() + stage.added.points.get();
        let points = added - stage.removed.points.get();
        let wrong = |what: &str, sum: String| {
            at_stage(format!("start + added − removed is {sum} {what}, which does not fit the commitment"))
        };
        if issues < 0 || (columns.contains_key("committed_n") && issues != i64::from(committed.issues)) {
            return Err(wrong("issues", issues.to_string()));
        }
        let tolerance = TOLERANCE + SHARE_TOLERANCE * added.max(committed.points.get());
        let off = (points - committed.points.get()).abs() > tolerance;
        if points < -tolerance || (columns.contains_key("committed_pts") && off) {
            return Err(wrong("points", points.to_string()));
        }
        Ok(Some(stage))
    }

    /// A scope of two columns, either of which may be missing: it then counts 0.
    fn scope(&self, issues: Option<(usize, &str)>, points: Option<(usize, &str)>) -> Result<Scope, String> {
        let points = match points {
            None => StoryPoints::ZERO,
            Some((column, name)) => {
                let number =
                    self.number(column, name)?.ok_or_else(|| format!("{name} is empty: write 0 for none"))?;
                StoryPoints::new(number).map_err(|e| format!("{name}: {e}"))?
            }
        };
        Ok(Scope { issues: issues.map_or(Ok(0), |(column, name)| self.count(column, name))?, points })
    }

    /// The to-do scope. Tables compute it as what is left over, and where an estimate changed on the way the rest
    /// can be negative: nothing is to do then. Such cells are counted and told.
    fn to_do(&self, issues: Option<(usize, &str)>, points: Option<(usize, &str)>) -> Result<Scope, String> {
        let is_negative = |cell: &(usize, &str)| {
            let number: Option<f64> = self.rows.cell(cell.0).parse().ok();
            number.is_some_and(|number| number.is_finite() && number < 0.0)
        };
        let below = [issues, points].iter().flatten().filter(|cell| is_negative(cell)).count();
        self.negative.set(self.negative.get() + below as u64);
        self.scope(issues.filter(|cell| !is_negative(cell)), points.filter(|cell| !is_negative(cell)))
    }

    fn count(&self, column: usize, name: &str) -> Result<u32, String> {
        let number = self.whole(column, name)?.ok_or_else(|| format!("{name} is empty: write 0 for none"))?;
        u32::try_from(number).map_err(|_| format!("{name} is `{number}`: too many"))
    }

    /// A whole number of 0 or more; also one written `12.0`.
    fn whole(&self, column: usize, name: &str) -> Result<Option<u64>, String> {
        let text = self.rows.cell(column);
        if let Ok(number) = text.parse() {
            return Ok(Some(number));
        }
        let number = self.number(column, name)?;
        let exact = number.is_none_or(|number| number.fract() == 0.0 && number < 9e15);
        if exact {
            Ok(number.map(|number| number as u64))
        } else {
            Err(format!("{name} is `{text}`: not whole"))
        }
    }

    /// A finite number of 0 or more; `None` for an empty cell.
    fn number(&self, column: usize, name: &str) -> Result<Option<f64>, String> {
        let text = self.rows.cell(column);
        if text.is_empty() {
            return Ok(None);
        }
        let parsed = if self.comma { text.replacen(',', ".", 1).parse() } else { text.parse() };
        let number: f64 = parsed.map_err(|_| format!("{name} is `{text}`: not a number"))?;
        if number.is_finite() && number >= 0.0 {
            Ok(Some(number))
        } else {
            Err(format!("{name} is `{text}`: it has to be a finite number of 0 or more"))
        }
    }
}
