use std::collections::BTreeMap;

use juno_domain::{Dataset, Issue, IssueId, Member, MemberId};

/// What the sources show now, found by id whatever the order of the dataset.
pub(super) struct Records<'a> {
    issues: BTreeMap<&'a IssueId, &'a Issue>,
    members: BTreeMap<&'a MemberId, &'a Member>,
}

impl<'a> Records<'a> {
    /// Of an issue that is there twice, the newest counts, as in its history.
    pub(super) fn new(dataset: &'a Dataset) -> Self {
        let mut issues: BTreeMap<&IssueId, &Issue> = BTreeMap::new();
        for issue in &dataset.issues {
            let newest = issues.entry(&issue.id).or_insert(issue);
            if newest.updated < issue.updated {
                *newest = issue;
            }
        }
        Self { issues, members: dataset.members.iter().map(|member| (&member.id, member)).collect() }
    }

    pub(super) fn issues(&self) -> impl Iterator<Item = &'a Issue> {
        self.issues.values().copied()
    }

    pub(super) fn issue(&self, id: &IssueId) -> Option<&'a Issue> {
        self.issues.get(id).copied()
    }

    /// A person with the name people see, or with the id for a name where no source tells one.
    pub(super) fn member(&self, id: &MemberId) -> Member {
        let known = self.members.get(id).map(|member| (*member).clone());
        known.unwrap_or_else(|| Member { id: id.clone(), name: id.to_string() })
    }
}
