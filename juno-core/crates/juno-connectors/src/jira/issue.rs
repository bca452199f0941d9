//! From an issue as Jira gives it to an [`IssueRecord`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use juno_domain::{
    Comment, Completeness, IncompleteReason, Issue, IssueId, IssueKey, IssueLink, Member, ProjectKey, Sprint,
    SprintId, Status, StoryPoints,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::adf;
use super::changelog::{History, HistoryReader, person, read_instant};
use super::field_values::{BadPoints, flagged, points};
use super::history::{RawUser, read_log};
use super::issue_parts::{RawComments, RawFields, RawLink, RawWatches, host, name, status_of};
use super::raw::{Many, Named, Text};
use super::sprint::{read_sprint, shortened};
use crate::fields::FieldMap;
use crate::{ConnectorSettings, HistoryExtent, IssueRecord, Person};

/// An issue with the sprints its fields describe.
#[derive(Debug)]
pub(crate) struct ReadIssue {
    pub(crate) record: IssueRecord,
    pub(crate) sprints: Vec<Sprint>,
    /// Parts that cannot be used while the issue can: what, and why.
    pub(crate) problems: Vec<(String, String)>,
}

/// Why an issue cannot be used.
#[derive(Debug)]
pub(crate) struct BadIssue {
    /// Its key, where it can be made out.
    pub(crate) key: Option<String>,
    pub(crate) reason: String,
    /// Whether the JSON itself is broken: line and column inside the element.
    pub(crate) syntax: Option<(usize, usize)>,
}

#[derive(serde::Deserialize)]
#[serde(expecting = "an issue: an object with `key` and `fields`")]
struct RawIssue<'a> {
    #[serde(borrow, default)]
    id: Option<Text<'a>>,
    #[serde(borrow, default)]
    key: Option<Text<'a>>,
    #[serde(rename = "self", borrow, default)]
    address: Option<Text<'a>>,
    #[serde(borrow, default)]
    fields: Option<&'a RawValue>,
    #[serde(borrow, default)]
    changelog: Option<&'a RawValue>,
}

/// Reads an issue.
pub(crate) fn read_issue(
    raw: &[u8],
    fields: &FieldMap,
    settings: &ConnectorSettings,
) -> Result<ReadIssue, BadIssue> {
    let issue: RawIssue<'_> = serde_json::from_slice(raw).map_err(|error| BadIssue {
        key: None,
        syntax: (!error.is_data()).then(|| (error.line(), error.column())),
        reason: error.to_string(),
    })?;
    let key = issue.key.as_ref().map(|key| key.as_str().to_owned());
    let bad = |reason: String| BadIssue { key: key.clone(), reason, syntax: None };
    let raw_fields = match issue.fields {
        None => return Err(bad("it has no fields: export with `fields=*all`".to_owned())),
        Some(raw) => serde_json::from_str(raw.get()).map_err(|e| bad(e.to_string()))?,
    };
    Reader { raw: &raw_fields, fields, settings, problems: Vec::new(), people: BTreeSet::new() }
        .read(&issue)
        .map_err(bad)
}

struct Reader<'r, 'a> {
    raw: &'r RawFields<'a>,
    fields: &'r FieldMap,
    settings: &'r ConnectorSettings,
    problems: Vec<(String, String)>,
    people: BTreeSet<Person>,
}

