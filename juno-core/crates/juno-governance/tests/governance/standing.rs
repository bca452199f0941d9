//! Whether an approval still stands when it is used: decided anew, with the facts and the hour of then, and not for ever.

use async_trait::async_trait;
use juno_domain::{Impact, RequestId};
use juno_governance::{
    Ballot, ExecutionWitness, Facts, GovernanceError, PolicySettings, RulePolicy, RuleSet, StateKind,
};

use super::common::{desk, desk_with, hours, label, proposal, roles, start, who};

/// Nothing was begun.
struct Nothing;

#[async_trait]
impl ExecutionWitness for Nothing {
    async fn has_execution(&self, _: &RequestId) -> Result<bool, GovernanceError> {
        Ok(false)
    }
}

const AT_NIGHT: &str = r#"
name = "day and night"

[[rules]]
id = "at-night"
effect = "require_approval"
when = { hours = { from = "18:00", to = "08:00", zone = "UTC" } }
ladder = { rungs = [{ role = "director", quorum = 1, deadline_hours = 12 }] }
"#;

/// control: ASI01, SOC2-CC6.1
#[tokio::test]
async fn an_approval_that_no_longer_suffices_is_refused_under_the_same_rules() {
    let desk = desk_with(RulePolicy::new(RuleSet::from_toml(AT_NIGHT).unwrap()).unwrap(), roles());
    let settings = PolicySettings::default();
    let by_day = start() + hours(1);
    let request =
        desk.gate.submit(&proposal("p1", label(), Impact::Low), settings, start()).await.unwrap().request;
    desk.gate.vote(request.id(), Ballot::approve(&request, who("lead"), "yes"), start()).await.unwrap();
    for by_night in [start() + hours(10), start() + hours(22)] {
        let error = desk.gate.redeem(request.id(), settings, by_night).await.unwrap_err();
        assert!(matches!(error, GovernanceError::PolicyChanged(_)), "a director decides at night: {error}");
    }
    let authorization = desk.gate.redeem(request.id(), settings, by_day).await.unwrap();
    let error = desk.gate.recheck(&authorization, settings, start() + hours(10)).await.unwrap_err();
    assert!(matches!(error, GovernanceError::PolicyChanged(_)), "also in the last look: {error}");
    desk.gate.recheck(&authorization, settings, by_day).await.unwrap();
    // A director's approval is enough by day and by night.
    let request = desk
        .gate
        .submit(&proposal("p2", label(), Impact::Low), settings, start() + hours(10))
        .await
        .unwrap()
        .request;
    let ballot = Ballot::approve(&request, who("director"), "yes");
    desk.gate.vote(request.id(), ballot, start() + hours(10)).await.unwrap();
    drop(desk.gate.redeem(request.id(), settings, start() + hours(24)).await.unwrap());
}

/// control: ASI08
#[tokio::test]
async fn facts_of_now_decide_and_not_those_of_the_approval() {
    let rules = "name = \"tight\"\n[budgets]\nactions_per_hour = 1\nover = \"deny\"";
    let desk = desk_with(RulePolicy::new(RuleSet::from_toml(rules).unwrap()).unwrap(), roles());
    let settings = PolicySettings::default();
    let knowing = |actions_last_hour| {
        desk.gate.knowing(Facts { actions_last_hour, blast_radius: 1, ..Facts::default() })
    };
    let p = proposal("p1", label(), Impact::Low);
    let request = knowing(0).submit(&p, settings, start()).await.unwrap().request;
    desk.gate.vote(request.id(), Ballot::approve(&request, who("lead"), "yes"), start()).await.unwrap();
    let error = knowing(1).redeem(request.id(), settings, start()).await.unwrap_err();
    assert!(matches!(error, GovernanceError::Refused { .. }), "{error}");
    let stopped = desk.gate.knowing(Facts { stopped: true, ..Facts::default() });
    assert!(stopped.redeem(request.id(), settings, start()).await.is_err());
    drop(knowing(0).redeem(request.id(), settings, start()).await.unwrap());
}

/// control: SOC2-CC6.2
#[tokio::test]
async fn an_approval_is_good_for_three_days_and_issuing_it_again_does_not_renew_it() {
    let desk = desk();
    let (settings, voted) = (PolicySettings::default(), start() + hours(1));
    let p = proposal("p1", label(), Impact::Low);
    let request = desk.gate.submit(&p, settings, start()).await.unwrap().request;
    desk.gate.vote(request.id(), Ballot::approve(&request, who("lead"), "yes"), voted).await.unwrap();
    let until = voted + hours(72);
    let old = |error: GovernanceError| {
        assert_eq!(error, GovernanceError::ApprovalExpired { request: request.id().clone(), at: until });
    };
    old(desk.gate.redeem(request.id(), settings, until).await.unwrap_err());
    let just = until - hours(1);
    let mut authorization = desk.gate.redeem(request.id(), settings, just).await.unwrap();
    for _ in 0..3 {
        authorization = desk.gate.reissue(request.id(), &Nothing, settings, just).await.unwrap();
    }
    old(desk.gate.recheck(&authorization, settings, until).await.unwrap_err());
    old(desk.gate.reissue(request.id(), &Nothing, settings, until).await.unwrap_err());
    let longer = desk.gate.clone().with_approval_lifetime(hours(100));
    longer.recheck(&authorization, settings, until).await.unwrap();
}

#[tokio::test]
async fn what_was_approved_too_long_ago_is_asked_anew() {
    let desk = desk();
    let settings = PolicySettings::default();
    let p = proposal("p1", label(), Impact::Low);
    let request = desk.gate.submit(&p, settings, start()).await.unwrap().request;
    desk.gate.vote(request.id(), Ballot::approve(&request, who("lead"), "yes"), start()).await.unwrap();
    let same = desk.gate.submit(&p, settings, start() + hours(71)).await.unwrap();
    assert!(same.already_known && same.request.kind() == StateKind::Approved);
    let again = desk.gate.submit(&p, settings, start() + hours(72)).await.unwrap();
    assert_eq!((again.already_known, again.request.kind()), (false, StateKind::Pending));
    assert_eq!(again.request.cites(), Some(request.id()));
    assert_eq!(desk.gate.get(request.id()).await.unwrap().kind(), StateKind::Cancelled);
}
