//! From changelog entries to events.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono_tz::Tz;
use juno_domain::{Change, Event, Field, FieldValue, IncompleteReason, IssueId, MemberId};

use super::history::{RawEntry, RawItem, RawUser, ReadLog};
use super::raw::Text;
use super::sprint::shortened;
use crate::fields::{FieldMap, Role};
use crate::instant::{ReadInstant, from_millis, parse_iso};
use crate::{HistoryExtent, Person};

/// What a changelog gives.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) events: Vec<Event>,
    pub(crate) extent: HistoryExtent,
    pub(crate) people: BTreeSet<Person>,
    pub(crate) reasons: Vec<IncompleteReason>,
    /// Entries that cannot be used: where, and why.
    pub(crate) problems: Vec<(String, String)>,
}

/// How to read the entries of one issue.
pub(crate) struct HistoryReader<'a> {
    pub(crate) issue: &'a IssueId,
    pub(crate) fields: &'a FieldMap,
    pub(crate) zone: Option<Tz>,
    /// The point field this issue uses; `None`: the first one its history names.
    pub(crate) points: Option<usize>,
}

impl HistoryReader<'_> {
    /// Reads all entries; the bad ones become problems, and reasons why the history is not whole.
    pub(crate) fn read(&self, log: &ReadLog<'_>) -> History {
        let points = self.points.or_else(|| self.first_points(log)).unwrap_or_default();
        let extent = HistoryExtent { present: true, total: log.total, entries: Vec::new() };
        let mut history = History { extent, ..History::default() };
        for (index, entry) in log.entries.iter().enumerate() {
            let outcome = match entry {
                Ok(entry) => {
                    self.entry(entry, points, &mut history).map_err(|reason| (entry_id(entry), reason))
                }
                Err(reason) => Err((None, reason.clone())),
            };
            if let Err((id, reason)) = outcome {
                let position = format!("entry {}", index + 1);
                let entry = id.unwrap_or_else(|| position.clone());
                history.extent.entries.push(entry.clone());
                unreadable(&mut history.reasons, entry);
                history.problems.push((format!("changelog {position}"), reason));
            }
        }
        history
    }

    fn first_points(&self, log: &ReadLog<'_>) -> Option<usize> {
        let entries = log.entries.iter().filter_map(|entry| entry.as_ref().ok());
        entries
            .flat_map(|entry| &entry.items.0)
            .filter_map(|item| match self.role(item) {
                Role::Points(index) => Some(index),
                Role::Field(_) => None,
            })
            .min()
    }

    fn role(&self, item: &RawItem<'_>) -> Role {
        let kind = item.fieldtype.as_ref().map(Text::as_str);
        let id = item.field_id.as_ref().map(Text::as_str);
        self.fields.role(item.field.as_ref().map_or("", Text::as_str), id, kind)
    }

    fn entry(&self, entry: &RawEntry<'_>, points: usize, history: &mut History) -> Result<(), String> {
        let created = entry.created.as_ref().map(Text::as_str).ok_or("it has no `created`")?;
        let read = read_instant(created, self.zone)
            .ok_or_else(|| format!("`created` is `{}`: that is no date", shortened(created)))?;
        if read.uncertain && history.reasons.first() != Some(&IncompleteReason::NoTimeZone) {
            history.reasons.insert(0, IncompleteReason::NoTimeZone);
        }
        let id = entry_id(entry).unwrap_or_else(|| format!("at {}", read.at.timestamp_millis()));
        let shared: Arc<str> = id.as_str().into();
        let author = entry.author.as_ref().and_then(person);
        let moved = moved_projects(entry);
        for (index, item) in entry.items.0.iter().enumerate() {
            let item_index = u32::try_from(index).map_err(|_| "it has too many items".to_owned())?;
            let name = item.field.as_ref().or(item.field_id.as_ref()).map_or("", Text::as_str);
            if name.is_empty() {
                let position = format!("changelog entry {id}, item {}", index + 1);
                unreadable(&mut history.reasons, id.clone());
                history.problems.push((position, "it names no field".to_owned()));
                continue;
            }
            let field = match self.role(item) {
                Role::Points(found) if found == points => Field::Points,
                Role::Points(found) => {
                    let other = self.fields.points_ids().nth(found).unwrap_or(name);
                    Field::Other(other.to_owned())
                }
                Role::Field(field) => field,
            };
            let change = change(field, item, moved.as_ref());
            if change.field == Field::Assignee {
                history.people.extend([&change.from, &change.to].into_iter().filter_map(named_person));
            }
            let nameless = |value: &FieldValue| value.id.is_none() && value.text.is_some();
            if change.field == Field::Sprint && (nameless(&change.from) || nameless(&change.to)) {
                // Names without ids: the sprints cannot be told for sure.
                unreadable(&mut history.reasons, id.clone());
            }
            let author = author.as_ref().map(|person| person.id.clone());
            let event = Event {
                issue: self.issue.clone(),
                at: read.at,
                author,
                entry: shared.clone(),
                item: item_index,
                change,
            };
            history.events.push(event);
        }
        history.people.extend(author);
        history.extent.entries.push(id);
        Ok(())
    }
}

