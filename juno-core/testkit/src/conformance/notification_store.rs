//! What every [`NotificationStore`] has to do.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_audit::Outbox;
use juno_domain::{ActionCategory, EventId, Impact, RequestId, Role, TeamId};
use juno_governance::{
    ActionSummary, Delivery, DeliveryFilter, DeliveryState, GivenUp, Notification, NotificationKind,
    NotificationStore,
};

use super::approval_sample::{person, start};

/// An empty store and the outbox its events go to.
pub type Subject = (Arc<dyn NotificationStore>, Arc<dyn Outbox>);

/// Runs every case, each on a fresh, empty store that `make` gives together with its outbox.
///
/// Call it inside a multi-threaded tokio runtime: some cases write from many tasks at once.
///
/// # Panics
/// If the store breaks the contract; the message says in which case and how.
pub async fn notification_store_suite(make: impl AsyncFn() -> Subject) {
    deliveries_come_back_as_they_were_given(&make().await).await;
    position_and_deliveries_move_together(&make().await).await;
    a_key_is_kept_once(&make().await).await;
    of_each_lane_only_the_first_is_due(&make().await).await;
    another_channel_is_not_touched(&make().await).await;
    due_ones_come_in_order_and_within_the_limit(&make().await).await;
    filters_are_exact(&make().await).await;
    only_the_known_version_is_settled(&make().await).await;
    events_come_with_what_caused_them(&make().await).await;
    of_32_readers_of_the_log_one_wins(make().await).await;
    of_32_deliverers_one_begins(make().await).await;
}

/// Runs what a store that outlives its handle has to do; every call of `reopen` opens the same, at first empty, store,
/// after all earlier handles are gone.
///
/// # Panics
/// If something is lost or changed between two handles.
pub async fn notification_store_reopening_suite(reopen: impl AsyncFn() -> Subject) {
    let first = sample_delivery("r1", 1);
    assert!(reopen().await.0.advance(None, 7, std::slice::from_ref(&first)).await.expect("advance"));
    let begun = first.begun(start() + TimeDelta::minutes(5));
    {
        let (store, _) = reopen().await;
        assert_eq!(store.position().await.expect("position"), Some(7), "the position was lost");
        assert!(settle(&*store, &first, Some(&begun)).await);
    }
    let (store, _) = reopen().await;
    assert_eq!(due(&*store, start()).await, [], "an attempt that was begun is due at once");
    let again = due(&*store, begun.not_before).await;
    assert_eq!(again, std::slice::from_ref(&begun), "an attempt that was begun is lost");
    assert!(settle(&*store, &begun, None).await);
    drop(store);
    assert_eq!(reopen().await.0.list(&DeliveryFilter::default()).await.expect("list"), []);
}

/// The `nth` notification about a request, as it was made one second after the one before.
///
/// # Panics
/// If `request` is no id.
#[must_use]
pub fn sample_delivery(request: &str, nth: u32) -> Delivery {
    let at = start() + TimeDelta::seconds(i64::from(nth));
    Delivery::new(&sample_notification(request, nth), "hook", None, at).expect("a delivery")
}

/// The `nth` notification about a request, with awkward text.
///
/// # Panics
/// If `request` is no id.
#[must_use]
pub fn sample_notification(request: &str, nth: u32) -> Notification {
    let at = start() + TimeDelta::seconds(i64::from(nth));
    Notification {
        key: String::new(),
        kind: NotificationKind::ApprovalRequested,
        event: EventId::new(format!("{request}-{nth}")).expect("an event id"),
        request: RequestId::new(request).expect("a request id"),
        team: TeamId::new("PAY").expect("a team"),
        role: Some(Role::TeamLead),
        recipients: vec![person("lead"), person("o'brian \"é\"")],
        action: ActionSummary {
            name: "jira.transition".into(),
            target: "PAY-12 ☃\r\nBcc: everybody".into(),
            category: ActionCategory::TicketManagement,
        },
        impact: Impact::Low,
        proposer: person("juno"),
        deadline: Some(at + TimeDelta::hours(24)),
        verdict: None,
        result: None,
        created_at: at,
    }
}

async fn due(store: &dyn NotificationStore, now: DateTime<Utc>) -> Vec<Delivery> {
    store.due("hook", now, 100).await.expect("due")
}

async fn settle(store: &dyn NotificationStore, stored: &Delivery, next: Option<&Delivery>) -> bool {
    store.settle(stored.key(), stored.version, next, &[]).await.expect("settle")
}

fn later() -> DateTime<Utc> {
    start() + TimeDelta::hours(1)
}

