use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_domain::{
    Completeness, Event, Field, FieldValue, IncompleteReason, Issue, IssueId, IssueKey, MemberId,
};

use crate::chain;
use crate::delta;
use crate::timeline::Span;
use crate::value::same;

/// Where a log entry comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The value at creation.
    Created,
    /// A change the changelog records.
    Changed {
        /// Who made it, where known.
        author: Option<MemberId>,
        /// The source's id of the history entry.
        entry: Arc<str>,
    },
    /// A change of the parent's sprint, which its sub-tasks follow without an entry of their own.
    Inherited,
    /// What the source shows now, where the changelog does not lead there.
    Observed,
}

/// One step of an issue's log: from `at` on, `field` holds `value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// When.
    pub at: DateTime<Utc>,
    /// The field.
    pub field: Field,
    /// Its whole value from then on.
    pub value: FieldValue,
    /// Where the entry comes from.
    pub origin: Origin,
}

/// A reason to doubt answers, and the instant from which it is known. A truncated changelog is known to be so at
/// any instant; a broken step only once it has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Doubt {
    pub(crate) known_from: Option<DateTime<Utc>>,
    pub(crate) reason: IncompleteReason,
}

/// The ordered history of one issue: the values at creation, then every change, each once, in the order they
/// happened. Everything JUNO says about an issue's past is a fold over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueLog {
    /// The lasting id.
    pub id: IssueId,
    /// The current key.
    pub key: IssueKey,
    /// When the issue was created.
    pub created: DateTime<Utc>,
    /// Steps by rising instant; those of one instant in the order they happened.
    pub entries: Vec<LogEntry>,
    pub(crate) doubts: Vec<Doubt>,
}

