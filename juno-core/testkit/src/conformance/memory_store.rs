//! What every [`MemoryStore`] has to do: writing, reading, scope, time, events. What it has to find by words stands in
//! [`memory_recall`](super::memory_recall).
//!
//! [`memory_store_tests!`](crate::memory_store_tests) makes one test of each case, named after what must never happen
//! or always must.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_audit::Outbox;
use juno_domain::{
    DomainEvent, ErrorKind, EventKind, MemoryId, PrincipalId, Probability, SessionId, TeamId, TenantId,
};
use juno_memory::{
    ForgetReason, Memory, MemoryFilter, MemoryKind, MemoryScope, MemoryStore, Reach, Turn, WorkingLimits,
    forgotten_event, written_event,
};
use serde_json::{Value, json};

/// The bounds on working memory that the store under test has to be made with.
pub const SUITE_LIMITS: WorkingLimits = WorkingLimits { max_entries: 5, ttl: TimeDelta::minutes(30) };

/// A fresh, empty store made with [`SUITE_LIMITS`], and the outbox it commits its events to.
#[derive(Clone)]
pub struct MemoryFixture {
    /// The store.
    pub store: Arc<dyn MemoryStore>,
    /// Where its events wait.
    pub outbox: Arc<dyn Outbox>,
    /// Whatever has to live as long as the store, such as a temporary folder.
    pub guard: Arc<dyn Any + Send + Sync>,
}

/// Makes a test of every case of the suite, each on a fixture of its own.
///
/// The argument is an expression that gives a [`MemoryFixture`](crate::conformance::memory_store::MemoryFixture); it
/// is evaluated once for each test.
#[macro_export]
macro_rules! memory_store_tests {
    ($make:expr) => {
        $crate::memory_store_tests!(@in memory_store $make;
            every_field_comes_back_as_it_was_written,
            a_rejected_write_poisons_no_later_one,
            nothing_and_failure_are_told_apart,
            tag_team_1_does_not_match_team_10,
            tags_in_any_script_or_with_quotes_match,
            all_tags_and_any_tags_combine,
            the_limit_counts_after_scope_tags_and_kinds,
            expiry_compares_instants_across_zones,
            expired_memories_are_purged_with_their_records,
            the_same_id_replaces_and_never_crosses_scopes,
            a_turn_stored_again_adds_nothing,
            state_and_events_commit_together,
            nothing_crosses_sideways,
            the_newest_come_first,
            working_memory_is_bounded);
        $crate::memory_store_tests!(@in memory_recall $make;
            the_best_match_comes_first_and_says_why,
            a_query_without_content_words_gives_the_newest,
            quotes_operators_and_ten_kilobytes_are_words,
            every_script_and_case_is_found,
            a_refused_neighbour_still_counts_for_how_common_a_word_is,
            what_is_forgotten_or_replaced_is_not_found,
            threads_and_speakers_count,
            random_steps_agree_with_the_reference);
        $crate::memory_store_tests!(@in memory_facts $make;
            many_are_written_together_or_not_at_all,
            values_that_change_are_found_as_they_are_and_as_they_were);
        $crate::memory_store_tests!(@in memory_upkeep $make;
            what_is_in_quarantine_or_not_trusted_is_not_read,
            what_was_of_use_ranks_before_what_only_was_found,
            an_update_builds_on_what_is_stored_or_is_refused,
            health_counts_what_is_there,
            fuzzed_scopes_never_leak,
            callers_at_once_lose_nothing,
            callers_who_update_at_once_lose_nothing,
            many_are_forgotten_together_or_not_at_all,
            a_scan_gives_everything_of_a_tenant_once_in_order,
            what_is_under_legal_hold_stays,
            compaction_loses_nothing_that_is_held);
    };
    (@in $suite:ident $make:expr; $($case:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::conformance::$suite::$case($make).await;
            }
        )+
    };
}

