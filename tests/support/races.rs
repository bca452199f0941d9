//! What several processes on the same stores must not do together, on whatever stores.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use juno_core::Stores;
use juno_core::action::{ActionError, ActionExecutor, Effect, Preview};
use juno_core::agent::GateHandle;
use juno_core::domain::{Action, ErrorKind, EventKind, PrincipalId, Proposal, RequestId};
use juno_core::governance::{Choice, RulePolicy, RuleSet};
use juno_core::prelude::*;
use serde_json::json;

const ROLES: &str =
    r#"{"team_lead":["lea"],"engineering_manager":["eva"],"director":["dan"],"admin":["ada"]}"#;
const CALLERS: usize = 32;

fn start() -> DateTime<Utc> {
    "2026-11-13T10:30:00Z".parse().unwrap()
}

fn person(name: &str) -> PrincipalId {
    PrincipalId::new(name).unwrap()
}

/// Counts what is done to it, by the key of the effect.
#[derive(Clone, Default)]
struct World(Arc<Mutex<BTreeMap<String, u32>>>);

impl World {
    fn effects(&self) -> usize {
        let done = self.0.lock().unwrap();
        assert!(done.values().all(|times| *times == 1), "nothing is done twice: {done:?}");
        done.len()
    }
}

#[async_trait]
impl ActionExecutor for World {
    fn name(&self) -> &str {
        "world"
    }

    async fn preview(&self, action: &Action) -> Result<Preview, ActionError> {
        let (summary, reversible) = (action.name().into(), action.is_reversible());
        Ok(Preview { summary, changes: Vec::new(), reversible, blast_radius: 1 })
    }

    async fn execute(&self, _: &Action, idempotency_key: &str) -> Result<Effect, ActionError> {
        *self.0.lock().unwrap().entry(idempotency_key.to_owned()).or_default() += 1;
        Ok(Effect { dry_run: false, detail: "done".into() })
    }
}

/// Another process on these stores.
async fn process(stores: Stores, world: &World, policy: Option<RulePolicy>) -> Juno {
    let settings = Settings::default().with("database.url", "memory:").unwrap();
    let settings = settings.with("roles", ROLES).unwrap();
    let clock = Arc::new(ManualClock::new(start()));
    let builder = JunoBuilder::new(settings).stores(stores).clock(clock).executor(Arc::new(world.clone()));
    let builder = match policy {
        Some(policy) => builder.policy(Arc::new(policy)),
        None => builder,
    };
    builder.open().await.unwrap()
}

fn asked(id: &str) -> Proposal {
    serde_json::from_value(json!({
        "id": id, "action": { "type": "request_info", "issue": "PAY-7", "of": null, "question": "?" },
        "impact": "low", "team": "payments", "proposer": "juno",
        "confidence": { "value": 0.95, "calibration": { "state": "uncalibrated" } },
        "rationale": "no activity for 40 days", "evidence": [], "proposed_at": start() - TimeDelta::hours(1),
    }))
    .unwrap()
}

async fn approved(gate: &GateHandle, id: &str) -> RequestId {
    let request = gate.submit(&asked(id)).await.unwrap().request;
    gate.vote(&request, &person("lea"), Choice::Approve, "yes").await.unwrap();
    request.id().clone()
}

