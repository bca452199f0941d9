use juno_core::agent::{Appended, Session, SessionEnd, SessionTurn};
use juno_core::memory::{MemoryFilter, RecallQuery};
use juno_domain::SessionId;

use super::*;

fn place(session: &str) -> Place {
    Place {
        team: Some(TeamId::new("pay").unwrap()),
        agent: Some(person("scout")),
        session: Some(SessionId::new(session).unwrap()),
    }
}

fn turn(who: &str, text: &str) -> SessionTurn {
    SessionTurn { text: text.into(), who: Some(who.into()), ..SessionTurn::default() }
}

async fn texts(session: &Session) -> Vec<String> {
    session.turns().await.unwrap().into_iter().map(|turn| turn.text).collect()
}

fn appended(stored: u64, known: u64, replaced: u64) -> Appended {
    Appended { stored, known, replaced }
}

/// The fault: the whole conversation stored again each turn.
#[tokio::test]
async fn a_conversation_handed_over_whole_at_each_turn_is_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("juno.db");
    let (juno, clock) = open(&path, &[]).await;
    let session = juno.memory.session(&place("s1")).unwrap();
    let mut talk = Vec::new();
    for nth in 0..12 {
        talk.push(turn(if nth % 2 == 0 { "ada" } else { "scout" }, &format!("line {}", nth / 2)));
        clock.advance(TimeDelta::seconds(10)).unwrap();
        assert_eq!(session.follow(talk.clone()).await.unwrap(), appended(1, nth, 0));
    }
    let expected: Vec<String> = talk.iter().map(|turn| turn.text.clone()).collect();
    assert_eq!(texts(&session).await, expected);
    assert_eq!(session.follow(talk.clone()).await.unwrap(), appended(0, 12, 0));
    let head = juno.audit.head().await.unwrap();
    assert_eq!(head.size, 12, "one record for each turn");

    drop(juno);
    let juno = open_at(&path, &[], &clock).await;
    let session = juno.memory.session(&place("s1")).unwrap();
    assert_eq!(texts(&session).await, expected, "a session goes on after a restart");
    talk[11] = turn("scout", "said better");
    talk.push(turn("ada", "thanks"));
    assert_eq!(session.follow(talk.clone()).await.unwrap(), appended(2, 11, 1));
    assert_eq!(texts(&session).await[11..], ["said better", "thanks"]);
    assert!(texts(&juno.memory.session(&place("s2")).unwrap()).await.is_empty(), "another session's");
}

#[tokio::test]
async fn turns_are_known_by_their_name_or_place_and_else_are_new() {
    let folder = tempfile::tempdir().unwrap();
    let (juno, _) = open(&folder.path().join("juno.db"), &[]).await;
    let session = juno.memory.session(&place("s1")).unwrap();
    let named = |id: &str, text: &str| SessionTurn { id: Some(id.into()), ..turn("ada", text) };
    assert_eq!(session.append(vec![named("x", "one"), named("y", "two")]).await.unwrap(), appended(2, 0, 0));
    assert_eq!(session.append(vec![named("x", "one"), named("x", "one")]).await.unwrap(), appended(0, 2, 0));
    assert_eq!(session.append(vec![named("y", "two!")]).await.unwrap(), appended(1, 0, 1));
    assert_eq!(
        session.append(vec![turn("ada", "yes"), turn("ada", "yes")]).await.unwrap(),
        appended(2, 0, 0)
    );
    let placed = SessionTurn { place: Some(3), ..turn("ada", "yes") };
    assert_eq!(session.append(vec![placed]).await.unwrap(), appended(0, 1, 0));
    assert_eq!(texts(&session).await, ["one", "two!", "yes", "yes"]);
    let blank = session.append(vec![turn("ada", "fine"), turn("ada", " ")]).await.unwrap_err();
    assert_eq!(blank.kind(), ErrorKind::InvalidInput);
    assert_eq!(texts(&session).await.len(), 4, "all of a call, or nothing");
    let nowhere = Place { session: None, ..place("s1") };
    assert!(juno.memory.session(&nowhere).is_err());
}

#[tokio::test]
async fn a_session_keeps_the_newest_turns_for_as_long_as_settings_say() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("session.cache_size", "5"), ("session.cache_ttl_seconds", "60")];
    let (juno, clock) = open(&folder.path().join("juno.db"), &settings).await;
    let session = juno.memory.session(&place("s1")).unwrap();
    let talk: Vec<SessionTurn> = (0..8).map(|nth| turn("ada", &format!("line {nth}"))).collect();
    assert_eq!(session.follow(talk.clone()).await.unwrap(), appended(5, 3, 0));
    assert_eq!(texts(&session).await, ["line 3", "line 4", "line 5", "line 6", "line 7"]);
    let more: Vec<SessionTurn> = talk.iter().cloned().chain([turn("ada", "line 8")]).collect();
    assert_eq!(session.follow(more.clone()).await.unwrap(), appended(1, 8, 0));
    assert_eq!(session.follow(more.clone()).await.unwrap(), appended(0, 9, 0), "what made room stays away");
    assert_eq!(texts(&session).await, ["line 4", "line 5", "line 6", "line 7", "line 8"]);
    clock.advance(TimeDelta::seconds(60)).unwrap();
    assert!(texts(&session).await.is_empty());
    assert_eq!(session.follow(more).await.unwrap(), appended(5, 4, 0), "and comes back where it goes on");
}

#[tokio::test]
async fn at_its_end_a_session_is_forgotten_or_becomes_episodes_of_the_agent_once() {
    let folder = tempfile::tempdir().unwrap();
    let (juno, clock) = open(&folder.path().join("juno.db"), &[]).await;
    for (name, promote) in [("s1", true), ("s2", false)] {
        let session = juno.memory.session(&place(name)).unwrap();
        let mut told = turn("ada", &format!("my parrot {name} is called Ziggurat"));
        told.subject = Some("ada".into());
        session.append(vec![turn("scout", "what is your parrot called?"), told]).await.unwrap();
        let ended = session.end(promote).await.unwrap();
        let promoted = if promote { 2 } else { 0 };
        assert_eq!(ended, SessionEnd { promoted, forgotten: 2, held: 0 });
        assert_eq!(session.end(promote).await.unwrap(), SessionEnd::default(), "over is over");
        assert!(texts(&session).await.is_empty());
    }
    clock.advance(days(3)).unwrap();
    let agent = juno.memory.at(&Place { session: None, ..place("s1") }).unwrap();
    let asked = RecallQuery::new("name of the parrot", MemoryFilter::new(agent));
    let found = juno.memory.recall(&asked).await.unwrap();
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|hit| hit.memory.kind == MemoryKind::Episodic));
    let answer = found.iter().find(|hit| hit.memory.text.contains("Ziggurat")).unwrap();
    assert_eq!(answer.memory.turn.as_ref().map(|turn| (turn.thread.as_str(), turn.place)), Some(("s1", 1)));
    assert_eq!(answer.memory.subject.as_deref(), Some("ada"));
}