pub(super) fn start() -> DateTime<Utc> {
    "2026-03-02T09:15:00.123456789Z".parse().expect("a time")
}

pub(super) fn actor() -> PrincipalId {
    PrincipalId::new("ada").expect("a principal")
}

pub(super) fn id(text: impl AsRef<str>) -> MemoryId {
    MemoryId::new(text).expect("an id")
}

pub(super) fn tenant(name: &str) -> MemoryScope {
    MemoryScope::tenant_wide(TenantId::new(name).expect("a tenant"))
}

pub(super) fn team(name: &str) -> MemoryScope {
    tenant("acme").with_team(TeamId::new(name).expect("a team"))
}

pub(super) fn session(name: &str) -> MemoryScope {
    let agent = team("pay").with_agent(PrincipalId::new("juno").expect("an agent"));
    agent.with_session(SessionId::new(name).expect("a session")).expect("a session of an agent")
}

/// A fact, recorded `minutes` after the start.
pub(super) fn fact(name: &str, scope: &MemoryScope, text: &str, minutes: i64) -> Memory {
    let at = start() + TimeDelta::minutes(minutes);
    Memory::new(id(name), MemoryKind::Semantic, scope.clone(), text, "suite", at)
}

pub(super) fn tagged(mut memory: Memory, tags: &[&str]) -> Memory {
    memory.tags = tags.iter().map(ToString::to_string).collect();
    memory
}

pub(super) async fn put(store: &dyn MemoryStore, memory: &Memory) {
    let event = written_event(memory, &actor()).expect("an event");
    store.put(memory, &[event]).await.expect("put");
}

pub(super) async fn forget(store: &dyn MemoryStore, memory: &Memory) -> bool {
    let gone = forgotten_event(&memory.scope, &memory.id, &actor(), start(), ForgetReason::Asked);
    store.forget(&memory.scope, &memory.id, &[gone.expect("an event")]).await.expect("forget")
}

pub(super) async fn list(store: &dyn MemoryStore, filter: &MemoryFilter) -> Vec<Memory> {
    store.list(filter, start()).await.expect("list")
}

pub(super) async fn listed(store: &dyn MemoryStore, filter: &MemoryFilter) -> Vec<String> {
    list(store, filter).await.into_iter().map(|memory| memory.id.to_string()).collect()
}

pub(super) async fn events(fixture: &MemoryFixture) -> Vec<DomainEvent> {
    fixture.outbox.waiting(usize::MAX).await.expect("the outbox")
}

/// What is read is what was written, to the last bit.
pub async fn every_field_comes_back_as_it_was_written(MemoryFixture { store, .. }: MemoryFixture) {
    let mut memory = fact("m \"1\" ☃", &team("équipe; DROP TABLE"), "Zoë said: “ship it”\u{0}\n\u{1F600}", 0);
    memory.kind = MemoryKind::Procedural;
    memory.data = json!({
        "big": u64::MAX, "small": i64::MIN, "third": 1.0 / 3.0, "tiny": 5e-324, "huge": 1.797_693_134_862_315_7e308,
        "1": "a key that looks like a number", "": null, "deep": [[[{ "é": [true, false] }]]],
    });
    memory.tags = ["a b", "'", "\"", "\u{0}", "ÅÄÖ", "x".repeat(128).as_str()].map(String::from).into();
    memory.importance = Probability::new(0.1 + 0.2).expect("a probability");
    memory.confidence = Some(Probability::new(f64::MIN_POSITIVE).expect("a probability"));
    memory.source = "retro, 2026-02-27".into();
    memory.valid_from = "1999-12-31T23:59:59.999999999Z".parse().expect("a time");
    memory.expires_at = Some("2261-01-01T00:00:00Z".parse().expect("a time"));
    memory.subject = Some("zoë@example.com; DROP".into());
    memory.trust = juno_memory::Trust::Trusted;
    memory.used = Some(juno_memory::Usage { count: 3, last_at: start(), stability_days: 1.0 / 3.0 });
    memory.who = Some("Zoë 'The \"Ship\"' O'Neil".into());
    memory.turn = Some(Turn::new("thread; \u{0} ☃", u32::MAX));
    put(&*store, &memory).await;
    let got = store.get(&memory.scope, &memory.id, start()).await.expect("get");
    assert_eq!(got.as_ref(), Some(&memory));
    assert_eq!(list(&*store, &MemoryFilter::new(memory.scope.clone())).await, std::slice::from_ref(&memory));
    memory.quarantined = Some(juno_memory::Quarantine::new(start(), "“poisoned”\u{0}"));
    put(&*store, &memory).await;
    assert_eq!(store.get(&memory.scope, &memory.id, start()).await.expect("get"), Some(memory));
}

