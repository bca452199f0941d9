//! Parts written by a host, plugged into the pipeline.

use std::sync::Arc;

use juno_core::agent::Stores;
use juno_core::domain::{DecidedBy, FinishedSprint, Measure, Probability, SprintSnapshot, Verdict};
use juno_core::governance::{PolicyContext, PolicyDecision, PolicyVerdict};
use juno_core::prelude::*;
use juno_core::risk::{Basis, Outlook, Prediction, RiskError};

use crate::desk::{Desk, trusting};
use crate::ledger::Ledger;
use crate::scripted::{Scripted, World, label, question, reassign};

/// Lets labels run, refuses questions, leaves the rest to the usual people.
struct HousePolicy;

impl GovernancePolicy for HousePolicy {
    fn version(&self) -> &str {
        "house@7"
    }

    fn decide(&self, context: &PolicyContext<'_>) -> PolicyDecision {
        let ladder = juno_core::governance::Ladder::default_for(context.proposal.impact);
        match context.proposal.action.name() {
            "add_label" => PolicyDecision::because(PolicyVerdict::Allow, "labels are free"),
            "request_info" => PolicyDecision::because(PolicyVerdict::Deny, "we do not nag"),
            _ => PolicyDecision::because(PolicyVerdict::RequireApproval(ladder), "somebody should look"),
        }
    }
}

#[tokio::test]
async fn a_policy_of_the_host_decides_within_the_settings() {
    for (settings, runs) in
        [(trusting(), 1), (trusting().with("governance.supervisor_mode", "true").unwrap(), 0)]
    {
        let script = Arc::new(Scripted::saying([label("PAY-1"), question("PAY-2"), reassign("PAY-3")]));
        let world = World::default();
        let desk = Desk::open(settings, Stores::in_memory(), |builder| {
            builder.policy(Arc::new(HousePolicy)).reasoner(script).executor(Arc::new(world.clone()))
        })
        .await;
        let review = desk.review(&desk.nothing()).await;
        assert_eq!(review.executed.len(), runs, "supervisor mode stands above every policy");
        assert_eq!(world.effects().len(), runs);
        let denied = review.decisions.iter().find(|decision| decision.verdict == Verdict::Denied).unwrap();
        assert_eq!(denied.by, DecidedBy::Policy { version: "house@7".into() });
        assert_eq!(denied.reasons, ["we do not nag"]);
        let text = juno_core::report::text(&review);
        assert!(text.contains("Refused by policy (1)") && text.contains("we do not nag"), "{text}");
        // A policy's refusal is no person's: it is asked anew, and refused anew, and recorded once.
        let again = desk.review(&desk.nothing()).await;
        assert_eq!((again.decisions, again.audit), (review.decisions, review.audit));
        Ledger::audited(&desk.stores).await;
    }
}

/// Always the same chance; what it says of itself can be wrong.
struct Flat {
    p_miss: f64,
    delivered: f64,
}

impl RiskModel for Flat {
    fn name(&self) -> &str {
        "flat"
    }

    fn predict(&self, snapshot: &SprintSnapshot, _: &[FinishedSprint]) -> Result<Prediction, RiskError> {
        Ok(Prediction {
            p_miss: Probability::new(self.p_miss)?,
            delivered: self.delivered,
            measure: snapshot.measure(),
            intervals: Vec::new(),
            basis: Basis { n_team: 0, n_pooled: 0, model: "flat".into() },
            attribution: None,
            finish: Vec::new(),
        })
    }
}

#[tokio::test]
async fn a_model_of_the_host_forecasts_and_is_checked() {
    let open = async |model: Flat| {
        Desk::open(trusting(), Stores::in_memory(), |builder| builder.model(Arc::new(model))).await
    };
    let desk = open(Flat { p_miss: 0.25, delivered: 7.0 }).await;
    let review = desk.review(&desk.sample()).await;
    let forecast: Vec<_> = review.forecasts.iter().filter(|f| f.outlook == Outlook::Forecast).collect();
    assert!(forecast.len() >= 3);
    for one in forecast {
        assert_eq!((one.p_miss.map(Probability::get), one.delivered), (Some(0.25), Some(7.0)));
        assert!(one.note.contains("flat") && one.measure == Measure::Points);
    }
    // One that breaks its contract is told for each sprint, and the rest of the run goes on.
    for bad in [Flat { p_miss: 7.0, delivered: 1.0 }, Flat { p_miss: 0.5, delivered: f64::NAN }] {
        let desk = open(bad).await;
        let review = desk.review(&desk.sample()).await;
        assert!(review.forecasts.iter().all(|f| f.outlook != Outlook::Forecast));
        assert!(!review.unforecast.is_empty() && !review.proposals.is_empty());
        assert!(review.unforecast.iter().all(|u| !u.reason.is_empty()));
    }
}
