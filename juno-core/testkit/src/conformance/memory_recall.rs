//! What every [`MemoryStore`] has to find by words.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{EventBuffer, TenantId};
use juno_memory::{
    ForgetReason, InMemoryMemoryStore, LegalHold, Memory, MemoryFilter, MemoryKind, MemoryScope, MemoryStore,
    Quarantine, RankSignal, Reach, RecallQuery, Recalled, Trust, Turn, Usage, forgotten_event, held_event,
    hold_lifted_event,
};
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::memory_store::{
    MemoryFixture, SUITE_LIMITS, actor, fact, forget, put, start, tagged, team, tenant,
};

async fn recall(store: &dyn MemoryStore, text: &str, filter: MemoryFilter) -> Vec<Recalled> {
    store.recall(&RecallQuery::new(text, filter), start()).await.expect("recall")
}

async fn found(store: &dyn MemoryStore, text: &str) -> Vec<String> {
    let hits = recall(store, text, MemoryFilter::new(team("pay"))).await;
    hits.into_iter().map(|hit| hit.memory.id.to_string()).collect()
}

/// Ranking by words, and the reasons that make a score.
pub async fn the_best_match_comes_first_and_says_why(MemoryFixture { store, .. }: MemoryFixture) {
    for (name, text) in [
        ("freeze", "The API is frozen during the December freeze"),
        ("deploy", "Deployments failed twice, the deploy script was wrong"),
        ("api", "The API has a new owner"),
        ("lunch", "Lunch is at noon"),
    ] {
        put(&*store, &fact(name, &team("pay"), text, 0)).await;
    }
    assert_eq!(found(&*store, "When is the API freeze?").await, ["freeze", "api"]);
    let hits = recall(&*store, "failed deployment", MemoryFilter::new(team("pay"))).await;
    assert_eq!(hits.len(), 1);
    let words: Vec<&RankSignal> = hits[0].why.iter().map(|reason| &reason.signal).collect();
    assert!(words.contains(&&RankSignal::Word { word: "deploy".into() }));
    let sum: f64 = hits[0].why.iter().map(|reason| reason.contribution).sum();
    assert!((sum - hits[0].score).abs() < 1e-9 && hits[0].score > 0.0);
}

/// Empty queries, stop words and symbols ask for nothing in particular.
pub async fn a_query_without_content_words_gives_the_newest(MemoryFixture { store, .. }: MemoryFixture) {
    for (name, minute) in [("old", 0), ("new", 2), ("mid", 1)] {
        put(&*store, &fact(name, &team("pay"), "something to say", minute)).await;
    }
    for query in ["", "   ", "what is it that they were?", "?!", "\u{1F600}"] {
        assert_eq!(found(&*store, query).await, ["new", "mid", "old"], "{query:?}");
    }
    let hit = &recall(&*store, "", MemoryFilter::new(team("pay"))).await[0];
    assert_eq!((hit.score, &hit.why[0].signal), (0.0, &RankSignal::Newest));
    assert_eq!(found(&*store, "nowhere").await, [""; 0], "words that occur nowhere find nothing");
}

/// A query is data, however it looks and however long it is.
pub async fn quotes_operators_and_ten_kilobytes_are_words(MemoryFixture { store, .. }: MemoryFixture) {
    put(&*store, &fact("m1", &team("pay"), "NEAR the \"quoted\" words: deploy-prod AND not OR", 0)).await;
    put(&*store, &fact("m2", &team("pay"), "unrelated", 0)).await;
    for query in [
        "\"quoted",
        "deploy*",
        "(deploy",
        "deploy-prod",
        "words:deploy",
        "deploy AND NOT",
        "^deploy",
        "NEAR(deploy, 3)",
        "'; DROP TABLE memories; -- deploy",
        "deploy\u{0}",
        "\"\"\" deploy \"\"",
        "deploy OR",
        "{words} : deploy + -",
    ] {
        assert_eq!(found(&*store, query).await, ["m1"], "{query}");
    }
    let long: String = (0..1300).map(|nth| format!("word{nth} ")).collect();
    assert!(long.len() > 10_000);
    assert_eq!(found(&*store, &long).await, [""; 0]);
    assert_eq!(found(&*store, &format!("deploy {long}")).await, ["m1"]);
    assert_eq!(found(&*store, &"deploy ".repeat(2000)).await, ["m1"]);
    assert_eq!(found(&*store, &"x".repeat(10_000)).await, [""; 0]);
    let too_long =
        RecallQuery::new("x".repeat(RecallQuery::MAX_TEXT_BYTES + 1), MemoryFilter::new(team("pay")));
    assert!(store.recall(&too_long, start()).await.is_err());
}

