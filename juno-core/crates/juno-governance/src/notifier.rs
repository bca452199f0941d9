use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::{ErrorKind, PrincipalId};

use crate::Notification;

/// Carries notifications to where people see them: one channel, such as a webhook or mail.
///
/// What an implementation keeps true:
/// - **An answer in bounded time.** [`Dispatcher::deliver_due`](crate::Dispatcher::deliver_due) waits for it; what takes
///   longer than the lease may be delivered by another process at the same time.
/// - **Ok means delivered.** Then it is forgotten here. In doubt it is an error: receivers drop what they have seen by
///   [`Notification::key`], so twice does no harm, and never does.
/// - **No secrets in errors.** They are stored and shown.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// The name of the channel, the same after a restart. No two notifiers of one [`Dispatcher`](crate::Dispatcher) have
    /// one name.
    fn channel(&self) -> &str;

    /// Whether each recipient gets a notification of their own. By default one names all of them.
    fn per_recipient(&self) -> bool {
        false
    }

    /// Whether it knows how to reach somebody. Who cannot be reached is left out where they would only be informed; who
    /// is to decide is not left out, so that the failure shows.
    fn reaches(&self, _recipient: &PrincipalId) -> bool {
        true
    }

    /// Delivers one notification. `now` is the time of this attempt.
    ///
    /// # Errors
    /// [`Unavailable`](NotifyError::Unavailable) if a later attempt may succeed,
    /// [`Undeliverable`](NotifyError::Undeliverable) if none can.
    async fn notify(&self, notification: &Notification, now: DateTime<Utc>) -> Result<(), NotifyError>;
}

/// Why a notification was not delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotifyError {
    /// Not now; it is tried again.
    #[error("not delivered: {what}")]
    Unavailable {
        /// What went wrong.
        what: String,
        /// The receiver wants no attempt before, if it said so.
        not_before: Option<DateTime<Utc>>,
    },
    /// It would fail each time.
    #[error("cannot be delivered: {what}")]
    Undeliverable {
        /// What is wrong, and what to do about it.
        what: String,
    },
}

impl NotifyError {
    /// A failure that may pass.
    #[must_use]
    pub fn unavailable(what: impl Into<String>) -> Self {
        Self::Unavailable { what: what.into(), not_before: None }
    }

    /// A failure that stays.
    #[must_use]
    pub fn undeliverable(what: impl Into<String>) -> Self {
        Self::Undeliverable { what: what.into() }
    }

    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Unavailable { .. } => ErrorKind::Unavailable,
            Self::Undeliverable { .. } => ErrorKind::InvalidInput,
        }
    }
}
