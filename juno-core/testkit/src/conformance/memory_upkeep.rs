//! What every [`MemoryStore`] has to do to keep memory in order: quarantine and trust, use, updates, removals of many,
//! reading everything, legal holds, compaction.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{DomainEvent, ErrorKind, EventKind, TenantId};
use juno_memory::{
    ForgetReason, LegalHold, Memory, MemoryError, MemoryFilter, MemoryKind, MemoryRemoval, MemoryScope,
    MemoryStore, Quarantine, Reach, RecallQuery, Trust, Usage, forgotten_event, held_event,
    hold_lifted_event, written_event,
};

use rand::{SeedableRng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::memory_store::{
    MemoryFixture, SUITE_LIMITS, actor, events, fact, forget, id, list, listed, put, session, start, team,
    tenant,
};

fn acme() -> TenantId {
    TenantId::new("acme").expect("a tenant")
}

async fn update(store: &dyn MemoryStore, old: &Memory, new: &Memory) -> Result<(), MemoryError> {
    store.update(old, new, &[written_event(new, &actor()).expect("an event")]).await
}

/// The same memory with a change.
fn changed(memory: &Memory, change: impl FnOnce(&mut Memory)) -> Memory {
    let mut memory = memory.clone();
    change(&mut memory);
    memory
}

fn removal(scope: &MemoryScope, name: &str) -> MemoryRemoval {
    let event = forgotten_event(scope, &id(name), &actor(), start(), ForgetReason::Asked).expect("an event");
    MemoryRemoval { scope: scope.clone(), id: id(name), events: vec![event] }
}

fn names(memories: &[Memory]) -> Vec<String> {
    memories.iter().map(|memory| memory.id.to_string()).collect()
}

async fn recalled(store: &dyn MemoryStore, text: &str, filter: &MemoryFilter) -> Vec<String> {
    let found = store.recall(&RecallQuery::new(text, filter.clone()), start()).await.expect("recall");
    found.into_iter().map(|hit| hit.memory.id.to_string()).collect()
}

/// Whatever else a filter asks for: only what asks for quarantine sees it, and trust is a least.
pub async fn what_is_in_quarantine_or_not_trusted_is_not_read(MemoryFixture { store, .. }: MemoryFixture) {
    let pay = team("pay");
    for (name, trust, bad) in [
        ("web", Trust::Untrusted, false),
        ("note", Trust::Unverified, false),
        ("policy", Trust::Trusted, false),
        ("poison", Trust::Trusted, true),
    ] {
        let mut memory = fact(name, &pay, "the API freeze is on Friday", 0);
        memory.trust = trust;
        memory.quarantined = bad.then(|| Quarantine::new(start(), "from a mail nobody sent"));
        put(&*store, &memory).await;
    }
    let plain = MemoryFilter::new(pay.clone());
    let all = MemoryFilter { with_quarantined: true, ..plain.clone() };
    let least = |trust| MemoryFilter { min_trust: Some(trust), ..plain.clone() };
    for (filter, expected) in [
        (&plain, &["note", "policy", "web"][..]),
        (&all, &["note", "poison", "policy", "web"]),
        (&least(Trust::Untrusted), &["note", "policy", "web"]),
        (&least(Trust::Unverified), &["note", "policy"]),
        (&least(Trust::Trusted), &["policy"]),
        (&MemoryFilter { limit: 1, ..least(Trust::Trusted) }, &["policy"]),
    ] {
        for mut found in
            [listed(&*store, filter).await, recalled(&*store, "when is the freeze", filter).await]
        {
            found.sort();
            assert_eq!(found, expected, "{filter:?}");
        }
    }
    let poison = store.get(&pay, &id("poison"), start()).await.expect("get").expect("by its id it is there");
    assert!(poison.quarantined.is_some());
    let released = changed(&poison, |memory| memory.quarantined = None);
    assert_eq!(update(&*store, &poison, &released).await, Ok(()));
    assert_eq!(listed(&*store, &plain).await.len(), 4, "and back");
}

/// Use moves a memory up; being found does not.
pub async fn what_was_of_use_ranks_before_what_only_was_found(MemoryFixture { store, .. }: MemoryFixture) {
    let (pay, old) = (team("pay"), -400 * 24 * 60);
    for name in ["a", "b", "c"] {
        put(&*store, &fact(name, &pay, "the API freeze is on Friday", old)).await;
    }
    let filter = MemoryFilter::new(pay.clone());
    let before = recalled(&*store, "freeze", &filter).await;
    for _ in 0..20 {
        assert_eq!(recalled(&*store, "freeze", &filter).await, before, "finding changes nothing");
    }
    let last = before.last().expect("three");
    let found = store.get(&pay, &id(last.as_str()), start()).await.expect("get").expect("it is there");
    let used = Usage::after(found.used.as_ref(), found.recorded_at, start());
    assert_eq!(update(&*store, &found, &changed(&found, |memory| memory.used = Some(used))).await, Ok(()));
    assert_eq!(recalled(&*store, "freeze", &filter).await.first(), Some(last));
}

/// Only what is stored can be built on.
pub async fn an_update_builds_on_what_is_stored_or_is_refused(fixture: MemoryFixture) {
    let store = &*fixture.store;
    let pay = team("pay");
    let first = fact("m", &pay, "freeze on Friday", 0);
    assert_eq!(update(store, &first, &first).await.map_err(|error| error.kind()), Err(ErrorKind::Conflict));
    put(store, &first).await;
    let second = fact("m", &pay, "freeze on Thursday", 1);
    assert_eq!(update(store, &first, &second).await, Ok(()));
    let third = fact("m", &pay, "freeze on Monday", 2);
    let refused = update(store, &first, &third).await;
    assert_eq!(refused, Err(MemoryError::Changed { id: id("m") }), "changed meanwhile");
    assert_eq!(recalled(store, "freeze", &MemoryFilter::new(pay.clone())).await, ["m"]);
    assert_eq!(store.get(&pay, &id("m"), start()).await, Ok(Some(second.clone())));
    assert!(recalled(store, "friday", &MemoryFilter::new(pay.clone())).await.is_empty());
    for elsewhere in [fact("n", &pay, "x", 0), fact("m", &team("growth"), "x", 0)] {
        let refused = update(store, &second, &elsewhere).await.expect_err("it would move");
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    }
    let blank = changed(&second, |memory| memory.text = " ".into());
    assert_eq!(update(store, &second, &blank).await.map_err(|e| e.kind()), Err(ErrorKind::InvalidInput));
    assert!(store.update(&second, &third, &[]).await.is_err(), "no change without its record");
    let expired = changed(&second, |memory| memory.expires_at = Some(start()));
    assert_eq!(update(store, &second, &expired).await, Ok(()));
    assert_eq!(update(store, &expired, &second).await, Ok(()), "what has expired can be changed too");
    assert_eq!(events(&fixture).await.len(), 3, "four writes, and the fourth was recorded before");
}

/// Live ones by kind, expired ones apart, other tenants not at all.
pub async fn health_counts_what_is_there(MemoryFixture { store, .. }: MemoryFixture) {
    for nth in 0..7 {
        let mut memory = fact(&format!("m{nth}"), &team(&format!("t{nth}")), "x", 0);
        memory.kind = if nth < 3 { MemoryKind::Semantic } else { MemoryKind::Episodic };
        memory.expires_at = (nth == 6).then(start);
        put(&*store, &memory).await;
    }
    put(&*store, &fact("theirs", &tenant("other"), "x", 0)).await;
    let health = store.health(&TenantId::new("acme").expect("a tenant"), start()).await.expect("health");
    assert_eq!(health.by_kind, [(MemoryKind::Semantic, 3), (MemoryKind::Episodic, 3)].into());
    assert_eq!((health.expired, health.corrupt), (1, vec![]));
}

/// Names that could be taken for each other, in any combination: a read gives nothing of another scope, and all of its own.
pub async fn fuzzed_scopes_never_leak(MemoryFixture { store, .. }: MemoryFixture) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(17);
    let names = [
        "a",
        "A",
        "a b",
        "a%",
        "a_",
        "%",
        "'",
        "a\u{301}",
        "á",
        "1",
        "1t",
        "11",
        "a/b",
        "a, team a",
        "\\",
        "支",
    ];
    let mut scopes = Vec::new();
    for _ in 0..60 {
        let mut name = || names.choose(&mut rng).expect("a name").to_string();
        let (tenant, team, agent, session) = (name(), name(), name(), name());
        let levels = scopes.len() % 5;
        let scope = MemoryScope::new(
            TenantId::new(tenant).expect("a tenant"),
            (levels > 0 && levels != 4).then(|| juno_domain::TeamId::new(team).expect("a team")),
            (levels > 1).then(|| juno_domain::PrincipalId::new(agent).expect("an agent")),
            (levels > 2).then(|| juno_domain::SessionId::new(session).expect("a session")),
        );
        scopes.push(scope.expect("a scope"));
    }
    for (nth, scope) in scopes.iter().enumerate() {
        let mut memory = fact(&format!("m{nth}"), scope, "the secret of this scope", 0);
        memory.who = Some("a%".into());
        memory.turn = Some(juno_memory::Turn::new("a", 1));
        put(&*store, &memory).await;
    }
    for scope in &scopes {
        for reach in [Reach::Exact, Reach::Upwards] {
            let filter = MemoryFilter { reach, limit: 100, ..MemoryFilter::new(scope.clone()) };
            let reached = filter.scopes();
            let expected: BTreeSet<String> = (0..)
                .zip(&scopes)
                .filter(|(_, other)| reached.contains(other))
                .map(|(nth, _): (u32, _)| format!("m{nth}"))
                .collect();
            let found: BTreeSet<String> = recalled(&*store, "secret", &filter).await.into_iter().collect();
            assert_eq!(found, expected, "{scope} {reach:?}");
            assert_eq!(
                listed(&*store, &filter).await.into_iter().collect::<BTreeSet<_>>(),
                expected,
                "{scope}"
            );
        }
    }
}

