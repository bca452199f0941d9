use std::sync::Arc;

use async_trait::async_trait;
use juno_action::InMemoryExecutionStore;
use juno_audit::{AuditError, PersonalFields, PersonalTexts};
use juno_domain::{EventBuffer, Whose};
use juno_governance::InMemoryApprovalStore;

/// The texts in stores in memory.
pub(crate) struct TextsInMemory {
    pub(crate) approvals: Arc<InMemoryApprovalStore>,
    pub(crate) executions: Arc<InMemoryExecutionStore>,
    pub(crate) events: Arc<EventBuffer>,
    pub(crate) fields: PersonalFields,
}

#[async_trait]
impl PersonalTexts for TextsInMemory {
    async fn forget(&self, whose: &Whose) -> Result<u64, AuditError> {
        let mut gone = self.approvals.forget(whose) + self.executions.forget(whose);
        self.events.change(|event| gone += u64::from(self.fields.erase_from(event, whose)));
        Ok(gone)
    }
}
