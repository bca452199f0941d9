use chrono::{DateTime, Utc};
use juno_domain::{DecidedBy, Role, Verdict};

use super::report::RecordLink;
use super::trail::{Fact, TrailRecord};
use crate::Pending;

/// A span in which one role was to decide, as the log tells it.
#[derive(Debug, Clone)]
pub(super) struct Window<'a> {
    pub(super) rung: u32,
    /// Who was to decide.
    pub(super) role: Role,
    pub(super) since: DateTime<Utc>,
    pub(super) deadline: DateTime<Utc>,
    /// The final deadline and the record of the missed one, if it was held.
    pub(super) held: Option<(DateTime<Utc>, &'a RecordLink)>,
    pub(super) end: Option<End<'a>>,
    /// The record it begins with.
    pub(super) opened: &'a RecordLink,
}

/// How such a span ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct End<'a> {
    pub(super) at: DateTime<Utc>,
    pub(super) how: How,
    pub(super) record: &'a RecordLink,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// A vote decided the rung, or a person passed it up: in time only.
    Person,
    /// Its deadline came.
    Deadline,
    /// It was cancelled, withdrawn or asked anew: at any time.
    Ended,
}

impl Window<'_> {
    /// The deadline that counted at last.
    pub(super) fn last_deadline(&self) -> DateTime<Utc> {
        self.held.map_or(self.deadline, |(until, _)| until)
    }

    /// Whether an instant lies in it.
    pub(super) fn spans(&self, at: DateTime<Utc>) -> bool {
        self.since <= at && self.end.is_none_or(|end| at <= end.at)
    }
}

/// The spans of a request, in order, from its records.
pub(super) fn windows(records: &[TrailRecord]) -> Vec<Window<'_>> {
    let mut spans: Vec<Window<'_>> = Vec::new();
    for TrailRecord { link, fact } in records {
        match fact {
            Fact::Submitted(submitted) => spans.extend(submitted.pending.as_ref().map(|p| opened(p, link))),
            Fact::Voted { pending: Some(pending), .. } => {
                let same = spans.last().is_some_and(|last| last.rung == pending.rung && last.end.is_none());
                if !same {
                    close(&mut spans, How::Person, link);
                    spans.push(opened(pending, link));
                }
            }
            Fact::Voted { pending: None, .. } => close(&mut spans, How::Person, link),
            Fact::Escalated { rung, to, by, deadline } => {
                let how = if *by == DecidedBy::Deadline { How::Deadline } else { How::Person };
                close(&mut spans, how, link);
                if let (Some(role), Some(deadline)) = (*to, *deadline) {
                    spans.push(Window {
                        rung: *rung,
                        role,
                        since: link.at,
                        deadline,
                        held: None,
                        end: None,
                        opened: link,
                    });
                }
            }
            Fact::Held { until } => {
                if let Some(last) = spans.last_mut() {
                    last.held = Some((*until, link));
                }
            }
            Fact::Ended => close(&mut spans, How::Ended, link),
            Fact::Decided { verdict: Verdict::Expired, .. } => close(&mut spans, How::Deadline, link),
            _ => {}
        }
    }
    spans
}

fn opened<'a>(pending: &Pending, link: &'a RecordLink) -> Window<'a> {
    Window {
        rung: pending.rung,
        role: pending.role,
        since: pending.since,
        deadline: pending.deadline,
        held: None,
        end: None,
        opened: link,
    }
}

fn close<'a>(spans: &mut [Window<'a>], how: How, record: &'a RecordLink) {
    if let Some(last) = spans.last_mut().filter(|last| last.end.is_none()) {
        last.end = Some(End { at: record.at, how, record });
    }
}
