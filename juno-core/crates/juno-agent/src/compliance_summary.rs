use juno_governance::ComplianceFinding;
use serde::{Deserialize, Serialize};

/// What the check of compliance after a review found: all of [`AuditHandle::compliance`](crate::AuditHandle::compliance) in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComplianceSummary {
    /// The name of the rules and the start of their digest.
    pub rules: String,
    /// Cases that were looked at, over all rules.
    pub checked: u64,
    /// Cases without a finding.
    pub passed: u64,
    /// What does not keep a rule.
    pub findings: Vec<ComplianceFinding>,
}
