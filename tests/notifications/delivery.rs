//! Attempts, pauses, dead letters, and order.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use juno_audit::AuditQuery;
use juno_core::Stores;
use juno_domain::{ErrorKind, EventKind, Seed};
use juno_governance::{Delivered, DeliveryOptions, Notification, Notifier, NotifyError, StateKind};
use juno_testkit::conformance::notification_store::sample_delivery;
use juno_testkit::faults::{Faults, FaultyNotificationStore};

use crate::bureau::{Bureau, channel, person, settings, stores_of, told};

/// A channel that answers as it is told, and otherwise delivers.
#[derive(Default)]
struct Moody {
    mood: Mutex<Option<NotifyError>>,
    seen: Mutex<Vec<(Notification, DateTime<Utc>)>>,
}

impl Moody {
    fn new(mood: Option<NotifyError>) -> Arc<Self> {
        Arc::new(Self { mood: Mutex::new(mood), ..Self::default() })
    }

    fn turn(&self, mood: Option<NotifyError>) {
        *self.mood.lock().expect("a lock") = mood;
    }

    fn attempts(&self) -> usize {
        self.seen.lock().expect("a lock").len()
    }
}

#[async_trait]
impl Notifier for Moody {
    fn channel(&self) -> &str {
        "moody"
    }

    async fn notify(&self, notification: &Notification, now: DateTime<Utc>) -> Result<(), NotifyError> {
        self.seen.lock().expect("a lock").push((notification.clone(), now));
        self.mood.lock().expect("a lock").clone().map_or(Ok(()), Err)
    }
}

fn down() -> Option<NotifyError> {
    Some(NotifyError::unavailable("the line is dead"))
}

async fn with(moody: &Arc<Moody>) -> Bureau {
    Bureau::with(settings(), Stores::in_memory(), vec![moody.clone()]).await
}

/// A failing notifier blocks neither approvals nor the log.
#[tokio::test]
async fn what_cannot_be_told_is_decided_done_and_proved_all_the_same() {
    let moody = Moody::new(down());
    let bureau = with(&moody).await;
    let id = bureau.submit("p1").await;
    assert_eq!(bureau.deliver().await, Delivered { postponed: 1, ..Delivered::default() });
    bureau.approve(&id, "lead").await;
    bureau.juno.gate.execute(&id).await.expect("execute");
    assert_eq!(bureau.juno.gate.request(&id).await.expect("get").kind(), StateKind::Authorized);
    assert!(bureau.juno.audit.verify().await.expect("verify").verified);
    assert_eq!(bureau.stores.outbox.waiting(10).await.expect("outbox"), []);
    moody.turn(None);
    bureau.wait(TimeDelta::hours(1));
    assert_eq!(bureau.deliver().await.delivered, 3, "and told once that is possible");
}

/// A store of notifications that cannot be reached blocks neither.
#[tokio::test]
async fn a_failing_store_of_notifications_blocks_no_approval() {
    let faults = Faults::new();
    let inner = Stores::in_memory();
    let notifications = Arc::new(FaultyNotificationStore::new(inner.notifications.clone(), faults.clone()));
    let hook = channel("hook");
    let bureau =
        Bureau::open(settings(), Stores { notifications, ..inner }, std::slice::from_ref(&hook)).await;
    faults.die_at_call(1, juno_testkit::faults::When::Before);
    let id = bureau.submit("p1").await;
    bureau.approve(&id, "lead").await;
    assert!(bureau.juno.audit.verify().await.expect("verify").verified);
    let error = bureau.juno.notifications.deliver().await.expect_err("the store is down");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    faults.heal();
    assert_eq!(bureau.deliver().await.delivered, 2);
}

