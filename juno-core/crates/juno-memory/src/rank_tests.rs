use chrono::{DateTime, Utc};
use juno_domain::{EventBuffer, MemoryId, PrincipalId, TenantId};
use proptest::prelude::*;

use crate::{
    InMemoryMemoryStore, Memory, MemoryFilter, MemoryKind, MemoryScope, MemoryStore, RankSignal, RecallQuery,
    Recalled, Turn, written_event,
};

fn start() -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn memory(nth: usize, text: &str) -> Memory {
    let scope = MemoryScope::tenant_wide(TenantId::new("acme").unwrap());
    Memory::new(MemoryId::new(format!("m{nth}")).unwrap(), MemoryKind::Episodic, scope, text, "test", start())
}

/// A turn of a thread, said by one of two in turn.
fn turn(thread: &str, place: u32, text: &str) -> Memory {
    let mut memory = memory(place as usize, text);
    memory.id = MemoryId::new(format!("{thread}{place}")).unwrap();
    memory.who = Some(["Ada", "Bob"][place as usize % 2].into());
    memory.turn = Some(Turn::new(thread, place));
    memory
}

fn search_at(query: &str, memories: &[Memory], now: DateTime<Utc>) -> Vec<Recalled> {
    let store = InMemoryMemoryStore::new(std::sync::Arc::new(EventBuffer::default()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        for memory in memories {
            let event = written_event(memory, &PrincipalId::new("juno").unwrap()).unwrap();
            store.put(memory, &[event]).await.unwrap();
        }
        let scope = MemoryScope::tenant_wide(TenantId::new("acme").unwrap());
        store.recall(&RecallQuery::new(query, MemoryFilter::new(scope)), now).await.unwrap()
    })
}

fn search(query: &str, memories: &[Memory]) -> Vec<String> {
    search_at(query, memories, start()).iter().map(|hit| hit.memory.id.to_string()).collect()
}

fn texts(texts: &[&str]) -> Vec<Memory> {
    texts.iter().enumerate().map(|(nth, text)| memory(nth, text)).collect()
}

fn part(hit: &Recalled, signal: &RankSignal) -> f64 {
    hit.why.iter().filter(|reason| reason.signal == *signal).map(|reason| reason.contribution).sum()
}

#[test]
fn the_words_part_is_bm25_as_published() {
    let found = search_at("deploy", &texts(&["deploy failed again today", "lunch menu"]), start());
    // N 2, df 1, tf 1, length 3 (`again` is a stop word), mean 2.5.
    let idf = (1.0_f64 + 1.5 / 1.5).ln();
    let expected = idf * 1.9 / (1.0 + 0.9 * (0.7 + 0.3 * 3.0 / 2.5));
    assert_eq!(found.len(), 1);
    assert!((part(&found[0], &RankSignal::Word { word: "deploy".into() }) - expected).abs() < 1e-12);
    assert!(
        (part(&found[0], &RankSignal::Coverage) - 0.7 * expected).abs() < 1e-12,
        "it holds all of the query"
    );
}

#[test]
fn rare_words_weigh_more_and_the_reasons_add_up() {
    let texts = texts(&["sprint review notes", "sprint planning", "sprint freeze on Friday", "sprint retro"]);
    let found = search_at("sprint freeze", &texts, start());
    assert_eq!(found[0].memory.id.as_str(), "m2");
    assert_eq!(found.len(), 4);
    assert_eq!(found[0].why[0].signal, RankSignal::Word { word: "freez".into() });
    assert!(part(&found[0], &RankSignal::Proximity) > 0.0);
}

#[test]
fn an_answer_without_a_word_of_the_question_is_found_beside_it() {
    let talk = [
        turn("a", 0, "Morning"),
        turn("a", 1, "Which database does the billing service use?"),
        turn("a", 2, "Postgres, since June"),
        turn("b", 0, "Nothing here"),
    ];
    assert_eq!(search("database of billing", &talk)[..2], ["a2", "a1"]);
    let hits = search_at("database of billing", &talk, start());
    assert!(part(&hits[0], &RankSignal::Neighbours) > 0.0 && part(&hits[0], &RankSignal::Thread) > 0.0);
    assert!(part(&hits[1], &RankSignal::Question) < 0.0);
    assert!(hits.iter().all(|hit| hit.memory.id.as_str() != "b0"), "another thread gains nothing");
}

#[test]
fn the_speaker_who_is_named_comes_first_and_a_name_is_no_word() {
    let talk = [turn("a", 0, "I like tea"), turn("b", 1, "I like tea"), turn("c", 2, "Ada, hello")];
    assert_eq!(search("what tea does Bob like?", &talk), ["b1", "a0"]);
    assert_eq!(search("what tea does Ada like?", &talk), ["a0", "b1"], "`c2` holds the name only");
    assert_eq!(search("Ada?", &talk), ["c2"], "where nothing else is asked, the name is");
}

#[test]
fn dates_and_times_that_are_asked_for_come_first() {
    let at = |nth, text: &str, day: &str| {
        let mut memory = memory(nth, text);
        memory.valid_from = format!("{day}T12:00:00Z").parse().unwrap();
        memory
    };
    let talk = [
        at(0, "the build broke", "2023-05-07"),
        at(1, "the build broke", "2023-07-07"),
        at(2, "the build broke on Monday", "2023-09-07"),
    ];
    assert_eq!(search("build broke in July 2023", &talk)[0], "m1");
    assert_eq!(search("build broke on 7 May", &talk)[0], "m0");
    assert_eq!(search("when was the build broken?", &talk)[0], "m2");
}

#[test]
fn importance_and_recency_decide_between_equal_texts_only() {
    let mut memories = texts(&["deploy freeze", "deploy freeze", "deploy"]);
    memories[0].recorded_at = start() - chrono::TimeDelta::days(300);
    memories[2].importance = juno_domain::Probability::new(1.0).unwrap();
    assert_eq!(search("deploy freeze", &memories), ["m1", "m0", "m2"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn scores_are_positive_falling_and_the_sum_of_their_reasons(
        lines in proptest::collection::vec(("[a-e]{1,2}( [a-e]{1,2}){0,6}[?]?", 0..3_usize, 0..9_u32), 0..14),
        query in "(when )?[a-e]{1,2}( [a-e]{1,2}){0,3}( Ada)?( in May)?",
    ) {
        let memories: Vec<Memory> = lines
            .iter()
            .enumerate()
            .map(|(nth, (text, thread, place))| match thread {
                0 => memory(nth, text),
                _ => {
                    let mut turn = turn(["a", "b"][thread - 1], *place, text);
                    turn.id = MemoryId::new(format!("t{nth}")).unwrap();
                    turn
                }
            })
            .collect();
        let found = search_at(&query, &memories, start());
        let by_age = found.iter().all(|hit| hit.why[0].signal == RankSignal::Newest);
        prop_assert!(by_age || found.iter().all(|hit| hit.score > 0.0 && hit.score.is_finite()));
        prop_assert!(found.is_sorted_by(|a, b| a.score >= b.score));
        for hit in &found {
            let sum: f64 = hit.why.iter().map(|reason| reason.contribution).sum();
            prop_assert!((sum - hit.score).abs() < 1e-9, "{sum} {}", hit.score);
        }
    }
}
