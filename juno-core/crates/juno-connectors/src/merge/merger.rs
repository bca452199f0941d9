use std::collections::{BTreeMap, BTreeSet};

use juno_domain::{
    BoardId, Dataset, Field, IssueId, IssueKey, ProjectKey, Quarantined, SprintId, TableRow, Team, TeamId,
};

use super::issue_state::{History, IssueState};
use super::normalise::{Known, Statuses, sprint_ids};
use super::pages::missing_pages;
use super::people::People;
use super::quarantine::Quarantine;
use super::shared::Shared;
use super::sprints::Sprints;
use crate::{ConnectorSettings, HistoryRecord, IssueRecord, PageMark, Record};

/// Takes records in any order and makes one dataset of them.
#[derive(Debug, Default)]
pub(crate) struct Merger {
    issues: BTreeMap<IssueId, IssueState>,
    /// History that came on its own, by issue id or key.
    histories: BTreeMap<String, History>,
    sprints: Sprints,
    named_sprints: BTreeMap<SprintId, String>,
    boards: BTreeMap<BoardId, BTreeSet<String>>,
    people: People,
    shared: Shared,
    rows: BTreeMap<(ProjectKey, SprintId), BTreeMap<(String, u64), SeenRow>>,
    pages: BTreeSet<PageMark>,
    sites: BTreeSet<String>,
    notes: BTreeSet<String>,
    quarantine: Quarantine,
    records: u64,
}

#[derive(Debug, PartialEq)]
struct SeenRow {
    row: TableRow,
    board: Option<BoardId>,
}

impl Merger {
    /// Takes a record of the source of that name.
    pub(crate) fn add(&mut self, source: &str, record: Record) {
        self.records += 1;
        match record {
            Record::Issue(record) => self.add_issue(*record),
            Record::History(record) => self.add_history(*record),
            Record::Sprint(sprint) => self.sprints.add(sprint),
            Record::Board { id, name } => {
                self.boards.entry(id).or_default().insert(name);
            }
            Record::Row { row, board, line } => self.add_row(source, *row, board, line),
            Record::Page(page) => {
                self.pages.insert(page);
            }
            Record::Note(note) => self.note(note),
            Record::Quarantined(quarantined) => self.quarantine.add(quarantined),
        }
    }

    /// How many records came so far.
    pub(crate) const fn records(&self) -> u64 {
        self.records
    }

    /// Adds a note once.
    pub(crate) fn note(&mut self, note: String) {
        self.notes.insert(note);
    }

    fn add_issue(&mut self, mut record: IssueRecord) {
        for person in &record.people {
            self.people.add(person, record.issue.updated);
        }
        for (id, name) in &record.named_sprints {
            self.named_sprints.entry(*id).or_insert_with(|| name.clone());
        }
        if let Some(site) = record.site.as_ref().filter(|site| !self.sites.contains(*site)) {
            self.sites.insert(site.clone());
        }
        let id = record.issue.id.clone();
        self.shared.share(&id, &mut record.events);
        let state = IssueState::new(record);
        match self.issues.get_mut(&id) {
            Some(known) => known.merge(state),
            None => {
                self.issues.insert(id, state);
            }
        }
    }

    fn add_history(&mut self, mut record: HistoryRecord) {
        let at = record.events.iter().map(|event| event.at).max().unwrap_or_default();
        for person in &record.people {
            self.people.add(person, at);
        }
        let issue = record.issue.clone();
        if let Some(id) = record.events.first().map(|event| event.issue.clone()) {
            self.shared.share(&id, &mut record.events);
        }
        self.histories.entry(issue).or_default().merge(History::of(record));
    }

    fn add_row(&mut self, source: &str, row: TableRow, board: Option<BoardId>, line: u64) {
        let Some(stage) = row.stages.first() else { return };
        let key = (stage.project.clone(), stage.sprint);
        self.rows.entry(key).or_default().insert((source.to_owned(), line), SeenRow { row, board });
    }

