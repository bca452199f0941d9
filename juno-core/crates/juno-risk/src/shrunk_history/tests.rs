use juno_domain::{Measure, ProjectKey, Scope, SprintPhase};
use proptest::prelude::*;

use super::*;
use crate::{
    BaseRateModel,
    testing::{finished, p, running, scope, ten},
};

fn p_miss(snapshot: &SprintSnapshot, history: &[FinishedSprint]) -> f64 {
    ShrunkHistoryModel.predict(snapshot, history).unwrap().p_miss.get()
}

#[test]
fn the_base_rate_adds_one_miss_and_one_hit() {
    let got = BaseRateModel.predict(&running(11, "7", 0.0, 30.0, 0.0), &ten()).unwrap();
    assert_eq!(got.p_miss.get(), 4.0 / 12.0);
    assert_eq!((got.delivered, got.basis.n_team, got.basis.n_pooled), (30.0, 10, 10));
    // Ten sprints bear 80 % but not 90 %.
    assert_eq!(
        got.intervals.iter().map(|i| (i.lower(), i.upper(), i.level().get())).collect::<Vec<_>>(),
        [(21.0, 30.0, 0.8)]
    );
}

#[test]
fn the_rates_shrink_from_team_to_project_to_pool() {
    // Without a comparable stage only the rates speak. Team 7 missed 3 of 10, team 8 of the project all 4.
    let mut history = ten();
    history.extend((11..15).map(|id| finished(id, "8", 30.0, 0.0, 3.0)));
    for past in &mut history {
        past.stages.truncate(1);
    }
    let late = running(20, "7", 0.9, 30.0, 15.0);
    let everyone = (7.0 + 1.0) / (14.0 + 2.0);
    let project = (7.0 + 6.0 * everyone) / (14.0 + 6.0);
    let team = (3.0 + 6.0 * project) / (10.0 + 6.0);
    assert!((p_miss(&late, &history) - team).abs() < 1e-12);
    // Another project starts from everyone's rate.
    let elsewhere =
        SprintSnapshot { project: ProjectKey::new("OPS").unwrap(), ..running(20, "9", 0.9, 30.0, 15.0) };
    assert!((p_miss(&elsewhere, &history) - everyone).abs() < 1e-12);
}

#[test]
fn sprints_that_stood_like_this_one_decide() {
    // At half time the missed ones had nothing done, the others half.
    let history: Vec<_> = (1..=20)
        .map(|id| match id % 2 {
            0 => finished(id, "7", 30.0, 0.0, 10.0),
            _ => finished(id, "7", 30.0, 15.0, 30.0),
        })
        .collect();
    let on_track = ShrunkHistoryModel.predict(&running(21, "7", 0.5, 30.0, 15.0), &history).unwrap();
    let stuck = ShrunkHistoryModel.predict(&running(21, "7", 0.5, 30.0, 0.0), &history).unwrap();
    assert!(on_track.p_miss.get() < 0.1 && stuck.p_miss.get() > 0.9, "{on_track:?} {stuck:?}");
    assert_eq!((on_track.delivered, stuck.delivered), (30.0, 10.0));
    // At the start they all looked alike but for the load.
    assert!((p_miss(&running(21, "7", 0.0, 30.0, 0.0), &history) - 0.5).abs() < 0.15);
}

#[test]
fn a_team_that_is_being_learned_gets_the_pool() {
    // Two misses of its own do not yet speak against ten good sprints of the project.
    let mut history: Vec<_> = (1..=10).map(|id| finished(id, "7", 30.0, 15.0, 30.0)).collect();
    history.push(finished(11, "8", 30.0, 15.0, 3.0));
    history.push(finished(12, "8", 30.0, 15.0, 3.0));
    let young = running(13, "8", 0.5, 30.0, 15.0);
    let stranger = running(13, "9", 0.5, 30.0, 15.0);
    let pooled = p_miss(&stranger, &history);
    assert!((0.1..0.3).contains(&pooled), "{pooled}");
    assert_eq!(p_miss(&young, &history), pooled);
    history.push(finished(13, "8", 30.0, 15.0, 3.0));
    assert!(p_miss(&SprintSnapshot { sprint: juno_domain::SprintId(14), ..young }, &history) > 0.4);
}

