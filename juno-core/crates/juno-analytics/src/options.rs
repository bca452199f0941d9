use std::collections::{BTreeMap, BTreeSet};

use juno_domain::{BoardId, Field, MemberId, TeamId, WorkingCalendar};
use serde::{Deserialize, Serialize};

use crate::workflow::WorkflowOptions;

/// Settings of a [`History`](crate::History).
///
/// | name | default | what for |
/// | --- | --- | --- |
/// | `workflow` | none | status → category where the source is wrong or silent |
/// | `team_of_board` | none | boards that belong to another team than their own |
/// | `calendar` | Monday to Friday, UTC | where days begin; which are worked |
/// | `machine_fields` | see [`HistoryOptions::default`] | changes that are no activity of people |
/// | `machine_authors` | none | automation accounts: their changes are no activity of people |
/// | `own_authors` | none | JUNO's own accounts: nor are theirs |
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HistoryOptions {
    /// Status → category.
    pub workflow: WorkflowOptions,
    /// Board → team; a board not listed is its own team.
    pub team_of_board: BTreeMap<BoardId, TeamId>,
    /// Where days begin, and which are worked.
    pub calendar: WorkingCalendar,
    /// Names or ids of fields that machines write; compared without case.
    pub machine_fields: BTreeSet<String>,
    /// Accounts of machines.
    pub machine_authors: BTreeSet<MemberId>,
    /// Accounts through which JUNO writes.
    pub own_authors: BTreeSet<MemberId>,
}

impl Default for HistoryOptions {
    /// Machine fields: remote links, work log ids, ranks, time sums, attachments' thumbnails and development
    /// panels, all of which tools write by themselves.
    fn default() -> Self {
        let machine = [
            "RemoteIssueLink",
            "RemoteWorkItemLink",
            "WorklogId",
            "Rank",
            "timespent",
            "timeestimate",
            "aggregatetimespent",
            "aggregatetimeestimate",
            "Development",
            "lastViewed",
            "thumbnail",
        ];
        Self {
            workflow: WorkflowOptions::default(),
            team_of_board: BTreeMap::new(),
            calendar: WorkingCalendar::default(),
            machine_fields: machine.map(str::to_owned).into(),
            machine_authors: BTreeSet::new(),
            own_authors: BTreeSet::new(),
        }
    }
}

impl HistoryOptions {
    /// Whether a change of `field` by `author` is a person's doing. An unknown author counts as a person.
    #[must_use]
    pub fn is_human(&self, field: &Field, author: Option<&MemberId>) -> bool {
        let machine_field = matches!(field, Field::Other(name)
            if self.machine_fields.iter().any(|m| m.to_lowercase() == name.to_lowercase()));
        !machine_field && self.is_person(author)
    }

    /// Whether `author` is a person as far as known. An unknown author counts as one.
    #[must_use]
    pub fn is_person(&self, author: Option<&MemberId>) -> bool {
        author.is_none_or(|a| !self.own_authors.contains(a) && !self.machine_authors.contains(a))
    }
}