    /// Everything, merged.
    pub(crate) fn finish(mut self, settings: &ConnectorSettings) -> Dataset {
        self.join_issues_without_id();
        let keys = self.attach_histories();
        self.note_issues();
        let renamed = self.sprints.by_name();
        self.note_named_sprints(&renamed);
        let mut past_sprints: BTreeSet<SprintId> = BTreeSet::new();
        let (aliases, members) = std::mem::take(&mut self.people).finish();
        let known = Known { aliases: &aliases, sprints: &self.sprints, renamed: &renamed, keys: &keys };
        let mut statuses = Statuses::default();
        let mut issues = Vec::with_capacity(self.issues.len());
        let mut events = Vec::new();
        for state in std::mem::take(&mut self.issues).into_values() {
            let parent_id = state.parent_id.clone();
            let (issue, mut own, reasons) = state.finish();
            let issue = known.issue(issue, parent_id.as_deref(), reasons, &mut own);
            statuses.add(&issue.status, issue.updated);
            for status in issue.links.iter().filter_map(|link| link.other_status.as_ref()) {
                statuses.add(status, issue.updated);
            }
            for event in own.iter().filter(|event| event.change.field == Field::Status) {
                statuses.add_past(&event.change.from);
                statuses.add_past(&event.change.to);
            }
            for event in own.iter().filter(|event| event.change.field == Field::Sprint) {
                past_sprints.extend([&event.change.from, &event.change.to].into_iter().flat_map(sprint_ids));
            }
            events.append(&mut own);
            issues.push(issue);
        }
        past_sprints.retain(|id| !self.sprints.contains(*id));
        if let Some(first) = past_sprints.first() {
            let note = format!(
                "{} sprints are named by histories only (the first is {first}), so their dates are not known: they \
                 were deleted, or belong to boards whose sprint lists are not loaded",
                past_sprints.len()
            );
            self.note(note);
        }
        // Most instants differ: compare them first, the rest of the order costs more.
        events.sort_unstable_by(|a, b| a.at.cmp(&b.at).then_with(|| a.cmp(b)));
        let (rows, mut boards) = self.finish_rows();
        let sprints = std::mem::take(&mut self.sprints).finish();
        boards.extend(sprints.iter().filter_map(|sprint| sprint.board));
        boards.extend(self.boards.keys());
        let teams = self.teams(boards, &rows, settings);
        self.notes.extend(missing_pages(std::mem::take(&mut self.pages)));
        let (quarantined, quarantined_unlisted) = self.quarantine.finish();
        Dataset {
            issues,
            sprints,
            events,
            teams,
            members,
            statuses: statuses.finish(),
            rows,
            quarantined,
            quarantined_unlisted,
            notes: self.notes.into_iter().collect(),
        }
    }

    /// A source without ids names issues by key; another one may know the id.
    fn join_issues_without_id(&mut self) {
        let has_id = |id: &IssueId, key: &IssueKey| id.as_str() != key.as_str();
        let ids: BTreeMap<IssueKey, IssueId> = self
            .issues
            .iter()
            .filter(|(id, state)| has_id(id, &state.issue.key))
            .map(|(id, state)| (state.issue.key.clone(), id.clone()))
            .collect();
        let without: Vec<(IssueId, IssueId)> = self
            .issues
            .iter()
            .filter(|(id, state)| !has_id(id, &state.issue.key))
            .filter_map(|(id, state)| Some((id.clone(), ids.get(&state.issue.key)?.clone())))
            .collect();
        for (key, id) in without {
            if let Some(mut state) = self.issues.remove(&key) {
                state.issue.id = id.clone();
                if let Some(known) = self.issues.get_mut(&id) {
                    known.merge(state);
                }
            }
        }
    }

    /// Gives history that came on its own to its issues; gives the key of each issue id.
    fn attach_histories(&mut self) -> BTreeMap<String, IssueKey> {
        let mut keys = BTreeMap::new();
        let mut ids = BTreeMap::new();
        for (id, state) in &self.issues {
            keys.insert(id.to_string(), state.issue.key.clone());
            ids.insert(state.issue.key.to_string(), id.clone());
        }
        let mut homeless = 0_u64;
        for (issue, history) in std::mem::take(&mut self.histories) {
            let id = ids.get(&issue).cloned().or_else(|| IssueId::new(issue).ok());
            match id.and_then(|id| self.issues.get_mut(&id)) {
                Some(state) => state.add_history(history),
                None => homeless += 1,
            }
        }
        if homeless > 0 {
            self.note(format!("changelogs of {homeless} issues came without the issues: load those too"));
        }
        keys
    }

