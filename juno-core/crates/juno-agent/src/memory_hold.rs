use juno_domain::PrincipalId;
use juno_memory::{LegalHold, held_event, hold_lifted_event};

use crate::{AgentError, MemoryHandle};

impl MemoryHandle {
    /// Places a legal hold on a subject, and records it: nothing that is remembered about them is removed or loses what it
    /// says until it is lifted. A subject has one hold; placing another takes the place of the first.
    ///
    /// # Errors
    /// If the subject or the reason is blank or too long, or a store cannot be reached.
    pub async fn hold_subject(
        &self,
        subject: &str,
        by: &PrincipalId,
        reason: &str,
    ) -> Result<LegalHold, AgentError> {
        let hold = LegalHold {
            tenant: self.0.config.tenant.clone(),
            subject: subject.to_owned(),
            reason: reason.to_owned(),
            by: by.clone(),
            at: self.0.parts.clock.now(),
        };
        self.0.parts.stores.memory.hold(&hold, &[held_event(&hold)?]).await?;
        self.0.drain().await?;
        Ok(hold)
    }

    /// Lifts the legal hold on a subject, and records it. `false` where there was none.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn release_subject(
        &self,
        subject: &str,
        by: &PrincipalId,
        reason: &str,
    ) -> Result<bool, AgentError> {
        let (tenant, now) = (&self.0.config.tenant, self.0.parts.clock.now());
        let event = hold_lifted_event(tenant, subject, reason, by, now)?;
        let lifted = self.0.parts.stores.memory.release(tenant, subject, &[event]).await?;
        self.0.drain().await?;
        Ok(lifted)
    }

    /// The legal holds on what is remembered, in order of subject.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn held_subjects(&self) -> Result<Vec<LegalHold>, AgentError> {
        Ok(self.0.parts.stores.memory.holds(&self.0.config.tenant).await?)
    }
}
