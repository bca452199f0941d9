use super::case::Case;
use super::role_history::{RoleHistory, holders};
use super::tally::Tally;
use super::timeouts::text;
use crate::{Period, RoleBook};

/// Whether each vote was cast by somebody who could.
pub(super) fn authority(
    case: &Case<'_>,
    history: &RoleHistory<'_>,
    roles: &RoleBook,
    period: &Period,
    tally: &mut Tally<'_>,
) {
    let Some((team, _, category)) = case.about() else { return };
    for seen in case.votes() {
        let vote = &seen.vote;
        if seen.record.is_some() && !period.contains(vote.at) {
            continue;
        }
        tally.case(Some(case.id), |wrong| {
            if !history.backs(vote, team, category) {
                let place = vote.on_behalf_of.as_ref().map(|giver| format!(" in the place of `{giver}`"));
                let found = format!("`{}` voted as {}{}", vote.by, vote.role, place.unwrap_or_default());
                let who = holders(roles, vote.role, team, vote.at);
                let expected = format!("a {} of `{team}` at {}: {who}", vote.role, text(vote.at));
                wrong.found(expected, found, seen.record);
            }
            if !roles.permissions().may_approve(vote.role, category) {
                let found = format!("`{}` voted as {}", vote.by, vote.role);
                wrong.found(format!("a role that may approve `{}`", word(&category)), found, seen.record);
            }
            match case.deciding(vote) {
                Some(needed) if !vote.role.may_vote_on(needed) => {
                    let found = format!("`{}` voted as {}", vote.by, vote.role);
                    wrong.found(format!("{needed} or higher on rung {}", vote.rung), found, seen.record);
                }
                Some(_) => {}
                None => {
                    let found = format!("`{}` voted on rung {}", vote.by, vote.rung);
                    wrong.found("votes on rungs of its ladder", found, seen.record);
                }
            }
        });
    }
}

fn word(category: &juno_domain::ActionCategory) -> String {
    let word = serde_json::to_value(category).ok();
    word.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}
