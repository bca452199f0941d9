//! Processes that are killed with `kill -9` right before each write, whatever they were doing, on SQLite and, at a sample of
//! the writes, on PostgreSQL; and what the next process makes of it.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod host;
mod lives;
mod proof;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use juno_core::domain::Seed;
use juno_testkit::faults::Faults;
use juno_testkit::services::postgres_url;
use tokio_postgres::NoTls;

use host::{Host, open, start};
use lives::LIVES;

/// Where a child finds its order: the life, the write before which it dies, the folder, the stores.
const ORDER: &str = "JUNO_LIFE_ORDER";

/// Dies where it is told. Does nothing unless a test started it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_child_that_is_killed() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let [life, nth, folder, address] = order.splitn(4, '|').collect::<Vec<_>>()[..] else {
        panic!("{order}")
    };
    let (folder, faults) = (Path::new(folder), Faults::new());
    let host = Host::open(open(address, folder), folder, &faults, start()).await;
    faults.kill_at_write(nth.parse().expect("a number"));
    host.live(life).await;
    println!("ack whole");
    println!("writes {}", faults.calls());
}

/// Runs a child to its end: what it was told by the stores, and how many writes it came to.
fn child(life: &str, nth: u32, folder: &Path, address: &str) -> (BTreeSet<String>, u32) {
    let output = Command::new(std::env::current_exe().expect("this executable"))
        .args(["the_child_that_is_killed", "--exact", "--nocapture"])
        .env(ORDER, format!("{life}|{nth}|{}|{address}", folder.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .output()
        .expect("a child");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let told: BTreeSet<String> =
        text.lines().filter_map(|line| line.strip_prefix("ack ")).map(str::to_owned).collect();
    let writes = text.lines().find_map(|line| line.strip_prefix("writes ")?.parse().ok()).unwrap_or(nth);
    assert!(told.contains("whole") == output.status.success(), "{life}: it dies of nothing else: {text}");
    (told, writes)
}

/// Kills a life before a write, lets another process go on, and looks. Gives whether it came to its end, and its writes.
async fn killed(life: &str, nth: u32, address: &str) -> (bool, u32) {
    let cut = format!("{life}, killed before write {nth}");
    let folder = tempfile::tempdir().expect("a folder");
    let address = address.replace("{folder}", &folder.path().to_string_lossy());
    let (told, writes) = child(life, nth, folder.path(), &address);
    let stores = open(&address, folder.path());
    proof::nothing_is_lost(&stores, &told, &cut).await;
    proof::another_process_goes_on(stores, folder.path(), life, &told, &cut).await;
    (told.contains("whole"), writes)
}

/// Before every write of a life on SQLite.
async fn at_every_write(life: &str, least: u32) {
    for nth in 1.. {
        let (whole, writes) = killed(life, nth, "sqlite {folder}/juno.db").await;
        if whole {
            assert!(writes >= least, "{life}: every write had its turn: {writes}");
            return;
        }
    }
}

macro_rules! lives {
    ($($test:ident: $life:literal, $least:literal;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            at_every_write($life, $least).await;
        }
    )*};
}

lives! {
    a_kill_at_each_write_of_votes_loses_nothing: "votes", 10;
    a_kill_at_each_write_of_deadlines_and_escalations_loses_nothing: "deadlines", 10;
    a_kill_at_each_write_of_an_appeal_loses_nothing: "appeal", 10;
    a_kill_at_each_write_of_a_withdrawal_and_a_cancellation_loses_nothing: "ends", 8;
    a_kill_at_each_write_of_effects_with_post_checks_loses_and_doubles_nothing: "checks", 15;
    a_kill_at_each_write_of_a_plan_and_its_rollback_loses_and_doubles_nothing: "plan", 20;
    a_kill_at_each_write_of_a_reversal_loses_and_doubles_nothing: "reversal", 10;
    a_kill_at_each_write_of_permits_loses_and_doubles_nothing: "permits", 20;
    a_kill_at_each_write_of_a_stop_loses_nothing: "stop", 8;
    a_kill_at_each_write_of_a_change_of_rules_loses_nothing: "rules", 8;
    a_kill_at_each_write_of_an_erasure_loses_nothing: "erase", 10;
}

/// Every life to its end, and killed at two writes that a seed picks.
/// control: ASI08
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_of_every_life_on_postgresql_lose_and_double_nothing() {
    let Some(url) = postgres_url() else { return };
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("connect");
    tokio::spawn(async move { drop(connection.await) });
    let schema = format!("lives_{}", std::process::id());
    let drop_schema = format!("DROP SCHEMA IF EXISTS {schema} CASCADE");
    let address = format!("postgres {schema} {url}");
    for (life, seed) in LIVES.into_iter().zip(0..) {
        client.batch_execute(&drop_schema).await.expect("drop");
        let (whole, writes) = killed(life, u32::MAX, &address).await;
        assert!(whole, "{life}");
        for pick in 0..2 {
            client.batch_execute(&drop_schema).await.expect("drop");
            let nth = 1 + u32::try_from(Seed(seed).part(pick).0 % u64::from(writes)).expect("a number");
            assert!(!killed(life, nth, &address).await.0, "{life}: {nth} of {writes}");
        }
    }
    client.batch_execute(&drop_schema).await.expect("drop");
}
