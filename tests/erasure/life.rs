//! What happens in every test here.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use juno_core::action::{ActionError, ActionExecutor, Effect, Preview, inverse_of};
use juno_core::domain::{
    Action, DomainEvent, ERASED, ErrorKind, EventKind, ManualClock, OutcomeResult, PrincipalId, Proposal,
    RequestId, Role, Verdict,
};
use juno_core::governance::{
    ApprovalRequest, Choice, Delegation, GovernanceError, Notifier, Period, RuleSet, StateKind,
};
use juno_core::memory::{Memory, MemoryKind, QuarantineTarget};
use juno_core::prelude::*;
use juno_core::{JunoBuilder, Stores};
use juno_testkit::faults::{Faults, FaultyNotifier};
use serde_json::json;

/// Stands in everything Mia writes, and nowhere else.
pub(crate) const MIA: &str = "Quetzalmia";
/// Stands in everything others write.
pub(crate) const OTHERS: &str = "Oxpeckers";

const ROLES: &str = r#"{"team_lead":["mia","lea"],"project_manager":["pam"],"engineering_manager":["eva"],
    "director":["dan","mia"],"admin":["ada"]}"#;

/// Two rungs for what has a high impact, so that a request can wait with a vote on it.
const TWO_RUNGS: &str = r#"
name = "two"
[ladders.high]
rungs = [{ role = "team_lead", deadline_hours = 24 }, { role = "project_manager", deadline_hours = 24 }]
[ladders.critical]
rungs = [{ role = "engineering_manager", deadline_hours = 4, on_expiry = { hold = { until_hours = 8 } } }]
"#;

pub(crate) fn start() -> DateTime<Utc> {
    "2026-11-13T10:30:00Z".parse().expect("a time")
}

pub(crate) fn person(name: &str) -> PrincipalId {
    PrincipalId::new(name).expect("a principal")
}

fn mine(what: &str) -> String {
    format!("{MIA} says {what}, and her knee hurts")
}

fn theirs(what: &str) -> String {
    format!("{OTHERS} say {what}")
}

/// Does what it is told, and knows how to undo it.
struct Tickets;

#[async_trait]
impl ActionExecutor for Tickets {
    fn name(&self) -> &str {
        "tickets"
    }

    async fn preview(&self, action: &Action) -> Result<Preview, ActionError> {
        let summary = format!("change {}", action.target());
        Ok(Preview { summary, changes: Vec::new(), reversible: true, blast_radius: 1 })
    }

    async fn inverse(&self, action: &Action) -> Result<Option<Action>, ActionError> {
        Ok(inverse_of(action))
    }

    async fn execute(&self, _: &Action, _: &str) -> Result<Effect, ActionError> {
        Ok(Effect { dry_run: false, detail: "done".into() })
    }
}

/// JUNO over stores.
pub(crate) struct Life {
    pub(crate) juno: Juno,
    pub(crate) stores: Stores,
    clock: ManualClock,
    /// A request that waits with Mia's vote on it, and her appeal, which waits too.
    open: [RequestId; 2],
}

pub(crate) async fn open(stores: Stores, clock: &ManualClock) -> Juno {
    let settings = Settings::default()
        .with("database.url", "memory:")
        .and_then(|settings| settings.with("roles", ROLES))
        .and_then(|settings| settings.with("memory.write_gate", "false"))
        .expect("settings");
    let channels = [FaultyNotifier::new("desk", Faults::new())];
    let mut builder = JunoBuilder::new(settings).stores(stores).clock(Arc::new(clock.clone()));
    for channel in channels {
        builder = builder.notifier(Arc::new(channel) as Arc<dyn Notifier>);
    }
    builder.executor(Arc::new(Tickets)).open().await.expect("open")
}

fn proposal(id: &str, by: &str, impact: &str, why: &str) -> Proposal {
    let action =
        json!({ "type": "reprioritise", "issue": format!("PAY-{}", id.len()), "from": "Low", "to": "High" });
    let evidence = json!([{ "id": "e1", "source": "changelog of PAY-7", "statement": why, "observed_at": start(),
        "quality": 1.0 }]);
    serde_json::from_value(json!({
        "id": id, "action": action, "impact": impact, "team": "pay", "proposer": by,
        "confidence": { "value": 0.8, "calibration": { "state": "uncalibrated" } },
        "rationale": why, "evidence": evidence, "proposed_at": start(),
    }))
    .expect("a proposal")
}