/// A stop by one process holds in the others' last look, in one that starts later, and until somebody who may ends it,
/// whoever that is; ending it ends no other stop.
pub(crate) async fn a_stop_holds_in_every_process_and_after_a_restart(open: impl AsyncFn() -> Stores) {
    let world = World::default();
    let (one, two) = (process(open().await, &world, None).await, process(open().await, &world, None).await);
    let ids = [approved(&one.gate, "p1").await, approved(&two.gate, "p2").await];
    assert!(one.gate.stops().await.unwrap().is_empty());
    one.gate.stop(&person("lea"), "something is wrong").await.unwrap();
    let stopped = async |juno: &Juno| {
        for id in &ids {
            let error = juno.gate.execute(id).await.unwrap_err();
            assert!(error.to_string().contains("stopped everything"), "{error}");
        }
        let refused = juno.gate.submit(&asked("p3")).await.unwrap().decision;
        assert!(refused.reasons.iter().any(|reason| reason.contains("stopped everything")), "{refused:?}");
        let stops = juno.gate.stops().await.unwrap();
        assert_eq!(stops.iter().map(|stop| stop.by.as_str()).collect::<Vec<_>>(), ["lea"]);
    };
    stopped(&two).await;
    stopped(&one).await;
    drop(one);
    let again = process(open().await, &world, None).await;
    stopped(&again).await;
    let error = two.gate.resume(&person("lea"), "fine").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
    // Many stops while somebody goes on: those that came after it was read hold.
    let stopping: Vec<_> = (0..8)
        .map(|n| {
            let gate = again.gate.clone();
            tokio::spawn(async move { gate.stop(&person("lea"), &format!("stop {n}")).await.unwrap() })
        })
        .collect();
    let resumed = two.gate.resume(&person("ada"), "fine again").await;
    for task in stopping {
        task.await.unwrap();
    }
    if let Err(error) = resumed {
        assert!(error.to_string().contains("another stop"), "{error}");
    }
    let left = again.gate.stops().await.unwrap().len();
    let records = again.audit.records(0, 10_000).await.unwrap();
    let switched = records.iter().filter(|record| record.event.kind == EventKind::SettingsChanged);
    let ended: usize =
        switched.map(|record| record.event.payload.value()["ended"].as_array().map_or(0, Vec::len)).sum();
    assert_eq!(left + ended, 9, "a stop that no record ends holds");
    again.gate.resume(&person("dan"), "fine again").await.unwrap();
    for juno in [&two, &again] {
        assert!(juno.gate.stops().await.unwrap().is_empty());
    }
    assert_eq!(world.effects(), 0, "nothing ran while it was stopped");
    two.gate.execute(&ids[0]).await.unwrap();
    again.gate.execute(&ids[1]).await.unwrap();
    assert_eq!(world.effects(), 2);
    assert!(again.audit.verify().await.unwrap().verified);
}

/// However many act at once, in however many processes, a budget of n lets n effects happen and no more.
pub(crate) async fn a_budget_is_spent_to_the_last_place_and_no_further(
    open: impl AsyncFn() -> Stores,
    budget: usize,
) {
    let rules = format!("name = \"tight\"\n[budgets]\nactions_per_hour = {budget}\nover = \"deny\"");
    let policy = || Some(RulePolicy::new(RuleSet::from_toml(&rules).unwrap()).unwrap());
    let world = World::default();
    let processes =
        [process(open().await, &world, policy()).await, process(open().await, &world, policy()).await];
    let mut requests = Vec::new();
    for n in 0..CALLERS {
        requests.push(approved(&processes[0].gate, &format!("p{n}")).await);
    }
    let tasks: Vec<_> = requests
        .into_iter()
        .enumerate()
        .map(|(n, request)| {
            let gate = processes[n % 2].gate.clone();
            tokio::spawn(async move { gate.execute(&request).await })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => done += 1,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Denied, "{error}"),
        }
    }
    assert_eq!((done, world.effects()), (budget, budget), "the last place was given twice, or not at all");
}

/// Of several changes of the rules that were made from the same version and approved, carried out at once in two
/// processes, one comes into force, and the same one after a restart.
pub(crate) async fn of_changes_of_the_same_rules_one_comes_into_force(open: impl AsyncFn() -> Stores) {
    let world = World::default();
    let processes = [process(open().await, &world, None).await, process(open().await, &world, None).await];
    let mut requests = Vec::new();
    for n in 0..6 {
        let rules = RuleSet::from_toml(&format!("name = \"rules-{n}\"")).unwrap();
        let gate = &processes[n % 2].gate;
        let asked = gate.propose_rules(rules, &person("lea"), "why", "risk", "back").await.unwrap().request;
        gate.vote(&asked, &person("eva"), Choice::Approve, "yes").await.unwrap();
        requests.push((n, asked.id().clone()));
    }
    let tasks: Vec<_> = requests
        .into_iter()
        .map(|(n, request)| {
            let gate = processes[n % 2].gate.clone();
            tokio::spawn(async move { (n, gate.execute(&request).await) })
        })
        .collect();
    let mut won = Vec::new();
    for task in tasks {
        match task.await.unwrap() {
            (n, Ok(_)) => won.push(n),
            (_, Err(error)) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
        }
    }
    assert!(won.len() <= 1, "two changes from one version both came into force: {won:?}");
    if let [winner] = won[..] {
        let version = processes[winner % 2].gate.policy_version();
        assert!(version.starts_with(&format!("rules-{winner}@")), "{version}");
        let again = process(open().await, &world, None).await;
        assert_eq!(again.gate.policy_version(), version);
        assert!(again.audit.verify().await.unwrap().verified);
    }
}
