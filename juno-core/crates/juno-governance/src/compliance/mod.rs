//! Whether what happened kept the rules, derived anew from the records and not from what the gate says.

mod authority;
mod case;
mod check;
mod duties;
mod evidence;
mod quorum;
mod report;
mod role_history;
mod rules;
mod tally;
mod timeouts;
mod trail;
mod window;

pub use check::{ComplianceInput, check_compliance};
pub use report::{ComplianceFinding, ComplianceReport, LogState, RecordLink, RuleResult};
pub use rules::{ComplianceCheck, ComplianceRule, ComplianceRules};
pub use trail::{ExecutionFact, Trails};