/// F-01: one rejected write locked the older system's database.
pub async fn a_rejected_write_poisons_no_later_one(fixture: MemoryFixture) {
    let store = &*fixture.store;
    let scope = team("pay");
    for round in 0..4 {
        let mut bad = fact("bad", &scope, "too much", round);
        bad.data = json!("x".repeat(Memory::MAX_DATA_BYTES));
        let event = written_event(&bad, &actor()).expect("an event");
        let refused = store.put(&bad, &[event]).await.expect_err("too large");
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
        put(store, &fact(&format!("good-{round}"), &scope, "fine", round)).await;
    }
    assert_eq!(list(store, &MemoryFilter::new(scope)).await.len(), 4);
    assert_eq!(events(&fixture).await.len(), 4, "a refused write leaves no record");
}

/// An absent memory is no error, a bad request is one.
pub async fn nothing_and_failure_are_told_apart(MemoryFixture { store, .. }: MemoryFixture) {
    let scope = team("pay");
    assert_eq!(store.get(&scope, &id("none"), start()).await, Ok(None));
    assert_eq!(store.list(&MemoryFilter::new(scope.clone()), start()).await, Ok(vec![]));
    for limit in [0, MemoryFilter::MAX_LIMIT + 1] {
        let filter = MemoryFilter { limit, ..MemoryFilter::new(scope.clone()) };
        let refused = store.list(&filter, start()).await.expect_err("a limit out of range");
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    }
}

/// F-04: the older system matched tags as text within text.
pub async fn tag_team_1_does_not_match_team_10(MemoryFixture { store, .. }: MemoryFixture) {
    let scope = team("pay");
    for (name, tag) in [("one", "team_1"), ("ten", "team_10"), ("x", "teamX1"), ("upper", "TEAM_1")] {
        put(&*store, &tagged(fact(name, &scope, "a preference", 0), &[tag])).await;
    }
    let with = |tag: &str| MemoryFilter { all_tags: [tag.into()].into(), ..MemoryFilter::new(scope.clone()) };
    assert_eq!(listed(&*store, &with("team_1")).await, ["one"]);
    for nothing in ["%", "team", "_", "\"", "*", "", "team_"] {
        assert_eq!(listed(&*store, &with(nothing)).await, [""; 0], "{nothing}");
    }
}

/// F-05: the older system stored tags escaped and never found them again.
pub async fn tags_in_any_script_or_with_quotes_match(MemoryFixture { store, .. }: MemoryFixture) {
    let scope = team("pay");
    let tags = ["équipe", "a\"b", "a'b", "チーム", "a\\b", "{\"k\":1}", " spaced ", "\u{1F680}"];
    for (nth, tag) in tags.into_iter().enumerate() {
        put(&*store, &tagged(fact(&format!("m{nth}"), &scope, "a preference", 0), &[tag, "common"])).await;
    }
    for (nth, tag) in tags.into_iter().enumerate() {
        let any = MemoryFilter { any_tags: [tag.into()].into(), ..MemoryFilter::new(scope.clone()) };
        assert_eq!(listed(&*store, &any).await, [format!("m{nth}")], "{tag}");
    }
}