impl Life {
    /// Everything that can happen, with Mia at each place once.
    pub(crate) async fn lived(stores: Stores) -> Self {
        let clock = ManualClock::new(start());
        let juno = open(stores.clone(), &clock).await;
        let gate = juno.gate.clone();
        let mia = person("mia");
        let submit = async |id: &str, by: &str, impact: &str| {
            let why = if by == "mia" { mine("why") } else { theirs("why") };
            let submitted = gate.submit(&proposal(id, by, impact, &why)).await.expect("submit");
            assert_eq!(submitted.decision.verdict, Verdict::ApprovalRequired);
            submitted.request.id().clone()
        };
        let say = async |id: &RequestId, by: &str, choice, why: &str| {
            let seen = gate.request(id).await.expect("a request");
            gate.vote(&seen, &person(by), choice, why).await.expect("a vote")
        };

        for (id, by) in [("a", "mia"), ("undone", "juno")] {
            let done = submit(id, by, "low").await;
            say(&done, "lea", Choice::Approve, &theirs("yes")).await;
            assert_eq!(gate.execute(&done).await.expect("run").result, OutcomeResult::Succeeded);
            if by == "juno" {
                gate.reverse(&done, &mia, &mine("undo it")).await.expect("undone");
            }
        }

        let approved = submit("ab", "juno", "low").await;
        say(&approved, "mia", Choice::Approve, &mine("yes")).await;
        gate.execute(&approved).await.expect("run");

        let refused = submit("abc", "juno", "low").await;
        say(&refused, "mia", Choice::Deny, &mine("no")).await;

        let back = submit("abcd", "mia", "low").await;
        gate.withdraw(&back, &mia, &mine("never mind")).await.expect("withdrawn");

        let passed = submit("abcde", "juno", "low").await;
        gate.escalate(&passed, &mia, &mine("not me")).await.expect("passed on");
        say(&passed, "pam", Choice::Approve, &theirs("yes")).await;

        let ended = submit("abcdef", "juno", "low").await;
        gate.cancel(&ended, &mia, &mine("stop that")).await.expect("cancelled");

        let revoked = submit("abcdefg", "juno", "low").await;
        say(&revoked, "lea", Choice::Approve, &theirs("yes")).await;
        gate.revoke(&revoked, &mia, &mine("no longer")).await.expect("revoked");

        let lost = submit("abcdefgh", "juno", "low").await;
        say(&lost, "lea", Choice::Approve, &theirs("yes")).await;
        drop(gate.permit(&lost, None, None).await.expect("a permit"));
        clock.advance(TimeDelta::hours(1)).expect("later");
        gate.recover().await.expect("looked up");
        gate.resolve(&lost, &mia, true, &mine("I saw it")).await.expect("resolved");

        let disputed = submit("abcdefghi", "mia", "low").await;
        say(&disputed, "lea", Choice::Deny, &theirs("no")).await;
        let appeal = gate.appeal(&disputed, &mia, &mine("yet it must be")).await.expect("an appeal");

        let (from, until) = (start(), start() + TimeDelta::days(7));
        let lent = Delegation {
            id: "leave".into(),
            by: mia.clone(),
            to: person("max"),
            role: Role::TeamLead,
            team: None,
            categories: [].into(),
            from,
            until,
            may_pass_on: false,
        };
        gate.delegate(lent, &mia, &mine("I am away")).await.expect("lent");
        clock.advance(TimeDelta::minutes(10)).expect("later");
        gate.end_delegation("leave", &mia, &mine("I am back")).await.expect("ended");
        gate.stop(&mia, &mine("everything stands")).await.expect("stopped");
        gate.resume(&mia, &mine("go on")).await.expect("resumed");

        let rules = RuleSet::from_toml(TWO_RUNGS).expect("rules");
        let (why, risk, undo) = (mine("better rules"), mine("a risk"), mine("the way back"));
        let change = gate.propose_rules(rules, &mia, &why, &risk, &undo).await.expect("rules");
        say(change.request.id(), "eva", Choice::Approve, &theirs("yes")).await;
        gate.execute(change.request.id()).await.expect("new rules");

        let half = submit("abcdefghij", "juno", "high").await;
        say(&half, "mia", Choice::Approve, &mine("yes, first")).await;
        submit("abcdefghijk", "juno", "critical").await;
        clock.advance(TimeDelta::hours(5)).expect("later");
        gate.tick().await.expect("held");
        juno.notifications.deliver().await.expect("told");

        let scope = juno.memory.at(&Default::default()).expect("a scope");
        for name in ["one", "two"] {
            let id = juno_core::domain::MemoryId::new(name).expect("an id");
            let memory =
                Memory::new(id.clone(), MemoryKind::Semantic, scope.clone(), "x y", "test", clock.now());
            juno.memory.remember(&memory).await.expect("remembered");
            let target = QuarantineTarget::Memory(id.clone());
            juno.memory.quarantine(&target, "odd").await.expect("quarantine");
            juno.memory.lift_quarantine(&target).await.expect("released");
        }
        juno.memory
            .forget(&scope, &juno_core::domain::MemoryId::new("two").expect("an id"))
            .await
            .expect("gone");
        juno.memory.hold_subject("zoe", &person("ada"), "case 7").await.expect("held");
        juno.memory.release_subject("zoe", &person("ada"), "case 7 closed").await.expect("free");
        juno.audit.place_hold("case 8", Some("zoe"), &person("ada"), "a suit").await.expect("held");
        juno.audit.lift_hold("case 8", &person("ada"), "settled").await.expect("free");
        let open = [half, appeal.request.id().clone()];
        Self { juno, stores, clock, open }
    }