async fn deliveries_come_back_as_they_were_given((store, _): &Subject) {
    let first = sample_delivery("r1", 1);
    assert_eq!(store.position().await.expect("position"), None);
    assert_eq!(store.get(first.key()).await.expect("get"), None);
    assert!(store.advance(None, 1, std::slice::from_ref(&first)).await.expect("advance"));
    assert_eq!(store.get(first.key()).await.expect("get").as_ref(), Some(&first), "every field comes back");
    let failed = first.begun(later()).postponed(later(), "die Leitung ist „tot“ '; --");
    assert!(settle(&**store, &first, Some(&failed)).await);
    assert_eq!(store.get(first.key()).await.expect("get").as_ref(), Some(&failed));
    assert_eq!(store.list(&DeliveryFilter::default()).await.expect("list"), [failed]);
}

async fn position_and_deliveries_move_together((store, _): &Subject) {
    let (one, two) = (sample_delivery("r1", 1), sample_delivery("r2", 2));
    assert!(store.advance(None, 3, &[]).await.expect("advance"));
    for wrong in [None, Some(0), Some(4)] {
        let moved = store.advance(wrong, 9, std::slice::from_ref(&one)).await.expect("advance");
        assert!(!moved, "the position moved from {wrong:?}, where it was not");
    }
    assert_eq!(store.position().await.expect("position"), Some(3));
    assert_eq!(store.get(one.key()).await.expect("get"), None, "a refused move left a delivery");
    assert!(store.advance(Some(3), 5, &[one.clone(), two.clone()]).await.expect("advance"));
    assert_eq!(store.position().await.expect("position"), Some(5));
    assert_eq!(store.list(&DeliveryFilter::default()).await.expect("list"), [one, two]);
}

async fn a_key_is_kept_once((store, _): &Subject) {
    let one = sample_delivery("r1", 1);
    assert!(store.advance(None, 1, &[one.clone(), one.clone()]).await.expect("advance"));
    let begun = one.begun(later());
    assert!(settle(&**store, &one, Some(&begun)).await);
    assert!(store.advance(Some(1), 2, std::slice::from_ref(&one)).await.expect("advance"));
    assert_eq!(store.list(&DeliveryFilter::default()).await.expect("list"), [begun], "a key came in twice");
}

async fn of_each_lane_only_the_first_is_due((store, _): &Subject) {
    let all = [sample_delivery("r1", 1), sample_delivery("r2", 2), sample_delivery("r1", 3)];
    assert!(store.advance(None, 1, &all).await.expect("advance"));
    let [one, two, three] = all;
    assert_eq!(due(&**store, later()).await, [one.clone(), two.clone()]);
    let postponed = one.begun(later()).postponed(later() + TimeDelta::hours(1), "down");
    assert!(settle(&**store, &one, Some(&postponed)).await);
    let next = due(&**store, later()).await;
    assert_eq!(next, std::slice::from_ref(&two), "it overtook what is to arrive before it");
    let dead = postponed.given_up("gone");
    assert!(settle(&**store, &postponed, Some(&dead)).await);
    assert_eq!(due(&**store, later()).await, [two, three.clone()], "a dead letter keeps its lane back");
    let again = dead.retried(later());
    assert!(settle(&**store, &dead, Some(&again)).await);
    let first = due(&**store, later()).await;
    assert_eq!(first.first(), Some(&again), "a retried one lost its place");
    assert!(!first.contains(&three));
    assert!(settle(&**store, &again, None).await);
    assert!(due(&**store, later()).await.contains(&three));
}

async fn another_channel_is_not_touched((store, _): &Subject) {
    let told = sample_notification("r1", 1);
    let mail = Delivery::new(&told, "mail", Some(&person("lead")), start()).expect("a delivery");
    let hook = sample_delivery("r1", 1);
    assert!(store.advance(None, 1, &[mail.clone(), hook.clone()]).await.expect("advance"));
    assert_eq!(due(&**store, later()).await, [hook], "one channel waits for another");
    assert_eq!(store.due("mail", later(), 10).await.expect("due"), [mail]);
    assert_eq!(store.due("mai_", later(), 10).await.expect("due"), []);
}

async fn due_ones_come_in_order_and_within_the_limit((store, _): &Subject) {
    let all: Vec<Delivery> = (1..=9).map(|nth| sample_delivery(&format!("r{nth}"), nth)).collect();
    assert!(store.advance(None, 1, &all[..5]).await.expect("advance"));
    assert!(store.advance(Some(1), 2, &all[5..]).await.expect("advance"));
    assert_eq!(store.due("hook", later(), 4).await.expect("due"), all[..4]);
    assert_eq!(
        due(&**store, start() + TimeDelta::seconds(3)).await,
        all[..3],
        "too early, or too late by one"
    );
    assert_eq!(due(&**store, start() + TimeDelta::nanoseconds(999_999_999)).await, []);
}

