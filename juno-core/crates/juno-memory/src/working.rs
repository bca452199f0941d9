use crate::{Memory, MemoryError, MemoryKind, WorkingLimits};

impl WorkingLimits {
    /// Checks a memory against the limits on scope and time. Other kinds pass.
    ///
    /// # Errors
    /// If a working memory names no session, or does not expire within the time to live.
    pub fn check(&self, memory: &Memory) -> Result<(), MemoryError> {
        if memory.kind != MemoryKind::Working {
            return Ok(());
        }
        if memory.scope.session().is_none() {
            return Err(MemoryError::WorkingWithoutSession { scope: memory.scope.to_string() });
        }
        let latest = memory.recorded_at.checked_add_signed(self.ttl);
        match (memory.expires_at, latest) {
            (Some(expires), Some(latest)) if expires <= latest => Ok(()),
            _ => Err(MemoryError::WorkingTooLong { minutes: self.ttl.num_minutes() }),
        }
    }
}