/// Writers at the same time do not overwrite each other.
pub async fn callers_at_once_lose_nothing(fixture: MemoryFixture) {
    let callers: Vec<_> = (0..8)
        .map(|caller| {
            let store = Arc::clone(&fixture.store);
            tokio::spawn(async move {
                for nth in 0..10 {
                    let memory = fact(&format!("m{caller}-{nth}"), &team("pay"), "deploy at once", nth);
                    put(&*store, &memory).await;
                    let own = store.get(&memory.scope, &memory.id, start()).await.expect("get");
                    assert_eq!(own, Some(memory), "a write is seen by its writer");
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("a caller");
    }
    let all = MemoryFilter { limit: 1000, ..MemoryFilter::new(team("pay")) };
    assert_eq!(list(&*fixture.store, &all).await.len(), 80);
    assert_eq!(events(&fixture).await.len(), 80);
}

/// Of several who count at once, each counts.
pub async fn callers_who_update_at_once_lose_nothing(fixture: MemoryFixture) {
    let memory = fact("m", &team("pay"), "counted", 0);
    put(&*fixture.store, &memory).await;
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (store, scope) = (Arc::clone(&fixture.store), memory.scope.clone());
            tokio::spawn(async move {
                let mut done = 0;
                while done < 5 {
                    let old = store.get(&scope, &id("m"), start()).await.expect("get").expect("it is there");
                    let used = Usage::after(old.used.as_ref(), old.recorded_at, start());
                    match update(&*store, &old, &changed(&old, |memory| memory.used = Some(used))).await {
                        Ok(()) => done += 1,
                        Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
                    }
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("a caller");
    }
    let counted = fixture.store.get(&memory.scope, &memory.id, start()).await.expect("get");
    assert_eq!(counted.and_then(|memory| memory.used).map(|used| used.count), Some(20));
}

/// All of a batch goes with its records, or none of it.
pub async fn many_are_forgotten_together_or_not_at_all(fixture: MemoryFixture) {
    let store = &*fixture.store;
    let (pay, growth) = (team("pay"), team("growth"));
    for nth in 0..6 {
        put(store, &fact(&format!("p{nth}"), &pay, "soon gone", nth)).await;
        put(store, &fact(&format!("g{nth}"), &growth, "soon gone", nth)).await;
    }
    let mut removals: Vec<MemoryRemoval> = (0..4).map(|nth| removal(&pay, &format!("p{nth}"))).collect();
    removals.extend([
        removal(&growth, "g1"),
        removal(&growth, "none"),
        removal(&pay, "g2"),
        removal(&pay, "p0"),
    ]);
    let unrecorded = MemoryRemoval { events: Vec::new(), ..removal(&pay, "p5") };
    let mut refused = removals.clone();
    refused.push(unrecorded);
    assert_eq!(store.forget_all(&refused).await.map_err(|e| e.kind()), Err(ErrorKind::InvalidInput));
    assert_eq!(listed(store, &MemoryFilter::new(pay.clone())).await.len(), 6);
    assert_eq!(store.forget_all(&removals).await, Ok(5));
    assert_eq!(listed(store, &MemoryFilter::new(pay.clone())).await, ["p5", "p4"]);
    assert_eq!(recalled(store, "gone", &MemoryFilter::new(growth)).await.len(), 5);
    let gone = events(&fixture).await.into_iter().filter(|event| event.kind == EventKind::MemoryForgotten);
    let gone: Vec<String> = gone.map(|event| event.subject).collect();
    assert_eq!(gone, ["p0", "p1", "p2", "p3", "g1"], "no record of what was not there");
    assert_eq!(store.forget_all(&removals).await, Ok(0));
    assert_eq!(store.forget_all(&[]).await, Ok(0));
}

/// Everything, whatever a read would say of it, and nothing of another tenant.
pub async fn a_scan_gives_everything_of_a_tenant_once_in_order(MemoryFixture { store, .. }: MemoryFixture) {
    let mut expected = BTreeSet::new();
    for (nth, name) in
        ["m1", "m10", "m2", "M3", "é", "z", "支払い", "a b", "_", "m1.", "ß", "m-1"].iter().enumerate()
    {
        let scope = [tenant("acme"), team("pay"), team("growth"), session("s")][nth % 4].clone();
        let mut memory = fact(name, &scope, "something", 0);
        memory.expires_at = (nth % 3 == 0).then_some(start());
        memory.superseded_at = (nth % 3 == 1).then_some(start());
        memory.quarantined = (nth % 5 == 1).then(|| Quarantine::new(start(), "a test"));
        put(&*store, &memory).await;
        expected.insert(memory.id.to_string());
    }
    for other in ["a", "acmf", "z"] {
        put(&*store, &fact("theirs", &tenant(other), "something", 0)).await;
    }
    for limit in [1, 2, 5, 12, 13, 10_000] {
        let (mut seen, mut after, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = store.scan(&acme(), after.as_ref(), limit).await.expect("scan");
            assert!(page.memories.len() <= limit && page.corrupt.is_empty());
            seen.extend(names(&page.memories));
            pages += 1;
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, expected.iter().cloned().collect::<Vec<_>>(), "{limit} at a time");
        assert_eq!(pages, expected.len().div_ceil(limit), "{limit} at a time");
    }
    let empty = store.scan(&TenantId::new("nobody").expect("a tenant"), None, 5).await.expect("scan");
    assert!(empty.memories.is_empty() && empty.next.is_none());
    for limit in [0, 10_001] {
        let refused = store.scan(&acme(), None, limit).await.expect_err("a limit out of range");
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    }
}

fn hold(subject: &str, reason: &str) -> LegalHold {
    LegalHold { tenant: acme(), subject: subject.into(), reason: reason.into(), by: actor(), at: start() }
}

async fn place(store: &dyn MemoryStore, hold: &LegalHold) {
    store.hold(hold, &[held_event(hold).expect("an event")]).await.expect("a hold");
}

async fn lift(store: &dyn MemoryStore, subject: &str) -> bool {
    let event = hold_lifted_event(&acme(), subject, "settled", &actor(), start()).expect("an event");
    store.release(&acme(), subject, &[event]).await.expect("lifted")
}

/// Whoever asks, and whatever else is in the same change.
pub async fn what_is_under_legal_hold_stays(fixture: MemoryFixture) {
    let store = &*fixture.store;
    let pay = team("pay");
    let of = |name: &str, subject: &str, minutes: Option<i64>| {
        let mut memory = fact(name, &pay, "what Ada said of the freeze", 0);
        memory.subject = Some(subject.into());
        memory.expires_at = minutes.map(|minutes| start() + TimeDelta::minutes(minutes));
        memory
    };
    let (ada, bob, expired) =
        (of("ada", "ada", None), of("bob", "ada b", None), of("expired", "ada", Some(-1)));
    for memory in [&ada, &bob, &expired, &fact("plain", &pay, "nobody's", 0)] {
        put(store, memory).await;
    }
    let nowhere = fact("ada", &tenant("other"), "theirs", 0);
    put(store, &changed(&nowhere, |memory| memory.subject = Some("ada".into()))).await;
    assert!(store.hold(&hold("ada", "case 7"), &[]).await.is_err(), "no hold without its record");
    assert_eq!(store.holds(&acme()).await, Ok(Vec::new()));
    place(store, &hold("zed", "case 9")).await;
    place(store, &hold("ada", "case 7")).await;
    place(store, &hold("ada", "case 8")).await;
    let both = [hold("ada", "case 8"), hold("zed", "case 9")];
    assert_eq!(store.holds(&acme()).await.as_deref(), Ok(&both[..]), "held, in order");
    assert_eq!(store.holds(nowhere.scope.tenant()).await, Ok(Vec::new()));

    let held = Err(MemoryError::Held { id: id("ada") });
    let recorded = events(&fixture).await.len();
    let gone = removal(&pay, "ada");
    assert_eq!(store.forget(&pay, &id("ada"), &gone.events).await, held.clone().map(|()| true), "held");
    let all = [removal(&pay, "plain"), removal(&pay, "bob"), gone];
    assert_eq!(store.forget_all(&all).await, held.clone().map(|()| 0), "held, and so all");
    let rewritten = changed(&ada, |memory| memory.text = "what Ada never said".into());
    let nobodys = changed(&ada, |memory| memory.subject = None);
    for other in [&rewritten, &nobodys] {
        let event = written_event(other, &actor()).expect("an event");
        assert_eq!(store.put(other, &[event]).await, held.clone(), "held");
        assert_eq!(update(store, &ada, other).await, held.clone(), "held");
    }
    assert_eq!(store.purge_expired(start(), &actor()).await, Ok(0), "held");
    assert_eq!(events(&fixture).await.len(), recorded, "nothing happened, and nothing is recorded");

    // What others have, what is new, and what only marks it, goes on.
    let marked = changed(&ada, |memory| memory.quarantined = Some(Quarantine::new(start(), "doubtful")));
    assert_eq!(update(store, &ada, &marked).await, Ok(()));
    put(store, &of("new", "ada", None)).await;
    assert!(
        forget(store, &bob).await && forget(store, &changed(&ada, |memory| memory.id = id("plain"))).await
    );
    assert!(forget(store, &nowhere).await, "another tenant's");

    assert!(store.release(&acme(), "ada", &[]).await.is_err(), "no lifting without its record");
    assert!(lift(store, "ada").await);
    assert!(!lift(store, "ada").await, "only once");
    assert_eq!(store.purge_expired(start(), &actor()).await, Ok(1));
    assert!(forget(store, &marked).await);
    let holds =
        |event: &DomainEvent| [EventKind::MemoryHeld, EventKind::MemoryHoldLifted].contains(&event.kind);
    let records: Vec<EventKind> =
        events(&fixture).await.iter().filter(|event| holds(event)).map(|event| event.kind).collect();
    assert_eq!(records, [[EventKind::MemoryHeld; 3].as_slice(), &[EventKind::MemoryHoldLifted]].concat());
    working_memory_under_hold(store).await;
}

/// Bounds on working memory make room elsewhere.
async fn working_memory_under_hold(store: &dyn MemoryStore) {
    let one = session("one");
    let note = |nth: i64| {
        let at: DateTime<Utc> = start() + TimeDelta::minutes(nth);
        let mut memory =
            Memory::new(id(format!("w{nth}")), MemoryKind::Working, one.clone(), "scratch", "suite", at);
        memory.subject = (nth < 2).then(|| "zed".to_owned());
        memory
    };
    let most = i64::try_from(SUITE_LIMITS.max_entries).expect("few");
    for nth in 0..most + 2 {
        put(store, &note(nth)).await;
    }
    let left = listed(store, &MemoryFilter::new(one.clone())).await;
    assert!(left.contains(&"w0".to_owned()) && left.contains(&"w1".to_owned()), "held: {left:?}");
    assert_eq!(left.len(), SUITE_LIMITS.max_entries);
}

/// What is there is there afterwards, and is found.
pub async fn compaction_loses_nothing_that_is_held(fixture: MemoryFixture) {
    let store = &*fixture.store;
    let pay = team("pay");
    for nth in 0..40 {
        put(store, &fact(&format!("m{nth}"), &pay, &format!("deploy number{nth}"), nth)).await;
    }
    for nth in 0..20 {
        assert!(forget(store, &fact(&format!("m{nth}"), &pay, "x", 0)).await);
    }
    let filter = MemoryFilter { limit: 100, ..MemoryFilter::new(pay) };
    let before =
        (listed(store, &filter).await, recalled(store, "deploy", &filter).await, events(&fixture).await);
    for _ in 0..2 {
        assert_eq!(store.compact().await, Ok(true));
        let after =
            (listed(store, &filter).await, recalled(store, "deploy", &filter).await, events(&fixture).await);
        assert_eq!(after, before);
    }
    put(store, &fact("new", &team("pay"), "deploy kingfisher", 99)).await;
    assert_eq!(recalled(store, "kingfisher", &filter).await, ["new"]);
}
