//! The process ends, or a store fails, at any instant: what was not confirmed is delivered again, under the same key.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use juno_core::{JunoBuilder, Stores};
use juno_domain::{ErrorKind, ManualClock, RequestId};
use juno_governance::{Choice, Notification, Notifier, NotifyError};
use juno_testkit::conformance::approval_sample::{sample_proposal, start};
use juno_testkit::faults::{Faults, FaultyNotifier, When};

use crate::bureau::{Bureau, failing, person, settings, stores_of};

/// Where a child finds its order: after which delivery to die, how late it is, and the file.
const ORDER: &str = "JUNO_NOTIFY_ORDER";

/// A program on the stores: it submits, tells, lets decide, tells, executes and tells.
async fn program(
    stores: &Stores,
    faults: &Faults,
    hook: &FaultyNotifier,
    hours: i64,
) -> Result<(), Box<dyn std::error::Error>> {
    let clock = Arc::new(ManualClock::new(start() + TimeDelta::hours(hours)));
    let builder = JunoBuilder::new(settings()).stores(failing(stores, faults)).clock(clock);
    let juno = builder.notifier(Arc::new(hook.clone())).open().await?;
    let mut ids: Vec<RequestId> = Vec::new();
    for proposal in ["p1", "p2"] {
        ids.push(juno.gate.submit(&sample_proposal(proposal, "PAY", start())).await?.request.id().clone());
    }
    juno.notifications.deliver().await?;
    for id in &ids {
        let seen = juno.gate.request(id).await?;
        if seen.pending().is_some() {
            juno.gate.vote(&seen, &person("lead"), Choice::Approve, "fine").await?;
        }
    }
    juno.notifications.deliver().await?;
    for id in &ids {
        match juno.gate.execute(id).await {
            // It has run, or had begun: that is looked up.
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            other => drop(other?),
        }
    }
    juno.gate.recover().await?;
    juno.notifications.deliver().await?;
    Ok(())
}

/// What has to be told of one request, in this order. Of an execution that was cut off it is told as well what a look at
/// it found.
const STORY: [&str; 3] = ["approval_requested", "decided", "executed"];

fn check(delivered: &[Notification], at: &str) -> usize {
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut stories: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for told in delivered {
        let story = stories.entry(told.request.to_string()).or_default();
        if keys.entry(told.key.clone()).or_default().insert(told.request.to_string()) {
            story.push(told.kind.as_str());
        }
    }
    assert_eq!(stories.len(), 2, "both requests are told, {at}");
    for story in stories.values() {
        assert_eq!(story.get(..3), Some(&STORY[..]), "everything is told, in order, {at}");
        assert!(story.iter().skip(3).all(|kind| *kind == "executed"), "{story:?}, {at}");
    }
    delivered.len() - keys.len()
}

/// Every call to a store and to the channel fails once, before or after it did its work, and from then on all do.
#[tokio::test]
async fn cut_off_at_any_call_everything_is_told_at_least_once() {
    let (healthy, hook) = (Faults::new(), FaultyNotifier::new("hook", Faults::new()));
    program(&Stores::in_memory(), &healthy, &hook, 0).await.expect("a healthy run");
    assert_eq!(check(&hook.delivered(), "in a healthy run"), 0);
    let (calls, mut twice) = (healthy.calls(), 0);
    assert!(calls > 40, "{calls}");
    for when in [When::Before, When::After] {
        let mut nth = 0;
        loop {
            nth += 1;
            let (stores, faults) = (Stores::in_memory(), Faults::new());
            // The channel shares the plan: its calls are cut off as well.
            let hook = FaultyNotifier::new("hook", faults.clone());
            // Channels are there from the beginning on: only what happens after that is told.
            program_start(&stores, &hook).await;
            faults.die_at_call(nth, when);
            let cut = program(&stores, &faults, &hook, 0).await.is_err();
            faults.heal();
            for hours in 1..4 {
                program(&stores, &faults, &hook, hours).await.expect("a healthy run afterwards");
            }
            twice += check(&hook.delivered(), &format!("cut off {when:?} call {nth}"));
            if !cut {
                break;
            }
        }
        assert!(nth > 40, "{nth} calls were cut off");
    }
    assert!(twice > 0, "a lost confirmation is a second delivery");
}

