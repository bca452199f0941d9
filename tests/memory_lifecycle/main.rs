//! The life of memories through the facade: how long they are kept, export and erasure of a subject, archives, sessions.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod archive;
mod cleanup;
mod erasure;
mod sessions;
mod steps;
mod traces;

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_core::agent::Place;
use juno_core::memory::{Memory, MemoryKind, MemoryScope};
use juno_core::prelude::*;
use juno_domain::{MemoryId, PrincipalId, TeamId};

fn start() -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn days(days: i64) -> TimeDelta {
    TimeDelta::days(days)
}

fn person(name: &str) -> PrincipalId {
    PrincipalId::new(name).unwrap()
}

fn id(name: &str) -> MemoryId {
    MemoryId::new(name).unwrap()
}

/// JUNO on a file, by a clock that stands still until it is moved.
async fn open(path: &Path, settings: &[(&str, &str)]) -> (Juno, ManualClock) {
    let clock = ManualClock::new(start());
    (open_at(path, settings, &clock).await, clock)
}

/// The settings of every test here: what is written is remembered as it is.
fn plain() -> Settings {
    Settings::default().with("tenant", "acme").unwrap().with("memory.write_gate", "false").unwrap()
}

async fn open_at(path: &Path, settings: &[(&str, &str)], clock: &ManualClock) -> Juno {
    let url = format!("sqlite:///{}", path.display());
    let begin = plain().with("database.url", &url).unwrap();
    let settings = settings.iter().fold(begin, |settings, (key, value)| settings.with(key, value).unwrap());
    JunoBuilder::new(settings).clock(Arc::new(clock.clone())).open().await.unwrap()
}

fn team(juno: &Juno, name: &str) -> MemoryScope {
    let place = Place { team: Some(TeamId::new(name).unwrap()), ..Place::default() };
    juno.memory.at(&place).unwrap()
}

fn memory(name: &str, scope: &MemoryScope, text: &str, at: DateTime<Utc>) -> Memory {
    Memory::new(id(name), MemoryKind::Episodic, scope.clone(), text, "test", at)
}

/// Everything the tenant's store holds, as text, in order of id.
async fn held(juno: &Juno, scope: &MemoryScope) -> Vec<String> {
    let filter = juno_core::memory::MemoryFilter {
        limit: 10_000,
        with_quarantined: true,
        ..juno_core::memory::MemoryFilter::new(scope.clone())
    };
    let mut held: Vec<String> =
        juno.memory.list(&filter).await.unwrap().iter().map(|memory| memory.to_json().unwrap()).collect();
    held.sort();
    held
}