/// F-05 for text: non-ASCII never matched.
pub async fn every_script_and_case_is_found(MemoryFixture { store, .. }: MemoryFixture) {
    for (name, text, queries) in [
        (
            "french",
            "L'équipe préfère les déploiements courts",
            &["PRÉFÈRE", "prefere", "pre\u{301}fe\u{300}re"][..],
        ),
        ("german", "Die Straße ist gesperrt", &["STRASSE", "straße"]),
        ("greek", "Ο Σίσυφος", &["ΣΊΣΥΦΟΣ", "σισυφος"]),
        ("russian", "Команда платежей", &["КОМАНДА", "платежей"]),
        ("japanese", "支払いチームは金曜日にデプロイしない", &["デプロイ", "金曜日", "支払い"]),
        ("chinese", "我们每周五冻结接口", &["冻结", "接口"]),
        ("korean", "결제팀은 금요일에 배포하지 않는다", &["배포", "금요일"]),
        ("hindi", "भुगतान टीम शुक्रवार", &["भुगतान"]),
        ("arabic", "فريق المدفوعات", &["المدفوعات"]),
        ("thai", "ทีมชำระเงินหยุดวันศุกร์", &["ชำระเงิน"]),
        ("wide", "ＡＢＣ　１２３", &["abc", "123"]),
    ] {
        put(&*store, &fact(name, &team("pay"), text, 0)).await;
        for query in queries {
            assert_eq!(found(&*store, query).await, [name], "{query}");
        }
    }
}

/// Filters take hits away; they do not change scores.
pub async fn a_refused_neighbour_still_counts_for_how_common_a_word_is(fixture: MemoryFixture) {
    let store = &*fixture.store;
    for nth in 0..12 {
        let text = if nth < 9 { "common words here" } else { "something rare" };
        put(store, &tagged(fact(&format!("m{nth}"), &team("pay"), text, 0), &[["x", "y"][nth % 2]])).await;
    }
    let all = recall(store, "common rare", MemoryFilter::new(team("pay"))).await;
    let tags = ["x".to_owned()].into();
    let some =
        recall(store, "common rare", MemoryFilter { all_tags: tags, ..MemoryFilter::new(team("pay")) }).await;
    assert!(!some.is_empty() && some.len() < all.len());
    for hit in &some {
        assert!(all.contains(hit), "a filter takes hits away and changes no score");
    }
    let elsewhere = fact("other", &team("growth"), "rare rare rare", 0);
    put(store, &elsewhere).await;
    assert_eq!(
        recall(store, "common rare", MemoryFilter::new(team("pay"))).await,
        all,
        "nor does another scope"
    );
}

/// The older systems left deleted text in their history tables.
pub async fn what_is_forgotten_or_replaced_is_not_found(MemoryFixture { store, .. }: MemoryFixture) {
    let memory = fact("m1", &team("pay"), "the old codename is bluebird", 0);
    put(&*store, &memory).await;
    put(&*store, &fact("m1", &team("pay"), "the new codename is kingfisher", 1)).await;
    assert_eq!(found(&*store, "bluebird").await, [""; 0]);
    assert_eq!(found(&*store, "kingfisher").await, ["m1"]);
    assert!(forget(&*store, &memory).await);
    assert!(!forget(&*store, &memory).await, "only once");
    assert_eq!(found(&*store, "kingfisher codename").await, [""; 0]);
    assert_eq!(store.get(&memory.scope, &memory.id, start()).await, Ok(None));
}

