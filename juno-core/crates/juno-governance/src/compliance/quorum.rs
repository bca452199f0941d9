use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_domain::{DecidedBy, PrincipalId, Role, Verdict};

use super::case::Case;
use super::report::RecordLink;
use super::rules::ComplianceRule;
use super::tally::{Tally, Wrong};
use super::trail::{Fact, RecordedVote};
use crate::{Choice, Period, StateKind};

/// Whether everybody who has to approve had approved, by recorded votes alone.
pub(super) fn quorum(case: &Case<'_>, rule: &ComplianceRule, period: &Period, tally: &mut Tally<'_>) {
    let recorded = case.records.iter().find_map(|record| match &record.fact {
        Fact::Decided { verdict: verdict @ (Verdict::Approved | Verdict::AutoApproved), by, .. } => {
            Some((*verdict, by, &record.link))
        }
        _ => None,
    });
    let issued =
        case.records.iter().find(|record| matches!(record.fact, Fact::Issued { .. })).map(|r| &r.link);
    let claimed = case
        .stored
        .is_some_and(|stored| matches!(stored.kind(), StateKind::Approved | StateKind::Authorized));
    // What the log does not tell is looked at whenever it claims to have been.
    let at = recorded.map(|(_, _, link)| link.at).or(issued.map(|link| link.at));
    if (recorded.is_none() && issued.is_none() && !claimed) || at.is_some_and(|at| !period.contains(at)) {
        return;
    }
    tally.case(Some(case.id), |wrong| {
        let links: Vec<&RecordLink> = recorded.iter().map(|(_, _, link)| *link).chain(issued).collect();
        if recorded.is_none() {
            wrong.found("a recorded decision that approves it", "none is on record", issued);
        }
        let before = issued.map_or(DateTime::<Utc>::MAX_UTC, |link| link.at);
        let votes: Vec<(&RecordedVote, &RecordLink)> = case
            .records
            .iter()
            .filter_map(|record| match &record.fact {
                Fact::Voted { vote, .. } => Some((vote, &record.link)),
                _ => None,
            })
            .filter(|(vote, _)| vote.at <= before)
            .collect();
        match case.ladder() {
            Some(ladder) => {
                for (rung, place) in ladder.rungs().iter().zip(0_u32..) {
                    each_rung(case, (place, rung.role, rung.quorum), &votes, &links, wrong);
                }
                if recorded.is_some_and(|(verdict, ..)| verdict != Verdict::Approved) {
                    wrong.found(
                        "people approve what its ladder asks people for",
                        "a policy approved it",
                        links.clone(),
                    );
                }
            }
            None => {
                let by_policy = recorded.is_some_and(|(verdict, by, _)| {
                    verdict == Verdict::AutoApproved && matches!(by, DecidedBy::Policy { .. })
                });
                if recorded.is_some() && !by_policy {
                    wrong.found(
                        "a policy approves what no ladder asks people for",
                        "somebody else did",
                        links.clone(),
                    );
                }
            }
        }
        for (vote, link) in votes.iter().filter(|(vote, _)| vote.choice == Choice::Deny) {
            wrong.found("no vote against it", format!("`{}` voted against it", vote.by), [*link]);
        }
        if let Some(least) = rule.at_least {
            let people = people(votes.iter().map(|(vote, _)| *vote));
            if people.len() < usize::try_from(least).unwrap_or(usize::MAX) {
                let found = format!("{} approved it", people.len());
                wrong.found(format!("approvals of {least} people"), found, links.clone());
            }
        }
    });
}

/// One rung has its quorum: of different people, for this action, from the role that decided last.
fn each_rung(
    case: &Case<'_>,
    (place, role, quorum): (u32, Role, u32),
    votes: &[(&RecordedVote, &RecordLink)],
    links: &[&RecordLink],
    wrong: &mut Wrong,
) {
    let decided = case.windows.iter().filter(|span| span.rung == place).map(|span| span.role).max();
    let needed = decided.map_or(role, |decided| decided.max(role));
    let excluded = case.excluded();
    let counts = |vote: &&RecordedVote| {
        vote.rung == place
            && vote.role.may_vote_on(needed)
            && Some(vote.digest) == case.digest()
            && !excluded.contains(&vote.by)
    };
    let people = people(votes.iter().map(|(vote, _)| *vote).filter(counts));
    if people.len() < usize::try_from(quorum).unwrap_or(usize::MAX) {
        let expected = format!("{quorum} recorded for this action by {needed} or higher on rung {place}");
        let shown = votes.iter().filter(|(vote, _)| vote.rung == place).map(|(_, link)| *link);
        wrong.found(expected, format!("{} on record", people.len()), shown.chain(links.iter().copied()));
    }
}

/// Who approved.
fn people<'a>(votes: impl Iterator<Item = &'a RecordedVote>) -> BTreeSet<&'a PrincipalId> {
    votes.filter(|vote| vote.choice == Choice::Approve).map(|vote| &vote.by).collect()
}
