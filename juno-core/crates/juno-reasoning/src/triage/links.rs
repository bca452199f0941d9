use chrono::{DateTime, Utc};
use juno_analytics::History;
use juno_domain::{Field, FieldValue, Issue, IssueKey, IssueLink, LinkDirection, StatusCategory};

use super::records::Records;

/// Names of the link type that says duplicate. Others that hold the word, such as "possible duplicate", do not say it.
const DUPLICATE_KINDS: [&str; 3] = ["duplicate", "duplicates", "duplication"];

/// Today's links of `issue` but those that its changelog shows came after `as_of`. One that no changelog shows may
/// always have been there.
fn known_links<'i>(
    history: &'i History,
    issue: &'i Issue,
    as_of: DateTime<Utc>,
) -> impl Iterator<Item = &'i IssueLink> {
    let dated = history.issue(&issue.id).and_then(|own| own.timeline(&Field::Link));
    issue.links.iter().filter(move |link| {
        let holds = |value: &FieldValue| names(history, value, link);
        dated.is_none_or(|dated| {
            dated.value_at(as_of).is_some_and(holds) || !dated.spans().iter().any(|span| holds(&span.value))
        })
    })
}

/// Whether a value of the link field has `link`: `This issue is blocked by PAY-2`, several with commas between, each
/// with the key of its day.
fn names(history: &History, value: &FieldValue, link: &IssueLink) -> bool {
    let kind = link.kind.trim().to_lowercase();
    let kind = kind.strip_suffix('s').unwrap_or(&kind);
    let id_of = |key: &IssueKey| history.issue_by_key(key).map(|own| own.id());
    let is_it = |word: &str| {
        word == link.other.as_str()
            || IssueKey::new(word)
                .is_ok_and(|key| id_of(&key).is_some_and(|id| id_of(&link.other) == Some(id)))
    };
    let mut texts = value.text.as_deref().unwrap_or_default().split(", ");
    texts.any(|text| text.to_lowercase().contains(kind) && text.split_whitespace().last().is_some_and(is_it))
}

/// Unfinished other issues that `issue` waits for by the links known at `as_of`: sorted, each once.
pub(super) fn blockers(history: &History, issue: &Issue, as_of: DateTime<Utc>) -> Vec<IssueKey> {
    let links = known_links(history, issue, as_of);
    let links = links.filter(|link| link.is_blocked_by() && link.other != issue.key);
    let mut open: Vec<IssueKey> = links
        .filter(|link| match history.issue_by_key(&link.other) {
            Some(other) => *other.id() != issue.id && history.is_open_at(other.id(), as_of),
            None => link.other_status.as_ref().is_some_and(|status| status.category != StatusCategory::Done),
        })
        .map(|link| link.other.clone())
        .collect();
    open.sort();
    open.dedup();
    open
}

/// The issue that `issue` duplicates by a link known at `as_of` that says so. Where the other one is linked as a
/// duplicate of this one in turn, nobody can tell which should stay, and neither counts.
pub(super) fn duplicate_of(
    history: &History,
    records: &Records<'_>,
    issue: &Issue,
    as_of: DateTime<Utc>,
) -> Option<IssueKey> {
    let is_this = |link: &IssueLink| {
        link.other == issue.key || history.issue_by_key(&link.other).is_some_and(|own| *own.id() == issue.id)
    };
    let leads_back = |link: &IssueLink| {
        let other = history.issue_by_key(&link.other).and_then(|other| records.issue(other.id()));
        other.is_some_and(|other| {
            known_links(history, other, as_of).any(|back| says_duplicate(back) && is_this(back))
        })
    };
    let mut links = known_links(history, issue, as_of).filter(|link| says_duplicate(link));
    links.find(|link| !is_this(link) && !leads_back(link)).map(|link| link.other.clone())
}

fn says_duplicate(link: &IssueLink) -> bool {
    link.direction == LinkDirection::Outward
        && DUPLICATE_KINDS.contains(&link.kind.trim().to_lowercase().as_str())
}