impl<'a> Reader<'_, 'a> {
    fn read(mut self, raw: &RawIssue<'a>) -> Result<ReadIssue, String> {
        let key = raw.key.as_ref().ok_or("it has no key")?;
        let key = IssueKey::new(key.as_str()).map_err(|e| e.to_string())?;
        let id = raw.id.as_ref().map_or(key.as_str(), Text::as_str);
        let id = IssueId::new(id).map_err(|e| e.to_string())?;
        let site = raw.address.as_ref().and_then(|a| host(a.as_str()));
        if let (Some(wanted), Some(site)) = (&self.settings.site, &site)
            && !wanted.eq_ignore_ascii_case(site)
        {
            return Err(format!("it comes from `{site}`, and the settings name the site `{wanted}`"));
        }
        let mut completeness = Completeness::COMPLETE;
        let status = self.status()?;
        let (sprints, described) = self.sprints(&mut completeness);
        let (points, points_field) = self.points()?;
        let history = self.history(raw.changelog, &id, points_field);
        for reason in &history.reasons {
            completeness.add(reason.clone());
        }
        let (comments, missing_comments) = self.comments(&mut completeness);
        let assignee = self.member("assignee");
        let reporter = self.member("reporter");
        let resolved = self.instant("resolutiondate", &mut completeness)?;
        let updated = self.instant("updated", &mut completeness)?;
        let latest = history.events.iter().map(|e| e.at).chain(comments.iter().map(|c| c.at)).max();
        let earliest = history.events.iter().map(|e| e.at).chain(comments.iter().map(|c| c.at)).min();
        let created = match self.instant("created", &mut completeness)? {
            Some(created) => created,
            None => {
                completeness.add(IncompleteReason::NoCreation);
                earliest.or(updated).ok_or("it has no `created`, nor any other date to stand in for it")?
            }
        };
        let kind = self.named("issuetype");
        let issue = Issue {
            project: self.project(&key)?,
            issue_type: kind.as_ref().and_then(name).unwrap_or_else(|| "Unknown".to_owned()),
            subtask: kind.is_some_and(|kind| kind.subtask),
            parent: self.named("parent").and_then(|p| IssueKey::new(p.key?.into_string()).ok()),
            summary: self.text("summary").unwrap_or_default(),
            description: self.description(),
            status,
            priority: self.named("priority").as_ref().and_then(name),
            assignee,
            reporter,
            created,
            updated: updated.unwrap_or_else(|| latest.unwrap_or(created).max(created)),
            resolved,
            resolution: self.named("resolution").as_ref().and_then(name),
            due: self.due(),
            points,
            flagged: self.is_flagged(),
            sprints,
            labels: self.labels(),
            components: self.components(),
            links: self.links(),
            comments,
            watchers: self.watchers(),
            completeness,
            id,
            key,
        };
        let record = IssueRecord {
            issue,
            events: history.events,
            history: history.extent,
            people: self.people.into_iter().collect(),
            named_sprints: BTreeMap::new(),
            parent_id: None,
            site,
            missing_comments,
        };
        Ok(ReadIssue { record, sprints: described, problems: self.problems })
    }

    fn problem(&mut self, what: &str, reason: impl std::fmt::Display) {
        self.problems.push((what.to_owned(), format!("{reason}; the issue is kept without it")));
    }

    /// A field's value; a value of another shape than expected is a problem, and then counts as missing.
    fn part<T: Deserialize<'a>>(&mut self, what: &str) -> Option<T> {
        let raw: &'a RawValue = self.raw.0.get(what).copied()?;
        serde_json::from_str(raw.get()).map_err(|error| self.problem(what, error)).ok()
    }

    fn named(&mut self, what: &str) -> Option<Named<'a>> {
        self.part(what)
    }

    fn text(&mut self, what: &str) -> Option<String> {
        self.part::<Text<'a>>(what).map(Text::into_string)
    }

    /// An instant; one that cannot be read makes the issue useless, for its whole life hangs on it.
    fn instant(
        &mut self,
        what: &str,
        completeness: &mut Completeness,
    ) -> Result<Option<DateTime<Utc>>, String> {
        let Some(raw) = self.raw.0.get(what) else { return Ok(None) };
        let text: Text<'_> = serde_json::from_str(raw.get()).map_err(|e| format!("`{what}`: {e}"))?;
        let text = text.as_str();
        let read = read_instant(text, self.zone())
            .ok_or_else(|| format!("`{what}` is `{}`: that is no date", shortened(text)))?;
        if read.uncertain {
            completeness.add(IncompleteReason::NoTimeZone);
        }
        Ok(Some(read.at))
    }

    fn zone(&self) -> Option<chrono_tz::Tz> {
        self.settings.time_zone.map(crate::TimeZoneName::tz)
    }

    fn status(&mut self) -> Result<Status, String> {
        let status = self.named("status").ok_or("it has no status: export with `fields=*all`")?;
        status_of(status).ok_or_else(|| "its status has no name".to_owned())
    }

    fn project(&mut self, key: &IssueKey) -> Result<ProjectKey, String> {
        let named = self.named("project").and_then(|project| project.key).map(Text::into_string);
        let by_key = || key.as_str().rsplit_once('-').map_or(key.as_str(), |(project, _)| project).to_owned();
        ProjectKey::new(named.unwrap_or_else(by_key)).map_err(|e| e.to_string())
    }

    fn member(&mut self, what: &str) -> Option<Member> {
        let person = self.part::<RawUser<'a>>(what).as_ref().and_then(person)?;
        let member = Member { id: person.id.clone(), name: person.display.clone() };
        self.people.insert(person);
        Some(member)
    }

    fn description(&mut self) -> String {
        let Some(raw) = self.raw.0.get("description") else { return String::new() };
        adf::text_of(raw).unwrap_or_else(|error| {
            self.problem("description", error);
            String::new()
        })
    }

    /// A calendar day: what stands behind it is no time, so nothing is converted.
    fn due(&mut self) -> Option<NaiveDate> {
        let text = self.text("duedate")?;
        let day = text.get(..10).and_then(|day| day.parse().ok());
        if day.is_none() {
            self.problem("duedate", format!("`{}` is no day", shortened(&text)));
        }
        day
    }

    /// The points, and which point field this issue uses.
    fn points(&mut self) -> Result<(Option<StoryPoints>, Option<usize>), String> {
        let fields = self.fields;
        for (index, id) in fields.points_ids().enumerate() {
            match self.raw.0.get(id).map(|raw| points(raw)) {
                None | Some(Ok(None)) => {}
                Some(Ok(points)) => return Ok((points, Some(index))),
                Some(Err(BadPoints::NoNumber(reason))) => {
                    self.problem(&format!("story points ({id})"), reason)
                }
                Some(Err(BadPoints::Impossible(reason))) => {
                    return Err(format!("story points ({id}): {reason}"));
                }
            }
        }
        Ok((None, None))
    }

    fn is_flagged(&self) -> bool {
        let is_flag = |id: &str| id == "flagged" || self.fields.is_flagged(id);
        self.raw.0.iter().any(|(id, raw)| is_flag(id) && flagged(raw))
    }

    fn sprints(&mut self, completeness: &mut Completeness) -> (Vec<SprintId>, Vec<Sprint>) {
        let mut ids = BTreeSet::new();
        let mut described = Vec::new();
        let is_sprint = |id: &str| matches!(id, "sprint" | "closedSprints") || self.fields.is_sprint(id);
        let raws: Vec<&RawValue> =
            self.raw.0.iter().filter(|(id, _)| is_sprint(id)).map(|(_, raw)| *raw).collect();
        for raw in raws {
            // A list; on some servers a single value.
            let values: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_else(|_| vec![raw]);
            for value in values.into_iter().filter(|value| value.get() != "null") {
                match read_sprint(value, self.zone()) {
                    Ok(read) => {
                        ids.insert(read.id);
                        if read.uncertain {
                            completeness.add(IncompleteReason::NoTimeZone);
                        }
                        match read.sprint {
                            Some(Ok(sprint)) => described.push(sprint),
                            Some(Err(reason)) => self.problem("sprint", reason),
                            None => {}
                        }
                    }
                    Err(reason) => self.problem("sprint", reason),
                }
            }
        }
        (ids.into_iter().collect(), described)
    }

    fn labels(&mut self) -> Vec<String> {
        let labels = self.part::<Many<Text<'a>>>("labels");
        let labels: BTreeSet<String> =
            labels.into_iter().flat_map(|many| many.0).map(Text::into_string).collect();
        labels.into_iter().collect()
    }

    fn components(&mut self) -> Vec<String> {
        let components = self.part::<Many<Named<'a>>>("components");
        let names: BTreeSet<String> =
            components.into_iter().flat_map(|many| many.0).filter_map(|c| name(&c)).collect();
        names.into_iter().collect()
    }

    fn links(&mut self) -> Vec<IssueLink> {
        let links: Vec<RawLink<'a>> = self.part("issuelinks").unwrap_or_default();
        let mut read: Vec<IssueLink> = links.into_iter().flat_map(RawLink::read).collect();
        read.sort();
        read.dedup();
        read
    }

    fn comments(&mut self, completeness: &mut Completeness) -> (Vec<Comment>, u64) {
        let Some(page) = self.part::<RawComments<'a>>("comment") else { return (Vec::new(), 0) };
        let mut comments = Vec::new();
        let delivered = page.comments.len() as u64;
        for comment in page.comments {
            let author = comment.author.as_ref().and_then(person);
            let created = comment.created.as_ref().map_or("", Text::as_str);
            match read_instant(created, self.zone()) {
                Some(read) => {
                    if read.uncertain {
                        completeness.add(IncompleteReason::NoTimeZone);
                    }
                    comments.push(Comment { at: read.at, author: author.as_ref().map(|a| a.id.clone()) });
                }
                None => self.problem("comment", format!("its date `{}` is no date", shortened(created))),
            }
            self.people.extend(author);
        }
        comments.sort();
        (comments, page.total.unwrap_or_default().saturating_sub(delivered))
    }

    fn watchers(&mut self) -> u32 {
        let watches = self.part::<RawWatches>("watches");
        watches.and_then(|w| w.watch_count).and_then(|n| u32::try_from(n).ok()).unwrap_or_default()
    }

    fn history(&mut self, changelog: Option<&RawValue>, id: &IssueId, points: Option<usize>) -> History {
        let no_changelog = || History {
            reasons: vec![IncompleteReason::NoChangelog],
            extent: HistoryExtent::default(),
            ..History::default()
        };
        let Some(raw) = changelog else { return no_changelog() };
        let log = match read_log(raw) {
            Ok(log) => log,
            Err(error) => {
                self.problem("changelog", error);
                return no_changelog();
            }
        };
        let reader = HistoryReader { issue: id, fields: self.fields, zone: self.zone(), points };
        let mut history = reader.read(&log);
        let (total, received) = (history.extent.total, history.extent.entries.len() as u64);
        if let Some(total) = total.filter(|total| *total > received) {
            history.reasons.push(IncompleteReason::Truncated { total, received });
        }
        self.people.append(&mut history.people);
        self.problems.append(&mut history.problems);
        history
    }
}
