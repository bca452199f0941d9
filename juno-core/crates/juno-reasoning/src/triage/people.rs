use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use juno_analytics::{History, IssueHistory};
use juno_domain::{Field, Member, MemberId, Progress, StatusCategory, TeamId};

use super::TriageParams;
use super::records::Records;
use super::rules::{People, Trouble};
use super::ticket::Ticket;
use super::words::{counted, date};
use crate::ReasoningError;

/// Work finished longer ago than this says little about who knows a part of the system today.
const EXPERIENCE_DAYS: i64 = 90;
/// Somebody who did nothing for so long is probably away.
const AWAY_DAYS: i64 = 14;

/// Fewer tickets at once than this are no overload, however little the others have.
const MANY: u32 = 3;

/// Who works on what in each team, as of one instant.
pub(super) struct Workforce<'a> {
    history: &'a History,
    records: &'a Records<'a>,
    teams: BTreeMap<TeamId, Team>,
    /// The last thing each person did anywhere.
    seen: BTreeMap<MemberId, DateTime<Utc>>,
    as_of: DateTime<Utc>,
}

#[derive(Default)]
struct Team {
    /// Tickets in progress by person.
    load: BTreeMap<MemberId, u32>,
    /// Work finished lately by person.
    finished: BTreeMap<MemberId, Finished>,
}

/// Tickets somebody finished lately.
#[derive(Default)]
struct Finished {
    all: u32,
    by_component: BTreeMap<String, u32>,
}

impl<'a> Workforce<'a> {
    pub(super) fn learn(
        history: &'a History,
        records: &'a Records<'a>,
        as_of: DateTime<Utc>,
        progress: &Progress,
    ) -> Result<Self, ReasoningError> {
        let mut all = Self { history, records, teams: BTreeMap::new(), seen: BTreeMap::new(), as_of };
        let issues = history.issues();
        let total = issues.len() as u64;
        for (n, own) in issues.enumerate() {
            if n % 1024 == 0 {
                progress.step("learning who works on what", n as u64, Some(total))?;
            }
            for activity in history.activities(own.id(), as_of) {
                if let Some(author) = activity.author {
                    all.saw(author, activity.at);
                }
            }
            all.count(own);
        }
        // The changelog does not tell who made an issue: its reporter did, or was asked to by somebody.
        for issue in records.issues().filter(|issue| issue.created <= as_of) {
            let reporter = issue.reporter.as_ref().map(|member| &member.id);
            if let Some(reporter) = reporter.filter(|id| history.options().is_person(Some(id))) {
                all.saw(reporter.clone(), issue.created);
            }
        }
        Ok(all)
    }

    fn saw(&mut self, who: MemberId, at: DateTime<Utc>) {
        let last = self.seen.entry(who).or_insert(at);
        *last = at.max(*last);
    }

    fn count(&mut self, own: &IssueHistory) {
        let (history, as_of) = (self.history, self.as_of);
        let Some(category) = history.category_at(own.id(), as_of) else { return };
        let (Some(team), Some(who)) = (history.team_of_issue(own.id(), as_of), own.assignee_at(as_of)) else {
            return;
        };
        match category {
            StatusCategory::InProgress | StatusCategory::Unknown => {
                *self.teams.entry(team.clone()).or_default().load.entry(who).or_default() += 1;
            }
            StatusCategory::Done => {
                let lately = TimeDelta::days(EXPERIENCE_DAYS);
                if done_since(history, own, as_of).is_none_or(|at| as_of - at > lately) {
                    return;
                }
                let state = own.state_at(as_of);
                let team = self.teams.entry(team.clone()).or_default();
                let finished = team.finished.entry(who).or_default();
                finished.all += 1;
                for component in state.map(|state| state.components).unwrap_or_default() {
                    *finished.by_component.entry(component).or_default() += 1;
                }
            }
            StatusCategory::ToDo => {}
        }
    }

    /// Who could take a ticket, and whether its assignee will hardly get to it.
    pub(super) fn around(&self, ticket: &Ticket, params: &TriageParams) -> People {
        let trouble = |member| self.trouble(member, &ticket.team, params);
        People {
            suggestion: self.suggestion(ticket, params),
            trouble: ticket.assignee.as_ref().and_then(trouble),
        }
    }