#[test]
fn fault_a_day_0_forecast_of_2_percent() {
    // First day, 30 points as always, nothing done yet: about the team's usual rate, and the usual delivery.
    let got = ShrunkHistoryModel.predict(&running(11, "7", 0.0, 30.0, 0.0), &ten()).unwrap();
    assert!((0.25..0.45).contains(&got.p_miss.get()), "{got:?}");
    assert_eq!(got.delivered, 30.0);
    // The very first sprint of all has no number at all.
    let first = ShrunkHistoryModel.predict(&running(1, "7", 0.0, 30.0, 0.0), &[]).unwrap_err();
    assert_eq!(first.kind(), juno_domain::ErrorKind::NotEnoughData);
}

#[test]
fn fault_a_ratio_called_a_probability() {
    // Twice the usual load is no 50 % and half of it no 200 %: both are shares of what happened to sprints like it.
    let history: Vec<_> = (1..=20)
        .map(|id| match id % 2 {
            0 => finished(id, "7", 60.0, 15.0, 30.0),
            _ => finished(id, "7", 30.0, 15.0, 30.0),
        })
        .collect();
    assert!(p_miss(&running(21, "7", 0.0, 60.0, 0.0), &history) > 0.65);
    assert!(p_miss(&running(21, "7", 0.0, 30.0, 0.0), &history) < 0.35);
}

#[test]
fn fault_train_serve_skew() {
    // How a sprint stands is computed once, by one function: seen live and later as history it is the same.
    let history = ten();
    let live = Comparison::new(&history[9].stages[1], &history[..9]).unwrap().standing;
    let later =
        Comparison::new(&running(11, "7", 0.5, 30.0, 0.0), &history).unwrap().cases[9].standing.unwrap();
    assert_eq!(likeness(&live, &later), 1.0);
    assert_eq!((live.done, live.in_progress, live.load), (later.done, later.in_progress, later.load));
}

#[test]
fn unestimated_sprints_are_forecast_in_issues() {
    let without_points = |mut snapshot: SprintSnapshot| {
        for part in [&mut snapshot.started_with, &mut snapshot.todo, &mut snapshot.done] {
            part.points = juno_domain::StoryPoints::ZERO;
        }
        snapshot
    };
    let mut history = ten();
    for past in &mut history {
        past.stages = past.stages.drain(..).map(without_points).collect();
        past.delivered.points = juno_domain::StoryPoints::ZERO;
    }
    let now = without_points(running(11, "7", 0.5, 30.0, 15.0));
    let got = ShrunkHistoryModel.predict(&now, &history).unwrap();
    assert_eq!((got.measure, got.delivered), (Measure::Issues, 10.0));
    assert!((0.2..0.45).contains(&got.p_miss.get()), "{got:?}");
    // Where the source does not tell delivered issues, there is nothing to compare with.
    for past in &mut history {
        past.delivered_issues_known = false;
    }
    let error = ShrunkHistoryModel.predict(&now, &history).unwrap_err();
    assert!(error.to_string().contains("in issues"), "{error}");
}

