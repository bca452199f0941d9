use std::hash::{Hash, Hasher};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_domain::{DecidedBy, Role};
use juno_governance::{ApprovalRequest, Choice, RequestState, StateKind};

/// What a host is at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Host {
    Idle,
    Read(Arc<ApprovalRequest>),
    Authorized,
    Begun,
    Acted,
}

/// What the execution store holds for the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Execution {
    None,
    Begun,
    Succeeded,
    Failed,
}

/// A vote that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Cast {
    pub(crate) by: &'static str,
    pub(crate) rung: u32,
    pub(crate) refused: bool,
}

/// The request, what is kept about it apart from it, and the hosts.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) request: Arc<ApprovalRequest>,
    pub(crate) now: DateTime<Utc>,
    pub(crate) hosts: [Host; 2],
    pub(crate) execution: Execution,
    pub(crate) effects: u8,
    pub(crate) crashes: u8,
    pub(crate) redeemed: u8,
    pub(crate) reissued: u8,
    /// Every vote the request took.
    pub(crate) cast: Vec<Cast>,
    /// The role each rung was open for at last.
    pub(crate) open_for: Vec<Option<Role>>,
    /// The first end it came to.
    pub(crate) ended: Option<StateKind>,
    pub(crate) late_counted: bool,
    pub(crate) other_action_counted: bool,
    pub(crate) unrecorded: bool,
    /// The proposer cancelled, or somebody else withdrew.
    pub(crate) ended_by_wrong: bool,
    pub(crate) withdrawn: bool,
    pub(crate) voted_while_held: bool,
}

/// What tells two states of a request apart: all of it but its ids, versions, hours and texts.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Gist {
    kind: StateKind,
    pending: Option<(u32, Role, u32, bool)>,
    votes: Vec<(String, Role, u32, bool)>,
    settled_by: Option<(String, Role)>,
    issued: u32,
}

impl Gist {
    fn of(request: &ApprovalRequest) -> Self {
        let mut votes: Vec<_> = request
            .votes()
            .iter()
            .map(|v| (v.by.to_string(), v.role, v.rung, v.choice == Choice::Deny))
            .collect();
        votes.sort_unstable();
        let settled_by = match request.state().settled().map(|settled| &settled.by) {
            Some(DecidedBy::Person { principal, role }) => Some((principal.to_string(), *role)),
            _ => None,
        };
        let issued = match request.state() {
            RequestState::Authorized(redeemed) => redeemed.issued,
            _ => 0,
        };
        let pending = request.pending().map(|p| (p.rung, p.role, p.escalations, p.held));
        Self { kind: request.kind(), pending, votes, settled_by, issued }
    }
}

impl State {
    pub(crate) fn new(request: ApprovalRequest, now: DateTime<Utc>, rungs: usize) -> Self {
        let mut state = Self {
            request: Arc::new(request.clone()),
            now,
            hosts: [Host::Idle, Host::Idle],
            execution: Execution::None,
            effects: 0,
            crashes: 0,
            redeemed: 0,
            reissued: 0,
            cast: Vec::new(),
            open_for: vec![None; rungs],
            ended: None,
            late_counted: false,
            other_action_counted: false,
            unrecorded: false,
            ended_by_wrong: false,
            withdrawn: false,
            voted_while_held: false,
        };
        state.change(request);
        state
    }

    /// The request becomes another, and the notes about it are kept.
    pub(crate) fn change(&mut self, after: ApprovalRequest) {
        if let Some(pending) = after.pending() {
            self.open_for[pending.rung as usize] = Some(pending.role);
        }
        let over = [StateKind::Denied, StateKind::Expired, StateKind::Cancelled];
        if self.ended.is_none() && over.contains(&after.kind()) {
            self.ended = Some(after.kind());
        }
        self.request = Arc::new(after);
    }

    /// What was read before a change is good for nothing in a store that compares versions, so all such states are
    /// one. Hosts are alike, so their order says nothing.
    pub(crate) fn settle(&mut self, keep_stale: bool) {
        for host in &mut self.hosts {
            if let Host::Read(seen) = host
                && !keep_stale
                && seen.version() != self.request.version()
            {
                *host = Host::Idle;
            }
        }
        self.hosts.sort_by_key(|host| match host {
            Host::Idle => 0,
            Host::Read(_) => 1,
            Host::Authorized => 2,
            Host::Begun => 3,
            Host::Acted => 4,
        });
    }

    fn key(&self) -> impl Hash + Eq + use<> {
        let hosts = self.hosts.clone().map(|host| match host {
            Host::Idle => (0, None),
            Host::Read(seen) => (1, Some((Gist::of(&seen), seen.version() == self.request.version()))),
            Host::Authorized => (2, None),
            Host::Begun => (3, None),
            Host::Acted => (4, None),
        });
        let left = self.request.pending().map(|p| (p.deadline - self.now).num_hours());
        (
            (Gist::of(&self.request), left, hosts, self.execution, self.effects),
            (self.crashes, self.redeemed, self.reissued, self.cast.clone(), self.open_for.clone()),
            (self.ended, self.late_counted, self.other_action_counted, self.unrecorded),
            (self.ended_by_wrong, self.withdrawn, self.voted_while_held),
        )
    }
}

impl Hash for State {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
