//! What people decided about proposals calibrates the confidence of those to come.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_core::agent::{Place, Stores};
use juno_core::domain::{Calibration, Confidence, MemoryId, TeamId};
use juno_core::governance::Choice;
use juno_core::memory::{Memory, MemoryFilter};
use juno_core::prelude::*;

use crate::desk::{Desk, person, start, stores_of, trusting};
use crate::ledger::Ledger;
use crate::scripted::{Line, Scripted, World, label, question};

pub(crate) const CUSTOM: &str = "stale_triage:custom";
const SILENCE: &str = "stale_triage:silence";
/// A team of the sample.
pub(crate) const PAYMENTS: &str = "1";

pub(crate) async fn open(settings: Settings, stores: Stores) -> (Desk, Scripted) {
    let script = Scripted::default();
    let reasoner = Arc::new(script.clone());
    let executor = Arc::new(World::default());
    (Desk::open(settings, stores, |builder| builder.reasoner(reasoner).executor(executor)).await, script)
}

/// `n` proposals made with scores of 0.7 to 0.89 on one ground, of which people find every third right.
pub(crate) async fn decide(
    desk: &Desk,
    script: &Scripted,
    n: usize,
    like: fn(&str) -> Line,
    at: (&'static str, &'static str),
) {
    let (team, ground) = at;
    script.say((0..n).map(|n| {
        let score = Some((ground, 0.7 + 0.01 * (n % 20) as f64));
        Line { team, score, ..like(&format!("ASK-{n}")) }
    }));
    let review = desk.review(&desk.nothing()).await;
    assert_eq!(review.pending.len(), n);
    let mut targets: Vec<_> = review.pending.iter().map(|p| (p.target.clone(), p)).collect();
    targets.sort_by(|(one, _), (two, _)| one.cmp(two));
    for (place, (_, pending)) in targets.iter().enumerate() {
        let choice = if place % 3 == 0 { Choice::Approve } else { Choice::Deny };
        desk.juno.gate.vote(*pending, &person("lea"), choice, "so be it").await.unwrap();
    }
    script.say([]);
}

/// How sure triage of the sample is of an action, by ticket.
async fn sure(desk: &Desk, action: &str, as_of: DateTime<Utc>) -> BTreeMap<String, Confidence> {
    let found = desk.juno.triage.find(&desk.sample(), &[], as_of, &Progress::silent()).await.unwrap();
    let proposals = found.findings.into_iter().filter_map(|finding| finding.proposal);
    let wanted = proposals.filter(|proposal| proposal.action.name() == action);
    let sure: BTreeMap<_, _> = wanted.map(|p| (p.action.target().to_owned(), p.confidence)).collect();
    assert!(!sure.is_empty());
    sure
}

fn platt(outcomes: u32) -> Calibration {
    Calibration::Calibrated { method: "platt".into(), outcomes }
}

#[tokio::test]
async fn sixty_decisions_on_overconfident_scores_lower_the_next_confidence_and_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("juno.db");
    let before = {
        let (desk, script) = open(trusting(), stores_of(&path)).await;
        let before = sure(&desk, "request_info", start()).await;
        decide(&desk, &script, 60, question, (PAYMENTS, CUSTOM)).await;
        before
    };
    let (desk, _) = open(trusting(), stores_of(&path)).await;
    let after = sure(&desk, "request_info", start()).await;
    for (ticket, before) in &before {
        assert_eq!(before.calibration, Calibration::Uncalibrated);
        assert_eq!(after[ticket].calibration, platt(60));
        // A third was right, whatever the score.
        assert!(after[ticket].value < before.value && (after[ticket].value.get() - 0.333).abs() < 0.15);
    }
    // What is said of one action says nothing of another.
    for (ticket, other) in sure(&desk, "reprioritise", start()).await {
        assert_eq!(other.calibration, Calibration::Uncalibrated, "{ticket}");
    }
    Ledger::audited(&desk.stores).await;
}

#[tokio::test]
async fn below_what_the_method_needs_it_stays_uncalibrated() {
    for (method, n, calibrated) in [
        ("platt", 29, false),
        ("platt", 30, true),
        ("temperature", 30, true),
        ("beta", 49, false),
        ("isotonic", 60, false),
    ] {
        let settings = trusting().with("confidence.calibration", method).unwrap();
        let (desk, script) = open(settings, Stores::in_memory()).await;
        decide(&desk, &script, n, question, (PAYMENTS, CUSTOM)).await;
        for confidence in sure(&desk, "request_info", start()).await.into_values() {
            assert_eq!(confidence.is_calibrated(), calibrated, "{method} on {n}");
        }
    }
}

/// Until people have decided enough, replayed history calibrates what rests on silence alone; then they do.
#[tokio::test]
async fn decisions_take_the_place_of_the_replay() {
    let supervised = || trusting().with("governance.supervisor_mode", "true").unwrap();
    for (n, method) in [(0, "platt"), (29, "platt and decisions"), (60, "platt")] {
        let (desk, script) = open(supervised(), Stores::in_memory()).await;
        decide(&desk, &script, n, label, (PAYMENTS, SILENCE)).await;
        for confidence in sure(&desk, "add_label", start()).await.into_values() {
            let Calibration::Calibrated { method: named, outcomes } = confidence.calibration else {
                panic!()
            };
            assert_eq!((named.as_str(), outcomes == 60), (method, n == 60), "after {n} decisions");
        }
    }
}

