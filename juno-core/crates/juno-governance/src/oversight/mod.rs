//! Numbers for those who look after governance: what waits, how it is decided, who carries the load.

mod load;
mod numbers;
mod options;
mod report;
mod signs;
mod timing;
mod waiting;

pub use load::PersonLoad;
pub use numbers::Rates;
pub use options::OversightOptions;
pub use report::{Oversight, OversightInput};
pub use signs::{Sign, SignKind, VotingSigns};
pub use timing::{DecisionTime, DecisionTimes};
pub use waiting::{Overdue, RoleWaiting, TeamWaiting, Waiting};