    fn trouble(&self, member: &Member, team: &TeamId, params: &TriageParams) -> Option<Trouble> {
        if let Some(since) = self.away_since(&member.id).map(date) {
            return Some(Trouble::Away(format!(
                "{} has done nothing in the tracker since {since}",
                member.name
            )));
        }
        let team = self.teams.get(team)?;
        let (load, median) = (team.load_of(&member.id), team.median_load());
        team.is_overloaded(&member.id, params).then(|| {
            let name = &member.name;
            Trouble::Overloaded(format!(
                "{name} has {load} tickets in progress, the team's median is {median}"
            ))
        })
    }

    /// The day of the last thing somebody did, if that is long ago. Of somebody who never did anything nothing is
    /// known.
    fn away_since(&self, id: &MemberId) -> Option<NaiveDate> {
        let last = self.seen.get(id).filter(|at| (self.as_of - **at).num_days() >= AWAY_DAYS)?;
        Some(self.history.options().calendar.day_of(*last))
    }

    /// Most tickets finished lately of one of the ticket's components, then in the team; then least load; then the
    /// smaller id. Only people who are here and not overloaded.
    fn suggestion(&self, ticket: &Ticket, params: &TriageParams) -> Option<(Member, String)> {
        let team = self.teams.get(&ticket.team)?;
        let free = |id: &MemberId| {
            let here = self.seen.contains_key(id) && self.away_since(id).is_none();
            let has_it = ticket.assignee.as_ref().is_some_and(|now| now.id == *id);
            here && !has_it && !team.is_overloaded(id, params)
        };
        let ranked = team.finished.iter().filter(|(id, _)| free(id)).map(|(id, finished)| {
            let best = finished.best_of(&ticket.components);
            let load = team.load_of(id);
            let rank = (best.map_or(0, |(_, n)| n), finished.all, Reverse(load), Reverse(id));
            (rank, best, load)
        });
        let ((_, all, _, Reverse(id)), best, load) = ranked.max_by(|a, b| a.0.cmp(&b.0))?;
        let done = match best {
            Some((component, n)) => format!("{} of `{component}`", counted(n.into(), "ticket")),
            None => format!("{} of the team", counted(all.into(), "ticket")),
        };
        let reason = format!("finished {done} in the last {EXPERIENCE_DAYS} days and has {load} in progress");
        Some((self.records.member(id), reason))
    }
}

impl Finished {
    /// The component of a list of which most tickets were finished, and their number.
    fn best_of<'c>(&self, components: &'c [String]) -> Option<(&'c str, u32)> {
        let counts = components.iter().filter_map(|c| Some((c.as_str(), *self.by_component.get(c)?)));
        counts.max_by_key(|(component, n)| (*n, Reverse(*component)))
    }
}

impl Team {
    fn load_of(&self, id: &MemberId) -> u32 {
        self.load.get(id).copied().unwrap_or(0)
    }

    fn is_overloaded(&self, id: &MemberId, params: &TriageParams) -> bool {
        let load = self.load_of(id);
        load >= MANY && f64::from(load) >= params.overload_factor * self.median_load()
    }

    /// The median load of those who have any.
    fn median_load(&self) -> f64 {
        let mut loads: Vec<u32> = self.load.values().copied().collect();
        loads.sort_unstable();
        let (low, high) = (loads.get(loads.len().saturating_sub(1) / 2), loads.get(loads.len() / 2));
        let (Some(low), Some(high)) = (low, high) else { return 0.0 };
        f64::midpoint(f64::from(*low), f64::from(*high))
    }
}

/// Since when an issue that is done at `as_of` has been done. Today's resolution date would look ahead, and many
/// workflows set none.
fn done_since(history: &History, own: &IssueHistory, as_of: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let spans = own.timeline(&Field::Status)?.spans().iter().rev().filter(|span| span.from <= as_of);
    let done = spans.take_while(|span| history.workflow().category(&span.value) == StatusCategory::Done);
    done.last().map(|span| span.from)
}
