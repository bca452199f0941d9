use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_governance::{Notification, Notifier, NotifyError};

use super::Faults;

/// A channel that keeps what it delivered, and fails on demand: before it has delivered something, or after, when only
/// the confirmation is lost.
#[derive(Clone)]
pub struct FaultyNotifier {
    channel: String,
    per_recipient: bool,
    faults: Faults,
    delivered: Arc<Mutex<Vec<Notification>>>,
}

impl FaultyNotifier {
    /// A channel of that name, failing as `faults` says.
    #[must_use]
    pub fn new(channel: &str, faults: Faults) -> Self {
        Self { channel: channel.to_owned(), per_recipient: false, faults, delivered: Arc::default() }
    }

    /// The same channel, with a notification of its own for each recipient.
    #[must_use]
    pub fn per_recipient(self) -> Self {
        Self { per_recipient: true, ..self }
    }

    /// What arrived, in order, also twice.
    #[must_use]
    pub fn delivered(&self) -> Vec<Notification> {
        self.delivered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Notifier for FaultyNotifier {
    fn channel(&self) -> &str {
        &self.channel
    }

    fn per_recipient(&self) -> bool {
        self.per_recipient
    }

    async fn notify(&self, notification: &Notification, _now: DateTime<Utc>) -> Result<(), NotifyError> {
        let deliver = async {
            self.delivered.lock().unwrap_or_else(PoisonError::into_inner).push(notification.clone());
            Ok(())
        };
        self.faults.around(deliver, NotifyError::unavailable).await
    }
}