#[test]
fn fault_nan_or_zero_crashes() {
    assert!(Probability::new(f64::NAN).is_err() && juno_domain::StoryPoints::new(f64::NAN).is_err());
    let huge = || Scope { issues: u32::MAX, points: juno_domain::StoryPoints::new(f64::MAX).unwrap() };
    let mut history = ten();
    history.push(FinishedSprint { delivered: huge(), ..finished(11, "7", 30.0, 0.0, 0.0) });
    history.push(finished(12, "7", f64::MIN_POSITIVE, 0.0, 1e300));
    history.push(FinishedSprint { stages: vec![], ..finished(13, "7", 1.0, 0.0, 0.0) });
    history.push(finished(14, "7", 0.0, 0.0, 5.0));
    for committed in [scope(0.0), scope(1e-300), scope(30.0), huge()] {
        for t in [0.0, 0.5, 1.0] {
            let now = SprintSnapshot { started_with: committed, ..running(20, "7", t, 0.0, 0.0) };
            match ShrunkHistoryModel.predict(&now, &history) {
                Ok(got) => assert!(got.delivered.is_finite()),
                Err(error) => assert!(matches!(error, RiskError::NothingCommitted { .. }), "{error}"),
            }
        }
    }
    let finished = SprintSnapshot { phase: SprintPhase::Finished, ..running(20, "7", 1.0, 30.0, 30.0) };
    assert!(matches!(ShrunkHistoryModel.predict(&finished, &history), Err(RiskError::Finished { .. })));
}

#[test]
fn future_and_own_sprints_are_refused() {
    let now = running(5, "7", 0.5, 30.0, 15.0);
    let future = [finished(6, "7", 30.0, 15.0, 30.0)];
    assert!(matches!(ShrunkHistoryModel.predict(&now, &future), Err(RiskError::FutureHistory { .. })));
    let own = [finished(5, "7", 30.0, 15.0, 30.0)];
    assert!(matches!(ShrunkHistoryModel.predict(&now, &own), Err(RiskError::OwnSprint { .. })));
    // With dates the dates decide, also over ids.
    let day = |n| Some(chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days(n));
    let dated = SprintSnapshot { at: day(10), ..now };
    let closed = |n| [FinishedSprint { closed_at: day(n), ..finished(6, "7", 30.0, 15.0, 30.0) }];
    assert!(ShrunkHistoryModel.predict(&dated, &closed(10)).is_ok());
    assert!(ShrunkHistoryModel.predict(&dated, &closed(11)).is_err());
    // A host with one list for all takes the part that was known.
    let list = [&ten()[..], &closed(11)[..]].concat();
    let known = crate::known_before(&dated, &list);
    assert_eq!(known.iter().map(|past| past.sprint.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(ShrunkHistoryModel.predict(&dated, &known).is_ok());
}

prop_compose! {
    fn any_past()(id in 1..200_u64, team in 0..3_u8, committed in 0.0..80.0_f64, half in 0.0..80.0_f64, delivered in 0.0..80.0_f64)
        -> FinishedSprint {
        finished(id, &team.to_string(), committed, half, delivered)
    }
}

fn any_history() -> impl Strategy<Value = Vec<FinishedSprint>> {
    prop::collection::vec(any_past(), 0..40).prop_map(|mut history| {
        history.sort_by_key(|past| past.sprint);
        history.dedup_by_key(|past| past.sprint);
        history
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn a_prediction_is_bounded_nested_and_the_same_in_any_order(
        history in any_history(), committed in 0.0..80.0_f64, done in 0.0..80.0_f64, t in 0.0..=1.0_f64, turn in 0..40_usize
    ) {
        let now = running(200, "1", t, committed, done);
        let models: [&dyn RiskModel; 2] = [&BaseRateModel, &ShrunkHistoryModel];
        for model in models {
            let got = model.predict(&now, &history);
            let mut turned = history.clone();
            turned.reverse();
            turned.rotate_left(turn.min(history.len()));
            prop_assert_eq!(&got, &model.predict(&now, &turned));
            let Ok(got) = got else { continue };
            prop_assert!(got.p_miss > p(0.0) && got.p_miss < p(1.0), "certainty about the future: {:?}", got);
            prop_assert!(got.delivered >= now.done.in_measure(got.measure));
            prop_assert!(got.intervals.iter().all(|i| i.contains(got.delivered)));
            prop_assert!(got.intervals.windows(2).all(|w| w[1].lower() <= w[0].lower() && w[0].upper() <= w[1].upper()));
        }
    }
}
