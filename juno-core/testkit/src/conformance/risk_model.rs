//! What every [`RiskModel`] has to do.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{
    Completeness, ErrorKind, FinishedSprint, Interval, Probability, ProjectKey, Scope, SprintId, SprintPhase,
    SprintSnapshot, StoryPoints, TeamId,
};
use juno_risk::{Prediction, RiskAssessor, RiskError, RiskModel};

/// Runs every case.
///
/// # Panics
/// If the model breaks the contract; the message says in which case and how.
pub fn risk_model_suite(model: &Arc<dyn RiskModel>) {
    let model = &**model;
    assert!(!model.name().trim().is_empty(), "a model has a name");
    usual_sprints_are_forecast(model);
    the_answer_does_not_depend_on_the_order_of_history(model);
    the_future_is_refused(model);
    what_cannot_be_forecast_is_said(model);
    a_prediction_survives_json(model);
    weird_sprints_are_survived(model);
}

/// Runs what an assessor promises around any model.
///
/// # Panics
/// If a forecast it gives is not whole.
pub fn risk_assessor_suite(model: Arc<dyn RiskModel>) {
    let assessor = RiskAssessor::new(model);
    for snapshot in weird_snapshots() {
        let forecast = assessor.assess(&snapshot, &weird_history()).expect("a typed answer");
        assert_eq!(forecast.risk_index.is_some(), forecast.level.is_some());
        assert!(forecast.p_miss.is_some() || forecast.intervals.is_empty());
        serde_json::to_string(&forecast).expect("JSON");
    }
    let future = [finished(12, 0, 30.0, 30.0)];
    assert!(assessor.assess(&running(11, 0.5), &future).is_err(), "the future is refused");
}

fn usual_sprints_are_forecast(model: &dyn RiskModel) {
    for n in [6, 12, 40] {
        let history = usual_history(n);
        for t in [0.0, 0.3, 0.45, 0.8, 1.0] {
            for team in ["0", "1", "new"] {
                for unestimated in [false, true] {
                    let mut snapshot = running(100, t);
                    snapshot.team = TeamId::new(team).expect("team");
                    if unestimated {
                        for part in [&mut snapshot.started_with, &mut snapshot.todo, &mut snapshot.done] {
                            part.points = StoryPoints::ZERO;
                        }
                    }
                    match model.predict(&snapshot, &history) {
                        Ok(prediction) => {
                            assert_sound(&prediction, &snapshot);
                            let quick = model.predict_quick(&snapshot, &history).expect("a quick prediction");
                            assert_eq!(
                                (quick.p_miss, quick.delivered, quick.measure, quick.basis),
                                (
                                    prediction.p_miss,
                                    prediction.delivered,
                                    prediction.measure,
                                    prediction.basis
                                ),
                                "the quick answer is the same"
                            );
                        }
                        Err(error) => {
                            assert_eq!(error.kind(), ErrorKind::NotEnoughData, "usual sprint: {error}");
                        }
                    }
                }
            }
        }
    }
    let known = model.predict(&running(100, 0.5), &usual_history(40));
    assert!(known.is_ok(), "forty finished sprints are enough for anybody: {known:?}");
}

fn the_answer_does_not_depend_on_the_order_of_history(model: &dyn RiskModel) {
    let history = usual_history(40);
    let mut turned = history.clone();
    turned.reverse();
    turned.rotate_left(7);
    for t in [0.0, 0.5, 0.8] {
        let snapshot = running(100, t);
        let first = model.predict(&snapshot, &history);
        assert_eq!(first, model.predict(&snapshot, &history), "asked twice, answered alike");
        assert_eq!(first, model.predict(&snapshot, &turned), "the order of history changes nothing");
    }
}

fn the_future_is_refused(model: &dyn RiskModel) {
    let refused = |snapshot: &SprintSnapshot, extra: FinishedSprint, why: &str| {
        let mut history = usual_history(12);
        history.push(extra);
        let answer = model.predict(snapshot, &history);
        match answer {
            Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidInput, "{why}: {error}"),
            Ok(_) => panic_with(why),
        }
    };
    refused(&running(50, 0.5), finished(51, 0, 30.0, 30.0), "a later sprint in the history is refused");
    refused(&running(50, 0.5), finished(50, 0, 30.0, 30.0), "the sprint itself in its history is refused");
    let dated = SprintSnapshot { at: day(10), ..running(50, 0.5) };
    let after = FinishedSprint { closed_at: day(11), ..finished(20, 0, 30.0, 30.0) };
    refused(&dated, after, "a sprint closed after the snapshot is refused, whatever its id");
}

fn what_cannot_be_forecast_is_said(model: &dyn RiskModel) {
    let history = usual_history(12);
    let over = SprintSnapshot { phase: SprintPhase::Finished, ..running(100, 1.0) };
    assert!(model.predict(&over, &history).is_err(), "a finished sprint has no forecast");
    let empty = SprintSnapshot { started_with: Scope::ZERO, ..running(100, 0.5) };
    assert!(model.predict(&empty, &history).is_err(), "a sprint without commitment has no forecast");
    match model.predict(&running(100, 0.5), &[]) {
        Ok(prediction) => assert_sound(&prediction, &running(100, 0.5)),
        Err(error) => assert_eq!(error.kind(), ErrorKind::NotEnoughData, "no history: {error}"),
    }
}

fn a_prediction_survives_json(model: &dyn RiskModel) {
    let prediction = model.predict(&running(100, 0.5), &usual_history(40)).expect("a prediction");
    let json = serde_json::to_string(&prediction).expect("JSON");
    assert_eq!(serde_json::from_str::<Prediction>(&json).expect("a prediction"), prediction);
}