/// A memory carries all of one set and at least one of the other.
pub async fn all_tags_and_any_tags_combine(MemoryFixture { store, .. }: MemoryFixture) {
    let scope = team("pay");
    for (name, tags) in [("ab", &["a", "b"][..]), ("ac", &["a", "c"]), ("bc", &["b", "c"]), ("none", &[])] {
        put(&*store, &tagged(fact(name, &scope, "x", 0), tags)).await;
    }
    let find = async |all: &[&str], any: &[&str]| {
        let set = |tags: &[&str]| tags.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        let base = MemoryFilter::new(scope.clone());
        listed(&*store, &MemoryFilter { all_tags: set(all), any_tags: set(any), ..base }).await
    };
    assert_eq!(find(&["a"], &[]).await, ["ac", "ab"]);
    assert_eq!(find(&["a", "b"], &[]).await, ["ab"]);
    assert_eq!(find(&[], &["a", "b"]).await, ["bc", "ac", "ab"]);
    assert_eq!(find(&["c"], &["a", "z"]).await, ["ac"]);
    assert_eq!(find(&["a", "z"], &[]).await, [""; 0]);
    assert_eq!(find(&[], &[]).await.len(), 4);
}

/// F-06, F-07: the older system took 100 rows of all teams first, and ignored the wanted kind.
pub async fn the_limit_counts_after_scope_tags_and_kinds(MemoryFixture { store, .. }: MemoryFixture) {
    let mut wanted = tagged(fact("wanted", &team("alpha"), "alpha deploys on Mondays", 0), &["preference"]);
    wanted.kind = MemoryKind::Procedural;
    put(&*store, &wanted).await;
    for nth in 0..60 {
        let other = team(&format!("other-{}", nth % 3));
        put(&*store, &tagged(fact(&format!("o{nth}"), &other, "deploys", 1 + nth), &["preference"])).await;
        put(&*store, &fact(&format!("a{nth}"), &team("alpha"), "deploys", 1 + nth)).await;
    }
    let alpha = MemoryFilter { limit: 1, ..MemoryFilter::new(team("alpha")) };
    let by_tag = MemoryFilter { any_tags: ["preference".into()].into(), ..alpha.clone() };
    let by_kind = MemoryFilter { kinds: [MemoryKind::Procedural].into(), ..alpha };
    for filter in [by_tag, by_kind] {
        assert_eq!(list(&*store, &filter).await, std::slice::from_ref(&wanted));
        let query = juno_memory::RecallQuery::new("when does it deploy", filter);
        let found = store.recall(&query, start()).await.expect("recall");
        assert_eq!(
            found.into_iter().map(|hit| hit.memory).collect::<Vec<_>>(),
            std::slice::from_ref(&wanted)
        );
    }
}

/// F-08: the older system compared times as text.
pub async fn expiry_compares_instants_across_zones(MemoryFixture { store, .. }: MemoryFixture) {
    let scope = team("pay");
    let now: DateTime<Utc> = "2026-03-02T12:00:00Z".parse().expect("a time");
    // In half an hour, and half an hour ago, both written with another offset.
    for (name, expires) in [("live", "2026-03-02T03:30:00-09:00"), ("gone", "2026-03-02T20:30:00+09:00")] {
        let mut memory = fact(name, &scope, "zones", 0);
        memory.expires_at = Some(DateTime::parse_from_rfc3339(expires).expect("a time").to_utc());
        put(&*store, &memory).await;
    }
    let seen = store.list(&MemoryFilter::new(scope.clone()), now).await.expect("list");
    assert_eq!(seen.iter().map(|memory| memory.id.as_str()).collect::<Vec<_>>(), ["live"]);
    let later = now + TimeDelta::minutes(30);
    assert_eq!(
        store.get(&scope, &id("live"), later - TimeDelta::nanoseconds(1)).await.expect("get"),
        seen.first().cloned()
    );
    assert_eq!(store.get(&scope, &id("live"), later).await, Ok(None), "gone at the very instant");
}

