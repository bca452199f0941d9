use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use juno_analytics::{History, IssueHistory, Origin, SilentSpell};
use juno_domain::{Field, Issue, MemberId, SprintId, StatusCategory};

use super::TriageParams;
use super::links::{blockers, duplicate_of};
use super::records::Records;
use super::ticket::{ActedOn, RunningSprint, Ticket};

/// Puts together what triage looks at, as of one instant.
pub(super) struct View<'a> {
    history: &'a History,
    records: &'a Records<'a>,
    as_of: DateTime<Utc>,
    /// How long people get to react to what JUNO did.
    patience: TimeDelta,
    running: BTreeSet<SprintId>,
}

impl<'a> View<'a> {
    pub(super) fn new(
        history: &'a History,
        records: &'a Records<'a>,
        as_of: DateTime<Utc>,
        params: &TriageParams,
    ) -> Self {
        let running = history.open_sprints(as_of).iter().map(|sprint| sprint.id).collect();
        Self { history, records, as_of, patience: params.horizon(), running }
    }

    /// The ticket whose silence `spell` is.
    pub(super) fn ticket(&self, issue: &Issue, own: &IssueHistory, spell: &SilentSpell) -> Ticket {
        let (history, as_of) = (self.history, self.as_of);
        let now = own.state_at(as_of);
        let now = now.as_ref();
        // What a sentence quotes goes by today's name, as in the spell.
        let status = own.status_at(as_of).map(|status| history.status_name(status));
        let category = history.category_at(&issue.id, as_of).unwrap_or(StatusCategory::Unknown);
        let in_progress = category == StatusCategory::InProgress;
        let reporter = issue.reporter.clone();
        Ticket {
            key: spell.key.clone(),
            team: history.team_of_issue(&issue.id, as_of).unwrap_or(&spell.team).clone(),
            status: status.unwrap_or_default(),
            category,
            todo_before: in_progress.then(|| self.todo_before(own)).flatten(),
            priority: now.and_then(|now| now.priority.clone()),
            assignee: now.and_then(|now| now.assignee.as_ref()).map(|id| self.records.member(id)),
            reporter: reporter.filter(|member| history.options().is_person(Some(&member.id))),
            labels: now.map(|now| now.labels.clone()).unwrap_or_default(),
            components: now.map(|now| now.components.clone()).unwrap_or_default(),
            described: !issue.description.trim().is_empty(),
            flagged: now.is_some_and(|now| now.flagged),
            blocked_by: blockers(history, issue, as_of),
            duplicate_of: duplicate_of(history, self.records, issue, as_of),
            sprint: self.running_sprint(own),
            last_activity: spell.from,
            last_day: self.day_of(spell.from),
            silent_days: (as_of - spell.from).num_days(),
            acted_on: self.acted_on(issue, own, spell.from),
            complete: own.completeness_at(as_of).is_complete(),
        }
    }

    fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        self.history.options().calendar.day_of(at)
    }

    fn running_sprint(&self, own: &IssueHistory) -> Option<RunningSprint> {
        let id = own.sprints_at(self.as_of).into_iter().filter(|id| self.running.contains(id)).max()?;
        let sprint = self.history.sprint(id).ok()?;
        let today = self.day_of(self.as_of);
        Some(RunningSprint {
            id,
            name: sprint.name.clone(),
            t: sprint.elapsed_share(self.as_of),
            ends: sprint.end.map(|end| self.day_of(end)).filter(|end| *end > today),
        })
    }

    /// The to-do status an issue last came from.
    fn todo_before(&self, own: &IssueHistory) -> Option<String> {
        let spans = own.timeline(&Field::Status)?.spans().iter().rev();
        let workflow = self.history.workflow();
        spans
            .filter(|span| span.from <= self.as_of)
            .find(|span| workflow.category(&span.value) == StatusCategory::ToDo)
            .map(|span| self.history.status_name(&span.value))
    }

    /// What JUNO wrote on the ticket after `silent_since`, if that is not longer ago than people's patience.
    fn acted_on(&self, issue: &Issue, own: &IssueHistory, silent_since: DateTime<Utc>) -> Option<ActedOn> {
        let juno = &self.history.options().own_authors;
        let is_juno = |author: Option<&MemberId>| author.is_some_and(|author| juno.contains(author));
        let changes = own.log().entries.iter().filter(|entry| match &entry.origin {
            Origin::Changed { author, .. } => is_juno(author.as_ref()),
            _ => false,
        });
        let comments = issue.comments.iter().filter(|comment| is_juno(comment.author.as_ref()));
        let written = changes.map(|entry| entry.at).chain(comments.map(|comment| comment.at));
        let last = written.filter(|at| silent_since < *at && *at <= self.as_of).max()?;
        let until = last.checked_add_signed(self.patience).filter(|until| self.as_of < *until)?;
        Some(ActedOn { on: self.day_of(last), until: self.day_of(until) })
    }
}
