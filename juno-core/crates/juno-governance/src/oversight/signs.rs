use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use juno_domain::{ERASED, PrincipalId, RequestId};
use serde::{Deserialize, Serialize};

use super::options::OversightOptions;
use super::timing::{median, seconds};
use crate::rate::number;
use crate::{ApprovalRequest, Choice, Period, Rate, RoleBook, Vote};

/// How one person voted in a period, and what of it is worth a look.
///
/// A sign says where to look and proves nothing: a person with many easy requests votes quickly, too. With fewer
/// than [`OversightOptions::min_votes`] votes there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VotingSigns {
    /// Who.
    pub who: PrincipalId,
    /// Votes in the period, at least 1.
    pub votes: u64,
    /// The share of approvals.
    pub approved: Option<Rate>,
    /// The median time from when they could first vote to the vote, in seconds. That is when the rung opened, or when
    /// they were first given a role for it, if that was later.
    pub median_seconds: f64,
    /// Votes that are part of a burst.
    pub in_bursts: u64,
    /// Votes whose reason is empty, or is the one they give most often and gave before; blanks and capitals aside.
    pub same_reason: u64,
    /// What is worth a look.
    pub signs: Vec<Sign>,
}

/// Something worth a look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// What.
    pub kind: SignKind,
    /// The requests it shows on, in order of the votes.
    pub evidence: Vec<RequestId>,
}

/// What can be worth a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SignKind {
    /// Half of the votes came sooner than anybody reads. Its evidence are the votes below the bound.
    Quick,
    /// Several votes within a few seconds. Its evidence are the votes of the bursts.
    Bursts,
    /// Most reasons are empty or the same. Its evidence are these votes.
    SameReason,
    /// Hardly anything was ever refused. Its evidence are the approvals.
    NeverRefuses,
}

/// One vote of a person, with what is compared.
struct Cast<'a> {
    request: &'a RequestId,
    vote: &'a Vote,
    seconds: f64,
    reason: String,
}

impl VotingSigns {
    pub(super) fn of(
        requests: &[ApprovalRequest],
        roles: &RoleBook,
        period: &Period,
        options: &OversightOptions,
    ) -> Vec<Self> {
        let mut by_person: BTreeMap<&PrincipalId, Vec<Cast<'_>>> = BTreeMap::new();
        for request in requests {
            for vote in request.votes().iter().filter(|vote| period.contains(vote.at)) {
                let could = first_could(request, vote, roles);
                let reason = vote.reason.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
                let cast = Cast { request: request.id(), vote, seconds: seconds(vote.at - could), reason };
                by_person.entry(&vote.by).or_default().push(cast);
            }
        }
        by_person.into_iter().map(|(who, votes)| Self::one(who, votes, options)).collect()
    }

    fn one(who: &PrincipalId, mut votes: Vec<Cast<'_>>, options: &OversightOptions) -> Self {
        votes.sort_by(|a, b| (a.vote.at, a.request).cmp(&(b.vote.at, b.request)));
        let mut times: Vec<f64> = votes.iter().map(|cast| cast.seconds).collect();
        times.sort_by(f64::total_cmp);
        let median_seconds = median(&times).unwrap_or(0.0);
        let approved = Rate::among(&votes, |cast| cast.vote.choice == Choice::Approve);
        let bursts = bursts(&votes, options);
        let same = same_reasons(&votes);
        let count = |of: usize| u64::try_from(of).unwrap_or(u64::MAX);
        let mut signs = Vec::new();
        if count(votes.len()) >= options.min_votes {
            let mut note = |is: bool, kind, of: &dyn Fn(usize, &Cast<'_>) -> bool| {
                if is {
                    let shows = votes.iter().enumerate().filter(|(place, cast)| of(*place, cast));
                    let evidence = shows.map(|(_, cast)| cast.request.clone()).collect();
                    signs.push(Sign { kind, evidence });
                }
            };
            note(median_seconds < options.quick_seconds, SignKind::Quick, &|_, cast| {
                cast.seconds < options.quick_seconds
            });
            note(!bursts.is_empty(), SignKind::Bursts, &|place, _| bursts.contains(&place));
            let share = number(count(same.len())) / number(count(votes.len()));
            note(share >= options.same_reason_share, SignKind::SameReason, &|place, _| same.contains(&place));
            let never = approved.is_some_and(|rate| rate.low > options.never_refuses_share);
            note(never, SignKind::NeverRefuses, &|_, cast| cast.vote.choice == Choice::Approve);
        }
        Self {
            who: who.clone(),
            votes: count(votes.len()),
            approved,
            median_seconds,
            in_bursts: count(bursts.len()),
            same_reason: count(same.len()),
            signs,
        }
    }
}

/// The places of votes that follow each other closely, of sorted votes.
fn bursts(votes: &[Cast<'_>], options: &OversightOptions) -> BTreeSet<usize> {
    let least = usize::try_from(options.burst_votes.max(2)).unwrap_or(usize::MAX);
    let mut found = BTreeSet::new();
    let mut run: Vec<usize> = Vec::new();
    let mut before: Option<DateTime<Utc>> = None;
    for (place, cast) in votes.iter().enumerate() {
        let close = before.is_some_and(|before| seconds(cast.vote.at - before) <= options.burst_seconds);
        if !close {
            run.clear();
        }
        run.push(place);
        if run.len() >= least {
            found.extend(run.iter().copied());
        }
        before = Some(cast.vote.at);
    }
    found
}

/// The places of votes without a reason, and of those with the most frequent one if it stands more than once.
fn same_reasons(votes: &[Cast<'_>]) -> BTreeSet<usize> {
    let mut by_reason: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, cast) in votes.iter().enumerate() {
        by_reason.entry(cast.reason.as_str()).or_default().push(place);
    }
    // What was erased is the same text and tells nothing.
    by_reason.remove(ERASED);
    let mut found: BTreeSet<usize> = by_reason.remove("").into_iter().flatten().collect();
    // The first of several in order of the alphabet, so that the same votes give the same evidence.
    let most = by_reason.values().map(Vec::len).max().filter(|most| *most > 1);
    let usual = by_reason.values().find(|places| Some(places.len()) == most);
    found.extend(usual.into_iter().flatten());
    found
}

/// When a voter could first have cast a vote: when its rung opened, or when their right began, if that was later.
///
/// A rung opens with the submission, or with the last vote on the rung below it. A higher role may vote on it from
/// then on, whether it has been passed up or not.
fn first_could(request: &ApprovalRequest, vote: &Vote, roles: &RoleBook) -> DateTime<Utc> {
    let below = request.votes().iter().filter(|other| other.rung < vote.rung).map(|other| other.at).max();
    let opened = below.unwrap_or_else(|| request.created_at());
    let terms = roles.terms().iter().filter(|term| term.who == vote.by).filter_map(|term| term.from);
    let lent = roles.delegations().iter().filter(|given| given.to == vote.by).map(|given| given.from);
    let began: BTreeSet<DateTime<Utc>> =
        terms.chain(lent).filter(|at| opened < *at && *at <= vote.at).collect();
    let (team, category) = (request.team(), request.action().category());
    let rung = usize::try_from(vote.rung).ok();
    let role =
        request.ladder().and_then(|ladder| ladder.rungs().get(rung?)).map_or(vote.role, |rung| rung.role);
    let may = |at: &DateTime<Utc>| {
        roles.at(*at).authority(&vote.by, team, role, category, &BTreeSet::new()).is_some()
    };
    if began.is_empty() || may(&opened) {
        return opened;
    }
    began.into_iter().find(may).unwrap_or(opened)
}
