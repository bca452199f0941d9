use std::fmt;

use juno_domain::OutcomeResult;
use serde::{Deserialize, Serialize};

/// Where an execution stands.
///
/// ```text
/// Approved ──► Executing ──► Succeeded ──► Reversing ──► Reversed
///    │             │  │          ▲             │            ▲
///    ▼             │  └──► DryRun│             ▼            │
///  Failed ◄────────┴───────────► Unknown ◄─────┴────────────┘
/// ```
/// `Unknown` is left only by looking: a probe or a person says what is there. `DryRun`, `Failed` and `Reversed` are
/// final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionState {
    /// It may begin; surely nothing was done. A step of a plan waits here for its turn.
    Approved,
    /// The intent is stored; the effect may or may not have happened.
    #[serde(alias = "started")]
    Executing,
    /// It was only shown; nothing was changed.
    DryRun,
    /// It took effect.
    Succeeded,
    /// It surely did not take effect.
    Failed,
    /// Nobody knows whether it took effect. It is looked up, never blindly repeated.
    Unknown,
    /// The intent to undo it is stored; it may or may not be undone.
    Reversing,
    /// It took effect and was undone.
    Reversed,
}

impl ExecutionState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Approved,
        Self::Executing,
        Self::DryRun,
        Self::Succeeded,
        Self::Failed,
        Self::Unknown,
        Self::Reversing,
        Self::Reversed,
    ];

    /// The word that stores and JSON use: `executing`, ….
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Executing => "executing",
            Self::DryRun => "dry_run",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Reversing => "reversing",
            Self::Reversed => "reversed",
        }
    }

    /// Whether the result is still open: `Approved`, `Executing`, `Unknown` and `Reversing`.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Approved | Self::Executing | Self::Unknown | Self::Reversing)
    }

    /// Whether storing it announces an effect that follows: it has to be on the disk first.
    #[must_use]
    pub const fn announces_effect(self) -> bool {
        matches!(self, Self::Executing | Self::Reversing)
    }

    /// What to tell of it; `None` while something is under way or nothing was begun.
    #[must_use]
    pub const fn result(self) -> Option<OutcomeResult> {
        match self {
            Self::Approved | Self::Executing | Self::Reversing => None,
            Self::DryRun => Some(OutcomeResult::DryRun),
            Self::Succeeded => Some(OutcomeResult::Succeeded),
            Self::Failed => Some(OutcomeResult::Failed),
            Self::Unknown => Some(OutcomeResult::Unknown),
            Self::Reversed => Some(OutcomeResult::Reversed),
        }
    }
}

impl fmt::Display for ExecutionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
