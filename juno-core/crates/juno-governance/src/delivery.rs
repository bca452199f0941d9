use chrono::{DateTime, Utc};
use juno_crypto::digest_of;
use juno_domain::{DomainEvent, EventId, EventKind, PrincipalId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{GovernanceError, Notification, NotificationKind};

/// Who is recorded as the cause of giving a notification up.
const ACTOR: &str = "juno:notifier";

/// A notification on its way to one channel. Once delivered it is gone; what could not be delivered stays until somebody
/// retries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// What is told.
    pub notification: Notification,
    /// The channel ([`Notifier::channel`](crate::Notifier::channel)).
    pub channel: String,
    /// Deliveries of one lane of a channel arrive in their order: those about one request to one recipient.
    pub lane: String,
    /// Whether it waits or was given up.
    pub state: DeliveryState,
    /// Attempts begun since it was made or retried.
    pub attempts: u32,
    /// No attempt before this.
    pub not_before: DateTime<Utc>,
    /// How the last attempt failed.
    #[serde(default)]
    pub last_error: Option<String>,
    /// 1 when made, one more with each change.
    pub version: u64,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It will be attempted.
    Waiting,
    /// It was given up: a dead letter.
    Dead,
}

impl DeliveryState {
    /// The word that stores and JSON use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Dead => "dead",
        }
    }
}

impl Delivery {
    /// A delivery that waits for its first attempt.
    ///
    /// # Errors
    /// Never for a notification whose ids were checked when they were made.
    pub fn new(
        notification: &Notification,
        channel: &str,
        recipient: Option<&PrincipalId>,
        not_before: DateTime<Utc>,
    ) -> Result<Self, GovernanceError> {
        // A reminder waits for its time and must not keep back what happens meanwhile.
        let reminds = notification.kind == NotificationKind::OverdueSoon;
        let lane = digest_of(&("lane", channel, &notification.request, recipient, reminds))?.to_string();
        Ok(Self {
            notification: notification.on(channel, recipient)?,
            channel: channel.to_owned(),
            lane: lane.get(..32).unwrap_or(&lane).to_owned(),
            state: DeliveryState::Waiting,
            attempts: 0,
            not_before,
            last_error: None,
            version: 1,
        })
    }

    /// The key of its notification, by which stores find it.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.notification.key
    }

    /// An attempt has begun; if nothing is heard of it until then, it is made again.
    #[must_use]
    pub fn begun(&self, until: DateTime<Utc>) -> Self {
        Self { attempts: self.attempts.saturating_add(1), not_before: until, ..self.next() }
    }

    /// The attempt failed; there is another.
    #[must_use]
    pub fn postponed(&self, until: DateTime<Utc>, error: &str) -> Self {
        Self { not_before: until, last_error: Some(error.to_owned()), ..self.next() }
    }

    /// There is no further attempt, unless somebody retries it.
    #[must_use]
    pub fn given_up(&self, error: &str) -> Self {
        Self { state: DeliveryState::Dead, last_error: Some(error.to_owned()), ..self.next() }
    }

    /// It is attempted again from now on, as often as at first.
    #[must_use]
    pub fn retried(&self, now: DateTime<Utc>) -> Self {
        Self { state: DeliveryState::Waiting, attempts: 0, not_before: now, ..self.next() }
    }

    fn next(&self) -> Self {
        Self { version: self.version.saturating_add(1), ..self.clone() }
    }

    /// The record that it was given up, for the audit log. What a server said is not in it: the log cannot forget, and
    /// such texts can name people.
    ///
    /// # Errors
    /// Never for ids that were checked when they were made.
    pub fn given_up_event(&self, why: GivenUp, now: DateTime<Utc>) -> Result<DomainEvent, GovernanceError> {
        let notification = &self.notification;
        let id = digest_of(&("notification given up", self.key(), self.version))?;
        Ok(DomainEvent {
            id: EventId::new(id.to_string())?,
            kind: EventKind::NotificationGivenUp,
            at: now,
            actor: PrincipalId::new(ACTOR)?,
            subject: notification.request.to_string(),
            team: Some(notification.team.clone()),
            payload: json!({
                "notification": self.key(),
                "channel": self.channel,
                "about": notification.kind,
                "event": notification.event,
                "recipients": notification.recipients,
                "attempts": self.attempts,
                "why": why,
            })
            .into(),
        })
    }
}

/// Why a notification was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GivenUp {
    /// The channel says that no attempt can succeed.
    Undeliverable,
    /// Every attempt failed.
    TooManyAttempts,
}
