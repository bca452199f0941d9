use std::collections::BTreeSet;

use juno_domain::{ActionCategory, Digest, Impact, PrincipalId, RequestId, Role, TeamId};

use super::report::RecordLink;
use super::rules::ComplianceRule;
use super::trail::{ExecutionFact, Fact, RecordedVote, Submitted, TrailRecord};
use super::window::{Window, windows};
use crate::{Appeal, ApprovalRequest, Ladder, Period, Vote};

/// One request: what the store says of it, and what the log says.
pub(super) struct Case<'a> {
    pub(super) id: &'a RequestId,
    pub(super) stored: Option<&'a ApprovalRequest>,
    pub(super) execution: Option<&'a ExecutionFact>,
    pub(super) records: &'a [TrailRecord],
    pub(super) windows: Vec<Window<'a>>,
}

/// A vote, with the record of it; without, it stands in the store alone.
pub(super) struct Seen<'a> {
    pub(super) vote: RecordedVote,
    pub(super) record: Option<&'a RecordLink>,
}

impl Seen<'_> {
    /// The voter, and in whose place they voted.
    pub(super) fn people(&self) -> impl Iterator<Item = &PrincipalId> {
        std::iter::once(&self.vote.by).chain(&self.vote.on_behalf_of)
    }
}

impl<'a> Case<'a> {
    pub(super) fn new(
        id: &'a RequestId,
        stored: Option<&'a ApprovalRequest>,
        execution: Option<&'a ExecutionFact>,
        records: &'a [TrailRecord],
    ) -> Self {
        Self { id, stored, execution, records, windows: windows(records) }
    }

    /// How it was submitted, by the log.
    pub(super) fn submitted(&self) -> Option<(&'a Submitted, &'a RecordLink)> {
        self.records.iter().find_map(|record| match &record.fact {
            Fact::Submitted(submitted) => Some((submitted.as_ref(), &record.link)),
            _ => None,
        })
    }

    /// Whether the period is about it: something is recorded or stored of it in that time. What the log does not know
    /// could claim any time, so it always is.
    pub(super) fn is_of(&self, period: &Period) -> bool {
        self.submitted().is_none()
            || self.records.iter().any(|record| period.contains(record.link.at))
            || self
                .windows
                .iter()
                .any(|window| window.end.is_none() && period.meets(window.since, window.last_deadline()))
            || self.stored.is_some_and(|stored| {
                period.contains(stored.updated_at()) || period.contains(stored.created_at())
            })
    }

    /// Whether a rule speaks of it; where nothing says what it is about, all do.
    pub(super) fn is_for(&self, rule: &ComplianceRule) -> bool {
        let is = |wanted: bool, none: bool| wanted || none;
        self.about().is_none_or(|(team, impact, category)| {
            is(rule.teams.contains(team), rule.teams.is_empty())
                && is(rule.impacts.contains(&impact), rule.impacts.is_empty())
                && is(rule.categories.contains(&category), rule.categories.is_empty())
        })
    }

    /// Team, impact and category: by the log, else by the store.
    pub(super) fn about(&self) -> Option<(&'a TeamId, Impact, ActionCategory)> {
        let recorded =
            self.submitted().map(|(submitted, _)| (&submitted.team, submitted.impact, submitted.category));
        recorded.or_else(|| {
            let stored = self.stored?;
            Some((stored.team(), stored.proposal().impact, stored.action().category()))
        })
    }

    /// The ladder: by the log, else by the store.
    pub(super) fn ladder(&self) -> Option<&'a Ladder> {
        match self.submitted() {
            Some((submitted, _)) => submitted.ladder.as_ref(),
            None => self.stored?.ladder(),
        }
    }

    /// The digest of the action: by the log, else by the store.
    pub(super) fn digest(&self) -> Option<Digest> {
        let recorded = self.submitted().map(|(submitted, _)| submitted.digest);
        recorded.or_else(|| self.stored.map(ApprovalRequest::digest))
    }

    /// Who has no vote on it whatever their role.
    pub(super) fn excluded(&self) -> BTreeSet<&'a PrincipalId> {
        let of_appeal = |appeal: &'a Appeal| std::iter::once(&appeal.by).chain(&appeal.not_by);
        let recorded = self.submitted().into_iter().flat_map(|(submitted, _)| {
            std::iter::once(&submitted.proposer).chain(submitted.appeal.iter().flat_map(of_appeal))
        });
        recorded.chain(self.stored.into_iter().flat_map(ApprovalRequest::excluded)).collect()
    }

    /// Every vote, those on record first, then those that stand in the store alone.
    pub(super) fn votes(&self) -> Vec<Seen<'a>> {
        let mut seen: Vec<Seen<'a>> = self
            .records
            .iter()
            .filter_map(|record| match &record.fact {
                Fact::Voted { vote, .. } => Some(Seen { vote: vote.clone(), record: Some(&record.link) }),
                _ => None,
            })
            .collect();
        for vote in self.stored.into_iter().flat_map(ApprovalRequest::votes).map(without_words) {
            if !seen.iter().any(|known| known.vote == vote) {
                seen.push(Seen { vote, record: None });
            }
        }
        seen
    }

    /// Who was to decide when a vote came: by the span it lies in, else by the ladder.
    pub(super) fn deciding(&self, vote: &RecordedVote) -> Option<Role> {
        let span = self.windows.iter().rev().find(|span| span.rung == vote.rung && span.spans(vote.at));
        let rung = || self.ladder()?.rungs().get(usize::try_from(vote.rung).ok()?).map(|rung| rung.role);
        span.map(|span| span.role).or_else(rung)
    }
}

fn without_words(vote: &Vote) -> RecordedVote {
    RecordedVote {
        by: vote.by.clone(),
        role: vote.role,
        on_behalf_of: vote.on_behalf_of.clone(),
        rung: vote.rung,
        choice: vote.choice,
        digest: vote.digest,
        at: vote.at,
    }
}