async fn program_start(stores: &Stores, hook: &FaultyNotifier) {
    drop(Bureau::open(settings(), stores.clone(), std::slice::from_ref(hook)).await);
}

/// Tells its parent of each delivery, and dies after the n-th, before it is confirmed.
struct Mortal(std::sync::atomic::AtomicI32);

#[async_trait]
impl Notifier for Mortal {
    fn channel(&self) -> &str {
        "hook"
    }

    async fn notify(&self, notification: &Notification, _: DateTime<Utc>) -> Result<(), NotifyError> {
        let mut out = std::io::stdout();
        writeln!(out, "told {} {} {}", notification.key, notification.request, notification.kind.as_str())
            .and_then(|()| out.flush())
            .expect("stdout");
        if self.0.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) == 1 {
            let process = std::process::id().to_string();
            drop(Command::new("kill").args(["-9", &process]).status());
            std::process::abort();
        }
        Ok(())
    }
}

async fn child_program(path: &Path, survives: i32, minutes: i64) {
    let clock = Arc::new(ManualClock::new(start() + TimeDelta::minutes(minutes)));
    let mortal = Arc::new(Mortal(std::sync::atomic::AtomicI32::new(survives)));
    let builder = JunoBuilder::new(settings()).stores(stores_of(path)).clock(clock);
    let juno = builder.notifier(mortal).open().await.expect("open");
    for proposal in ["p1", "p2"] {
        let id = juno.gate.submit(&sample_proposal(proposal, "PAY", start())).await.expect("submit");
        if id.request.pending().is_some() {
            juno.gate.vote(&id.request, &person("lead"), Choice::Approve, "fine").await.expect("vote");
        }
    }
    juno.gate.execute_approved().await.expect("execute");
    juno.notifications.deliver().await.expect("deliver");
}

/// Does nothing unless a test started it.
#[tokio::test]
async fn the_child_that_tells() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let [survives, minutes, path] = order.splitn(3, '|').collect::<Vec<_>>()[..] else { panic!("{order}") };
    let (survives, minutes) = (survives.parse().expect("a number"), minutes.parse().expect("a number"));
    child_program(Path::new(path), survives, minutes).await;
}

fn child(path: &Path, survives: i32, minutes: i64) -> (Vec<String>, bool) {
    let mut child = Command::new(std::env::current_exe().expect("this executable"))
        .args(["crash::the_child_that_tells", "--exact", "--nocapture"])
        .env(ORDER, format!("{survives}|{minutes}|{}", path.display()))
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let out = BufReader::new(child.stdout.take().expect("its output"));
    let told = out
        .lines()
        .map_while(Result::ok)
        .filter(|line| line.contains("told "))
        .map(|line| line.split_once("told ").map_or(String::new(), |(_, told)| told.to_owned()));
    let told = told.collect();
    (told, child.wait().expect("its end").success())
}

/// A real `kill -9` between delivery and confirmation: a second delivery with the same key, never none.
#[test]
fn killed_between_delivery_and_confirmation_it_is_delivered_again_under_the_same_key() {
    let (mut story, mut deaths) = (None, 0);
    for survives in 1..=7 {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("juno.db");
        let (before, alive) = child(&path, survives, 0);
        assert_eq!(before.len(), usize::try_from(survives.min(6)).expect("few"), "{before:?}");
        deaths += u32::from(!alive);
        // What another process began and did not end is due again after its lease.
        let (after, alive) = child(&path, i32::MAX, 6);
        assert!(alive, "the second one lives");
        let all: BTreeSet<&String> = before.iter().chain(&after).collect();
        let expected =
            story.get_or_insert_with(|| all.iter().map(|told| (*told).clone()).collect::<BTreeSet<_>>());
        assert_eq!(all.len(), 6, "something was never told after {survives} deliveries");
        assert!(all.into_iter().all(|told| expected.contains(told)), "a key changed over a restart");
        if survives < 7 {
            let lost = before.last().expect("a delivery");
            let request = |told: &&String| told.split(' ').nth(1) == lost.split(' ').nth(1);
            assert_eq!(
                after.iter().find(request),
                Some(lost),
                "what was not confirmed comes again, and first"
            );
            assert_eq!(before.len() + after.len(), 7, "and nothing else");
        }
    }
    assert_eq!(deaths, 6);
}