/// Each purged memory leaves one record.
pub async fn expired_memories_are_purged_with_their_records(fixture: MemoryFixture) {
    let store = &*fixture.store;
    for nth in 0..20 {
        let mut memory = fact(&format!("m{nth}"), &team(&format!("t{}", nth % 3)), "soon gone", 0);
        memory.expires_at = (nth % 2 == 0).then(|| start() + TimeDelta::minutes(nth));
        put(store, &memory).await;
    }
    let now = start() + TimeDelta::minutes(10);
    assert_eq!(store.purge_expired(now, &actor()).await, Ok(6), "0, 2, 4, 6, 8 and 10 minutes");
    assert_eq!(store.purge_expired(now, &actor()).await, Ok(0));
    let gone: BTreeSet<String> = (0..=10).step_by(2).map(|nth| format!("m{nth}")).collect();
    let records: Vec<DomainEvent> =
        events(&fixture).await.into_iter().filter(|e| e.kind == EventKind::MemoryForgotten).collect();
    assert_eq!(records.iter().map(|event| event.subject.clone()).collect::<BTreeSet<_>>(), gone);
    assert!(
        records
            .iter()
            .all(|event| event.actor == actor() && event.payload.value()["reason"] == json!("expired"))
    );
    let everything = store.list(&MemoryFilter::new(team("t0")), start()).await.expect("list");
    assert!(everything.iter().all(|memory| !gone.contains(memory.id.as_str())), "gone for every reader");
}

/// F-12: three writes of one preference made three rows.
pub async fn the_same_id_replaces_and_never_crosses_scopes(fixture: MemoryFixture) {
    let store = &*fixture.store;
    let pay = team("pay");
    for (minute, text) in ["mondays", "tuesdays", "wednesdays"].into_iter().enumerate() {
        put(store, &tagged(fact("preference", &pay, text, minute as i64), &[text])).await;
    }
    let current = list(store, &MemoryFilter::new(pay.clone())).await;
    assert_eq!(current.len(), 1);
    assert_eq!(current[0].text, "wednesdays");
    let stale = MemoryFilter { all_tags: ["mondays".into()].into(), ..MemoryFilter::new(pay.clone()) };
    assert_eq!(listed(store, &stale).await, [""; 0], "the old tags are gone with the old text");

    let before = events(&fixture).await.len();
    for elsewhere in [tenant("acme"), team("growth"), session("s1")] {
        let taken = fact("preference", &elsewhere, "mine", 9);
        let event = written_event(&taken, &actor()).expect("an event");
        let refused = store.put(&taken, &[event]).await.expect_err("the id is taken");
        assert_eq!(refused.kind(), ErrorKind::Conflict);
        assert!(!forget(store, &taken).await, "not from another scope");
    }
    assert_eq!(events(&fixture).await.len(), before);
    assert_eq!(list(store, &MemoryFilter::new(pay.clone())).await, current);
    let namesake =
        fact("preference", &tenant("other").with_team(TeamId::new("pay").expect("a team")), "theirs", 0);
    put(store, &namesake).await;
    assert_eq!(list(store, &MemoryFilter::new(pay)).await, current, "tenants do not meet");
}

/// F-13: the older system stored the whole conversation again with each turn.
pub async fn a_turn_stored_again_adds_nothing(fixture: MemoryFixture) {
    let store = &*fixture.store;
    let scope = session("chat");
    let turns: Vec<Memory> =
        (0..20).map(|nth| fact(&format!("turn-{nth}"), &scope, "and then?", nth)).collect();
    for upto in 0..turns.len() {
        for turn in &turns[..=upto] {
            put(store, turn).await;
        }
    }
    assert_eq!(list(store, &MemoryFilter::new(scope)).await.len(), 20);
    assert_eq!(events(&fixture).await.len(), 20, "the same fact is recorded once");
}