/// Names an unreadable entry among the reasons. The first hundred are enough to know: all are quarantined.
fn unreadable(reasons: &mut Vec<IncompleteReason>, entry: String) {
    if reasons.len() < 100 {
        reasons.push(IncompleteReason::UnreadableEntry { entry });
    }
}

fn entry_id(entry: &RawEntry<'_>) -> Option<String> {
    entry.id.as_ref().map(|id| id.as_str().to_owned()).filter(|id| !id.is_empty())
}

/// An instant as text, or milliseconds since 1970.
pub(crate) fn read_instant(text: &str, zone: Option<Tz>) -> Option<ReadInstant> {
    let is_millis = text.len() > 10 && text.bytes().all(|b| b.is_ascii_digit());
    if is_millis { from_millis(text.parse().ok()?) } else { parse_iso(text, zone) }
}

/// A user object as a person; `None` if it names nobody.
pub(crate) fn person(user: &RawUser<'_>) -> Option<Person> {
    let given = |text: &Option<Text<'_>>| {
        text.as_ref().map(|t| t.as_str().trim().to_owned()).filter(|t| !t.is_empty())
    };
    let (account, key, login) = (given(&user.account_id), given(&user.key), given(&user.name));
    let id = MemberId::new(account.clone().or_else(|| key.clone()).or_else(|| login.clone())?).ok()?;
    let display = given(&user.display_name).or_else(|| login.clone()).unwrap_or_else(|| id.to_string());
    // On Cloud, where there is an account id, keys and logins of old times mean nothing.
    let (key, login) = if account.is_some() { (None, None) } else { (key, login) };
    Some(Person { id, key, login, display })
}

fn named_person(value: &FieldValue) -> Option<Person> {
    let id = MemberId::new(value.id.as_deref()?).ok()?;
    let display = value.text.as_deref().map_or_else(|| id.to_string(), str::to_owned);
    Some(Person { id, key: None, login: None, display })
}

/// Old and new project key of an entry that moved the issue: the `project` item itself has names only.
fn moved_projects(entry: &RawEntry<'_>) -> Option<(String, String)> {
    let is_key = |item: &&RawItem<'_>| {
        let is = |text: &Option<Text<'_>>, name: &str| {
            text.as_ref().is_some_and(|t| t.as_str().eq_ignore_ascii_case(name))
        };
        is(&item.field, "Key") || is(&item.field_id, "issuekey")
    };
    let item = entry.items.0.iter().find(is_key)?;
    let project = |key: &Option<Text<'_>>| {
        key.as_ref().and_then(|k| k.as_str().rsplit_once('-')).map(|(project, _)| project.to_owned())
    };
    Some((project(&item.from_string)?, project(&item.to_string)?))
}

fn change(field: Field, item: &RawItem<'_>, moved: Option<&(String, String)>) -> Change {
    let project = |side: fn(&(String, String)) -> &String| moved.map(|m| side(m).as_str());
    let from = value(&field, &item.from, &item.from_string, project(|m| &m.0));
    let to = value(&field, &item.to, &item.to_string, project(|m| &m.1));
    Change { field, from, to }
}

/// A recorded value in the form [`juno_domain::Issue::current`] gives, so that history and presence compare.
fn value(field: &Field, id: &Option<Text<'_>>, text: &Option<Text<'_>>, project: Option<&str>) -> FieldValue {
    let given = |text: &Option<Text<'_>>| {
        text.as_ref().map(Text::as_str).filter(|t| !t.trim().is_empty()).map(Arc::<str>::from)
    };
    let (id, text) = (given(id), given(text));
    match field {
        Field::Sprint => sprint_value(id, text),
        Field::Points => FieldValue { id: None, text: text.or(id).map(|t| plain_number(&t).into()) },
        Field::Flagged if id.is_some() || text.is_some() => FieldValue::text("Impediment"),
        Field::Labels => FieldValue { id: None, text: text.as_deref().map(|t| sorted_words(t).into()) },
        Field::Key => FieldValue { id: None, text: text.or(id) },
        Field::Project => FieldValue { id, text: project.map(Into::into).or(text) },
        _ => FieldValue { id, text },
    }
}

/// Sprint ids as an ascending comma list, beside the names of the day.
fn sprint_value(id: Option<Arc<str>>, text: Option<Arc<str>>) -> FieldValue {
    let Some(list) = id else { return FieldValue { id: None, text } };
    let ids: Option<BTreeSet<u64>> =
        list.split(',').map(str::trim).filter(|id| !id.is_empty()).map(|id| id.parse().ok()).collect();
    let Some(ids) = ids.filter(|ids| !ids.is_empty()) else {
        return FieldValue { id: None, text: text.or(Some(list)) };
    };
    let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
    FieldValue { id: Some(ids.join(", ").into()), text }
}

/// `5.0` as `5`; a text that is no number stays.
fn plain_number(text: &str) -> String {
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    number.map_or_else(|| text.to_owned(), |number| (number + 0.0).to_string())
}

fn sorted_words(text: &str) -> String {
    text.split_whitespace().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" ")
}
