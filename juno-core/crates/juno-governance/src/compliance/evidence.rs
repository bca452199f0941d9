use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{Digest, Verdict};

use super::case::Case;
use super::report::{LogState, RecordLink};
use super::rules::ComplianceRule;
use super::tally::{Tally, Wrong};
use super::timeouts::{GRACE_MINUTES, text};
use super::trail::Fact;
use crate::{Appeal, ApprovalRequest, Period, StateKind, action_digest};

/// Whether the log is what it was.
pub(super) fn log_verifies(log: &LogState, tally: &mut Tally<'_>) {
    tally.case(None, |wrong| {
        if !log.verified {
            let found = log.first_bad.clone().unwrap_or_else(|| "it is not".to_owned());
            wrong.found("the log is as recorded", found, []);
        }
    });
}

/// Whether store and log agree on a request.
pub(super) fn store_agrees(case: &Case<'_>, tally: &mut Tally<'_>) {
    tally.case(Some(case.id), |wrong| {
        let Some((submitted, link)) = case.submitted() else {
            let found = match case.stored {
                Some(stored) => {
                    format!("the store has it as {}, and the log does not know it", stored.kind())
                }
                None => "there are records of it, and none of its submission".to_owned(),
            };
            return wrong.found("a record of its submission", found, all(case));
        };
        if !submitted.digest_holds {
            wrong.found("the digest of the recorded action", "another digest is recorded", [link]);
        }
        let Some(stored) = case.stored else {
            return wrong.found("the store has it", "the log has it, and the store does not", [link]);
        };
        same_request(case, stored, wrong);
        for seen in case.votes().iter().filter(|seen| seen.record.is_none()) {
            let vote = &seen.vote;
            let found = format!("the vote of `{}` at {} stands in the store alone", vote.by, text(vote.at));
            wrong.found("a record of each vote", found, [link]);
        }
        let recorded = case.records.iter().filter(|record| matches!(record.fact, Fact::Voted { .. })).count();
        if stored.votes().len() < recorded {
            let found = format!("{} of {recorded} recorded votes", stored.votes().len());
            wrong.found("every recorded vote in the store", found, votes(case));
        }
        same_end(case, stored, wrong);
    });
}

/// The stored request is the one that was submitted.
fn same_request(case: &Case<'_>, stored: &ApprovalRequest, wrong: &mut Wrong) {
    let Some((submitted, link)) = case.submitted() else { return };
    if stored.digest() != submitted.digest
        || !action_digest(stored.action()).is_ok_and(|real| real == submitted.digest)
    {
        wrong.found("the action that was submitted", "the store has another action", [link]);
    }
    let same = [
        ("proposer", stored.proposer() == &submitted.proposer),
        ("team", stored.team() == &submitted.team),
        ("impact", stored.proposal().impact == submitted.impact),
        ("ladder", stored.ladder() == submitted.ladder.as_ref()),
        ("appeal", same_appeal(stored.appeal(), submitted.appeal.as_ref())),
    ];
    for (what, _) in same.iter().filter(|(_, same)| !same) {
        wrong.found(
            format!("the {what} that was submitted"),
            format!("the store has another {what}"),
            [link],
        );
    }
}

/// What was said for it decides nothing, and may be erased on either side.
fn same_appeal(stored: Option<&Appeal>, submitted: Option<&Appeal>) -> bool {
    let unsaid = |appeal: &Appeal| Appeal { reason: String::new(), ..appeal.clone() };
    stored.map(unsaid) == submitted.map(unsaid)
}

