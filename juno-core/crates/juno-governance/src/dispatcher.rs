use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_domain::{Clock, DomainEvent, RequestId};
use serde::{Deserialize, Serialize};

use crate::delivery_options::after;
use crate::news::{is_news, news};
use crate::{
    ApprovalRequest, ApprovalStore, Delivery, DeliveryFilter, DeliveryOptions, GivenUp, GovernanceError,
    Notification, NotificationKind, NotificationStore, Notifier, NotifyError, RoleBook,
};

/// Deliveries fetched at a time.
const BATCH: usize = 64;
/// After so many failures in a row a channel is left alone until the next call: its server is down.
const FAILURES: u32 = 3;

/// Turns recorded events into notifications and delivers them, each at least once.
///
/// [`plan`](Self::plan) reads events in the order of the log and stores deliveries together with how far it has read;
/// [`deliver_due`](Self::deliver_due) attempts what is due. An attempt is stored before it is made, and a delivery is
/// removed after its notifier said that it arrived: whenever the process ends, what was not confirmed is delivered again
/// under the same key. It reads no clock and owns no timer; several of them, in several processes, may share one store.
#[derive(Clone)]
pub struct Dispatcher {
    store: Arc<dyn NotificationStore>,
    approvals: Arc<dyn ApprovalStore>,
    notifiers: Vec<Arc<dyn Notifier>>,
    options: DeliveryOptions,
}

/// What one call delivered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Notifications that arrived.
    pub delivered: usize,
    /// Attempts that failed and will be repeated.
    pub postponed: usize,
    /// Notifications given up: dead letters, in the audit log and in the list until somebody retries them.
    pub given_up: usize,
    /// Reminders nobody needs any more, because the request was decided.
    pub dropped: usize,
}

impl Dispatcher {
    /// A dispatcher over these channels.
    ///
    /// # Errors
    /// If a channel has no name or two have one.
    pub fn new(
        store: Arc<dyn NotificationStore>,
        approvals: Arc<dyn ApprovalStore>,
        notifiers: Vec<Arc<dyn Notifier>>,
        options: DeliveryOptions,
    ) -> Result<Self, GovernanceError> {
        let mut names = BTreeSet::new();
        for notifier in &notifiers {
            let name = notifier.channel();
            if name.trim().is_empty() || !names.insert(name) {
                return Err(GovernanceError::Channel(name.to_owned()));
            }
        }
        Ok(Self { store, approvals, notifiers, options })
    }

    /// Whether there is a channel at all.
    #[must_use]
    pub fn has_channels(&self) -> bool {
        !self.notifiers.is_empty()
    }

