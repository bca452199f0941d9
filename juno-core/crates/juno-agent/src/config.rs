use chrono::TimeDelta;
use juno_action::RunnerOptions;
use juno_analytics::HistoryOptions;
use juno_connectors::ConnectorSettings;
use juno_domain::{PrincipalId, Probability, TenantId};
use juno_governance::{ComplianceRules, DeliveryOptions, PolicySettings};
use juno_memory::{RetentionRules, WorkingLimits, WriteRules};
use juno_reasoning::Depth;

/// The data a [`Juno`](crate::Juno) works by; its objects are [`Parts`](crate::Parts).
#[derive(Debug, Clone)]
pub struct AgentConfig {
    /// This instance: the proposer of its proposals and the actor of its records.
    pub instance: PrincipalId,
    /// Whose memories it keeps.
    pub tenant: TenantId,
    /// What bounds every policy: phase, supervisor mode, autonomous actions.
    pub policy: PolicySettings,
    /// How old an approval may be when it is used.
    pub approval_lifetime: TimeDelta,
    /// What bounds every execution: leases, the age of authorizations, limits.
    pub execution: RunnerOptions,
    /// When notifications are delivered and given up.
    pub delivery: DeliveryOptions,
    /// What compliance is checked by.
    pub compliance_rules: ComplianceRules,
    /// Whether each review ends with that check.
    pub compliance_monitoring: bool,
    /// Below it a finding is only said, not proposed.
    pub confidence_threshold: Probability,
    /// How deep explanations go.
    pub depth: Depth,
    /// Whether decisions and outcomes are remembered.
    pub memory_enabled: bool,
    /// What people and programs may have remembered goes by these; everything, where `None`.
    pub write_rules: Option<WriteRules>,
    /// How many days memories are kept, by kind.
    pub retention: RetentionRules,
    /// How many turns a session keeps, and for how long.
    pub session: WorkingLimits,
    /// The rate from which something counts as a pattern.
    pub pattern_threshold: Probability,
    /// Whether it is learnt what a team prefers.
    pub learn_preferences: bool,
    /// How exports are read.
    pub connectors: ConnectorSettings,
    /// How histories are rebuilt.
    pub history: HistoryOptions,
}
