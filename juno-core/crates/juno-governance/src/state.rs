use std::fmt;

use chrono::{DateTime, Utc};
use juno_domain::{DecidedBy, Instant, Role};
use serde::{Deserialize, Serialize};

/// Where a request stands.
///
/// ```text
/// Pending ──► Approved ──► Authorized
///    │  └────────┬──────► Cancelled
///    ├──► Denied │
///    └──► Expired
/// ```
/// `Denied`, `Expired`, `Cancelled` and `Authorized` are final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RequestState {
    /// People have to decide.
    Pending(Pending),
    /// Approved by policy or people; waits to be redeemed.
    Approved(Settled),
    /// Refused by policy, by a person, or because no role is left to ask.
    Denied(Settled),
    /// Nobody decided in time on a rung that does not escalate.
    Expired(Settled),
    /// Withdrawn by its proposer, cancelled by somebody else, or replaced under another policy.
    Cancelled(Settled),
    /// Redeemed: its one authorization was issued.
    Authorized(Redeemed),
}

/// Who has to decide, until when. Its fields are in the order in which the audit log writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Until when; a vote at this instant is late.
    #[serde(serialize_with = "Instant::write")]
    pub deadline: DateTime<Utc>,
    /// How often this rung has been escalated.
    pub escalations: u32,
    /// Whether the first deadline was missed and `deadline` is the final one
    /// ([`OnExpiry::Hold`](crate::OnExpiry::Hold)).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// The role that decides now: the rung's own, or a higher one after routing or escalation.
    pub role: Role,
    /// The rung of the ladder, counted from 0.
    pub rung: u32,
    /// Since when this role decides.
    #[serde(serialize_with = "Instant::write")]
    pub since: DateTime<Utc>,
}

/// How a request came to its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// When.
    #[serde(serialize_with = "Instant::write")]
    pub at: DateTime<Utc>,
    /// Who decided.
    pub by: DecidedBy,
    /// Why, most important first.
    pub reasons: Vec<String>,
}

/// An approval that was redeemed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redeemed {
    /// The approval.
    pub approval: Settled,
    /// When its authorization was issued last.
    #[serde(serialize_with = "Instant::write")]
    pub redeemed_at: DateTime<Utc>,
    /// How often it was issued: 1, or more after a crash between redeeming and starting.
    pub issued: u32,
}

/// The six states by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateKind {
    /// People have to decide.
    Pending,
    /// Approved, not yet redeemed.
    Approved,
    /// Refused.
    Denied,
    /// Nobody decided in time.
    Expired,
    /// Withdrawn.
    Cancelled,
    /// Redeemed.
    Authorized,
}

impl StateKind {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Approved, Self::Denied, Self::Expired, Self::Cancelled, Self::Authorized];

    /// The word that stores and JSON use: `pending`, ….
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Authorized => "authorized",
        }
    }

    /// Whether nothing leads out of it.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Denied | Self::Expired | Self::Cancelled | Self::Authorized)
    }
}

impl fmt::Display for StateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl RequestState {
    /// The state's name.
    #[must_use]
    pub const fn kind(&self) -> StateKind {
        match self {
            Self::Pending(_) => StateKind::Pending,
            Self::Approved(_) => StateKind::Approved,
            Self::Denied(_) => StateKind::Denied,
            Self::Expired(_) => StateKind::Expired,
            Self::Cancelled(_) => StateKind::Cancelled,
            Self::Authorized(_) => StateKind::Authorized,
        }
    }

    /// How it was settled; `None` while pending.
    #[must_use]
    pub const fn settled(&self) -> Option<&Settled> {
        match self {
            Self::Pending(_) => None,
            Self::Approved(settled)
            | Self::Denied(settled)
            | Self::Expired(settled)
            | Self::Cancelled(settled) => Some(settled),
            Self::Authorized(redeemed) => Some(&redeemed.approval),
        }
    }
}