async fn filters_are_exact((store, _): &Subject) {
    let (one, two) = (sample_delivery("r1", 1), sample_delivery("r10", 2));
    let mail = Delivery::new(&sample_notification("r1", 1), "mail", None, start()).expect("a delivery");
    assert!(
        store.advance(None, 1, &[one.clone(), two.clone(), mail.clone()]).await.expect("advance"),
        "advance"
    );
    let dead = two.given_up("no");
    assert!(settle(&**store, &two, Some(&dead)).await);
    let list = async |filter: DeliveryFilter| store.list(&filter).await.expect("list");
    let all = DeliveryFilter::default();
    let waiting = DeliveryFilter { state: Some(DeliveryState::Waiting), ..all.clone() };
    assert_eq!(list(waiting.clone()).await, [one.clone(), mail.clone()]);
    assert_eq!(list(DeliveryFilter { state: Some(DeliveryState::Dead), ..all.clone() }).await, [dead]);
    let request = Some(one.notification.request.clone());
    assert_eq!(list(DeliveryFilter { request, ..all.clone() }).await, [one.clone(), mail.clone()]);
    let channel = Some("mail".to_owned());
    let limited = DeliveryFilter { channel, limit: Some(1), ..all };
    assert_eq!(list(limited).await, [mail], "the limit applies before the filter");
    assert_eq!(list(DeliveryFilter { limit: Some(1), ..waiting }).await, [one]);
}

async fn only_the_known_version_is_settled((store, _): &Subject) {
    let one = sample_delivery("r1", 1);
    assert!(store.advance(None, 1, std::slice::from_ref(&one)).await.expect("advance"));
    let begun = one.begun(later());
    assert!(settle(&**store, &one, Some(&begun)).await);
    for stale in [Some(&one), None] {
        assert!(!settle(&**store, &one, stale).await, "somebody who knows less overwrote it");
    }
    assert_eq!(store.get(one.key()).await.expect("get"), Some(begun.clone()));
    assert!(settle(&**store, &begun, None).await);
    assert!(!settle(&**store, &begun, Some(&begun)).await, "it came back");
    assert_eq!(store.get(one.key()).await.expect("get"), None);
}

async fn events_come_with_what_caused_them((store, outbox): &Subject) {
    let one = sample_delivery("r1", 1);
    assert!(store.advance(None, 1, std::slice::from_ref(&one)).await.expect("advance"));
    let dead = one.given_up("gone");
    let event = dead.given_up_event(GivenUp::Undeliverable, start()).expect("an event");
    let events = std::slice::from_ref(&event);
    assert!(!store.settle(one.key(), 9, Some(&dead), events).await.expect("settle"));
    assert_eq!(outbox.waiting(10).await.expect("outbox"), [], "a refused change left its event");
    assert!(store.settle(one.key(), one.version, Some(&dead), events).await.expect("settle"));
    assert_eq!(outbox.waiting(10).await.expect("outbox"), [event], "a change without its event");
}

async fn of_32_readers_of_the_log_one_wins((store, _): Subject) {
    for (from, to) in [(None, 1), (Some(1), 2)] {
        let tasks = (0..32).map(|nth| {
            let store = Arc::clone(&store);
            let delivery = sample_delivery("r1", nth + to as u32 * 100);
            tokio::spawn(async move { store.advance(from, to, &[delivery]).await.expect("advance") })
        });
        let mut won = 0;
        for task in tasks.collect::<Vec<_>>() {
            won += u32::from(task.await.expect("a task"));
        }
        assert_eq!(won, 1, "of 32 that read the same records");
    }
    assert_eq!(store.list(&DeliveryFilter::default()).await.expect("list").len(), 2);
}

async fn of_32_deliverers_one_begins((store, _): Subject) {
    let one = sample_delivery("r1", 1);
    assert!(store.advance(None, 1, std::slice::from_ref(&one)).await.expect("advance"));
    let tasks = (0..32).map(|nth| {
        let (store, one) = (Arc::clone(&store), one.clone());
        tokio::spawn(async move {
            let begun = one.begun(later() + TimeDelta::seconds(nth));
            settle(&*store, &one, Some(&begun)).await.then_some(begun.not_before)
        })
    });
    let mut won = BTreeSet::new();
    for task in tasks.collect::<Vec<_>>() {
        won.extend(task.await.expect("a task"));
    }
    let stored = store.get(one.key()).await.expect("get").expect("the delivery");
    assert_eq!(won, BTreeSet::from([stored.not_before]), "of 32 that begin the same attempt");
}
