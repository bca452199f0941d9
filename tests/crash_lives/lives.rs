//! What the killed process was doing: each life is a script of calls, and tells after each what was acknowledged.

use chrono::TimeDelta;
use juno_core::action::{ActionError, ActionExecutor, Effect};
use juno_core::domain::{PrincipalId, Proposal, RequestId};
use juno_core::governance::{Choice, RuleSet};
use serde_json::json;

use crate::host::{Host, start};

/// Every life there is.
pub(crate) const LIVES: [&str; 11] = [
    "votes",
    "deadlines",
    "appeal",
    "ends",
    "checks",
    "plan",
    "reversal",
    "permits",
    "stop",
    "rules",
    "erase",
];

pub(crate) fn person(name: &str) -> PrincipalId {
    PrincipalId::new(name).expect("a name")
}

fn proposal(id: &str, issue: &str, impact: &str) -> Proposal {
    serde_json::from_value(json!({
        "id": id, "action": { "type": "reprioritise", "issue": issue, "from": "Low", "to": "High" },
        "impact": impact, "team": "pay", "proposer": "juno",
        "confidence": { "value": 0.9, "calibration": { "state": "uncalibrated" } },
        "rationale": "no activity for 40 days", "evidence": [], "proposed_at": start(),
    }))
    .expect("a proposal")
}

/// The rules the life `rules` asks for.
pub(crate) fn strict() -> RuleSet {
    RuleSet::from_toml("name = \"strict\"\notherwise = \"deny\"").expect("rules")
}

impl Host {
    async fn submit(&self, id: &str, impact: &str) -> RequestId {
        self.submit_for(id, &format!("PAY-{}", id.len()), impact).await
    }

    async fn submit_for(&self, id: &str, issue: &str, impact: &str) -> RequestId {
        let submission = self.juno.gate.submit(&proposal(id, issue, impact)).await.expect("submit");
        self.say().await;
        submission.request.id().clone()
    }

    async fn vote(&self, id: &RequestId, by: &str, choice: Choice) {
        let seen = self.juno.gate.request(id).await.expect("request");
        self.juno.gate.vote(&seen, &person(by), choice, "so be it, says the Xylophone").await.expect("vote");
        self.say().await;
    }

    async fn approved(&self, id: &str, issue: &str) -> RequestId {
        let request = self.submit_for(id, issue, "low").await;
        self.vote(&request, "lea", Choice::Approve).await;
        request
    }

    async fn run(&self, id: &RequestId) {
        self.juno.gate.execute(id).await.expect("execute");
        self.say().await;
    }

    /// Lives one of [`LIVES`] from its beginning to its end.
    pub(crate) async fn live(&self, life: &str) {
        match life {
            "votes" => self.votes().await,
            "deadlines" => self.deadlines().await,
            "appeal" => self.appeal().await,
            "ends" => self.ends().await,
            "checks" => self.checks().await,
            "plan" => self.plan().await,
            "reversal" => self.reversal().await,
            "permits" => self.permits().await,
            "stop" => self.stop().await,
            "rules" => self.rules().await,
            "erase" => self.erase().await,
            other => panic!("no life `{other}`"),
        }
        self.say().await;
    }

    async fn votes(&self) {
        let (first, second) = (self.submit("v1", "low").await, self.submit("v2", "high").await);
        self.vote(&first, "lea", Choice::Approve).await;
        self.vote(&second, "pam", Choice::Deny).await;
        self.run(&first).await;
    }

    async fn deadlines(&self) {
        let (first, second) = (self.submit("d1", "critical").await, self.submit("d2", "low").await);
        self.juno.gate.escalate(&second, &person("lea"), "above me").await.expect("escalate");
        self.say().await;
        self.wait(TimeDelta::hours(5));
        assert!(!self.juno.gate.tick().await.expect("tick").is_empty());
        self.say().await;
        self.vote(&first, "dan", Choice::Approve).await;
        for _ in 0..3 {
            self.wait(TimeDelta::hours(25));
            self.juno.gate.tick().await.expect("tick");
            self.say().await;
        }
        assert!(self.juno.gate.pending().await.expect("pending").is_empty());
        assert!(self.juno.gate.execute(&second).await.is_err(), "nobody approved it");
    }

