use async_trait::async_trait;
use juno_domain::Whose;

use crate::error::AuditError;

/// What lies beside the log and holds the same texts: requests, executions, and events that wait for the log.
///
/// [`erase`](crate::erase_with) and [`expire`](crate::expire_with) ask it to forget what they take out of the log.
#[async_trait]
pub trait PersonalTexts: Send + Sync {
    /// Erases every text of these people that was stored before, and gives how many; what is stored meanwhile is erased
    /// too or stays whole. Nobody who read a row before can write its texts back. Asking again erases nothing more.
    ///
    /// Files and keys may hold some of it until [`scrub`](crate::AuditLog::scrub) of the log beside it.
    ///
    /// # Errors
    /// If the store fails.
    async fn forget(&self, whose: &Whose) -> Result<u64, AuditError>;
}
