use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_domain::{DomainEvent, EventKind, PrincipalId, TeamId};
use serde::{Deserialize, Serialize};

use crate::facets::Facets;
use crate::record::AuditRecord;

/// Which records to find; everything that is given has to hold.
///
/// | field | finds |
/// | --- | --- |
/// | `actor` | what this principal caused |
/// | `kind` | one kind of event |
/// | `action` | what is about a type of action: `add_label` |
/// | `ticket` | what is about a ticket: the events that name it, and every other of the same requests |
/// | `team` | what concerns a team |
/// | `subject` | what is about one request, proposal or memory |
/// | `outcome` | a verdict, a vote's choice, or how an execution stands: `approved`, `deny`, `succeeded` |
/// | `since`, `until` | what happened from the one time on, and before the other |
/// | `after` | records behind this index: give a page's `next` here |
/// | `limit` | at most so many, 100 if not given, never more than 10,000 |
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuditQuery {
    /// Who caused it.
    pub actor: Option<PrincipalId>,
    /// What kind of event.
    pub kind: Option<EventKind>,
    /// What type of action it is about.
    pub action: Option<String>,
    /// What ticket it is about.
    pub ticket: Option<String>,
    /// The team it concerns.
    pub team: Option<TeamId>,
    /// The request, proposal or memory it is about.
    pub subject: Option<String>,
    /// What came of it.
    pub outcome: Option<String>,
    /// Not earlier than this.
    pub since: Option<DateTime<Utc>>,
    /// Earlier than this.
    pub until: Option<DateTime<Utc>>,
    /// Behind this index.
    pub after: Option<u64>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// Records that were found, in order of index.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The records.
    pub records: Vec<AuditRecord>,
    /// Where to go on: the next page's `after`. None at the end.
    pub next: Option<u64>,
}

impl AuditQuery {
    /// Most records a page holds.
    pub const MOST: usize = 10_000;

    /// How many records a page of this query holds at most.
    #[must_use]
    pub fn page_size(&self) -> usize {
        self.limit.unwrap_or(100).clamp(1, Self::MOST)
    }

    /// The first index that can be on the page.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.after.map_or(0, |after| after.saturating_add(1))
    }

    /// Whether an event is looked for; the ticket and the place are not asked here.
    #[must_use]
    pub fn matches(&self, event: &DomainEvent, facets: &Facets) -> bool {
        fn is<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
            wanted.is_none_or(|wanted| Some(wanted) == found)
        }
        is(self.actor.as_ref(), Some(&event.actor))
            && is(self.kind.as_ref(), Some(&event.kind))
            && is(self.action.as_ref(), facets.action.as_ref())
            && is(self.team.as_ref(), event.team.as_ref())
            && is(self.subject.as_ref(), Some(&event.subject))
            && is(self.outcome.as_ref(), facets.outcome.as_ref())
            && self.since.is_none_or(|since| since <= event.at)
            && self.until.is_none_or(|until| event.at < until)
    }

    /// Whether a record is looked for, where `subjects` are those that are tied to the ticket.
    pub(crate) fn finds(&self, record: &AuditRecord, subjects: &BTreeSet<String>) -> bool {
        (self.ticket.is_none() || subjects.contains(&record.event.subject))
            && self.matches(&record.event, &Facets::of(&record.event))
    }
}