#[tokio::test]
async fn a_decision_later_than_the_question_is_not_used() {
    let (desk, script) = open(trusting(), Stores::in_memory()).await;
    let then = start() - TimeDelta::hours(1);
    let before = sure(&desk, "request_info", then).await;
    decide(&desk, &script, 60, question, (PAYMENTS, CUSTOM)).await;
    assert_eq!(sure(&desk, "request_info", then).await, before);
    assert_ne!(sure(&desk, "request_info", start()).await, before);
    let reliability = async |at| desk.juno.triage.reliability(&desk.sample(), at).await.unwrap().calibrated;
    assert_eq!(reliability(then).await, None);
    assert_eq!(reliability(start()).await.unwrap().n, 60);
}

/// Decisions are pooled over the teams whose records are at hand, and over no others.
#[tokio::test]
async fn decisions_of_another_tenant_or_of_a_team_that_is_not_at_hand_calibrate_nothing() {
    let stores = Stores::in_memory();
    let (desk, _) = open(trusting(), stores.clone()).await;
    let before = sure(&desk, "request_info", start()).await;

    let (other, script) = open(trusting().with("tenant", "other").unwrap(), stores.clone()).await;
    decide(&other, &script, 60, question, (PAYMENTS, CUSTOM)).await;
    assert_eq!(sure(&desk, "request_info", start()).await, before);
    assert_ne!(sure(&other, "request_info", start()).await, before, "its own tenant's do");

    let (desk, script) = open(trusting(), Stores::in_memory()).await;
    decide(&desk, &script, 60, question, ("elsewhere", CUSTOM)).await;
    assert_eq!(sure(&desk, "request_info", start()).await, before);
}

#[tokio::test]
async fn what_a_policy_approved_counts_only_once_its_effect_has_stood() {
    let (desk, script) = open(trusting(), Stores::in_memory()).await;
    script.say((0..40).map(|n| Line {
        team: PAYMENTS,
        score: Some((SILENCE, 0.8)),
        ..label(&format!("ASK-{n}"))
    }));
    assert_eq!(desk.review(&desk.nothing()).await.executed.len(), 40);
    let seen = async |days| {
        let at = start() + TimeDelta::days(days);
        let found = desk.juno.triage.reliability(&desk.sample(), at).await.unwrap().calibrated;
        found.map(|seen| (seen.n, seen.right))
    };
    assert_eq!((seen(0).await, seen(13).await, seen(14).await), (None, None, Some((40, 40))));
}

/// control: AIA-14-4-a, AIA-14-4-b
#[tokio::test]
async fn reliability_shows_how_far_confidence_was_from_what_was_right() {
    let (desk, script) = open(trusting(), Stores::in_memory()).await;
    decide(&desk, &script, 60, question, (PAYMENTS, CUSTOM)).await;
    let found = desk.juno.triage.reliability(&desk.sample(), start()).await.unwrap();
    assert_eq!((found.as_of, found.uncalibrated), (start(), None));
    let seen = found.calibrated.unwrap();
    assert_eq!((seen.n, seen.right), (60, 20));
    // All were proposed at 0.95, as the script has it, and a third was right.
    let by_hand = (20.0 * 0.05_f64.powi(2) + 40.0 * 0.95_f64.powi(2)) / 60.0;
    assert!((seen.brier - by_hand).abs() < 1e-12);
    assert!((seen.ece - (0.95 - 1.0 / 3.0)).abs() < 1e-12 && !seen.ece_band.is_consistent(seen.ece));
    let ([at], [chance]) = (&seen.curve[..], &seen.by_chance[..]) else {
        panic!("one stretch: {:?}", seen.curve)
    };
    assert_eq!((at.n, at.lower, chance.lower), (60, 0.9, 0.9));
    assert!(at.rate.get() < chance.rate.lower());
    assert_eq!(desk.juno.triage.reliability(&desk.nothing(), start()).await.unwrap().calibrated, None);
}

/// Memories of an earlier version do not tell the score: they count as agreement alone, as before.
#[tokio::test]
async fn a_decision_without_its_score_is_no_pair_and_what_somebody_else_wrote_is_no_decision() {
    let (desk, script) = open(trusting(), Stores::in_memory()).await;
    let before = sure(&desk, "request_info", start()).await;
    decide(&desk, &script, 60, question, (PAYMENTS, CUSTOM)).await;
    let place = Place { team: Some(TeamId::new(PAYMENTS).unwrap()), ..Place::default() };
    let mut filter = MemoryFilter::new(desk.juno.memory.at(&place).unwrap());
    filter.limit = MemoryFilter::MAX_LIMIT;
    let memories = desk.juno.memory.list(&filter).await.unwrap();
    let rewrite = async |change: fn(&mut Memory)| {
        for memory in &memories {
            let mut memory = memory.clone();
            desk.juno.memory.forget(&memory.scope, &memory.id).await.unwrap();
            change(&mut memory);
            desk.juno.memory.remember(&memory).await.unwrap();
        }
        sure(&desk, "request_info", start()).await
    };
    let agreement = rewrite(|memory| {
        memory.data.as_object_mut().unwrap().remove("proposal");
    })
    .await;
    for (ticket, confidence) in &agreement {
        assert!(!confidence.is_calibrated() && confidence.value < before[ticket].value);
    }
    for memory in &memories {
        desk.juno.memory.forget(&memory.scope, &memory.id).await.unwrap();
    }
    let forged = rewrite(|memory| memory.id = MemoryId::new(format!("my-{}", memory.id)).unwrap()).await;
    assert_eq!(forged, before);
}
