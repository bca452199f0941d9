use serde::{Deserialize, Serialize};

use crate::RiskError;

/// What the risk index is made of; `None` where it is not known. Shares are from 0 to 1, `load` is 0 or more.
///
/// [`from_snapshot`](Self::from_snapshot) derives them; a program with better sources may set any of them itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RiskIndexInputs {
    /// Velocity: the share of its commitment the team usually leaves undone.
    pub past_shortfall: Option<f64>,
    /// Velocity: how far the done share lies below what the team usually has done at this point.
    pub behind_pace: Option<f64>,
    /// Scope: work added after the start ÷ all work that was ever in the sprint.
    pub added_share: Option<f64>,
    /// Scope: work taken out after the start ÷ work at the start.
    pub removed_share: Option<f64>,
    /// Capacity: commitment ÷ the team's velocity, times open share ÷ usual open share where less is open than usual at this
    /// point. 1 is a commitment the team usually delivers.
    pub load: Option<f64>,
    /// Capacity: the share of the usual people that is missing.
    pub missing_members: Option<f64>,
    /// Quality: open defects ÷ issues at the start.
    pub defect_share: Option<f64>,
    /// Quality: issues without an estimate ÷ issues at the start, in a sprint that is estimated.
    pub unestimated_share: Option<f64>,
    /// Dependencies: blocked work ÷ work at the start.
    pub blocked_share: Option<f64>,
}

impl RiskIndexInputs {
    /// Refuses numbers that mean nothing.
    ///
    /// # Errors
    /// If a share is outside `[0, 1]`, or `load` is negative or not finite.
    pub fn check(&self) -> Result<(), RiskError> {
        for (what, share) in [
            ("past_shortfall", self.past_shortfall),
            ("behind_pace", self.behind_pace),
            ("added_share", self.added_share),
            ("removed_share", self.removed_share),
            ("missing_members", self.missing_members),
            ("defect_share", self.defect_share),
            ("unestimated_share", self.unestimated_share),
            ("blocked_share", self.blocked_share),
        ] {
            if let Some(value) = share.filter(|v| !(0.0..=1.0).contains(v)) {
                return Err(RiskError::OutOfRange { what, value, rule: "it must be from 0 to 1" });
            }
        }
        match self.load {
            Some(value) if !(value >= 0.0 && value.is_finite()) => {
                Err(RiskError::OutOfRange { what: "load", value, rule: "it must be finite and 0 or more" })
            }
            _ => Ok(()),
        }
    }
}
