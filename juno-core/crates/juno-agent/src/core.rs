use std::sync::{Arc, Mutex};

use juno_action::{ActionExecutor, Runner};
use juno_confidence::ConfidenceScorer;
use juno_domain::Clock;
use juno_governance::{Gate, GovernancePolicy, RoleBook};
use juno_reasoning::Reasoner;
use juno_risk::RiskAssessor;

use crate::unfinished::Unfinished;
use crate::{AgentConfig, AgentError, Stores};

/// The objects a [`Juno`] is made of. Each can be replaced by an implementation of its trait.
#[derive(Clone)]
pub struct Parts {
    /// Where state lives.
    pub stores: Stores,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// The forecasting model with the weights of the risk index.
    pub assessor: Arc<RiskAssessor>,
    /// What finds things to do, in order.
    pub reasoners: Vec<Arc<dyn Reasoner>>,
    /// What scores confidence.
    pub scorer: Arc<dyn ConfidenceScorer>,
    /// What permits.
    pub policy: Arc<dyn GovernancePolicy>,
    /// Who holds which role.
    pub roles: RoleBook,
    /// What changes the outside world.
    pub executor: Arc<dyn ActionExecutor>,
}

pub(crate) struct Core {
    pub(crate) config: AgentConfig,
    pub(crate) parts: Parts,
    pub(crate) gate: Gate,
    pub(crate) runner: Runner,
    pub(crate) unfinished: Mutex<Unfinished>,
}

impl Core {
    /// Moves what the stores have committed into the audit log.
    pub(crate) async fn drain(&self) -> Result<(), AgentError> {
        juno_audit::drain(self.parts.stores.outbox.as_ref(), self.parts.stores.audit.as_ref()).await?;
        Ok(())
    }
}
