//! What every [`MemoryStore`](juno_memory::MemoryStore) has to do with facts that change, and with many writes at once.

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{ErrorKind, EventKind};
use juno_memory::{Fact, FactChange, Memory, MemoryFilter, MemoryWrite, RecallQuery};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::memory_store::{MemoryFixture, actor, fact, put, start, team};

fn write(memory: Memory) -> MemoryWrite {
    MemoryWrite::new(memory, &actor()).expect("a record")
}

/// All of a batch is written with its records, or none of it.
pub async fn many_are_written_together_or_not_at_all(fixture: MemoryFixture) {
    let store = &*fixture.store;
    put(store, &fact("taken", &team("growth"), "elsewhere", 0)).await;
    let mut batch: Vec<MemoryWrite> =
        (0..40).map(|nth| write(fact(&format!("m{nth}"), &team("pay"), "a deploy", nth))).collect();
    batch.push(write(fact("taken", &team("pay"), "here", 0)));
    assert_eq!(store.put_all(&batch).await.expect_err("taken").kind(), ErrorKind::Conflict);
    let filter = MemoryFilter { limit: 100, ..MemoryFilter::new(team("pay")) };
    assert_eq!(store.list(&filter, start()).await, Ok(Vec::new()));
    assert_eq!(fixture.outbox.waiting(100).await.expect("the outbox").len(), 1);
    batch.pop();
    store.put_all(&batch).await.expect("written");
    assert_eq!(store.list(&filter, start()).await.expect("listed").len(), 40);
    let query = RecallQuery::new("deploy", filter);
    assert_eq!(store.recall(&query, start()).await.expect("recalled").len(), 40);
    assert_eq!(fixture.outbox.waiting(100).await.expect("the outbox").len(), 41);
    assert_eq!(store.put_all(&[]).await, Ok(()));
}

/// One value of a chain: who owns a service since a day.
struct Value {
    service: String,
    owner: String,
    since: i64,
    team: usize,
}

fn day(day: i64) -> DateTime<Utc> {
    start() + TimeDelta::days(day)
}

fn stated(value: &Value, learnt: i64) -> Memory {
    let Value { service, owner, since, team: nth } = value;
    let mut memory = fact(
        &format!("{service}-{owner}-{learnt}"),
        &team(&format!("team{nth}")),
        &format!("The owner of {service} is {owner}"),
        0,
    );
    memory.recorded_at = day(learnt);
    memory.valid_from = day(*since);
    memory.fact = Some(Fact::new(service, "owner", owner));
    memory
}

/// Chains of values that arrive in any order: the current one is found first and no stale one near it, and what was
/// true or known at any time is exact.
pub async fn values_that_change_are_found_as_they_are_and_as_they_were(fixture: MemoryFixture) {
    chains_of_values(fixture, 40).await;
}

/// The same for so many chains, twenty-five of each team.
pub async fn chains_of_values(fixture: MemoryFixture, chains: usize) {
    let store = &*fixture.store;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let mut values = Vec::new();
    for chain in 0..chains {
        let mut days: Vec<i64> = (0..100).collect();
        days.shuffle(&mut rng);
        for (nth, since) in days.into_iter().take(rng.gen_range(2..=6)).enumerate() {
            let (service, owner) = (format!("service{chain}"), format!("owner{nth}"));
            values.push(Value { service, owner, since, team: chain / 25 });
        }
    }
    values.shuffle(&mut rng);
    for (arrival, value) in (200..).zip(&values) {
        let outcome = store.record_fact(&stated(value, arrival), &actor()).await.expect("recorded");
        assert_ne!(outcome.change, FactChange::Known);
        let again = store.record_fact(&stated(value, arrival), &actor()).await.expect("recorded again");
        assert!(again.superseded.is_empty(), "again changes nothing");
    }
    let now = day(10_000);
    let ask =
        async |(service, nth): (&str, usize), as_of: Option<i64>, known_at: Option<i64>| -> Vec<String> {
            let filter = MemoryFilter {
                as_of: as_of.map(day),
                known_at: known_at.map(day),
                limit: 5,
                ..MemoryFilter::new(team(&format!("team{nth}")))
            };
            let query = RecallQuery::new(format!("owner of {service}"), filter);
            let found = store.recall(&query, now).await.expect("recalled");
            let facts = found.into_iter().filter_map(|hit| hit.memory.fact);
            facts.filter(|fact| fact.subject == service).map(|fact| fact.object).collect()
        };
    for chain in 0..chains {
        let service = format!("service{chain}");
        let mut own: Vec<(usize, &Value)> =
            values.iter().enumerate().filter(|(_, value)| value.service == service).collect();
        own.sort_by_key(|(_, value)| value.since);
        let current = own.last().map(|(_, value)| value.owner.clone()).expect("a value");
        assert_eq!(
            ask((&service, chain / 25), None, None).await,
            [current],
            "{service}: the current value and no stale one"
        );
        let at = rng.gen_range(0..110);
        let known = rng.gen_range(0..values.len());
        let holds = |known: usize| -> Vec<String> {
            let by_then = own.iter().filter(|(arrival, value)| *arrival <= known && value.since <= at);
            by_then.map(|(_, value)| value.owner.clone()).next_back().into_iter().collect()
        };
        assert_eq!(
            ask((&service, chain / 25), Some(at), None).await,
            holds(values.len()),
            "{service} as of {at}"
        );
        let known_at = 200 + i64::try_from(known).expect("few");
        assert_eq!(
            ask((&service, chain / 25), Some(at), Some(known_at)).await,
            holds(known),
            "{service} known at {known}"
        );
    }
    let records = fixture.outbox.waiting(usize::MAX).await.expect("the outbox");
    assert!(records.iter().all(|event| event.kind == EventKind::MemoryWritten));
    let plain = fact("plain", &team("pay"), "no fact", 0);
    let refused = store.record_fact(&plain, &actor()).await.expect_err("no fact");
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
}
