use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use juno_domain::{
    Completeness, Event, Field, FieldValue, IncompleteReason, Issue, IssueId, IssueKey, MemberId, ProjectKey,
    SprintId, StoryPoints,
};

use crate::log::{IssueLog, LogEntry};
use crate::timeline::FieldTimeline;
use crate::value::{elements, filled, points, same, sprint_ids};

/// One issue through time: every field at any instant.
///
/// Values are those of their day: a status keeps the name it had, its id says which status it is. Before the
/// creation every answer is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueHistory {
    log: IssueLog,
    fields: BTreeMap<Field, FieldTimeline>,
}

/// An issue at one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct IssueState {
    /// Its key then.
    pub key: IssueKey,
    /// Its type then.
    pub issue_type: String,
    /// Its status then, with the name of that day.
    pub status: FieldValue,
    /// Who worked on it.
    pub assignee: Option<MemberId>,
    /// Its sprints then, finished ones it was carried through included.
    pub sprints: Vec<SprintId>,
    /// Its estimate.
    pub points: Option<StoryPoints>,
    /// Whether the impediment flag was set.
    pub flagged: bool,
    /// Its priority.
    pub priority: Option<String>,
    /// Its resolution.
    pub resolution: Option<String>,
    /// Its labels, sorted.
    pub labels: Vec<String>,
    /// Its components, sorted.
    pub components: Vec<String>,
}

