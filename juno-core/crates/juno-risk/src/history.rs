use std::borrow::Cow;
use std::cmp::Ordering;

use juno_domain::{FinishedSprint, Measure, Probability, SprintSnapshot};

use crate::RiskError;

/// Whether a sprint that delivered this much missed this commitment. A difference of rounding is no miss.
#[must_use]
pub fn missed(delivered: f64, committed: f64) -> bool {
    delivered < committed - 1e-9 * committed.max(1.0)
}

/// Checks that a history holds only what was known at the snapshot: sprints closed by then or, where either has no date,
/// sprints with a smaller id; and not the sprint itself.
///
/// # Errors
/// Names the first sprint that does not belong there.
pub fn check_history(snapshot: &SprintSnapshot, history: &[FinishedSprint]) -> Result<(), RiskError> {
    history.iter().try_for_each(|past| check_past(snapshot, past))
}

/// The part of a history that [`check_history`] lets pass, in the same order; nothing is copied where that is how the history
/// begins, as it is in order of time.
///
/// For a host that keeps one list of finished sprints and forecasts several. A finished sprint without dates is left out for
/// every sprint with a smaller id, since nobody can tell which came first.
#[must_use]
pub fn known_before<'h>(
    snapshot: &SprintSnapshot,
    history: &'h [FinishedSprint],
) -> Cow<'h, [FinishedSprint]> {
    let is_known = |past: &&FinishedSprint| is_known_before(snapshot, past);
    let (first, rest) = history.split_at(history.iter().take_while(is_known).count());
    match rest.iter().any(|past| is_known(&past)) {
        false => Cow::Borrowed(first),
        true => Cow::Owned(first.iter().chain(rest.iter().filter(is_known)).cloned().collect()),
    }
}

/// Whether a finished sprint was over, and known to be, when the snapshot was taken.
pub(crate) fn is_known_before(snapshot: &SprintSnapshot, past: &FinishedSprint) -> bool {
    check_past(snapshot, past).is_ok()
}

fn check_past(snapshot: &SprintSnapshot, past: &FinishedSprint) -> Result<(), RiskError> {
    if past.sprint == snapshot.sprint && past.project == snapshot.project {
        return Err(RiskError::OwnSprint { sprint: snapshot.sprint });
    }
    let later = match (snapshot.at, past.closed_at) {
        (Some(at), Some(closed_at)) => closed_at > at,
        _ => past.sprint >= snapshot.sprint,
    };
    if later {
        return Err(RiskError::FutureHistory { sprint: snapshot.sprint, history: past.sprint });
    }
    Ok(())
}

/// Whether a finished sprint says something about a snapshot: it is of the same project or, where dates tell that it came
/// before, of the same team. Ids of different projects are no common order.
pub(crate) fn concerns(snapshot: &SprintSnapshot, past: &FinishedSprint) -> bool {
    past.project == snapshot.project
        || (past.team == snapshot.team && snapshot.at.is_some() && past.closed_at.is_some())
}

/// What a finished sprint had committed at its stage nearest to `t`, and what it delivered; `None` without a commitment in the
/// measure, or where its source does not tell the delivery in it.
pub(crate) fn outcome(past: &FinishedSprint, t: Probability, measure: Measure) -> Option<(f64, f64)> {
    let committed = past.stage_near(t)?.committed().in_measure(measure);
    Some((committed, past.delivered_in(measure)?)).filter(|_| committed > 0.0)
}

/// The history in order of time, so that no answer depends on the order it came in.
pub(crate) fn in_order<'a>(history: impl Iterator<Item = &'a FinishedSprint>) -> Vec<&'a FinishedSprint> {
    let mut sorted: Vec<&FinishedSprint> = history.collect();
    sorted.sort_by(|a, b| in_time(a, b));
    sorted
}

/// Which of two finished sprints comes first in time: by end, then by id.
pub(crate) fn in_time(a: &FinishedSprint, b: &FinishedSprint) -> Ordering {
    let key = |past: &FinishedSprint| (past.closed_at, past.sprint);
    key(a).cmp(&key(b)).then_with(|| a.project.cmp(&b.project)).then_with(|| a.team.cmp(&b.team))
}