#[tokio::test]
async fn what_is_given_up_stays_visible_stands_in_the_log_and_can_be_retried() {
    let moody = Moody::new(down());
    let bureau = with(&moody).await;
    let id = bureau.submit("p1").await;
    bureau.approve(&id, "lead").await;
    let mut done = Delivered::default();
    for _ in 0..60 {
        let now = bureau.deliver().await;
        done.postponed += now.postponed;
        done.given_up += now.given_up;
        bureau.wait(TimeDelta::hours(4));
    }
    assert_eq!((done.postponed, done.given_up), (22, 2), "twelve attempts each, the last of which gives up");
    assert_eq!(moody.attempts(), 24);
    assert_eq!(bureau.waiting().await, []);
    let dead = bureau.dead().await;
    assert_eq!(
        dead.iter().map(|it| it.notification.kind.as_str()).collect::<Vec<_>>(),
        ["approval_requested", "decided"]
    );
    assert_eq!(dead[0].last_error.as_deref(), Some("the line is dead"));

    let kind = Some(EventKind::NotificationGivenUp);
    let query = AuditQuery { kind, ..AuditQuery::default() };
    let logged = bureau.juno.audit.search(&query).await.expect("search").records;
    assert_eq!(logged.len(), 2, "each is an event of the log");
    assert_eq!(logged[0].event.subject, id.to_string());
    assert_eq!(logged[0].event.payload.value()["notification"], dead[0].key());
    assert_eq!(logged[0].event.payload.value()["why"], "too_many_attempts");
    assert_eq!(logged[0].event.payload.value()["attempts"], 12);
    let text = serde_json::to_string(&logged[0].event).expect("JSON");
    assert!(!text.contains("the line is dead"), "what servers say is not for a log that cannot forget");

    moody.turn(Some(NotifyError::undeliverable("there is no such place")));
    bureau.juno.notifications.retry(dead[0].key()).await.expect("retry");
    assert_eq!(bureau.deliver().await.given_up, 1, "one attempt is enough to know");
    let logged = bureau.juno.audit.search(&query).await.expect("search").records;
    assert_eq!((logged.len(), &logged[2].event.payload.value()["why"]), (3, &"undeliverable".into()));
    moody.turn(None);
    for letter in bureau.dead().await {
        bureau.juno.notifications.retry(letter.key()).await.expect("retry");
    }
    assert_eq!(bureau.deliver().await.delivered, 2);
    assert_eq!(bureau.dead().await, []);
    let error = bureau.juno.notifications.retry("ntf-x").await.expect_err("there is none");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_receiver_that_wants_a_pause_gets_it_for_all() {
    let moody = Moody::new(None);
    let bureau = with(&moody).await;
    let wish = bureau.now() + TimeDelta::minutes(40);
    moody.turn(Some(NotifyError::Unavailable { what: "busy".into(), not_before: Some(wish) }));
    for nth in 0..5 {
        bureau.submit(&format!("p{nth}")).await;
    }
    assert_eq!(bureau.deliver().await, Delivered { postponed: 1, ..Delivered::default() });
    assert_eq!(moody.attempts(), 1, "it was left alone");
    assert_eq!(bureau.waiting().await[0].not_before, wish);
    let years = bureau.now() + TimeDelta::days(10_000);
    moody.turn(Some(NotifyError::Unavailable { what: "busy".into(), not_before: Some(years) }));
    bureau.deliver().await;
    assert_eq!(
        bureau.waiting().await[1].not_before,
        bureau.now() + TimeDelta::hours(24),
        "a wish has bounds"
    );
    moody.turn(None);
    bureau.wait(TimeDelta::minutes(41));
    assert_eq!(bureau.deliver().await.delivered, 4);
}

#[tokio::test]
async fn a_server_that_is_down_is_not_asked_for_each_of_many() {
    let moody = Moody::new(down());
    let bureau = with(&moody).await;
    for nth in 0..50 {
        bureau.submit(&format!("p{nth}")).await;
    }
    assert_eq!(bureau.deliver().await.postponed, 3);
    assert_eq!(moody.attempts(), 3);
}

/// An order that changes would tell people first that something was done and then that they should decide.
#[tokio::test]
async fn nothing_overtakes_what_was_said_before_about_the_same_request() {
    let moody = Moody::new(down());
    let bureau = with(&moody).await;
    let id = bureau.submit("p1").await;
    bureau.deliver().await;
    bureau.approve(&id, "lead").await;
    moody.turn(None);
    assert_eq!(bureau.deliver().await, Delivered::default(), "it waits for what failed before it");
    bureau.submit("p2").await;
    assert_eq!(bureau.deliver().await.delivered, 1, "another request does not");
    bureau.wait(TimeDelta::minutes(1));
    assert_eq!(bureau.deliver().await.delivered, 2);
    let seen = moody.seen.lock().expect("a lock");
    let kinds: Vec<_> =
        seen.iter().filter(|(it, _)| it.request == id).map(|(it, _)| it.kind.as_str()).collect();
    assert_eq!(kinds, ["approval_requested", "approval_requested", "decided"]);
    assert_eq!(seen[0].0.key, seen[2].0.key, "the key is the same each time");
}

#[test]
fn pauses_double_and_the_jitter_depends_on_seed_key_and_attempt_alone() {
    let options = DeliveryOptions::default();
    let now = "2026-03-02T09:15:00Z".parse().expect("a time");
    let mut pauses = BTreeMap::new();
    for nth in 0..200 {
        let mut delivery = sample_delivery(&format!("r{nth}"), nth);
        for attempt in 1..=11_i32 {
            delivery = delivery.begun(now);
            let pause = options.next_attempt(&delivery, None, now) - now;
            let whole = (options.first_pause * 2_i32.pow(attempt as u32 - 1)).min(options.longest_pause);
            assert!(whole / 2 <= pause && pause <= whole, "attempt {attempt}: {pause} of {whole}");
            assert_eq!(options.next_attempt(&delivery, None, now) - now, pause);
            pauses.insert((attempt, nth), pause);
        }
    }
    let first: std::collections::BTreeSet<_> =
        pauses.iter().filter(|((attempt, _), _)| *attempt == 1).map(|(_, pause)| *pause).collect();
    assert!(first.len() > 190, "what failed together comes back spread: {}", first.len());
    let other = DeliveryOptions { seed: Seed(43), ..options };
    let delivery = sample_delivery("r1", 1).begun(now);
    assert_ne!(other.next_attempt(&delivery, None, now), options.next_attempt(&delivery, None, now));
    let last = DateTime::<Utc>::MAX_UTC;
    assert_eq!(options.next_attempt(&delivery, Some(last), last), last, "no overflow at the end of time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_processes_deliver_each_notification_once_between_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("juno.db");
    let hook = channel("hook");
    let mut bureaus = Vec::new();
    for _ in 0..4 {
        bureaus.push(Bureau::open(settings(), stores_of(&path), std::slice::from_ref(&hook)).await);
    }
    for nth in 0..20 {
        bureaus[nth % 4].submit(&format!("p{nth}")).await;
    }
    let tasks: Vec<_> =
        bureaus.into_iter().map(|bureau| tokio::spawn(async move { bureau.deliver().await })).collect();
    let mut delivered = 0;
    for task in tasks {
        delivered += task.await.expect("a task").delivered;
    }
    assert_eq!((delivered, hook.delivered().len()), (20, 20));
    let keys: std::collections::BTreeSet<_> = hook.delivered().into_iter().map(|it| it.key).collect();
    assert_eq!(keys.len(), 20);
}

#[tokio::test]
async fn two_channels_of_one_name_are_refused_and_one_that_fails_keeps_no_other_back() {
    let builder = juno_core::JunoBuilder::new(settings()).stores(Stores::in_memory());
    let twice = builder.notifier(Arc::new(channel("hook"))).notifier(Arc::new(channel("hook")));
    let error = twice.open().await.err().expect("one name for two");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);

    let (moody, hook) = (Moody::new(down()), channel("hook"));
    let bureau =
        Bureau::with(settings(), Stores::in_memory(), vec![moody.clone(), Arc::new(hook.clone())]).await;
    bureau.submit("p1").await;
    assert_eq!(bureau.deliver().await, Delivered { delivered: 1, postponed: 1, ..Delivered::default() });
    assert_eq!(told(&hook).len(), 1);
}

/// Who decides must not be left out because nobody wrote down where to reach them; who is only informed may be.
#[tokio::test]
async fn who_has_to_decide_and_cannot_be_reached_is_a_dead_letter() {
    struct Unknown;
    #[async_trait]
    impl Notifier for Unknown {
        fn channel(&self) -> &str {
            "mail"
        }
        fn per_recipient(&self) -> bool {
            true
        }
        fn reaches(&self, _: &juno_domain::PrincipalId) -> bool {
            false
        }
        async fn notify(&self, it: &Notification, _: DateTime<Utc>) -> Result<(), NotifyError> {
            Err(NotifyError::undeliverable(format!("no address of {:?}", it.recipients)))
        }
    }
    let bureau = Bureau::with(settings(), Stores::in_memory(), vec![Arc::new(Unknown)]).await;
    let id = bureau.submit("p1").await;
    bureau.deliver().await;
    bureau.approve(&id, "lead").await;
    assert_eq!(bureau.deliver().await, Delivered::default());
    let dead = bureau.dead().await;
    assert_eq!((dead.len(), &dead[0].notification.recipients), (1, &vec![person("lead")]));
}

/// A log that lost records must not look like one of which everything was told.
#[tokio::test]
async fn a_log_that_was_cut_off_is_no_log_of_which_all_was_told() {
    let stores = Stores::in_memory();
    let hook = channel("hook");
    let bureau = Bureau::open(settings(), stores.clone(), std::slice::from_ref(&hook)).await;
    bureau.submit("p1").await;
    bureau.deliver().await;
    let audit = Arc::new(juno_audit::InMemoryAuditLog::new());
    let open = juno_core::JunoBuilder::new(settings()).stores(Stores { audit, ..stores });
    let error = open.notifier(Arc::new(hook)).open().await.err().expect("the log is shorter");
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
}
