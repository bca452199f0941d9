use std::collections::BTreeSet;

use juno_domain::PrincipalId;

use super::case::Case;
use super::tally::Tally;
use crate::Period;

/// Whether nobody decided on their own proposal, twice, or again on appeal.
pub(super) fn duties(case: &Case<'_>, period: &Period, tally: &mut Tally<'_>) {
    let excluded = case.excluded();
    let recorded = case.submitted().map(|(submitted, _)| &submitted.proposer);
    let stored = case.stored.map(crate::ApprovalRequest::proposer);
    let mut spent: BTreeSet<PrincipalId> = BTreeSet::new();
    let votes = case.votes();
    for seen in &votes {
        // A vote of the store that differs from the recorded one of the same person is an edited one, not a second.
        let edited = seen.record.is_none()
            && votes.iter().any(|other| {
                other.record.is_some() && other.vote.by == seen.vote.by && other.vote.rung == seen.vote.rung
            });
        let again: Vec<PrincipalId> =
            seen.people().filter(|person| spent.contains(*person)).cloned().collect();
        spent.extend(seen.people().cloned());
        if seen.record.is_some() && !period.contains(seen.vote.at) {
            continue;
        }
        tally.case(Some(case.id), |wrong| {
            for person in seen.people().filter(|person| excluded.contains(person)) {
                if recorded == Some(person) || stored == Some(person) {
                    wrong.found(
                        "somebody else than the proposer",
                        format!("`{person}` proposed it"),
                        seen.record,
                    );
                } else {
                    let found = format!("`{person}` had a part in the case before");
                    wrong.found("other people on an appeal than before", found, seen.record);
                }
            }
            for person in again.iter().filter(|_| !edited) {
                wrong.found("one vote of each person", format!("`{person}` voted before"), seen.record);
            }
        });
    }
    let appeal = case.submitted().and_then(|(submitted, link)| Some((submitted.appeal.as_ref()?, link)));
    if let Some((appeal, link)) = appeal.filter(|(_, link)| period.contains(link.at)) {
        tally.case(Some(case.id), |wrong| {
            let rungs = case.ladder().map(crate::Ladder::rungs).unwrap_or_default();
            if let Some(rung) = rungs.iter().find(|rung| rung.role <= appeal.above) {
                let expected = format!("an appeal goes above {}", appeal.above);
                wrong.found(expected, format!("it asks {}", rung.role), [link]);
            }
        });
    }
}
