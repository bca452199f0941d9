use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{Field, IssueId, MemberId, SprintId};
use serde::{Deserialize, Serialize};

use crate::history::{Entry, History};
use crate::log::Origin;
use crate::sprint_state::closing;
use crate::value::sprint_ids;

/// A sprint change this close to the close of a sprint the issue stays listed in is the board carrying it over.
const CARRY_OVER: TimeDelta = TimeDelta::minutes(15);

/// What a person did.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ActivityKind {
    /// Made the issue.
    Created,
    /// Changed a field.
    Changed {
        /// The field.
        field: Field,
    },
    /// Wrote a comment.
    Commented,
}

/// Something a person did to an issue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Activity {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub kind: ActivityKind,
    /// Who, where known.
    pub author: Option<MemberId>,
}

impl History {
    /// What people did to an issue by `as_of`, oldest first; empty for an unknown issue.
    ///
    /// Left out are machine fields, machine accounts and JUNO's own writes (see
    /// [`HistoryOptions`](crate::HistoryOptions)), and sprint changes by which a closing sprint hands its
    /// unfinished issues on: nobody looked at the issue for that. Creation counts whoever made it.
    #[must_use]
    pub fn activities(&self, id: &IssueId, as_of: DateTime<Utc>) -> Vec<Activity> {
        self.entry(id).map(|entry| self.activities_of(entry, as_of)).unwrap_or_default()
    }

    /// The last thing a person did to an issue by `as_of`; `None` if it did not exist by then.
    #[must_use]
    pub fn last_activity(&self, id: &IssueId, as_of: DateTime<Utc>) -> Option<Activity> {
        self.activities(id, as_of).pop()
    }

    pub(crate) fn activities_of(&self, entry: &Entry, as_of: DateTime<Utc>) -> Vec<Activity> {
        let history = &entry.history;
        if !history.exists_at(as_of) {
            return Vec::new();
        }
        let mut done = vec![Activity { at: history.created(), kind: ActivityKind::Created, author: None }];
        for step in history.log().entries.iter().take_while(|step| step.at <= as_of) {
            let Origin::Changed { author, .. } = &step.origin else { continue };
            let carried = step.field == Field::Sprint && self.is_carry_over(entry, step.at, as_of);
            if self.options.is_human(&step.field, author.as_ref()) && !carried {
                let kind = ActivityKind::Changed { field: step.field.clone() };
                done.push(Activity { at: step.at, kind, author: author.clone() });
            }
        }
        let comments = entry.comments.iter().filter(|comment| comment.at <= as_of);
        for comment in comments.filter(|comment| self.options.is_person(comment.author.as_ref())) {
            let author = comment.author.clone();
            done.push(Activity { at: comment.at, kind: ActivityKind::Commented, author });
        }
        done.sort_by_key(|activity| activity.at);
        done
    }

    /// Whether the sprint change at `t` comes with the close of a sprint the issue was in.
    fn is_carry_over(&self, entry: &Entry, t: DateTime<Utc>, as_of: DateTime<Utc>) -> bool {
        let spans =
            entry.history.timeline(&Field::Sprint).map(|timeline| timeline.spans()).unwrap_or_default();
        let place = spans.partition_point(|span| span.from < t);
        let before = place.checked_sub(1).and_then(|i| spans.get(i)).map(|span| sprint_ids(&span.value));
        let closes = |id: &SprintId| {
            let closed = self.sprints.get(id).and_then(closing);
            closed.is_some_and(|closed| closed <= as_of && (t - closed).abs() <= CARRY_OVER)
        };
        before.unwrap_or_default().iter().any(closes)
    }
}