/// The stored state is what the last recorded decision says.
fn same_end(case: &Case<'_>, stored: &ApprovalRequest, wrong: &mut Wrong) {
    let decided = case.records.iter().rev().find_map(|record| match &record.fact {
        Fact::Decided { verdict, .. } => Some((*verdict, &record.link)),
        _ => None,
    });
    let issued = case.records.iter().any(|record| matches!(record.fact, Fact::Issued { .. }));
    let verdict = stored.decision().verdict;
    match decided {
        Some((recorded, link)) if recorded != verdict => {
            let found = format!("the store says `{}`", word(verdict));
            wrong.found(format!("`{}`, as decided on record", word(recorded)), found, [link]);
        }
        None => wrong.found("a recorded decision", format!("the store says `{}`", word(verdict)), []),
        Some(_) => {}
    }
    let authorized = stored.kind() == StateKind::Authorized;
    if authorized != issued {
        let found =
            if issued { "the log has one, and the store does not" } else { "the store alone says so" };
        wrong.found("an authorization in store and log alike", found, all(case));
    }
}

/// Whether an action that was begun has everything on record.
pub(super) fn execution_recorded(
    case: &Case<'_>,
    rule: &ComplianceRule,
    period: &Period,
    now: DateTime<Utc>,
    tally: &mut Tally<'_>,
) {
    let find = |is: fn(&Fact) -> bool| case.records.iter().find(|record| is(&record.fact));
    let started = find(|fact| matches!(fact, Fact::Started { .. }));
    let begun = case.execution.filter(|execution| execution.begun);
    let Some(at) = started.map(|record| record.link.at).or(begun.map(|execution| execution.started_at))
    else {
        return;
    };
    if started.is_some() && !period.contains(at) {
        return;
    }
    let approved =
        find(|fact| matches!(fact, Fact::Decided { verdict: Verdict::Approved | Verdict::AutoApproved, .. }));
    let issued = find(|fact| matches!(fact, Fact::Issued { .. }));
    let proposed = find(|fact| matches!(fact, Fact::Submitted(_)));
    tally.case(Some(case.id), |wrong| {
        for (what, record) in [("proposal", proposed), ("approval", approved), ("authorization", issued)] {
            match record {
                None => wrong.found(format!("a record of its {what}"), "none is on record", all(case)),
                Some(record) => {
                    if started.is_some_and(|started| started.link.index < record.link.index) {
                        let links = started.into_iter().chain([record]).map(|record| &record.link);
                        wrong.found(format!("its {what} before it began"), "it began before that", links);
                    }
                }
            }
        }
        if started.is_none() {
            wrong.found("a record that it began", "the store alone says so", all(case));
        }
        let digests = case.records.iter().filter_map(|record| Some((digest(&record.fact)?, &record.link)));
        for (digest, link) in digests.filter(|(digest, _)| Some(*digest) != case.digest()) {
            let found = format!("one is for digest {digest}");
            wrong.found("one and the same action throughout", found, [link]);
        }
        if begun.is_some_and(|execution| case.digest().is_some_and(|digest| digest != execution.digest)) {
            wrong.found("the action that was approved", "the store has another one carried out", all(case));
        }
        let grace = TimeDelta::minutes(i64::from(rule.grace_minutes.unwrap_or(GRACE_MINUTES)));
        let due = case.execution.and_then(|execution| execution.due_at).unwrap_or(at);
        if find(|fact| matches!(fact, Fact::Finished)).is_none() && now > due + grace {
            let links = started.map(|record| &record.link);
            wrong.found(format!("an outcome by {}", text(due + grace)), "none is on record", links);
        }
    });
}

/// The digest a record names.
const fn digest(fact: &Fact) -> Option<Digest> {
    match fact {
        Fact::Decided { digest, .. } | Fact::Issued { digest } | Fact::Started { digest } => Some(*digest),
        _ => None,
    }
}

fn all<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a RecordLink> {
    case.records.iter().map(|record| &record.link)
}

fn votes<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a RecordLink> {
    case.records.iter().filter(|record| matches!(record.fact, Fact::Voted { .. })).map(|record| &record.link)
}

fn word(verdict: Verdict) -> String {
    let word = serde_json::to_value(verdict).ok();
    word.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}
