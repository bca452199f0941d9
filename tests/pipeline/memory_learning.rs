//! What memory makes of what it holds: facts out of episodes, patterns out of decisions and outcomes.

use juno_core::agent::{PatternKind, Place, Stores};
use juno_core::domain::{MemoryId, TeamId};
use juno_core::memory::{
    ExtractedFact, Fact, FactChange, FactExtractor, Memory, MemoryFilter, MemoryKind, RecallQuery,
};

use crate::desk::{Desk, start, trusting};
use crate::recorded::{CUSTOM, PAYMENTS, decide, open};
use crate::scripted::question;

/// Reads `X owns Y`.
struct Owners;

impl FactExtractor for Owners {
    fn extract(&self, episodes: &[Memory]) -> Vec<ExtractedFact> {
        let owner = |memory: &Memory| {
            let (who, what) = memory.text.split_once(" owns ")?;
            let fact = Fact::new(what.split(' ').next()?, "owner", who);
            let sources = [memory.id.clone()].into();
            Some(ExtractedFact { fact, sources, text: None, valid_from: None, confidence: None })
        };
        episodes.iter().filter_map(owner).collect()
    }
}

#[tokio::test]
async fn consolidation_replayed_ten_times_changes_nothing_and_every_fact_cites() {
    let desk = Desk::new(trusting()).await;
    let memories = &desk.juno.memory;
    let scope = memories.scope().with_team(TeamId::new("payments").unwrap());
    let said = [
        ("e1", 0, "Ada owns billing since today"),
        ("e2", 5, "Bob owns billing now"),
        ("e3", 5, "Cyd owns billing they say"),
        ("e4", 7, "Ada owns checkout and nothing else"),
        ("e5", 8, "Lunch is at noon"),
    ];
    for (id, hour, text) in said {
        let at = start() + chrono::TimeDelta::hours(hour - 10);
        let (id, kind) = (MemoryId::new(id).unwrap(), MemoryKind::Episodic);
        memories.remember(&Memory::new(id, kind, scope.clone(), text, "standup", at)).await.unwrap();
    }
    let first = memories.consolidate_with(&scope, &Owners).await.unwrap();
    assert_eq!((first.recorded.len(), first.refused.len(), first.contradictions().count()), (4, 0, 1));
    let everything = async || {
        let page = desk.stores.memory.scan(memories.scope().tenant(), None, 1_000).await.unwrap();
        (page.memories, desk.juno.audit.head().await.unwrap())
    };
    let before = everything().await;
    for _ in 0..10 {
        let again = memories.consolidate_with(&scope, &Owners).await.unwrap();
        assert!(again.recorded.iter().all(|outcome| outcome.change == FactChange::Known));
    }
    assert_eq!(everything().await, before, "nothing is written, and nothing recorded");
    let facts: Vec<&Memory> = before.0.iter().filter(|memory| memory.fact.is_some()).collect();
    assert!(facts.len() >= 4 && facts.iter().all(|memory| !memory.derived_from.is_empty()));
    let query =
        RecallQuery::new("owner of billing", MemoryFilter { limit: 1, ..MemoryFilter::new(scope.clone()) });
    let found = memories.recall(&query).await.unwrap();
    assert_eq!(found[0].memory.fact.as_ref().unwrap().subject, "billing");

    // Another episode that says so is cited too; one that is not there stops nothing.
    let fact = |sources: &[&str]| ExtractedFact {
        fact: Fact::new("checkout", "owner", "Ada"),
        sources: sources.iter().map(|id| MemoryId::new(*id).unwrap()).collect(),
        text: None,
        valid_from: None,
        confidence: None,
    };
    let some =
        memories.consolidate(&scope, &[fact(&["gone"]), fact(&[]), fact(&["e4", "e5"])]).await.unwrap();
    assert_eq!((some.recorded.len(), some.refused.len()), (1, 2));
    let cites = memories.get(&scope, &some.recorded[0].memory).await.unwrap().unwrap().derived_from;
    assert_eq!(cites.len(), 2);
}

#[tokio::test]
async fn patterns_come_from_what_people_decided_and_hold_only_from_the_threshold_on() {
    let strict = || trusting().with("memory.pattern_threshold", "0.9").unwrap();
    let loose = || trusting().with("memory.pattern_threshold", "0.6").unwrap();
    let stores = Stores::in_memory();
    let (desk, script) = open(loose(), stores.clone()).await;
    let team = TeamId::new(PAYMENTS).unwrap();
    assert!(desk.juno.memory.learn_patterns(&team).await.unwrap().is_empty(), "nothing to learn from");
    decide(&desk, &script, 60, question, (PAYMENTS, CUSTOM)).await;
    let learnt = desk.juno.memory.learn_patterns(&team).await.unwrap();
    let asks = learnt.iter().find(|pattern| pattern.kind == PatternKind::Preference).unwrap();
    assert_eq!((asks.action.as_str(), asks.right, asks.total, asks.holds), ("request_info", 20, 60, true));
    assert!(asks.interval.lower() > 0.2 && asks.interval.upper() < 0.5, "{:?}", asks.interval);
    assert_eq!(asks.evidence.len(), 20);
    let place = Place { team: Some(team.clone()), ..Place::default() };
    let scope = desk.juno.memory.at(&place).unwrap();
    let kept = async |desk: &Desk| {
        let filter = MemoryFilter { all_tags: ["pattern".into()].into(), ..MemoryFilter::new(scope.clone()) };
        desk.juno.memory.list(&filter).await.unwrap()
    };
    let memories = kept(&desk).await;
    assert_eq!(memories.len(), learnt.iter().filter(|pattern| pattern.holds).count());
    let memory = memories.iter().find(|memory| memory.kind == MemoryKind::Semantic).unwrap();
    assert!(memory.text.contains("decline request_info: they approved 20 of 60"), "{}", memory.text);
    assert_eq!(memory.derived_from, asks.evidence.iter().cloned().collect());
    let head = desk.juno.audit.head().await.unwrap();
    desk.juno.memory.learn_patterns(&team).await.unwrap();
    assert_eq!(desk.juno.audit.head().await.unwrap(), head, "learnt again, nothing changes");

    let off = loose().with("memory.team_preference_learning", "false").unwrap();
    let (other, _) = open(off, stores.clone()).await;
    let left = other.juno.memory.patterns(&team).await.unwrap();
    assert!(left.iter().all(|pattern| pattern.kind == PatternKind::Workflow));
    let (other, _) = open(strict(), stores).await;
    let now = other.juno.memory.learn_patterns(&team).await.unwrap();
    assert!(now.iter().any(|pattern| pattern.kind == PatternKind::Preference && !pattern.holds));
    let current = kept(&other).await;
    assert!(current.iter().all(|memory| memory.kind != MemoryKind::Semantic), "superseded");
}
