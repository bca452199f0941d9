//! Whether an issue waited for another one at an instant.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use juno_domain::{Completeness, Field, FieldValue, IncompleteReason, IssueKey, StatusCategory};

use crate::history::{Entry, History};
use crate::value::filled;

/// The keys of issues that a value of the link field says this one is blocked by. Jira writes a link as `This
/// issue is blocked by PAY-2`, several in one value with commas between.
fn blockers(value: &FieldValue) -> impl Iterator<Item = IssueKey> + '_ {
    filled(&value.text)
        .unwrap_or_default()
        .split(", ")
        .filter(|text| text.to_lowercase().contains("blocked by"))
        .filter_map(|text| text.split_whitespace().last())
        .filter_map(|key| IssueKey::new(key).ok())
}

impl History {
    /// Whether an issue was flagged, or waited for an unfinished issue, at `t`. A link that shows in no changelog
    /// counts from the day both issues existed. Where the answer rests on what is known of today only, `doubts`
    /// gets the reason.
    pub(crate) fn is_blocked(&self, entry: &Entry, t: DateTime<Utc>, doubts: &mut Completeness) -> bool {
        if entry.history.flagged_at(t) {
            return true;
        }
        let links = entry.history.timeline(&Field::Link);
        let mut tracked: BTreeMap<IssueKey, bool> = BTreeMap::new();
        for span in links.into_iter().flat_map(|timeline| timeline.spans()) {
            for key in blockers(&span.value) {
                tracked.entry(key).or_insert(false);
            }
        }
        for key in links.and_then(|timeline| timeline.value_at(t)).into_iter().flat_map(blockers) {
            tracked.insert(key, true);
        }
        let today = |key: &IssueKey| {
            let link = entry.links.iter().find(|link| link.is_blocked_by() && link.other == *key)?;
            let status = link.other_status.as_ref()?;
            Some(self.workflow().category(&FieldValue::status(status)))
        };
        let mut unfinished = |key: &IssueKey, dated: bool| {
            // Of an issue that is not in the data, the link tells how it stands today, and no more.
            let (open, known) = match self.entry_by_key(key) {
                Some(other) => (other.is_open(t), dated || !other.is_open(t)),
                None => {
                    let today = today(key);
                    (today.is_some_and(|category| category != StatusCategory::Done), today.is_none())
                }
            };
            if !known {
                doubts.add(IncompleteReason::LinkWithoutHistory { other: key.clone() });
            }
            open
        };
        let dated = tracked.iter().filter(|(_, holds)| **holds).any(|(key, _)| unfinished(key, true));
        let undated =
            entry.links.iter().filter(|link| link.is_blocked_by() && !tracked.contains_key(&link.other));
        dated || undated.into_iter().any(|link| unfinished(&link.other, false))
    }
}
