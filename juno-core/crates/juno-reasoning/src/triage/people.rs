use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use juno_analytics::History;
use juno_domain::{Dataset, IssueKey, Member, MemberId, Progress, StatusCategory, TeamId};

use super::TriageParams;
use super::rules::People;
use super::ticket::Ticket;
use crate::ReasoningError;

/// Work finished longer ago than this says little about who knows a part of the system today.
const EXPERIENCE_DAYS: i64 = 90;
/// Somebody who did nothing for so long is probably away.
const AWAY_DAYS: i64 = 14;

/// Who works on what in each team, as of one instant.
pub(super) struct Workforce<'a> {
    names: BTreeMap<&'a MemberId, &'a Member>,
    /// Open work in progress by team and person.
    load: BTreeMap<TeamId, BTreeMap<MemberId, u32>>,
    /// Work finished lately, by team, person and component (`None`: any).
    finished: BTreeMap<TeamId, BTreeMap<MemberId, BTreeMap<Option<String>, u32>>>,
    /// The last thing each person did anywhere.
    seen: BTreeMap<MemberId, DateTime<Utc>>,
    as_of: DateTime<Utc>,
}

impl<'a> Workforce<'a> {
    pub(super) fn learn(
        history: &History,
        dataset: &'a Dataset,
        as_of: DateTime<Utc>,
        progress: &Progress,
    ) -> Result<Self, ReasoningError> {
        let mut all = Self {
            names: dataset.members.iter().map(|member| (&member.id, member)).collect(),
            load: BTreeMap::new(),
            finished: BTreeMap::new(),
            seen: BTreeMap::new(),
            as_of,
        };
        let lately = as_of - TimeDelta::days(EXPERIENCE_DAYS);
        let total = dataset.issues.len() as u64;
        for (n, issue) in dataset.issues.iter().enumerate() {
            if n % 1024 == 0 {
                progress.step("learning who works on what", n as u64, Some(total))?;
            }
            for activity in history.activities(&issue.id, as_of) {
                if let Some(author) = activity.author {
                    let seen = all.seen.entry(author).or_insert(activity.at);
                    *seen = activity.at.max(*seen);
                }
            }
            let (Some(own), Some(team)) = (history.issue(&issue.id), history.team_of_issue(&issue.id, as_of))
            else {
                continue;
            };
            let Some(assignee) = own.assignee_at(as_of) else { continue };
            match history.category_at(&issue.id, as_of) {
                Some(StatusCategory::InProgress) => {
                    *all.load.entry(team.clone()).or_default().entry(assignee).or_default() += 1;
                }
                Some(StatusCategory::Done)
                    if issue.resolved.is_some_and(|at| at >= lately && at <= as_of) =>
                {
                    let counts = all.finished.entry(team.clone()).or_default().entry(assignee).or_default();
                    for component in issue.components.iter().cloned().map(Some).chain([None]) {
                        *counts.entry(component).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
        Ok(all)
    }

    /// Who could take a ticket, and whether its assignee will hardly get to it.
    pub(super) fn around(&self, ticket: &Ticket, components: &[String], params: &TriageParams) -> People {
        People {
            suggestion: self.suggestion(ticket, components, params),
            assignee_trouble: ticket
                .assignee
                .as_ref()
                .and_then(|member| self.trouble(member, &ticket.team, params)),
        }
    }

    fn trouble(&self, member: &Member, team: &TeamId, params: &TriageParams) -> Option<String> {
        let last = self.seen.get(&member.id)?;
        let days = (self.as_of - *last).num_days();
        if days >= AWAY_DAYS {
            return Some(format!("{} has done nothing anywhere for {days} days", member.name));
        }
        let (load, median) = (self.load_of(&member.id, team), self.median_load(team));
        (f64::from(load) >= params.overload_factor * median.max(1.0) && load > 1)
            .then(|| format!("{} has {load} tickets in progress, the team's median is {median}", member.name))
    }

    /// Most finished work in the ticket's components, then in the team; then least load; then the smaller id.
    fn suggestion(
        &self,
        ticket: &Ticket,
        components: &[String],
        params: &TriageParams,
    ) -> Option<(Member, String)> {
        let median = self.median_load(&ticket.team).max(1.0);
        let present = |id: &MemberId| {
            self.seen.get(id).is_some_and(|at| (self.as_of - *at).num_days() < AWAY_DAYS)
                && f64::from(self.load_of(id, &ticket.team)) < params.overload_factor * median
                && ticket.assignee.as_ref().is_none_or(|now| now.id != *id)
        };
        let count = |counts: &BTreeMap<Option<String>, u32>, of: Option<&String>| {
            counts.get(&of.cloned()).copied().unwrap_or(0)
        };
        let people = self.finished.get(&ticket.team)?.iter().filter(|(id, _)| present(id));
        let ranked = people.map(|(id, counts)| {
            let here: u32 = components.iter().map(|component| count(counts, Some(component))).sum();
            let load = self.load_of(id, &ticket.team);
            ((here, count(counts, None), std::cmp::Reverse(load), std::cmp::Reverse(id)), here, load, id)
        });
        let (_, here, load, id) = ranked.max_by(|a, b| a.0.cmp(&b.0))?;
        let member = self
            .names
            .get(id)
            .map_or_else(|| Member { id: id.clone(), name: id.to_string() }, |m| (*m).clone());
        let all = self.finished.get(&ticket.team).and_then(|f| f.get(id)).map_or(0, |c| count(c, None));
        let done = if here > 0 {
            format!("finished {here} tickets of the same component in the last {EXPERIENCE_DAYS} days")
        } else {
            format!("finished {all} tickets of the team in the last {EXPERIENCE_DAYS} days")
        };
        Some((member, format!("{done} and has {load} in progress")))
    }

    fn load_of(&self, id: &MemberId, team: &TeamId) -> u32 {
        self.load.get(team).and_then(|load| load.get(id)).copied().unwrap_or(0)
    }

    /// The median load of those who have any.
    fn median_load(&self, team: &TeamId) -> f64 {
        let mut loads: Vec<u32> =
            self.load.get(team).map(|l| l.values().copied().collect()).unwrap_or_default();
        loads.sort_unstable();
        let (Some(low), Some(high)) =
            (loads.get(loads.len().saturating_sub(1) / 2), loads.get(loads.len() / 2))
        else {
            return 0.0;
        };
        f64::midpoint(f64::from(*low), f64::from(*high))
    }
}

/// Unfinished issues that `issue` waits for by its present links.
pub(super) fn blockers(history: &History, issue: &juno_domain::Issue, as_of: DateTime<Utc>) -> Vec<IssueKey> {
    let links = issue.links.iter().filter(|link| link.is_blocked_by());
    let mut open: Vec<IssueKey> = links
        .filter(|link| match history.issue_by_key(&link.other) {
            Some(other) => history.is_open_at(other.id(), as_of),
            None => link.other_status.as_ref().is_some_and(|status| status.category != StatusCategory::Done),
        })
        .map(|link| link.other.clone())
        .collect();
    open.sort();
    open.dedup();
    open
}
