//! Every approval store and every execution store does what its contract says, and the suites notice when not.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use juno_action::{
    ActionError, DryRunExecutor, Execution, ExecutionStore, InMemoryExecutionStore, Limits, Load,
};
use juno_audit::Outbox;
use juno_domain::{DomainEvent, EventBuffer, EventId, RequestId, TeamId};
use juno_governance::{
    ApprovalRequest, ApprovalStore, DefaultPolicy, GovernanceError, GovernancePolicy, InMemoryApprovalStore,
    InMemoryNotificationStore, NotificationStore, PolicyContext, PolicyDecision, PolicyRules, PolicyVerdict,
    RequestFilter, RulePolicy, RuleSet, Stop,
};
use juno_testkit::conformance::{
    action_executor, approval_sample, approval_store, execution_store, governance_policy, notification_store,
};

fn approvals() -> (Arc<InMemoryApprovalStore>, Arc<dyn Outbox>) {
    let outbox = Arc::new(EventBuffer::default());
    (Arc::new(InMemoryApprovalStore::new(Arc::clone(&outbox))), outbox)
}

fn executions() -> (Arc<InMemoryExecutionStore>, Arc<dyn Outbox>) {
    let outbox = Arc::new(EventBuffer::default());
    (Arc::new(InMemoryExecutionStore::new(Arc::clone(&outbox))), outbox)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn approvals_in_memory() {
    approval_store::approval_store_suite(async || {
        let (store, outbox) = approvals();
        (store as Arc<dyn ApprovalStore>, outbox)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn approvals_in_memory_behind_several_handles() {
    let (store, outbox) = approvals();
    approval_store::approval_store_reopening_suite(async || {
        (Arc::clone(&store) as Arc<dyn ApprovalStore>, Arc::clone(&outbox))
    })
    .await;
}

fn notifications() -> notification_store::Subject {
    let outbox = Arc::new(EventBuffer::default());
    (Arc::new(InMemoryNotificationStore::new(Arc::clone(&outbox))) as Arc<dyn NotificationStore>, outbox)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn notifications_in_memory() {
    notification_store::notification_store_suite(async || notifications()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_in_memory_behind_several_handles() {
    let subject = notifications();
    notification_store::notification_store_reopening_suite(async || subject.clone()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn executions_in_memory() {
    execution_store::execution_store_suite(async || {
        let (store, outbox) = executions();
        (store as Arc<dyn ExecutionStore>, outbox)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn executions_in_memory_behind_several_handles() {
    let (store, outbox) = executions();
    execution_store::execution_store_reopening_suite(async || {
        (Arc::clone(&store) as Arc<dyn ExecutionStore>, Arc::clone(&outbox))
    })
    .await;
}

/// A store with one fault: the suites have to notice.
struct Faulty<S> {
    inner: Arc<S>,
    fault: Fault,
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    ForgetsEvents,
    EventsOfRefusedWrites,
    TakesAnyVersion,
    LimitsBeforeItFilters,
    TeamsByPrefix,
    DueAfterTheDeadline,
    BeginsAgain,
    CountsNothing,
    EndsEveryStop,
}

#[async_trait]
impl ApprovalStore for Faulty<InMemoryApprovalStore> {
    async fn create(&self, request: &ApprovalRequest, events: &[DomainEvent]) -> Result<(), GovernanceError> {
        let events = if self.fault == Fault::ForgetsEvents { &[] } else { events };
        self.inner.create(request, events).await
    }

    async fn get(&self, id: &RequestId) -> Result<Option<ApprovalRequest>, GovernanceError> {
        self.inner.get(id).await
    }

    async fn list(&self, filter: &RequestFilter) -> Result<Vec<ApprovalRequest>, GovernanceError> {
        let all = self.inner.list(&RequestFilter::default()).await?;
        match (self.fault, &filter.team) {
            (Fault::LimitsBeforeItFilters, _) => {
                let limit = filter.limit.unwrap_or(usize::MAX);
                Ok(all.into_iter().take(limit).filter(|request| filter.matches(request)).collect())
            }
            (Fault::TeamsByPrefix, Some(team)) => {
                Ok(all.into_iter().filter(|r| r.team().as_str().starts_with(team.as_str())).collect())
            }
            _ => self.inner.list(filter).await,
        }
    }

    async fn list_due(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<ApprovalRequest>, GovernanceError> {
        let now = if self.fault == Fault::DueAfterTheDeadline {
            now - chrono::TimeDelta::nanoseconds(1)
        } else {
            now
        };
        self.inner.list_due(now, limit).await
    }

    async fn stop(&self, stop: &Stop, events: &[DomainEvent]) -> Result<(), GovernanceError> {
        self.inner.stop(stop, events).await
    }

    async fn stops(&self) -> Result<Vec<Stop>, GovernanceError> {
        self.inner.stops().await
    }

    async fn end_stops(&self, ended: &[EventId], events: &[DomainEvent]) -> Result<(), GovernanceError> {
        let stops = self.inner.stops().await?;
        let all: Vec<EventId> = stops.into_iter().map(|stop| stop.id).collect();
        self.inner.end_stops(if self.fault == Fault::EndsEveryStop { &all } else { ended }, events).await
    }

    async fn transition(
        &self,
        expected_version: u64,
        next: &ApprovalRequest,
        events: &[DomainEvent],
    ) -> Result<(), GovernanceError> {
        let result = self.inner.transition(expected_version, next, events).await;
        match (self.fault, result) {
            (Fault::TakesAnyVersion, Err(GovernanceError::Changed { .. })) => Ok(()),
            (Fault::EventsOfRefusedWrites, Err(error)) => {
                let (other, _) =
                    approval_sample::sample_request("side door", "PAY", approval_sample::start());
                let _ = self.inner.create(&other, events).await;
                Err(error)
            }
            (_, result) => result,
        }
    }
}

async fn approval_suite_with(fault: Fault) {
    approval_store::approval_store_suite(async || {
        let (inner, outbox) = approvals();
        (Arc::new(Faulty { inner, fault }) as Arc<dyn ApprovalStore>, outbox)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "the events of a create, in order")]
async fn a_store_that_forgets_events_fails_the_suite() {
    approval_suite_with(Fault::ForgetsEvents).await;
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "a refused transition left its events")]
async fn a_store_that_keeps_the_events_of_refused_writes_fails_the_suite() {
    approval_suite_with(Fault::EventsOfRefusedWrites).await;
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "version 2 was never stored")]
async fn a_store_that_takes_any_version_fails_the_suite() {
    approval_suite_with(Fault::TakesAnyVersion).await;
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "limit 1: oldest first")]
async fn a_store_that_limits_before_it_filters_fails_the_suite() {
    approval_suite_with(Fault::LimitsBeforeItFilters).await;
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "team `team_1`")]
async fn a_store_that_takes_team_10_for_team_1_fails_the_suite() {
    approval_suite_with(Fault::TeamsByPrefix).await;
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "due at the very instant")]
async fn a_store_that_is_late_with_deadlines_fails_the_suite() {
    approval_suite_with(Fault::DueAfterTheDeadline).await;
}

#[async_trait]
impl ExecutionStore for Faulty<InMemoryExecutionStore> {
    async fn create(
        &self,
        execution: &Execution,
        limits: &Limits,
        events: &[DomainEvent],
    ) -> Result<(), ActionError> {
        let limits = if self.fault == Fault::CountsNothing { &Limits::NONE } else { limits };
        match self.inner.create(execution, limits, events).await {
            Err(ActionError::Exists(_)) if self.fault == Fault::BeginsAgain => Ok(()),
            result => result,
        }
    }

    async fn get(&self, request: &RequestId) -> Result<Option<Execution>, ActionError> {
        self.inner.get(request).await
    }

    async fn load(
        &self,
        team: &TeamId,
        target: &str,
        at: DateTime<Utc>,
        except: &RequestId,
    ) -> Result<Load, ActionError> {
        self.inner.load(team, target, at, except).await
    }

    async fn transition(
        &self,
        expected_version: u64,
        next: &Execution,
        events: &[DomainEvent],
    ) -> Result<(), ActionError> {
        match self.inner.transition(expected_version, next, events).await {
            Err(ActionError::Changed { .. }) if self.fault == Fault::TakesAnyVersion => Ok(()),
            result => result,
        }
    }

    async fn list_due(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<Execution>, ActionError> {
        let now =
            if self.fault == Fault::DueAfterTheDeadline { now - TimeDelta::nanoseconds(1) } else { now };
        self.inner.list_due(now, limit).await
    }

    async fn unsettled(&self) -> Result<Vec<Execution>, ActionError> {
        self.inner.unsettled().await
    }
}

async fn execution_suite_with(fault: Fault) {
    execution_store::execution_store_suite(async || {
        let (inner, outbox) = executions();
        (Arc::new(Faulty { inner, fault }) as Arc<dyn ExecutionStore>, outbox)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "an approved tool runs again")]
async fn a_store_that_begins_twice_fails_the_suite() {
    execution_suite_with(Fault::BeginsAgain).await;
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "another version")]
async fn a_store_that_replaces_any_version_fails_the_suite() {
    execution_suite_with(Fault::TakesAnyVersion).await;
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "a lease that ends at this instant has run out")]
async fn a_store_that_is_late_with_leases_fails_the_suite() {
    execution_suite_with(Fault::DueAfterTheDeadline).await;
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "one that came since holds")]
async fn a_store_that_ends_every_stop_fails_the_suite() {
    approval_suite_with(Fault::EndsEveryStop).await;
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "two in the hour before, and this")]
async fn a_store_that_counts_nothing_fails_the_suite() {
    execution_suite_with(Fault::CountsNothing).await;
}

#[test]
fn the_default_policy() {
    governance_policy::governance_policy_suite(
        &DefaultPolicy::new(PolicyRules::default()).expect("the rules"),
    );
}

#[test]
fn a_policy_of_rules() {
    let default = RulePolicy::new(RuleSet::from(PolicyRules::default())).expect("the rules");
    governance_policy::governance_policy_suite(&default);
    let rules = RuleSet::from_toml(
        r#"
        name = "many"
        custom_actions = ["deploy"]
        budgets = { actions_per_hour = 3, over = "require_approval" }
        [[rules]]
        id = "never-by-night"
        effect = "deny"
        when = { hours = { from = "22:00", to = "06:00", zone = "America/New_York" }, labels = ["frozen"] }
        [[rules]]
        id = "sure"
        effect = "require_approval"
        when = { actions = ["deploy"], min_confidence = 0.5, fields = { n = ["1.0"] } }
        "#,
    );
    governance_policy::governance_policy_suite(&RulePolicy::new(rules.expect("rules")).expect("a policy"));
}

#[test]
#[should_panic(expected = "the same context, the same decision")]
fn a_policy_that_changes_its_mind_fails_the_suite() {
    struct Moody(std::sync::atomic::AtomicBool);
    impl GovernancePolicy for Moody {
        fn version(&self) -> &str {
            "moody"
        }
        fn decide(&self, _: &PolicyContext<'_>) -> PolicyDecision {
            let yes = self.0.fetch_not(std::sync::atomic::Ordering::Relaxed);
            PolicyDecision::because(if yes { PolicyVerdict::Allow } else { PolicyVerdict::Deny }, "so")
        }
    }
    governance_policy::governance_policy_suite(&Moody(true.into()));
}

#[tokio::test]
async fn the_dry_run() {
    let sample = approval_sample::sample_proposal("p1", "PAY", approval_sample::start()).action;
    let custom = execution_store::sample_execution("r1", execution_store::start()).action;
    action_executor::action_executor_suite(&DryRunExecutor, &[sample, custom]).await;
}
