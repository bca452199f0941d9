//! Who is told.
use juno_core::governance::{Delivered, Delivery, DeliveryFilter};

use crate::plain::Plain;
use crate::runtime::waits;

waits! {
    /// Delivers what is due on every channel that settings name, at least once, and counts what became of it: `delivered`,
    /// `postponed`, `given_up`, `dropped`. Call it from time to time, beside `tick`.
    deliver_notifications / deliver_notifications_async ()
    |juno| -> Plain<Delivered> {
        Plain(juno.core.notifications.deliver().await?)
    }

    /// What waits to be delivered or was given up, oldest first.
    ///
    /// Keywords: state (`waiting` or `dead`), channel, request, limit.
    notifications / notifications_async (**filter)
    |juno, **filter| -> Plain<Vec<Delivery>> {
        let filter: DeliveryFilter = filter.unwrap_or_default().read()?;
        Plain(juno.core.notifications.list(&filter).await?)
    }

    /// Puts a notification that was given up, or that waits, back to its first attempt, due now.
    retry_notification / retry_notification_async (key)
    |juno, key: String| -> Plain<Delivery> {
        Plain(juno.core.notifications.retry(&key).await?)
    }
}
