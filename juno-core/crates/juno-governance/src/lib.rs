#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod access_review;
mod adopt;
mod appeal;
mod appealing;
mod authority;
mod authorization;
mod ballot;
mod budgets;
mod change_action;
mod compliance;
mod default_policy;
mod delegation;
mod delivery;
mod delivery_options;
mod dispatcher;
mod error;
mod event;
mod facts;
mod fired;
mod gate;
mod hours;
mod integrity;
mod ladder;
mod memory_notification_store;
mod memory_store;
mod narrowing;
mod nearest;
mod news;
mod notification;
mod notification_store;
mod notifier;
mod open;
mod oversight;
mod period;
mod permissions;
mod policy;
mod rate;
mod record;
mod request;
mod roles;
mod rule;
mod rule_change;
mod rule_policy;
mod rule_set;
mod rules;
mod ruling;
mod seen;
mod simulate;
mod state;
mod stop;
mod store;
mod submission;
mod transition;
mod undoing;
mod vote;
mod voters;
mod witness;
mod wording;

pub use access_review::{AccessEntry, AccessGap, AccessReview, Finding, Through};
pub use appeal::Appeal;
pub use appealing::{Appealing, appeal, appeal_id};
pub use authorization::Authorization;
pub use ballot::Ballot;
pub use budgets::{Budgets, Over};
pub use compliance::{
    ComplianceCheck, ComplianceFinding, ComplianceInput, ComplianceReport, ComplianceRule, ComplianceRules,
    ExecutionFact, LogState, RecordLink, RuleResult, Trails, check_compliance,
};
pub use default_policy::DefaultPolicy;
pub use delegation::{Authority, Delegation, Term};
pub use delivery::{Delivery, DeliveryState, GivenUp};
pub use delivery_options::DeliveryOptions;
pub use dispatcher::{Delivered, Dispatcher};
pub use error::GovernanceError;
pub use event::ApprovalEvent;
pub use facts::Facts;
pub use fired::{Fired, FiredResult};
pub use gate::Gate;
pub use hours::{Day, Hours};
pub use ladder::{Ladder, OnExpiry, Rung};
pub use memory_notification_store::InMemoryNotificationStore;
pub use memory_store::InMemoryApprovalStore;
pub use narrowing::Narrowing;
pub use notification::{ActionSummary, Notification, NotificationKind};
pub use notification_store::{DeliveryFilter, NotificationStore};
pub use notifier::{Notifier, NotifyError};
pub use open::{Opening, open, request_id};
pub use oversight::{
    DecisionTime, DecisionTimes, Overdue, Oversight, OversightInput, OversightOptions, PersonLoad, Rates,
    RoleWaiting, Sign, SignKind, TeamWaiting, VotingSigns, Waiting,
};
pub use period::Period;
pub use permissions::PermissionMatrix;
pub use policy::{
    GovernancePolicy, PolicyContext, PolicyDecision, PolicyReply, PolicySettings, PolicyVerdict, VerdictWord,
};
pub use rate::Rate;
pub use record::{roles_changed, rules_changed};
pub use request::{ApprovalRequest, action_digest};
pub use roles::RoleBook;
pub use rule::{Effect, Rule, When};
pub use rule_change::RuleChange;
pub use rule_policy::RulePolicy;
pub use rule_set::{Otherwise, RuleSet};
pub use rules::{AutoApprove, Ladders, PolicyRules};
pub use ruling::Ruling;
pub use seen::Seen;
pub use simulate::{Change, Simulation, simulate};
pub use state::{Pending, Redeemed, RequestState, Settled, StateKind};
pub use stop::Stop;
pub use store::{ApprovalStore, RequestFilter, check_successor};
pub use submission::Submission;
pub use transition::transition;
pub use vote::{Choice, Vote};
pub use witness::ExecutionWitness;
