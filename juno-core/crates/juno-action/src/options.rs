use chrono::TimeDelta;

use crate::Limits;

/// How a [`Runner`](crate::Runner) works.
///
/// | field | default | meaning |
/// | --- | --- | --- |
/// | `holder` | `juno` | who stands in a lease, for people |
/// | `lease` | 1 h | how long an effect may take before somebody else looks whether it is there |
/// | `authorization_lifetime` | 1 h | how old an authorization may be when it is used |
/// | `limits` | none | how much may be begun, whatever was approved |
/// | `roll_back_missed` | true | whether an action whose post-condition is missed is undone |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunnerOptions {
    /// Who stands in a lease.
    pub holder: String,
    /// How long an effect may take. Longer than the executor's own time-outs.
    pub lease: TimeDelta,
    /// How old an authorization may be when it is used.
    pub authorization_lifetime: TimeDelta,
    /// How much may be begun.
    pub limits: Limits,
    /// Whether an action whose post-condition is missed is undone, if it can be.
    pub roll_back_missed: bool,
}

impl Default for RunnerOptions {
    fn default() -> Self {
        Self {
            holder: "juno".to_owned(),
            lease: TimeDelta::hours(1),
            authorization_lifetime: TimeDelta::hours(1),
            limits: Limits::NONE,
            roll_back_missed: true,
        }
    }
}