/// Whether an event was recorded: as it was given, or, by a store that encrypts, with nothing in it that a guess at what the
/// memory says could be held against.
fn is_record_of(found: &DomainEvent, given: &DomainEvent, memory: &Memory) -> bool {
    let json = memory.to_json().expect("its JSON");
    let guess = juno_crypto::digest(json.as_bytes()).to_string();
    let text = serde_json::to_string(found).expect("its JSON");
    let same =
        DomainEvent { id: found.id.clone(), payload: found.payload.clone(), ..given.clone() } == *found;
    found == given
        || (same && found.kind == EventKind::MemoryWritten && text.contains("key") && !text.contains(&guess))
}

/// No write without its record, no record without its write.
pub async fn state_and_events_commit_together(fixture: MemoryFixture) {
    let store = &*fixture.store;
    let memory = fact("m1", &team("pay"), "recorded", 0);
    let written = written_event(&memory, &actor()).expect("an event");
    let also = DomainEvent { id: juno_domain::EventId::new("also").expect("an id"), ..written.clone() };
    let other = DomainEvent { subject: "m2".into(), ..written.clone() };
    for missing in [&[][..], &[other]] {
        let refused = store.put(&memory, missing).await.expect_err("a write without its record");
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
        assert!(store.forget(&memory.scope, &memory.id, missing).await.is_err());
    }
    assert_eq!(store.get(&memory.scope, &memory.id, start()).await, Ok(None));
    store.put(&memory, &[written.clone(), also.clone()]).await.expect("put");
    let given = [written, also];
    let recorded = events(&fixture).await;
    assert_eq!(recorded.len(), 2);
    assert!(
        recorded.iter().zip(&given).all(|(found, given)| is_record_of(found, given, &memory)),
        "{recorded:?}"
    );

    let gone =
        forgotten_event(&memory.scope, &memory.id, &actor(), start(), ForgetReason::Asked).expect("an event");
    let none =
        forgotten_event(&team("pay"), &id("m9"), &actor(), start(), ForgetReason::Asked).expect("an event");
    assert_eq!(store.forget(&team("pay"), &id("m9"), &[none]).await, Ok(false));
    assert_eq!(store.forget(&memory.scope, &memory.id, std::slice::from_ref(&gone)).await, Ok(true));
    let [first, second] = <[DomainEvent; 2]>::try_from(recorded).expect("two");
    assert_eq!(events(&fixture).await, [first, second, gone], "no record of what did not happen");
}

/// Every scope sees itself and, if asked, what encloses it.
pub async fn nothing_crosses_sideways(MemoryFixture { store, .. }: MemoryFixture) {
    let option = |name: &str| [None, Some(format!("{name}1")), Some(format!("{name}2"))];
    let mut scopes = Vec::new();
    for tenant in ["a", "b"] {
        for team in option("t") {
            for agent in option("g") {
                for session in option("s") {
                    let scope = MemoryScope::new(
                        TenantId::new(tenant).expect("a tenant"),
                        team.clone().map(|name| TeamId::new(name).expect("a team")),
                        agent.clone().map(|name| PrincipalId::new(name).expect("an agent")),
                        session.map(|name| SessionId::new(name).expect("a session")),
                    );
                    scopes.extend(scope.ok());
                }
            }
        }
    }
    assert_eq!(scopes.len(), 42, "a session needs an agent");
    for (nth, scope) in scopes.iter().enumerate() {
        put(&*store, &fact(&format!("m{nth}"), scope, "the secret of this scope", 0)).await;
    }
    for scope in &scopes {
        for reach in [Reach::Exact, Reach::Upwards] {
            let filter = MemoryFilter { reach, limit: 100, ..MemoryFilter::new(scope.clone()) };
            let expected: BTreeSet<MemoryScope> = filter.scopes().into_iter().collect();
            let query = juno_memory::RecallQuery::new("secret", filter.clone());
            let listed = list(&*store, &filter).await;
            let recalled =
                store.recall(&query, start()).await.expect("recall").into_iter().map(|hit| hit.memory);
            for found in [listed, recalled.collect()] {
                assert_eq!(found.len(), expected.len(), "{scope} {reach:?}");
                assert_eq!(found.into_iter().map(|m| m.scope).collect::<BTreeSet<_>>(), expected, "{scope}");
            }
        }
        for (nth, owner) in scopes.iter().enumerate() {
            let got = store.get(scope, &id(format!("m{nth}")), start()).await.expect("get");
            assert_eq!(got.is_some(), scope == owner, "{scope} reads {owner}");
        }
    }
}