impl IssueLog {
    /// Derives the log of an issue from its events, which may come in any order and more than once. Events of
    /// other issues are ignored.
    #[must_use]
    pub fn derive<'a>(issue: &Issue, events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut events: Vec<&Event> = events.into_iter().filter(|e| e.issue == issue.id).collect();
        events.sort_unstable();
        // One entry never holds the same change twice, so the item's position does not matter: a page that
        // delivers only some fields numbers its items otherwise.
        let mut seen = HashSet::with_capacity(events.len());
        events.retain(|e| seen.insert((e.at, &*e.entry, &e.change)));
        let mut by_field: BTreeMap<&Field, Vec<&Event>> = BTreeMap::new();
        for event in &events {
            by_field.entry(&event.change.field).or_default().push(event);
        }
        let mut log = Self {
            id: issue.id.clone(),
            key: issue.key.clone(),
            created: issue.created,
            entries: Vec::with_capacity(events.len() + HELD.len()),
            doubts: Vec::new(),
        };
        for reason in issue.completeness.reasons() {
            log.doubts.push(Doubt { known_from: None, reason: reason.clone() });
        }
        if let Some(first) = events.first().filter(|e| e.at < issue.created) {
            log.created = first.at;
            log.doubts.push(Doubt { known_from: None, reason: IncompleteReason::NoCreation });
        }
        let seen_last = events.last().map_or(issue.updated, |e| e.at.max(issue.updated)).max(log.created);
        for field in HELD.iter().filter(|f| !by_field.contains_key(f)) {
            log.untouched(field, issue);
        }
        for (field, steps) in by_field {
            log.follow(field, &steps, issue, seen_last);
        }
        // Stable: steps of one field keep their order within an instant.
        log.entries.sort_by_key(|e| e.at);
        log.doubts.sort_by(|a, b| (a.known_from, &a.reason).cmp(&(b.known_from, &b.reason)));
        log.doubts.dedup();
        log.entries.shrink_to_fit();
        log
    }

    /// What was known at `t`: the entries up to and including `t`.
    #[must_use]
    pub fn up_to(&self, t: DateTime<Utc>) -> Self {
        let known = |d: &&Doubt| d.known_from.is_none_or(|from| from <= t);
        Self {
            id: self.id.clone(),
            key: self.key.clone(),
            created: self.created,
            entries: self.entries.iter().take_while(|e| e.at <= t).cloned().collect(),
            doubts: self.doubts.iter().filter(known).cloned().collect(),
        }
    }

    /// Why answers built on this log may be wrong.
    #[must_use]
    pub fn completeness(&self) -> Completeness {
        let mut completeness = Completeness::COMPLETE;
        for doubt in &self.doubts {
            completeness.add(doubt.reason.clone());
        }
        completeness
    }

    /// Makes a sub-task follow its parent's sprints until the first sprint change of its own. What the source shows
    /// of a sub-task is the parent's sprint of today, not the one it was made in.
    pub(crate) fn follow_sprints(&mut self, parent: &[Span], doubts: &[Doubt]) {
        let sprint_entry = |e: &&LogEntry| e.field == Field::Sprint;
        let own = |e: &&LogEntry| sprint_entry(e) && matches!(e.origin, Origin::Changed { .. });
        let own = self.entries.iter().find(own).map(|e| e.at);
        self.entries.retain(|e| !(sprint_entry(&e) && e.origin == Origin::Created));
        let created = self.created;
        let held =
            |span: &&Span| span.to.is_none_or(|to| created < to) && own.is_none_or(|own| span.from < own);
        if parent.first().is_none_or(|first| first.from > created) {
            self.push(created, &Field::Sprint, FieldValue::EMPTY, Origin::Created);
        }
        for span in parent.iter().filter(held) {
            let origin = if span.from > created { Origin::Inherited } else { Origin::Created };
            self.push(span.from.max(created), &Field::Sprint, span.value.clone(), origin);
        }
        // An own change at the same instant comes after what was inherited.
        self.entries.sort_by_key(|e| (e.at, matches!(e.origin, Origin::Changed { .. } | Origin::Observed)));
        let touches = |doubt: &&Doubt| match &doubt.reason {
            IncompleteReason::BrokenChain { field, .. } | IncompleteReason::EndsElsewhere { field } => {
                *field == Field::Sprint
            }
            IncompleteReason::NoChangelog | IncompleteReason::Truncated { .. } => true,
            _ => false,
        };
        self.doubts.extend(doubts.iter().filter(touches).cloned());
    }

    fn push(&mut self, at: DateTime<Utc>, field: &Field, value: FieldValue, origin: Origin) {
        self.entries.push(LogEntry { at, field: field.clone(), value, origin });
    }

    /// A field without a single change had its current value from the beginning.
    fn untouched(&mut self, field: &Field, issue: &Issue) {
        let Some(value) = issue.current(field) else { return };
        let gap = |r: &IncompleteReason| {
            matches!(r, IncompleteReason::NoChangelog | IncompleteReason::Truncated { .. })
        };
        // Where changes are missing, the resolution date still tells that the issue was not done before it.
        let resolved = issue.resolved.filter(|at| *at > self.created && !value.is_empty());
        match resolved.filter(|_| issue.completeness.reasons().iter().any(gap)) {
            Some(at) if matches!(field, Field::Status | Field::Resolution) => {
                self.push(self.created, field, FieldValue::EMPTY, Origin::Created);
                self.push(at, field, value, Origin::Observed);
            }
            _ => self.push(self.created, field, value, Origin::Created),
        }
    }

    fn follow(&mut self, field: &Field, steps: &[&Event], issue: &Issue, seen_last: DateTime<Utc>) {
        let current = issue.current(field);
        let whole = || chain::order(field, steps, current.as_ref());
        let folded = match delta::nature(field) {
            delta::Nature::Whole => None,
            delta::Nature::Elements => Some(delta::fold(field, steps, issue)),
            delta::Nature::Either => {
                let (ordered, folded) = (whole(), delta::fold(field, steps, issue));
                let end = ordered.steps.last().map(|e| &e.change.to);
                let fits = ordered.broken.is_empty()
                    && current.as_ref().is_none_or(|now| end.is_some_and(|e| same(field, e, now)));
                (!fits && folded.is_consistent(field, current.as_ref())).then_some(folded)
            }
        };
        let broken = match folded {
            Some(folded) => {
                self.push(self.created, field, folded.initial, Origin::Created);
                for (event, value) in folded.steps {
                    self.push(event.at, field, value, changed(event));
                }
                folded.broken
            }
            None => {
                let ordered = whole();
                let initial = ordered.steps.first().map(|e| e.change.from.clone()).unwrap_or_default();
                self.push(self.created, field, initial, Origin::Created);
                for event in &ordered.steps {
                    self.push(event.at, field, event.change.to.clone(), changed(event));
                }
                ordered.broken
            }
        };
        for at in broken {
            let reason = IncompleteReason::BrokenChain { field: field.clone(), at };
            self.doubts.push(Doubt { known_from: Some(at), reason });
        }
        // A project's changelog text is its name while the issue shows its key: the key's history decides.
        let end = self.entries.last().map(|e| &e.value);
        let differs = |now: &FieldValue| end.is_none_or(|end| !same(field, end, now));
        if let Some(now) = current.filter(|now| *field != Field::Project && differs(now)) {
            self.push(seen_last, field, now, Origin::Observed);
            let reason = IncompleteReason::EndsElsewhere { field: field.clone() };
            self.doubts.push(Doubt { known_from: Some(seen_last), reason });
        }
    }
}

fn changed(event: &Event) -> Origin {
    Origin::Changed { author: event.author.clone(), entry: event.entry.clone() }
}

/// The fields an [`Issue`] holds as one value.
const HELD: [Field; 12] = [
    Field::Status,
    Field::Assignee,
    Field::Sprint,
    Field::Points,
    Field::Flagged,
    Field::Priority,
    Field::IssueType,
    Field::Resolution,
    Field::Labels,
    Field::Components,
    Field::Key,
    Field::Project,
];