    /// Everything JUNO gives back, as text.
    pub(crate) async fn told(&self) -> String {
        let (juno, mut told) = (&self.juno, String::new());
        let mut add = |what: serde_json::Result<String>| told.push_str(&what.expect("JSON"));
        for request in self.requests().await {
            add(serde_json::to_string(&request));
            if let Some(execution) = juno.gate.execution(request.id()).await.expect("an execution") {
                add(serde_json::to_string(&execution));
            }
        }
        add(serde_json::to_string(&juno.audit.records(0, 10_000).await.expect("records")));
        add(serde_json::to_string(&self.stores.outbox.waiting(1_000).await.expect("events")));
        add(serde_json::to_string(
            &juno.notifications.list(&Default::default()).await.expect("notifications"),
        ));
        let page = self.stores.memory.scan(&juno.config().tenant, None, 1_000).await.expect("memories");
        add(serde_json::to_string(&page.memories));
        told
    }

    pub(crate) async fn requests(&self) -> Vec<ApprovalRequest> {
        self.stores.approvals.list(&Default::default()).await.expect("requests")
    }

    pub(crate) async fn events(&self) -> Vec<DomainEvent> {
        let records = self.juno.audit.records(0, 10_000).await.expect("records");
        records.into_iter().map(|record| record.event).collect()
    }

    /// Erases what Mia wrote, and checks that everything else is as it was and that what was open goes on.
    pub(crate) async fn erase_mia(&self) {
        let (audit, gate) = (&self.juno.audit, &self.juno.gate);
        let older = audit.head().await.expect("head");
        let proofs: Vec<_> = self.proofs(older.size).await;
        let broken = self.findings().await;
        let before: Vec<(RequestId, StateKind)> = self.states().await;
        let stale = gate.request(&self.open[0]).await.expect("a request");
        let done = audit.erase("mia", &person("ada"), "request 12").await.expect("erased");
        assert!(done.receipt.is_some() && done.clean, "{done:?}");
        self.nobody_writes_it_back(&stale).await;
        assert!(done.records.count() >= 20 && done.texts >= 20, "{done:?}");
        let told = self.told().await;
        assert!(!told.contains(MIA), "something gives it back still");
        assert!(told.contains(OTHERS) && told.contains(ERASED), "what others wrote stays");
        assert_eq!(self.states().await, before, "no state changed");

        // The log, its proofs and its receipt.
        let found = self.stores.audit.verify_against(&older).await.expect("verify");
        assert!(found.verified && found.erased >= 20, "{found:?}");
        for (index, (leaf, proof)) in proofs.iter().enumerate() {
            assert!(juno_core::audit::verify_inclusion(proof, leaf, &older), "{index}");
        }
        let receipt = audit.records(done.receipt.expect("a receipt"), 1).await.expect("a record");
        assert_eq!(receipt[0].event.kind, EventKind::PayloadErased);
        assert_eq!(self.findings().await, broken, "compliance says the same of the same history");

        // What waited goes on: with the vote that was cast, and with the appeal.
        let [half, appeal] = &self.open;
        let request = gate.request(half).await.expect("a request");
        assert_eq!((request.votes().len(), request.votes()[0].reason.as_str()), (1, ERASED));
        assert_eq!(
            gate.request(appeal).await.expect("a request").appeal().expect("an appeal").reason,
            ERASED
        );
        for id in [half, appeal] {
            let seen = gate.request(id).await.expect("a request");
            let decision =
                gate.vote(&seen, &person("pam"), Choice::Approve, &theirs("yes")).await.expect("a vote");
            assert_eq!(decision.verdict, Verdict::Approved);
            assert_eq!(gate.execute(id).await.expect("run").result, OutcomeResult::Succeeded);
        }
        // Her rules are in force after a restart, although why she wanted them is gone.
        let again = open(self.stores.clone(), &self.clock).await;
        assert!(again.gate.policy_version().starts_with("two@"));
        // She writes again, and that is there until she asks again.
        let id = gate
            .submit(&proposal("z", "juno", "low", &theirs("why")))
            .await
            .expect("submit")
            .request
            .id()
            .clone();
        let seen = gate.request(&id).await.expect("a request");
        gate.vote(&seen, &person("mia"), Choice::Deny, &mine("no")).await.expect("a vote");
        assert!(self.told().await.contains(MIA));
        let done = audit.erase("mia", &person("ada"), "request 13").await.expect("erased");
        assert!(done.clean && done.receipt.is_some() && done.texts >= 2, "{done:?}");
        assert!(!self.told().await.contains(MIA));
        let done = audit.erase("mia", &person("ada"), "request 13").await.expect("erased");
        assert_eq!((done.receipt, done.texts, done.clean), (None, 0, true));
        assert!(audit.verify().await.expect("verify").verified);
    }

