use chrono::{DateTime, Utc};
use juno_domain::PrincipalId;
use serde::{Deserialize, Serialize};

/// Something that happens to an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExecutionEvent {
    /// Somebody is about to act; the intent has to be stored first.
    Begin {
        /// Who.
        holder: String,
        /// How long they may take.
        until: DateTime<Utc>,
    },
    /// Somebody takes over what its holder let run out: to look, never to act again.
    TakeOver {
        /// Who.
        holder: String,
        /// How long they may take.
        until: DateTime<Utc>,
    },
    /// The holder needs longer.
    Renew {
        /// The token the holder has.
        token: u64,
        /// How long from now on.
        until: DateTime<Utc>,
    },
    /// The holder says how it ended, or how undoing it ended.
    Finish {
        /// The token the holder has.
        token: u64,
        /// How.
        ended: Ended,
        /// What was done or what went wrong.
        detail: String,
        /// Until when what it was for has to be true, if that is looked up.
        check_by: Option<DateTime<Utc>>,
    },
    /// The holder looked whether it took effect.
    Probed {
        /// The token the holder has.
        token: u64,
        /// Whether the last thing that was begun, the effect or its undoing, is there.
        took_effect: bool,
        /// What was found.
        detail: String,
    },
    /// A person looked.
    Resolve {
        /// Who.
        by: PrincipalId,
        /// Whether the last thing that was begun, the effect or its undoing, is there.
        took_effect: bool,
        /// What they found.
        reason: String,
    },
    /// The post-condition was looked at.
    Checked {
        /// Whether it is true.
        met: bool,
        /// What was found.
        detail: String,
    },
    /// The deadline of the post-condition came, and whoever was asked could not tell.
    CheckFailed {
        /// Why not.
        detail: String,
    },
    /// Undo it; the intent has to be stored first.
    Reverse {
        /// Who is about to.
        holder: String,
        /// How long they may take.
        until: DateTime<Utc>,
        /// Who asked for it; `None` if a missed post-condition or a failed plan did.
        by: Option<PrincipalId>,
        /// Why.
        reason: String,
    },
    /// It shall not begin any more.
    Revoke {
        /// Who says so; `None` if an earlier step of its plan does.
        by: Option<PrincipalId>,
        /// Why.
        reason: String,
    },
}

/// How something that was begun ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// It took effect.
    Done,
    /// It was only shown.
    Shown,
    /// It surely did not take effect.
    NotDone,
    /// Nobody knows.
    Uncertain,
}