fn weird_sprints_are_survived(model: &dyn RiskModel) {
    for history in [weird_history(), usual_history(1), usual_history(3), Vec::new()] {
        for snapshot in weird_snapshots() {
            match model.predict(&snapshot, &history) {
                Ok(prediction) => assert_sound(&prediction, &snapshot),
                Err(error) => assert!(!matches!(error, RiskError::Model { .. }), "weird sprint: {error}"),
            }
        }
    }
}

fn assert_sound(prediction: &Prediction, snapshot: &SprintSnapshot) {
    let Prediction { p_miss, delivered, measure, intervals, .. } = prediction;
    assert!((0.0..=1.0).contains(&p_miss.get()), "a probability: {prediction:?}");
    assert!(delivered.is_finite() && *delivered >= 0.0, "a finite delivery: {prediction:?}");
    assert_eq!(*measure, snapshot.measure(), "the snapshot's own measure");
    assert!(intervals.iter().all(|i| i.lower() >= 0.0), "nothing negative is delivered: {prediction:?}");
    let nested = |(narrow, wide): (&Interval, &Interval)| {
        narrow.level() < wide.level() && wide.lower() <= narrow.lower() && narrow.upper() <= wide.upper()
    };
    assert!(intervals.iter().zip(&intervals[1.min(intervals.len())..]).all(nested), "nested: {prediction:?}");
}

#[expect(clippy::panic, reason = "a suite fails by panicking, like a test")]
fn panic_with(why: &str) -> ! {
    panic!("{why}")
}

fn day(n: i64) -> Option<DateTime<Utc>> {
    Some(DateTime::UNIX_EPOCH + TimeDelta::days(n))
}

fn scope(points: f64) -> Scope {
    Scope { issues: (points / 3.0).ceil() as u32, points: StoryPoints::new(points).expect("points") }
}

/// Thirty points of team 0 at `t`, done in step with time.
fn running(sprint: u64, t: f64) -> SprintSnapshot {
    let done = scope((30.0 * t).floor());
    SprintSnapshot {
        project: ProjectKey::new("PAY").expect("project"),
        sprint: SprintId(sprint),
        team: TeamId::new("0").expect("team"),
        name: format!("Payments {sprint}"),
        at: None,
        t: Probability::new(t).expect("t"),
        phase: SprintPhase::Running,
        planned_days: Some(14.0),
        started_with: scope(30.0),
        added: Scope::ZERO,
        removed: Scope::ZERO,
        todo: scope(30.0).saturating_sub(done),
        in_progress: Scope::ZERO,
        done,
        blocked: None,
        open_defects: None,
        unestimated: None,
        members: 5,
        completeness: Completeness::COMPLETE,
    }
}

fn finished(sprint: u64, team: u64, committed: f64, delivered: f64) -> FinishedSprint {
    let stages = [0.0, 0.3, 0.5, 0.8].map(|t| {
        let done = scope((delivered * t).floor());
        SprintSnapshot {
            team: TeamId::new(team.to_string()).expect("team"),
            started_with: scope(committed),
            todo: scope(committed).saturating_sub(done),
            done,
            ..running(sprint, t)
        }
    });
    FinishedSprint {
        project: ProjectKey::new("PAY").expect("project"),
        sprint: SprintId(sprint),
        team: TeamId::new(team.to_string()).expect("team"),
        started_at: None,
        closed_at: None,
        stages: stages.to_vec(),
        delivered: scope(delivered),
        delivered_issues_known: true,
    }
}

/// Sprints 1 to `n` of project `PAY`: two teams in turn, commitments from 24 to 36, one sprint in three missed.
#[must_use]
pub fn usual_history(n: u64) -> Vec<FinishedSprint> {
    (1..=n)
        .map(|id| {
            let committed = 24.0 + 3.0 * (id % 5) as f64;
            finished(id, id % 2, committed, if id % 3 == 0 { committed - 9.0 } else { committed })
        })
        .collect()
}

/// Nothing, next to nothing, more than everything, and a sprint nobody looked at on the way.
fn weird_history() -> Vec<FinishedSprint> {
    let mut history = usual_history(12);
    history.push(finished(13, 0, 0.0, 0.0));
    history.push(finished(14, 0, 0.0, 30.0));
    history.push(finished(15, 0, f64::MIN_POSITIVE, 1e300));
    history.push(finished(16, 0, f64::MAX, 1.0));
    history.push(FinishedSprint { stages: Vec::new(), ..finished(17, 0, 30.0, 30.0) });
    history.push(FinishedSprint { delivered_issues_known: false, ..finished(18, 0, 30.0, 30.0) });
    history.push(FinishedSprint { closed_at: day(3), started_at: day(9), ..finished(19, 0, 30.0, 30.0) });
    history
}

fn weird_snapshots() -> Vec<SprintSnapshot> {
    let huge = Scope { issues: u32::MAX, points: StoryPoints::new(f64::MAX).expect("points") };
    let sizes = [Scope::ZERO, scope(f64::MIN_POSITIVE), scope(30.0), scope(1e300), huge];
    let mut snapshots = Vec::new();
    for started_with in sizes {
        for (added, removed) in [(Scope::ZERO, huge), (huge, Scope::ZERO), (scope(3.0), scope(6.0))] {
            for done in [Scope::ZERO, huge] {
                for phase in [SprintPhase::Planned, SprintPhase::Running, SprintPhase::Finished] {
                    snapshots.push(SprintSnapshot {
                        started_with,
                        added,
                        removed,
                        done,
                        phase,
                        todo: huge,
                        blocked: Some(huge),
                        open_defects: Some(u32::MAX),
                        unestimated: Some(u32::MAX),
                        members: u32::MAX,
                        planned_days: Some(5873.0),
                        ..running(100, 1.0)
                    });
                }
            }
        }
    }
    snapshots
}
