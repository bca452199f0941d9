use chrono::{DateTime, Utc};
use juno_analytics::History;
use juno_domain::{Issue, IssueKey, IssueLink, LinkDirection, StatusCategory};

use super::records::Records;

/// Names of the link type that says duplicate. Others that hold the word, such as "possible duplicate", do not say it.
const DUPLICATE_KINDS: [&str; 3] = ["duplicate", "duplicates", "duplication"];

/// Unfinished other issues that `issue` waits for by its present links: sorted, each once.
pub(super) fn blockers(history: &History, issue: &Issue, as_of: DateTime<Utc>) -> Vec<IssueKey> {
    let links = issue.links.iter().filter(|link| link.is_blocked_by() && link.other != issue.key);
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

/// The issue that `issue` duplicates by a link that says so. Where the other one is linked as a duplicate of this one
/// in turn, nobody can tell which should stay, and neither counts.
pub(super) fn duplicate_of(history: &History, records: &Records<'_>, issue: &Issue) -> Option<IssueKey> {
    let is_this = |link: &IssueLink| {
        link.other == issue.key || history.issue_by_key(&link.other).is_some_and(|own| *own.id() == issue.id)
    };
    let leads_back = |link: &IssueLink| {
        let other = history.issue_by_key(&link.other).and_then(|other| records.issue(other.id()));
        other.is_some_and(|other| other.links.iter().any(|back| says_duplicate(back) && is_this(back)))
    };
    let mut links = issue.links.iter().filter(|link| says_duplicate(link));
    links.find(|link| !is_this(link) && !leads_back(link)).map(|link| link.other.clone())
}

fn says_duplicate(link: &IssueLink) -> bool {
    link.direction == LinkDirection::Outward
        && DUPLICATE_KINDS.contains(&link.kind.trim().to_lowercase().as_str())
}