/// A name in a question prefers what that one said, and an answer is found beside its question.
pub async fn threads_and_speakers_count(MemoryFixture { store, .. }: MemoryFixture) {
    let turn = |name: &str, thread: &str, place: u32, who: &str, text: &str| {
        let mut memory = fact(name, &team("pay"), text, 0);
        (memory.who, memory.turn) = (Some(who.into()), Some(Turn::new(thread, place)));
        memory
    };
    let talk = [
        turn("asked", "standup", 0, "Zoë", "Which database does the billing service use?"),
        turn("answered", "standup", 1, "Bob", "Postgres, since June"),
        turn("elsewhere", "retro", 0, "Zoë", "Good week"),
        turn("tea-zoe", "kitchen", 0, "Zoë", "Tea, please"),
        turn("tea-bob", "garden", 0, "Bob", "Tea, please"),
    ];
    for memory in &talk {
        put(&*store, memory).await;
    }
    assert_eq!(found(&*store, "database of billing").await, ["answered", "asked"]);
    assert_eq!(found(&*store, "which tea does BOB want?").await, ["tea-bob", "tea-zoe"]);
    assert_eq!(found(&*store, "which tea does Zoe want?").await, ["tea-zoe", "tea-bob"]);
    // What is gone speaks for nobody any more.
    assert!(forget(&*store, &talk[0]).await);
    assert_eq!(found(&*store, "database of billing").await, [""; 0]);
    // More turns than are kept side by side.
    for place in 0..150 {
        put(&*store, &turn(&format!("t{place}"), "long", place, "Ada", &format!("subject{place}"))).await;
    }
    let hits = found(&*store, "subject60").await;
    assert_eq!(hits[0], "t60");
    assert!(["t59", "t61", "t54", "t66"].iter().all(|near| hits.contains(&(*near).to_string())), "{hits:?}");
}

/// The store and the in-memory reference stay equal, answers and scores, over random steps.
pub async fn random_steps_agree_with_the_reference(MemoryFixture { store, .. }: MemoryFixture) {
    let reference =
        InMemoryMemoryStore::new(Arc::new(EventBuffer::default())).with_working_limits(SUITE_LIMITS);
    let mut steps = Steps { rng: Xoshiro256PlusPlus::seed_from_u64(11), minute: 0 };
    for step in 0..300 {
        match steps.rng.gen_range(0..10) {
            0..=5 => {
                let memory = steps.memory();
                let events = [juno_memory::written_event(&memory, &actor()).expect("an event")];
                assert_eq!(
                    store.put(&memory, &events).await,
                    reference.put(&memory, &events).await,
                    "step {step}"
                );
            }
            6 if step % 3 == 0 => {
                let tenant = steps.scope().tenant().clone();
                steps.hold_or_lift(&*store, &reference, tenant, step).await;
            }
            6 => {
                let memory = steps.memory();
                let gone = forgotten_event(&memory.scope, &memory.id, &actor(), start(), ForgetReason::Asked);
                let gone = [gone.expect("an event")];
                let expected = reference.forget(&memory.scope, &memory.id, &gone).await;
                assert_eq!(store.forget(&memory.scope, &memory.id, &gone).await, expected, "step {step}");
            }
            7 if step % 5 == 0 => {
                let now = steps.now();
                let expected = reference.purge_expired(now, &actor()).await;
                assert_eq!(store.purge_expired(now, &actor()).await, expected, "step {step}");
            }
            _ => {
                let (query, now) = (steps.query(), steps.now());
                assert_eq!(store.list(&query.filter, now).await, reference.list(&query.filter, now).await);
                let expected = reference.recall(&query, now).await;
                assert_eq!(store.recall(&query, now).await, expected, "step {step}: {query:?}");
            }
        }
    }
}

struct Steps {
    rng: Xoshiro256PlusPlus,
    minute: i64,
}

impl Steps {
    async fn hold_or_lift(
        &mut self,
        store: &dyn MemoryStore,
        reference: &dyn MemoryStore,
        tenant: TenantId,
        step: i64,
    ) {
        let (subject, reason) = ("zoe".to_owned(), "a case".to_owned());
        if self.rng.gen_bool(0.5) {
            let hold = LegalHold { tenant, subject, reason, by: actor(), at: self.now() };
            let events = [held_event(&hold).expect("an event")];
            assert_eq!(store.hold(&hold, &events).await, reference.hold(&hold, &events).await, "step {step}");
        } else {
            let event =
                hold_lifted_event(&tenant, &subject, &reason, &actor(), self.now()).expect("an event");
            let expected = reference.release(&tenant, &subject, std::slice::from_ref(&event)).await;
            assert_eq!(store.release(&tenant, &subject, &[event]).await, expected, "step {step}");
        }
    }

