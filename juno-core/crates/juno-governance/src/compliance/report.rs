use chrono::{DateTime, Utc};
use juno_domain::{Digest, EventId, EventKind, RequestId};
use serde::{Deserialize, Serialize};

use super::rules::ComplianceCheck;
use crate::Period;

/// Whether what happened in a period kept the rules, rule by rule, with the records that show it.
///
/// It reports what technical means found in the records. Whether an organisation meets a law or a standard is more
/// than that, and nothing here says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComplianceReport {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// What it is about.
    pub period: Period,
    /// The name of the rules and the start of their digest.
    pub rules: String,
    /// The log it was derived from. With its size and the index of a record, the log gives the proof that the record is
    /// in it (`inclusion_proof`), which holds against the root.
    pub log: LogState,
    /// Requests that were looked at.
    pub requests: u64,
    /// Whether no rule has a finding.
    pub passed: bool,
    /// What came of each rule, in their order.
    pub results: Vec<RuleResult>,
    /// What could not be looked at, and why.
    pub notes: Vec<String>,
}

impl ComplianceReport {
    /// Every finding, in the order of the rules.
    pub fn findings(&self) -> impl Iterator<Item = &ComplianceFinding> {
        self.results.iter().flat_map(|result| &result.findings)
    }
}

/// The log as its own verification found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogState {
    /// How many records it has.
    pub size: u64,
    /// Their root.
    pub root: Digest,
    /// Whether it is as recorded.
    pub verified: bool,
    /// The first thing that is wrong, in words.
    #[serde(default)]
    pub first_bad: Option<String>,
}

/// What came of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleResult {
    /// The rule.
    pub rule: String,
    /// What it checks.
    pub check: ComplianceCheck,
    /// Why it is there.
    pub why: String,
    /// How many cases it was asked of: deadlines, votes, approvals, executions, as the check says.
    pub checked: u64,
    /// How many of them have no finding.
    pub passed: u64,
    /// What is wrong.
    pub findings: Vec<ComplianceFinding>,
}

/// Something that does not keep a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComplianceFinding {
    /// The rule.
    pub rule: String,
    /// The request; `None` where the log as a whole is meant.
    #[serde(default)]
    pub request: Option<RequestId>,
    /// What the rule expects.
    pub expected: String,
    /// What was found instead.
    pub found: String,
    /// The records that show it; none where what is missing is the record.
    pub evidence: Vec<RecordLink>,
}

/// A record of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordLink {
    /// The event.
    pub event: EventId,
    /// Its kind.
    pub kind: EventKind,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Its place in the log.
    pub index: u64,
    /// Its leaf hash, which a proof of inclusion is checked with.
    #[serde(default)]
    pub leaf: Option<Digest>,
}
