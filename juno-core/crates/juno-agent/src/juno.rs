use std::path::PathBuf;
use std::sync::Arc;

use juno_domain::Progress;
use juno_governance::{Dispatcher, Gate};

use crate::core::{Core, Parts};
use crate::execute::runner;
use crate::rule_executor::RuleExecutor;
use crate::{
    AgentConfig, AgentError, AuditHandle, ForecastHandle, GateHandle, MemoryHandle, NotificationHandle,
    Records, TriageHandle,
};

/// JUNO's capabilities on one set of stores. Clones share them; all methods may be called from many threads.
#[derive(Clone)]
pub struct Juno {
    /// What is likely to go wrong.
    pub forecast: ForecastHandle,
    /// What should be done.
    pub triage: TriageHandle,
    /// Authority, and acting under it.
    pub gate: GateHandle,
    /// Who is told.
    pub notifications: NotificationHandle,
    /// What was learnt.
    pub memory: MemoryHandle,
    /// What happened.
    pub audit: AuditHandle,
    pub(crate) core: Arc<Core>,
}

impl Juno {
    /// Joins parts. Records that an earlier process left in the outbox go to the audit log first, and changes of the
    /// rules that were approved and carried out come into force again.
    /// Nothing is delivered yet.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn new(config: AgentConfig, parts: Parts) -> Result<Self, AgentError> {
        let gate = Gate::new(parts.stores.approvals.clone(), parts.policy.clone(), parts.roles.clone())
            .with_approval_lifetime(config.approval_lifetime);
        let (executor, options) = (Arc::new(RuleExecutor(parts.executor.clone())), config.execution.clone());
        let runner = runner(executor, &parts.stores, options);
        let (approvals, notifiers) = (parts.stores.approvals.clone(), parts.notifiers.clone());
        let notifications = parts.stores.notifications.clone();
        let dispatcher = Dispatcher::new(notifications, approvals, notifiers, config.delivery)?;
        let core = Arc::new(Core::new(config, parts, gate, runner, dispatcher));
        core.drain().await?;
        core.plan_notifications().await?;
        drop(core.take_up_changes().await?);
        core.record_changed_settings().await?;
        Ok(Self {
            forecast: ForecastHandle(core.clone()),
            triage: TriageHandle(core.clone()),
            gate: GateHandle(core.clone()),
            notifications: NotificationHandle(core.clone()),
            memory: MemoryHandle(core.clone()),
            audit: AuditHandle(core.clone()),
            core,
        })
    }

    /// Reads exports: files, or folders of them, in any mixture of the accepted formats.
    ///
    /// # Errors
    /// If a file is missing or is no export, or if `progress` was cancelled. A bad record in a good file is no
    /// error: it is quarantined.
    pub async fn load(&self, paths: &[PathBuf], progress: &Progress) -> Result<Records, AgentError> {
        let dataset = juno_connectors::load(paths, &self.core.config.connectors, progress).await?;
        Records::new(dataset, &self.core.config, progress)
    }

    /// What this instance works by.
    #[must_use]
    pub fn config(&self) -> &AgentConfig {
        &self.core.config
    }
}