    const WORDS: [&'static str; 14] = [
        "deploy",
        "deploys",
        "failed",
        "sprint",
        "the",
        "review",
        "API",
        "équipe",
        "支払い",
        "12",
        "PAY-12",
        "O'Neil",
        "freeze",
        "flaky",
    ];

    fn now(&self) -> DateTime<Utc> {
        start() + TimeDelta::minutes(self.minute)
    }

    fn scope(&mut self) -> MemoryScope {
        [tenant("acme"), team("pay"), team("growth"), tenant("other")]
            .choose(&mut self.rng)
            .expect("one")
            .clone()
    }

    fn text(&mut self) -> String {
        let count = self.rng.gen_range(1..8);
        let words: Vec<&str> =
            (0..count).map(|_| *Self::WORDS.choose(&mut self.rng).expect("a word")).collect();
        words.join(" ")
    }

    fn memory(&mut self) -> Memory {
        self.minute += self.rng.gen_range(0..3);
        let (scope, text) = (self.scope(), self.text());
        let mut memory = fact(&format!("m{}", self.rng.gen_range(0..60)), &scope, &text, self.minute);
        memory.kind = if self.rng.gen_bool(0.3) { MemoryKind::Episodic } else { MemoryKind::Semantic };
        memory.tags =
            ["a", "b", "c"].iter().filter(|_| self.rng.gen_bool(0.4)).map(ToString::to_string).collect();
        if self.rng.gen_bool(0.5) {
            memory.who = ["Zoë", "O'Neil", "Bob Flaky"].choose(&mut self.rng).map(ToString::to_string);
        }
        if self.rng.gen_bool(0.5) {
            let thread = ["standup", "retro"].choose(&mut self.rng).expect("a thread");
            memory.turn = Some(Turn::new(*thread, self.rng.gen_range(0..12)));
        }
        memory.trust = *Trust::ALL.choose(&mut self.rng).expect("a level");
        memory.subject = self.rng.gen_bool(0.3).then(|| "zoe".to_owned());
        memory.quarantined = self.rng.gen_bool(0.2).then(|| Quarantine::new(start(), "a test"));
        if self.rng.gen_bool(0.3) {
            let recorded = memory.recorded_at - TimeDelta::days(self.rng.gen_range(0..400));
            memory.used = Some(Usage::after(None, recorded, memory.recorded_at));
        }
        memory.valid_from -= TimeDelta::days(self.rng.gen_range(0..90));
        memory.expires_at =
            self.rng.gen_bool(0.3).then(|| self.now() + TimeDelta::minutes(self.rng.gen_range(1..60)));
        memory
    }

    fn query(&mut self) -> RecallQuery {
        let mut filter = MemoryFilter::new(self.scope());
        filter.reach = if self.rng.gen_bool(0.5) { Reach::Exact } else { Reach::Upwards };
        filter.limit = self.rng.gen_range(1..12);
        if self.rng.gen_bool(0.3) {
            filter.kinds = [MemoryKind::Episodic].into();
        }
        if self.rng.gen_bool(0.3) {
            filter.all_tags = ["a".into()].into();
        }
        if self.rng.gen_bool(0.3) {
            filter.any_tags = ["b".into(), "c".into()].into();
        }
        filter.with_quarantined = self.rng.gen_bool(0.3);
        filter.min_trust = self.rng.gen_bool(0.3).then_some(Trust::Unverified);
        let mut text = self.text();
        for more in [" Zoe", " by Bob", " in January 2026", "?"] {
            if self.rng.gen_bool(0.2) {
                text.push_str(more);
            }
        }
        if self.rng.gen_bool(0.2) {
            text.insert_str(0, "when ");
        }
        RecallQuery::new(text, filter)
    }
}
