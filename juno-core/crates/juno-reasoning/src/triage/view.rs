use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_analytics::{History, IssueHistory, SilentSpell};
use juno_domain::{Dataset, Field, Issue, LinkDirection, Member, SprintId, StatusCategory};

use super::people::blockers;
use super::silence::State;
use super::ticket::{RunningSprint, Ticket, Usual};

/// Puts together what triage looks at, as of one instant.
pub(super) struct View<'a> {
    pub history: &'a History,
    pub dataset: &'a Dataset,
    pub as_of: DateTime<Utc>,
    pub running: BTreeSet<SprintId>,
}

impl<'a> View<'a> {
    pub(super) fn new(history: &'a History, dataset: &'a Dataset, as_of: DateTime<Utc>) -> Self {
        let running = history.open_sprints(as_of).iter().map(|sprint| sprint.id).collect();
        Self { history, dataset, as_of, running }
    }

    pub(super) fn ticket(
        &self,
        issue: &Issue,
        own: &IssueHistory,
        spell: &SilentSpell,
        state: &State,
    ) -> Ticket {
        let text = |field| own.value_at(&field, self.as_of).and_then(|value| value.text.clone());
        Ticket {
            key: spell.key.clone(),
            // The team that can act on it now, which need not be the one it lay with when the silence began.
            team: self.history.team_of_issue(&issue.id, self.as_of).unwrap_or(&spell.team).clone(),
            issue_type: spell.issue_type.clone(),
            status: spell.status.clone(),
            category: self.history.category_at(&issue.id, self.as_of).unwrap_or(StatusCategory::Unknown),
            todo_before: self.todo_before(own),
            priority: text(Field::Priority).filter(|priority| !priority.is_empty()),
            assignee: own.assignee_at(self.as_of).map(|id| self.member(issue, id)),
            reporter: issue.reporter.clone(),
            labels: text(Field::Labels).unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
            described: !issue.description.trim().is_empty(),
            flagged: own.flagged_at(self.as_of),
            blocked_by: blockers(self.history, issue, self.as_of),
            duplicate_of: duplicate_of(issue),
            sprint: self.running_sprint(own),
            last_activity: spell.from,
            silent_days: (self.as_of - spell.from).num_milliseconds() as f64 / 86_400_000.0,
            usual: Usual { percentile: state.percentile, spells: state.spells, basis: state.basis.clone() },
            complete: own.completeness_at(self.as_of).is_complete(),
        }
    }

    fn member(&self, issue: &Issue, id: juno_domain::MemberId) -> Member {
        let known = self.dataset.members.binary_search_by(|member| member.id.cmp(&id)).ok();
        let known = known.and_then(|place| self.dataset.members.get(place));
        let current = issue.assignee.as_ref().filter(|member| member.id == id);
        known.or(current).cloned().unwrap_or_else(|| Member { name: id.to_string(), id })
    }

    fn running_sprint(&self, own: &IssueHistory) -> Option<RunningSprint> {
        let id = own.sprints_at(self.as_of).into_iter().filter(|id| self.running.contains(id)).max()?;
        let sprint = self.history.sprint(id).ok()?;
        Some(RunningSprint {
            name: sprint.name.clone(),
            t: sprint.elapsed_share(self.as_of),
            end: sprint.end.map(|end| self.history.options().calendar.day_of(end)),
        })
    }

    /// The to-do status an issue in progress last came from.
    fn todo_before(&self, own: &IssueHistory) -> Option<String> {
        let spans = own.timeline(&Field::Status)?.spans();
        let earlier = spans.iter().rev().filter(|span| span.from <= self.as_of);
        let todo = |at| self.history.category_at(own.id(), at) == Some(StatusCategory::ToDo);
        earlier
            .map(|span| (span.from, &span.value))
            .find(|(from, _)| todo(*from))
            .map(|(_, v)| self.history.status_name(v))
    }
}

/// The issue this one duplicates by a link that says so.
fn duplicate_of(issue: &Issue) -> Option<juno_domain::IssueKey> {
    let duplicates = |kind: &str| kind.to_lowercase().contains("duplicate");
    let link = issue.links.iter().find(|l| l.direction == LinkDirection::Outward && duplicates(&l.kind))?;
    Some(link.other.clone())
}