    async fn appeal(&self) {
        let denied = self.submit("a1", "low").await;
        self.vote(&denied, "lea", Choice::Deny).await;
        let appeal = self.juno.gate.appeal(&denied, &person("juno"), "look again").await.expect("appeal");
        self.say().await;
        self.vote(appeal.request.id(), "pam", Choice::Approve).await;
        self.run(appeal.request.id()).await;
    }

    async fn ends(&self) {
        let (first, second) = (self.submit("e1", "low").await, self.submit("e2", "low").await);
        self.juno.gate.withdraw(&first, &person("juno"), "no longer needed").await.expect("withdraw");
        self.say().await;
        self.juno.gate.cancel(&second, &person("ada"), "a mistake").await.expect("cancel");
        self.say().await;
    }

    async fn checks(&self) {
        for (id, issue) in [("c1", "CHECK-1"), ("c2", "CHECK-2")] {
            let request = self.approved(id, issue).await;
            self.run(&request).await;
        }
        for _ in 0..2 {
            self.wait(TimeDelta::minutes(6));
            self.juno.gate.recover().await.expect("recover");
            self.say().await;
        }
    }

    async fn plan(&self) {
        let mut ids = Vec::new();
        for (id, issue) in [("p1", "PAY-1"), ("p2", "PAY-2"), ("p3", "PAY-666")] {
            ids.push(self.approved(id, issue).await);
        }
        self.juno.gate.execute_plan(&ids).await.expect("plan");
        self.say().await;
    }

    async fn reversal(&self) {
        let request = self.approved("r1", "PAY-1").await;
        self.run(&request).await;
        self.juno.gate.reverse(&request, &person("lea"), "the wrong ticket").await.expect("reverse");
        self.say().await;
    }

    async fn permits(&self) {
        let (done, not_done) = (self.approved("m1", "PAY-1").await, self.approved("m2", "PAY-2").await);
        let undo = juno_core::action::inverse_of(&proposal("m1", "PAY-1", "low").action);
        let permit = self.juno.gate.permit(&done, undo, None).await.expect("permit");
        self.say().await;
        let result = self.world.execute(permit.action(), &permit.idempotency_key()).await;
        self.juno.gate.finish(permit, result).await.expect("finish");
        self.say().await;
        let permit = self.juno.gate.permit(&not_done, None, None).await.expect("permit");
        self.say().await;
        self.juno.gate.finish(permit, Err(ActionError::NotDone("no".into()))).await.expect("finish");
        self.say().await;
        let permit = self.juno.gate.reversal_permit(&done, &person("lea"), "wrong").await.expect("permit");
        self.say().await;
        let result: Result<Effect, _> = self.world.execute(permit.action(), &permit.idempotency_key()).await;
        self.juno.gate.finish(permit, result).await.expect("finish");
        self.say().await;
    }

    async fn stop(&self) {
        let request = self.approved("s1", "PAY-1").await;
        self.juno.gate.stop(&person("lea"), "enough").await.expect("stop");
        println!("ack stopped");
        assert!(self.juno.gate.execute(&request).await.is_err(), "everything is stopped");
        self.juno.gate.resume(&person("dan"), "go on").await.expect("resume");
        println!("ack resumed");
        self.run(&request).await;
    }

    async fn rules(&self) {
        let asked = self
            .juno
            .gate
            .propose_rules(strict(), &person("eva"), "an incident", "nothing runs", "back")
            .await;
        let id = asked.expect("asked").request.id().clone();
        self.say().await;
        self.vote(&id, "dan", Choice::Approve).await;
        self.run(&id).await;
        println!("ack changed");
        assert!(self.juno.gate.policy_version().starts_with("strict@"));
    }

    async fn erase(&self) {
        let (first, second) = (self.submit("x1", "low").await, self.submit("x2", "high").await);
        self.vote(&first, "lea", Choice::Approve).await;
        self.vote(&second, "pam", Choice::Deny).await;
        self.juno.audit.erase("lea", &person("ada"), "she asked").await.expect("erase");
        println!("ack erased");
        self.vote(&self.submit("x3", "low").await, "lea", Choice::Deny).await;
    }
}
