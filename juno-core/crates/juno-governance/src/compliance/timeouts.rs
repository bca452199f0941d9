use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::case::Case;
use super::rules::ComplianceRule;
use super::tally::{Tally, Wrong};
use super::trail::Fact;
use super::window::{How, Window};
use crate::{Period, Rung};

/// Minutes after a deadline until something has to be on record, where a rule does not say.
pub(super) const GRACE_MINUTES: u32 = 60;

/// Whether the deadlines of a request were kept.
pub(super) fn timeouts(
    case: &Case<'_>,
    rule: &ComplianceRule,
    period: &Period,
    now: DateTime<Utc>,
    tally: &mut Tally<'_>,
) {
    for span in &case.windows {
        let end = span.end.map_or_else(|| span.last_deadline().min(now), |end| end.at);
        if !period.contains(end) {
            continue;
        }
        tally.case(Some(case.id), |wrong| {
            deadline_of_ladder(case, span, wrong);
            ended_in_time(span, rule, now, wrong);
            votes_in_time(case, span, wrong);
            if let Some(hours) = rule.within_hours {
                let bound = span.since + TimeDelta::hours(i64::from(hours));
                let last = span.end.map_or(now, |end| end.at);
                if last > bound {
                    let found = format!("{} took until {}", span.role, text(last));
                    wrong.found(format!("a decision within {hours} h"), found, [span.opened]);
                }
            }
        });
    }
}

/// The deadline is the one that the ladder gives the rung.
fn deadline_of_ladder(case: &Case<'_>, span: &Window<'_>, wrong: &mut Wrong) {
    let rungs = case.ladder().map(crate::Ladder::rungs).unwrap_or_default();
    let rung: Option<&Rung> = usize::try_from(span.rung).ok().and_then(|at| rungs.get(at));
    let Some(rung) = rung else {
        let found = format!("it waits on rung {}, which its ladder lacks", span.rung);
        return wrong.found("a rung of the recorded ladder", found, [span.opened]);
    };
    let expected = rung.deadline_from(span.since);
    if span.deadline != expected {
        let expected = format!("deadline {} ({} h)", text(expected), rung.deadline_hours);
        wrong.found(expected, format!("deadline {}", text(span.deadline)), [span.opened]);
    }
    if let Some((until, record)) = span.held
        && rung.held_until(span.since) != Some(until)
    {
        let expected = match rung.held_until(span.since) {
            Some(until) => format!("held until {}", text(until)),
            None => "not held".to_owned(),
        };
        wrong.found(expected, format!("held until {}", text(until)), [record]);
    }
}

/// Once the deadline had come, something happened, and not before.
fn ended_in_time(span: &Window<'_>, rule: &ComplianceRule, now: DateTime<Utc>, wrong: &mut Wrong) {
    let grace = TimeDelta::minutes(i64::from(rule.grace_minutes.unwrap_or(GRACE_MINUTES)));
    let fired = |at: DateTime<Utc>, deadline: DateTime<Utc>| {
        if at < deadline {
            Some("before it")
        } else if at > deadline + grace {
            Some("later than the grace allows")
        } else {
            None
        }
    };
    if let Some((_, record)) = span.held
        && let Some(why) = fired(record.at, span.deadline)
    {
        let found = format!("it was held at {}, {why}", text(record.at));
        wrong.found(format!("held at its deadline {}", text(span.deadline)), found, [span.opened, record]);
    }
    let deadline = span.last_deadline();
    match span.end {
        None if now > deadline + grace => {
            let found = format!("nothing is on record by {}", text(now));
            let expected = format!("passed up, held or ended at its deadline {}", text(deadline));
            wrong.found(expected, found, [span.opened]);
        }
        Some(end) if end.how == How::Deadline => {
            if let Some(why) = fired(end.at, deadline) {
                let found = format!("its deadline fired at {}, {why}", text(end.at));
                let expected =
                    format!("its deadline {} fires within {} min", text(deadline), grace.num_minutes());
                wrong.found(expected, found, [span.opened, end.record]);
            }
        }
        Some(end) if end.how == How::Person && end.at >= deadline => {
            let found = format!("a decision at {}", text(end.at));
            let expected = format!("a decision before the deadline {}", text(deadline));
            wrong.found(expected, found, [span.opened, end.record]);
        }
        _ => {}
    }
}

/// No vote on the rung came at its deadline or after it; the one that ended it was looked at above.
fn votes_in_time(case: &Case<'_>, span: &Window<'_>, wrong: &mut Wrong) {
    let closing = span.end.map(|end| &end.record.event);
    for record in case.records {
        let Fact::Voted { vote, .. } = &record.fact else { continue };
        let here = vote.rung == span.rung && span.spans(vote.at) && closing != Some(&record.link.event);
        if here && vote.at >= span.last_deadline() {
            let expected = format!("votes before the deadline {}", text(span.last_deadline()));
            wrong.found(expected, format!("`{}` voted at {}", vote.by, text(vote.at)), [&record.link]);
        }
        if vote.at != record.link.at {
            let found = format!("the vote says {}, its record {}", text(vote.at), text(record.link.at));
            wrong.found("one time of the vote", found, [&record.link]);
        }
    }
}

/// An instant as reports write it.
pub(super) fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