    fn note_issues(&mut self) {
        let cut: Vec<u64> =
            self.issues.values().map(|state| state.missing_comments).filter(|missing| *missing > 0).collect();
        if !cut.is_empty() {
            let (issues, comments) = (cut.len(), cut.iter().sum::<u64>());
            self.note(format!("{issues} issues came without all of their comments: {comments} are missing"));
        }
        if self.sites.len() > 1 {
            let sites = self.sites.iter().cloned().collect::<Vec<_>>().join("`, `");
            self.note(format!(
                "issues of several sites came together (`{sites}`): ids of different sites can be equal; set \
                 `site` to load one of them"
            ));
        }
        let mut ids: BTreeMap<&IssueKey, u64> = BTreeMap::new();
        for state in self.issues.values() {
            *ids.entry(&state.issue.key).or_default() += 1;
        }
        let twice: Vec<&str> = ids.iter().filter(|(_, n)| **n > 1).map(|(key, _)| key.as_str()).collect();
        if let Some(first) = twice.first() {
            let note = format!(
                "{} keys belong to more than one issue id (the first is `{first}`): two sites, or a migration",
                twice.len()
            );
            self.note(note);
        }
    }

    fn note_named_sprints(&mut self, renamed: &BTreeMap<SprintId, SprintId>) {
        let unknown: BTreeSet<&str> = self
            .named_sprints
            .iter()
            .filter(|(id, _)| !renamed.contains_key(id))
            .map(|(_, name)| name.as_str())
            .collect();
        if let Some(first) = unknown.first() {
            let note = format!(
                "{} sprints are known by their names only (the first is `{first}`), so their dates are not known: \
                 load the boards' sprint lists too",
                unknown.len()
            );
            self.note(note);
        }
    }

    /// Each sprint's row once. Of rows that differ none is taken, since nobody can tell which is right.
    fn finish_rows(&mut self) -> (Vec<TableRow>, BTreeSet<BoardId>) {
        let mut rows = Vec::with_capacity(self.rows.len());
        let mut boards = BTreeSet::new();
        let (mut repeats, mut first_repeat) = (0, None);
        for ((project, sprint), seen) in std::mem::take(&mut self.rows) {
            let mut places = seen.keys();
            if let (Some((source, line)), Some((other, other_line))) = (places.next(), places.next()) {
                if seen.values().zip(seen.values().skip(1)).any(|(a, b)| a != b) {
                    let reason = format!(
                        "{} rows of this sprint differ (`{source}`, line {line}, and `{other}`, line {other_line}): none \
                         is used, since nobody can tell which is right; keep one",
                        seen.len()
                    );
                    for (source, line) in seen.into_keys() {
                        let position = format!("line {line} ({project} {sprint})");
                        self.quarantine.add(Quarantined { source, position, reason: reason.clone() });
                    }
                    continue;
                }
                repeats += seen.len() - 1;
                first_repeat.get_or_insert_with(|| format!("`{other}`, line {other_line}"));
            }
            if let Some(SeenRow { row, board }) = seen.into_values().next() {
                boards.extend(board);
                rows.push(row);
            }
        }
        if let Some(first) = first_repeat {
            self.note(format!(
                "rows of sprint tables that repeat another in everything: {repeats} (the first: {first}); each sprint \
                 counts once"
            ));
        }
        (rows, boards)
    }

    /// The teams of the settings, and one for every board that belongs to none of them.
    fn teams(&self, boards: BTreeSet<BoardId>, rows: &[TableRow], settings: &ConnectorSettings) -> Vec<Team> {
        let mut teams: BTreeMap<TeamId, Team> = BTreeMap::new();
        for team in &settings.teams {
            teams.entry(team.id.clone()).or_insert_with(|| team.clone());
        }
        for board in boards {
            if settings.team_of(board).is_none()
                && let Ok(id) = TeamId::new(board.to_string())
            {
                let named = self.boards.get(&board).and_then(BTreeSet::first);
                let name = named.cloned().unwrap_or_else(|| format!("Board {board}"));
                teams.entry(id.clone()).or_insert(Team { id, name, boards: vec![board] });
            }
        }
        for stage in rows.iter().filter_map(|row| row.stages.first()) {
            let id = stage.team.clone();
            let name = id.to_string();
            teams.entry(id.clone()).or_insert(Team { id, name, boards: Vec::new() });
        }
        teams.into_values().collect()
    }
}