    /// The store behind it.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn NotificationStore> {
        &self.store
    }

    /// Stores what events of the log, those from index `from` to just before `to`, are worth telling, and that the log
    /// was read so far. `false`, and nothing is stored, if somebody else was faster. An event whose request does not read
    /// is passed over.
    ///
    /// # Errors
    /// If a store cannot answer; nothing is stored then.
    pub async fn plan(
        &self,
        from: u64,
        to: u64,
        events: &[DomainEvent],
        roles: &RoleBook,
        now: DateTime<Utc>,
    ) -> Result<bool, GovernanceError> {
        let mut deliveries = Vec::new();
        let mut requests: BTreeMap<RequestId, Option<ApprovalRequest>> = BTreeMap::new();
        let oldest = now.checked_sub_signed(self.options.max_age).unwrap_or(DateTime::<Utc>::MIN_UTC);
        for event in events.iter().filter(|event| is_news(event.kind) && event.at >= oldest) {
            let Ok(id) = RequestId::new(event.subject.clone()) else { continue };
            if !requests.contains_key(&id) {
                requests.insert(id.clone(), self.request(&id).await?);
            }
            let request = requests.get(&id).and_then(Option::as_ref);
            if let Some(told) = request.and_then(|request| news(event, request, roles, now)) {
                self.address(&told, now, &mut deliveries)?;
            }
        }
        self.store.advance(Some(from), to, &deliveries).await
    }

    /// Attempts every delivery that is due, channel by channel, oldest first, and says what became of them. Of deliveries
    /// to one recipient about one request only the first that waits is attempted, so that they arrive in order. A channel
    /// that fails several times in a row, or asks for a pause, is left alone until the next call.
    ///
    /// # Errors
    /// If a store cannot answer. That a notifier fails is no error.
    pub async fn deliver_due(
        &self,
        roles: &RoleBook,
        clock: &dyn Clock,
    ) -> Result<Delivered, GovernanceError> {
        let mut done = Delivered::default();
        let mut left = self.options.per_call;
        for notifier in &self.notifiers {
            self.deliver_on(notifier.as_ref(), roles, clock, &mut done, &mut left).await?;
        }
        Ok(done)
    }

    /// The deliveries that wait or were given up, oldest first.
    ///
    /// # Errors
    /// If the store cannot answer.
    pub async fn list(&self, filter: &DeliveryFilter) -> Result<Vec<Delivery>, GovernanceError> {
        self.store.list(filter).await
    }

    /// Puts a delivery that was given up, or that waits, back to its first attempt, due now.
    ///
    /// # Errors
    /// [`NoDelivery`](GovernanceError::NoDelivery) if there is none with that key, or if the store cannot answer.
    pub async fn retry(&self, key: &str, now: DateTime<Utc>) -> Result<Delivery, GovernanceError> {
        loop {
            let stored = self.store.get(key).await?;
            let stored = stored.ok_or_else(|| GovernanceError::NoDelivery(key.to_owned()))?;
            let next = stored.retried(now);
            if self.store.settle(key, stored.version, Some(&next), &[]).await? {
                return Ok(next);
            }
        }
    }

    async fn request(&self, id: &RequestId) -> Result<Option<ApprovalRequest>, GovernanceError> {
        match self.approvals.get(id).await {
            Err(GovernanceError::Corrupt { .. }) => Ok(None),
            other => other,
        }
    }

    /// One delivery for each channel, or for each of its recipients; and the reminder.
    fn address(
        &self,
        told: &Notification,
        now: DateTime<Utc>,
        out: &mut Vec<Delivery>,
    ) -> Result<(), GovernanceError> {
        let remind_at = match told.deadline {
            Some(deadline) if !told.recipients.is_empty() => self.options.reminder(told.created_at, deadline),
            _ => None,
        };
        let reminder = Notification { kind: NotificationKind::OverdueSoon, ..told.clone() };
        for notifier in &self.notifiers {
            let channel = notifier.channel();
            let each = told.recipients.iter().filter(|who| told.kind.asks() || notifier.reaches(who));
            let recipients: Vec<_> =
                if notifier.per_recipient() { each.map(Some).collect() } else { vec![None] };
            for recipient in recipients {
                out.push(Delivery::new(told, channel, recipient, now)?);
                if let Some(at) = remind_at {
                    out.push(Delivery::new(&reminder, channel, recipient, at)?);
                }
            }
        }
        Ok(())
    }

    async fn deliver_on(
        &self,
        notifier: &dyn Notifier,
        roles: &RoleBook,
        clock: &dyn Clock,
        done: &mut Delivered,
        left: &mut usize,
    ) -> Result<(), GovernanceError> {
        let mut failures = 0;
        while *left > 0 {
            let due = self.store.due(notifier.channel(), clock.now(), BATCH.min(*left)).await?;
            if due.is_empty() {
                return Ok(());
            }
            for delivery in due {
                *left = left.saturating_sub(1);
                match self.deliver(notifier, delivery, roles, clock).await? {
                    Attempt::Delivered => {
                        done.delivered += 1;
                        failures = 0;
                    }
                    Attempt::GivenUp => done.given_up += 1,
                    Attempt::Dropped => done.dropped += 1,
                    Attempt::Postponed { pause } => {
                        done.postponed += 1;
                        failures += 1;
                        if pause || failures >= FAILURES {
                            return Ok(());
                        }
                    }
                    Attempt::Taken => {}
                }
            }
        }
        Ok(())
    }

    async fn deliver(
        &self,
        notifier: &dyn Notifier,
        mut delivery: Delivery,
        roles: &RoleBook,
        clock: &dyn Clock,
    ) -> Result<Attempt, GovernanceError> {
        let now = clock.now();
        if delivery.attempts >= self.options.max_attempts {
            // Begun for the last time, and whoever began it never said how it ended.
            let error =
                delivery.last_error.clone().unwrap_or_else(|| "its last attempt was broken off".into());
            return self.give_up(&delivery, &error, GivenUp::TooManyAttempts, now).await;
        }
        if delivery.notification.kind == NotificationKind::OverdueSoon
            && !self.still_waited_for(&mut delivery, notifier.per_recipient(), roles, now).await?
        {
            let gone = self.store.settle(delivery.key(), delivery.version, None, &[]).await?;
            return Ok(if gone { Attempt::Dropped } else { Attempt::Taken });
        }
        let begun = delivery.begun(after(now, self.options.lease));
        if !self.store.settle(delivery.key(), delivery.version, Some(&begun), &[]).await? {
            return Ok(Attempt::Taken);
        }
        let outcome = notifier.notify(&begun.notification, now).await;
        let now = clock.now();
        match outcome {
            Ok(()) => {
                // If this is lost, it is delivered again under the same key.
                self.store.settle(begun.key(), begun.version, None, &[]).await?;
                Ok(Attempt::Delivered)
            }
            Err(NotifyError::Undeliverable { what }) => {
                self.give_up(&begun, &what, GivenUp::Undeliverable, now).await
            }
            Err(NotifyError::Unavailable { what, .. }) if begun.attempts >= self.options.max_attempts => {
                self.give_up(&begun, &what, GivenUp::TooManyAttempts, now).await
            }
            Err(NotifyError::Unavailable { what, not_before }) => {
                let until = self.options.next_attempt(&begun, not_before, now);
                let next = begun.postponed(until, &what);
                let kept = self.store.settle(begun.key(), begun.version, Some(&next), &[]).await?;
                let pause = not_before.is_some();
                Ok(if kept { Attempt::Postponed { pause } } else { Attempt::Taken })
            }
        }
    }

    async fn give_up(
        &self,
        delivery: &Delivery,
        error: &str,
        why: GivenUp,
        now: DateTime<Utc>,
    ) -> Result<Attempt, GovernanceError> {
        let dead = delivery.given_up(error);
        let event = dead.given_up_event(why, now)?;
        let kept = self.store.settle(delivery.key(), delivery.version, Some(&dead), &[event]).await?;
        Ok(if kept { Attempt::GivenUp } else { Attempt::Taken })
    }

    /// Whether a reminder is of use still; it then names those who can still decide. A request that does not read is
    /// reminded of.
    async fn still_waited_for(
        &self,
        reminder: &mut Delivery,
        per_recipient: bool,
        roles: &RoleBook,
        now: DateTime<Utc>,
    ) -> Result<bool, GovernanceError> {
        let told = &mut reminder.notification;
        let request = match self.approvals.get(&told.request).await {
            Err(GovernanceError::Corrupt { .. }) => return Ok(true),
            other => other?,
        };
        let Some((request, pending)) = request.as_ref().and_then(|r| Some((r, r.pending()?))) else {
            return Ok(false);
        };
        if Some(pending.deadline) != told.deadline || Some(pending.role) != told.role {
            return Ok(false);
        }
        let waits_for = request.waits_for(roles, now);
        if per_recipient {
            return Ok(told.recipients.iter().any(|recipient| waits_for.contains(recipient)));
        }
        told.recipients = waits_for.into_iter().collect();
        Ok(true)
    }
}

/// What became of one delivery.
enum Attempt {
    Delivered,
    Postponed {
        pause: bool,
    },
    GivenUp,
    Dropped,
    /// Another process was faster.
    Taken,
}