impl IssueHistory {
    /// Rebuilds an issue's history from its events, which may come in any order and more than once.
    #[must_use]
    pub fn new<'a>(issue: &Issue, events: impl IntoIterator<Item = &'a Event>) -> Self {
        Self::from_log(IssueLog::derive(issue, events))
    }

    /// Folds a log. The log cut at `t` gives the same answer for every instant up to `t` as the whole log.
    #[must_use]
    pub fn from_log(log: IssueLog) -> Self {
        let mut fields: BTreeMap<Field, FieldTimeline> = BTreeMap::new();
        for LogEntry { at, field, value, .. } in &log.entries {
            let known = match fields.get_mut(field) {
                Some(timeline) => timeline,
                None => fields.entry(field.clone()).or_default(),
            };
            // A step to the value that already holds is no step.
            if known.spans().last().is_none_or(|last| !same(field, &last.value, value)) {
                known.push(*at, value.clone());
            }
        }
        fields.values_mut().for_each(FieldTimeline::shrink);
        Self { log, fields }
    }

    /// The lasting id.
    #[must_use]
    pub fn id(&self) -> &IssueId {
        &self.log.id
    }

    /// The current key.
    #[must_use]
    pub fn key(&self) -> &IssueKey {
        &self.log.key
    }

    /// When it was created.
    #[must_use]
    pub fn created(&self) -> DateTime<Utc> {
        self.log.created
    }

    /// The log it was folded from.
    #[must_use]
    pub fn log(&self) -> &IssueLog {
        &self.log
    }

    /// Every field's timeline.
    #[must_use]
    pub fn fields(&self) -> &BTreeMap<Field, FieldTimeline> {
        &self.fields
    }

    /// A field's timeline; `None` for a field that never changed and that the source does not show.
    #[must_use]
    pub fn timeline(&self, field: &Field) -> Option<&FieldTimeline> {
        self.fields.get(field)
    }

    /// Whether the issue existed at `t`.
    #[must_use]
    pub fn exists_at(&self, t: DateTime<Utc>) -> bool {
        self.created() <= t
    }

    /// Why answers about it may be wrong.
    #[must_use]
    pub fn completeness(&self) -> Completeness {
        self.log.completeness()
    }

    /// As [`completeness`](Self::completeness), with only what was known at `t`: what the source says of itself
    /// at any time, a broken step once it has happened, a chain that ends elsewhere once that was seen.
    #[must_use]
    pub fn completeness_at(&self, t: DateTime<Utc>) -> Completeness {
        self.doubts(t, |_| true)
    }

    /// The reasons known at `t` that touch one of `fields`.
    pub(crate) fn completeness_of(&self, fields: &[Field], t: DateTime<Utc>) -> Completeness {
        self.doubts(t, |reason| match reason {
            IncompleteReason::BrokenChain { field, .. } | IncompleteReason::EndsElsewhere { field } => {
                fields.contains(field)
            }
            // Another sprint's unknown dates do not touch what is asked about a known one.
            IncompleteReason::UnknownSprint { .. } => false,
            _ => true,
        })
    }

    fn doubts(&self, t: DateTime<Utc>, wanted: impl Fn(&IncompleteReason) -> bool) -> Completeness {
        let mut completeness = Completeness::COMPLETE;
        for doubt in &self.log.doubts {
            if doubt.known_from.is_none_or(|from| from <= t) && wanted(&doubt.reason) {
                completeness.add(doubt.reason.clone());
            }
        }
        completeness
    }

    /// This history with its parent's sprints, see [`IssueLog::follow_sprints`]; `None` if the parent never was in
    /// one.
    pub(crate) fn following(&self, parent: &Self) -> Option<Self> {
        let spans = parent.timeline(&Field::Sprint)?.spans();
        spans.iter().any(|span| !span.value.is_empty()).then(|| {
            let mut log = self.log.clone();
            log.follow_sprints(spans, &parent.log.doubts);
            Self::from_log(log)
        })
    }

    pub(crate) fn doubt(&mut self, known_from: DateTime<Utc>, reason: IncompleteReason) {
        self.log.doubts.push(crate::log::Doubt { known_from: Some(known_from), reason });
    }

    /// Any field's value at `t`; `None` before creation or where nothing is known of the field.
    #[must_use]
    pub fn value_at(&self, field: &Field, t: DateTime<Utc>) -> Option<&FieldValue> {
        self.fields.get(field)?.value_at(t)
    }

    /// The status at `t`, named as on its day. Empty where only the resolution date is known.
    #[must_use]
    pub fn status_at(&self, t: DateTime<Utc>) -> Option<&FieldValue> {
        self.value_at(&Field::Status, t)
    }

    /// Who worked on it at `t`.
    #[must_use]
    pub fn assignee_at(&self, t: DateTime<Utc>) -> Option<MemberId> {
        let value = self.value_at(&Field::Assignee, t)?;
        MemberId::new(filled(&value.id).or_else(|| filled(&value.text))?).ok()
    }

    /// The sprints at `t`, finished ones it was carried through included.
    #[must_use]
    pub fn sprints_at(&self, t: DateTime<Utc>) -> Vec<SprintId> {
        self.value_at(&Field::Sprint, t).map(sprint_ids).unwrap_or_default()
    }

    /// The estimate at `t`.
    #[must_use]
    pub fn points_at(&self, t: DateTime<Utc>) -> Option<StoryPoints> {
        self.value_at(&Field::Points, t).and_then(points)
    }

    /// Whether the impediment flag was set at `t`.
    #[must_use]
    pub fn flagged_at(&self, t: DateTime<Utc>) -> bool {
        self.value_at(&Field::Flagged, t).is_some_and(|value| !value.is_empty())
    }

    /// The key at `t`; `None` before creation.
    #[must_use]
    pub fn key_at(&self, t: DateTime<Utc>) -> Option<IssueKey> {
        let value = self.value_at(&Field::Key, t)?;
        let text = filled(&value.text).or_else(|| filled(&value.id));
        Some(text.and_then(|text| IssueKey::new(text).ok()).unwrap_or_else(|| self.key().clone()))
    }

    /// The project at `t`, from the key at `t`; `None` before creation.
    #[must_use]
    pub fn project_at(&self, t: DateTime<Utc>) -> Option<ProjectKey> {
        let key = self.key_at(t)?;
        let project = key.as_str().rsplit_once('-').map_or(key.as_str(), |(project, _)| project);
        ProjectKey::new(project).ok()
    }

    /// The type at `t`.
    #[must_use]
    pub fn issue_type_at(&self, t: DateTime<Utc>) -> Option<&str> {
        let value = self.value_at(&Field::IssueType, t)?;
        filled(&value.text).or_else(|| filled(&value.id))
    }

    /// The whole issue at `t`; `None` before creation.
    #[must_use]
    pub fn state_at(&self, t: DateTime<Utc>) -> Option<IssueState> {
        let text = |field| self.value_at(&field, t).and_then(|v| filled(&v.text)).map(str::to_owned);
        let list = |field: Field| -> Vec<String> {
            self.value_at(&field, t).map(|v| elements(&field, v).into_iter().collect()).unwrap_or_default()
        };
        Some(IssueState {
            key: self.key_at(t)?,
            issue_type: self.issue_type_at(t).unwrap_or_default().to_owned(),
            status: self.status_at(t).cloned().unwrap_or_default(),
            assignee: self.assignee_at(t),
            sprints: self.sprints_at(t),
            points: self.points_at(t),
            flagged: self.flagged_at(t),
            priority: text(Field::Priority),
            resolution: text(Field::Resolution),
            labels: list(Field::Labels),
            components: list(Field::Components),
        })
    }
}