    /// Lets everything grow old and go, but for what Mia wrote, which a legal hold keeps.
    pub(crate) async fn grow_old(&self) {
        let (audit, ada) = (&self.juno.audit, person("ada"));
        audit.place_hold("case 9", Some("mia"), &ada, "a suit").await.expect("held");
        let refused = audit.erase("mia", &ada, "request 12").await.expect_err("it is held");
        assert_eq!(refused.kind(), ErrorKind::Denied);
        assert_eq!(audit.expire(6, &ada).await.expect("nothing is old").texts, 0);
        self.clock.advance(TimeDelta::days(250)).expect("later");
        let done = audit.expire(6, &ada).await.expect("expired");
        assert!(done.receipt.is_some() && done.clean && done.texts >= 20, "{done:?}");
        let told = self.told().await;
        assert!(told.contains(MIA), "what is held stays");
        assert!(!told.contains(OTHERS), "something old is given back still");
        let refused = audit.expire(6, &ada).await.expect_err("what is left is held");
        assert_eq!(refused.kind(), ErrorKind::Denied);
        audit.lift_hold("case 9", &ada, "settled").await.expect("free");
        assert!(audit.expire(6, &ada).await.expect("expired").texts >= 20);
        assert!(!self.told().await.contains(MIA));
        assert!(audit.verify().await.expect("verify").verified);
    }

    /// Whoever read a request before the erasure cannot store what they read.
    async fn nobody_writes_it_back(&self, stale: &ApprovalRequest) {
        let mut next = serde_json::to_value(stale).expect("JSON");
        next["version"] = json!(stale.version() + 1);
        let next: ApprovalRequest = serde_json::from_value(next).expect("a request");
        let refused = self.stores.approvals.transition(stale.version(), &next, &[]).await;
        assert!(matches!(refused, Err(GovernanceError::Changed { .. })), "{refused:?}");
    }

    async fn states(&self) -> Vec<(RequestId, StateKind)> {
        self.requests().await.iter().map(|request| (request.id().clone(), request.kind())).collect()
    }

    async fn proofs(&self, size: u64) -> Vec<(juno_core::domain::Digest, juno_core::audit::InclusionProof)> {
        let mut proofs = Vec::new();
        for index in 0..size {
            let leaf = self.juno.audit.leaf(index).await.expect("a leaf");
            proofs.push((leaf, self.juno.audit.inclusion_proof(index, size).await.expect("a proof")));
        }
        proofs
    }

    /// What compliance rules find, rule by rule.
    async fn findings(&self) -> String {
        let report = self.juno.audit.compliance(Period::default()).await.expect("a report");
        assert!(report.requests >= 10 && report.passed, "{:?}", report.findings().collect::<Vec<_>>());
        serde_json::to_string(&(report.passed, report.results, report.notes)).expect("JSON")
    }
}