/// By time of recording, then by id.
pub async fn the_newest_come_first(MemoryFixture { store, .. }: MemoryFixture) {
    for (name, minute) in [("c", 5), ("a", 7), ("d", 5), ("b", -90)] {
        put(&*store, &fact(name, &team("pay"), "x", minute)).await;
    }
    put(&*store, &fact("up", &tenant("acme"), "x", 6)).await;
    let filter = MemoryFilter::new(team("pay"));
    assert_eq!(listed(&*store, &filter).await, ["a", "d", "c", "b"]);
    let upwards = MemoryFilter { reach: Reach::Upwards, limit: 3, ..filter };
    assert_eq!(listed(&*store, &upwards).await, ["a", "up", "d"]);
}

/// Working memory has a session, a time to live and a number.
pub async fn working_memory_is_bounded(fixture: MemoryFixture) {
    let store = &*fixture.store;
    let note = |name: &str, scope: &MemoryScope, minute: i64| {
        let at = start() + TimeDelta::minutes(minute);
        Memory::new(id(name), MemoryKind::Working, scope.clone(), "scratch", "suite", at)
    };
    let try_put = async |memory: Memory| {
        let event = written_event(&memory, &actor()).expect("an event");
        store.put(&memory, &[event]).await.map_err(|error| error.kind())
    };
    let one = session("one");
    assert_eq!(try_put(note("n", &team("pay"), 0)).await, Err(ErrorKind::InvalidInput), "no session");
    let mut eternal = note("n", &one, 0);
    eternal.expires_at = None;
    assert_eq!(try_put(eternal).await, Err(ErrorKind::InvalidInput), "no expiry");
    let mut long = note("n", &one, 0);
    long.expires_at = Some(start() + SUITE_LIMITS.ttl + TimeDelta::nanoseconds(1));
    assert_eq!(try_put(long).await, Err(ErrorKind::InvalidInput), "too long");

    put(store, &fact("kept", &one, "not working memory", -10)).await;
    put(store, &note("elsewhere", &session("two"), -10)).await;
    for minute in [3, 1, 4, 2, 5, 6, 0] {
        assert_eq!(try_put(note(&format!("n{minute}"), &one, minute)).await, Ok(()));
    }
    // The seventh is the oldest by its own account, and still not the one that goes.
    let working = MemoryFilter { kinds: [MemoryKind::Working].into(), ..MemoryFilter::new(one.clone()) };
    assert_eq!(listed(store, &working).await, ["n6", "n5", "n4", "n3", "n0"]);
    assert!(store.get(&one, &id("kept"), start()).await.expect("get").is_some());
    assert_eq!(listed(store, &MemoryFilter::new(session("two"))).await, ["elsewhere"]);
    let records = events(&fixture).await.into_iter().filter(|event| event.kind == EventKind::MemoryForgotten);
    let gone: Vec<(String, Value)> =
        records.map(|e| (e.subject, e.payload.value()["reason"].clone())).collect();
    assert_eq!(gone, [("n1".into(), json!("working_limit")), ("n2".into(), json!("working_limit"))]);
}
