use std::sync::atomic::{AtomicUsize, Ordering};

use juno_domain::{FinishedSprint, Scope, SprintPhase, SprintSnapshot, StoryPoints};
use proptest::prelude::*;

use super::{Change, Counterfactual, Effect, counterfactuals, most_useful};
use crate::testing::{finished, p, running, scope, ten};
use crate::{BaseRateModel, Basis, Prediction, RiskAssessor, RiskError, RiskModel, ShrunkHistoryModel};

/// A model whose chance is a formula, and that counts how often it is asked.
struct Formula<F>(F, AtomicUsize);

impl<F: Fn(&SprintSnapshot) -> f64 + Send + Sync> Formula<F> {
    const fn new(formula: F) -> Self {
        Self(formula, AtomicUsize::new(0))
    }

    fn asked(&self) -> usize {
        self.1.load(Ordering::Relaxed)
    }
}

impl<F: Fn(&SprintSnapshot) -> f64 + Send + Sync> RiskModel for Formula<F> {
    fn name(&self) -> &str {
        "formula"
    }

    fn predict(&self, snapshot: &SprintSnapshot, _: &[FinishedSprint]) -> Result<Prediction, RiskError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        Ok(Prediction {
            p_miss: p((self.0)(snapshot).clamp(0.0, 1.0)),
            delivered: snapshot.committed().in_measure(snapshot.measure()) / 2.0,
            measure: snapshot.measure(),
            intervals: Vec::new(),
            basis: Basis { n_team: 0, n_pooled: 0, model: "formula".into() },
            attribution: None,
            finish: Vec::new(),
        })
    }
}

/// 60 points in 20 issues, 5 of them done, 3 in progress and 12 not started.
fn heavy() -> SprintSnapshot {
    SprintSnapshot {
        todo: Scope { issues: 12, ..scope(36.0) },
        in_progress: Scope { issues: 3, ..scope(9.0) },
        done: Scope { issues: 5, ..scope(15.0) },
        started_with: Scope { issues: 20, ..scope(60.0) },
        ..running(11, "7", 0.5, 60.0, 15.0)
    }
}

fn committed(snapshot: &SprintSnapshot) -> f64 {
    snapshot.committed().in_measure(snapshot.measure())
}

fn removed(one: &Counterfactual) -> Option<u32> {
    match one.change {
        Change::RemoveWork { scope } => Some(scope.issues),
        Change::Unblock { .. } | Change::AddPeople { .. } => None,
    }
}

#[test]
fn the_least_work_that_brings_the_chance_below_each_bound_is_found() {
    // 60 points: 0.9; each point less takes 0.015 off. Below 0.5 from 27 points out, below 0.3 at no amount up to half.
    let model = Formula::new(|s: &SprintSnapshot| 0.9 - 0.015 * (60.0 - committed(s)));
    let found = counterfactuals(&model, &heavy(), &ten()).unwrap();
    let least: Vec<_> = found.iter().filter_map(|one| Some((removed(one)?, one.below))).collect();
    assert_eq!(least, [(9, Some(p(0.5)))]);
    assert_eq!(
        found[0].what,
        "take 9 of the 12 issues not started out of the sprint (about 27 of 36 points)"
    );
    assert_eq!(found[0].before.committed, 60.0);
    let after = found[0].after.unwrap();
    assert_eq!((after.committed, after.delivered), (33.0, 16.5));
    assert!(found[0].caveat.contains("not a promise of cause and effect"));

    // Steeper: 17 points, so six issues, and 25, so nine.
    let model = Formula::new(|s: &SprintSnapshot| 0.9 - 0.0249 * (60.0 - committed(s)));
    let found = counterfactuals(&model, &heavy(), &ten()).unwrap();
    let least: Vec<_> = found.iter().filter_map(|one| Some((removed(one)?, one.below))).collect();
    assert_eq!(least, [(6, Some(p(0.5))), (9, Some(p(0.3)))]);
    assert_eq!(most_useful(&found), Some(&found[0]), "of less work the least");

    // One issue is enough for both, and is said once.
    let model = Formula::new(|s: &SprintSnapshot| if committed(s) < 60.0 { 0.2 } else { 0.9 });
    let found = counterfactuals(&model, &heavy(), &ten()).unwrap();
    let least: Vec<_> = found.iter().filter_map(|one| Some((removed(one)?, one.below))).collect();
    assert_eq!(least, [(1, Some(p(0.3)))]);
}

#[test]
fn where_no_bound_can_be_reached_the_best_is_given() {
    // Best in the middle: more out than six issues makes it worse again.
    let model = Formula::new(|s: &SprintSnapshot| 0.7 + 0.005 * (60.0 - committed(s) - 18.0).abs());
    let found = counterfactuals(&model, &heavy(), &ten()).unwrap();
    let least: Vec<_> = found.iter().filter_map(|one| Some((removed(one)?, one.below))).collect();
    assert_eq!(least, [(6, None)]);
}

#[test]
fn fault_taking_work_out_is_never_proposed_where_it_makes_a_miss_likelier() {
    let model = Formula::new(|s: &SprintSnapshot| 0.6 + 0.002 * (60.0 - committed(s)));
    let found = counterfactuals(&model, &heavy(), &ten()).unwrap();
    assert!(found.iter().all(|one| removed(one).is_none()), "{found:?}");
}

#[test]
fn a_sprint_that_will_probably_make_it_need_not_shrink() {
    let model = Formula::new(|s: &SprintSnapshot| 0.29 * committed(s) / 60.0);
    let found = counterfactuals(&model, &heavy(), &ten()).unwrap();
    assert!(found.iter().all(|one| removed(one).is_none()), "{found:?}");
    assert_eq!(model.asked(), 2, "the sprint as it is, and with one more person");
}

#[test]
fn fault_what_a_model_does_not_look_at_is_called_no_use() {
    let snapshot = SprintSnapshot { blocked: Some(scope(6.0)), ..heavy() };
    let found = counterfactuals(&BaseRateModel, &snapshot, &ten()[..3]).unwrap();
    assert!(found.iter().all(|one| one.effect == Effect::NotKnown && one.after.is_none()), "{found:?}");
    assert!(found.iter().all(|one| one.caveat.starts_with("not known to matter") && one.benefit() == 0.0));
    let kinds: Vec<_> = found.iter().map(|one| one.what.as_str()).collect();
    assert_eq!(kinds[0], "unblock the 2 blocked issues (6 points)");
    assert_eq!(kinds.last(), Some(&"assign one more person"), "once, not twice");
    assert_eq!(most_useful(&found), None);
}

#[test]
fn blocked_work_and_people_are_asked_about_where_they_are_known() {
    let model = Formula::new(|s: &SprintSnapshot| {
        let blocked = s.blocked.map_or(0.0, |blocked| blocked.points.get());
        0.26 + 0.01 * blocked - 0.002 * f64::from(s.members)
    });
    let ask = |snapshot: &SprintSnapshot| counterfactuals(&model, snapshot, &ten()).unwrap();
    let found = ask(&SprintSnapshot { blocked: Some(scope(3.0)), ..heavy() });
    assert_eq!(found[0].what, "unblock the blocked issue (3 points)");
    assert_eq!(found[0].effect, Effect::Lowers);
    assert_eq!(
        found[1..].iter().map(|one| one.change).collect::<Vec<_>>(),
        [Change::AddPeople { people: 1 }, Change::AddPeople { people: 2 }]
    );
    assert!(found[1].caveat.contains("people are counted"));
    assert_eq!(most_useful(&found).unwrap().change, Change::Unblock { scope: scope(3.0) });
    for known in [None, Some(Scope::ZERO)] {
        let found = ask(&SprintSnapshot { blocked: known, members: 0, ..heavy() });
        assert_eq!(found, [], "nothing is blocked or nobody knows, and nobody is assigned");
    }
    let crowd = SprintSnapshot { members: u32::MAX, ..heavy() };
    assert!(ask(&crowd).iter().all(|one| one.effect == Effect::NotKnown));
    // More people where more are late: said as it is, and not as advice.
    let model = Formula::new(|s: &SprintSnapshot| 0.1 + 0.01 * f64::from(s.members));
    let found = counterfactuals(&model, &heavy(), &ten()).unwrap();
    assert!(found.iter().all(|one| one.effect == Effect::Raises && one.caveat.contains("does not say")));
    assert_eq!(most_useful(&found), None);
}

#[test]
fn nothing_can_change_where_nothing_is_open_or_planned() {
    let model = Formula::new(|_: &SprintSnapshot| 0.8);
    let over = SprintSnapshot { phase: SprintPhase::Finished, ..heavy() };
    let empty = SprintSnapshot { started_with: Scope::ZERO, ..heavy() };
    for snapshot in [over, empty] {
        assert_eq!(counterfactuals(&model, &snapshot, &ten()).unwrap(), []);
    }
    assert_eq!(model.asked(), 0);
    // All of it is in progress or done: no work that could still go.
    let begun = SprintSnapshot { todo: Scope::ZERO, members: 0, ..heavy() };
    assert_eq!(counterfactuals(&model, &begun, &ten()).unwrap(), []);
    // One issue, and nothing else: a sprint is not emptied.
    let one = SprintSnapshot { members: 0, ..running(11, "7", 0.5, 3.0, 0.0) };
    assert_eq!(counterfactuals(&model, &one, &ten()).unwrap(), []);
    // Where there is no history there is no number, and so nothing to compare.
    assert_eq!(RiskAssessor::default().what_would_change(&heavy(), &[]).unwrap(), []);
    assert!(counterfactuals(&ShrunkHistoryModel, &heavy(), &[]).is_err());
    // And of the future none.
    let future = [finished(12, "7", 30.0, 15.0, 30.0)];
    assert!(RiskAssessor::default().what_would_change(&heavy(), &future).is_err());
}

#[test]
fn a_plan_is_made_smaller_and_nothing_is_called_removed() {
    let planned = SprintSnapshot { phase: SprintPhase::Planned, t: p(0.0), ..heavy() };
    let change = Change::RemoveWork { scope: Scope { issues: 2, ..scope(6.0) } };
    let changed = change.apply(&planned);
    assert_eq!((changed.removed, changed.started_with.points.get()), (Scope::ZERO, 54.0));
    assert_eq!(
        change.words(&planned),
        "leave 2 of the 12 issues not started out of the plan (about 6 of 36 points)"
    );
    assert_eq!(change.apply(&heavy()).removed, Scope { issues: 2, ..scope(6.0) });
}

#[test]
fn what_is_said_of_issues_stays_within_those_left() {
    let snapshot = SprintSnapshot {
        blocked: Some(scope(45.0)),
        open_defects: Some(15),
        unestimated: Some(9),
        ..heavy()
    };
    let changed = Change::RemoveWork { scope: snapshot.todo }.apply(&snapshot);
    assert_eq!(changed.blocked, Some(Scope { issues: 3, ..scope(9.0) }));
    assert_eq!((changed.open_defects, changed.unestimated), (Some(3), Some(8)));
}

#[test]
fn a_sprint_in_issues_and_one_whose_issues_are_not_counted_can_shrink() {
    let model = Formula::new(|s: &SprintSnapshot| (committed(s) / 25.0).powi(2));
    let in_issues = |mut snapshot: SprintSnapshot| {
        for part in
            [&mut snapshot.started_with, &mut snapshot.todo, &mut snapshot.in_progress, &mut snapshot.done]
        {
            part.points = StoryPoints::ZERO;
        }
        snapshot
    };
    let found = counterfactuals(&model, &in_issues(heavy()), &ten()).unwrap();
    assert_eq!(found[0].what, "take 3 of the 12 issues not started out of the sprint");
    assert_eq!(found[0].after.unwrap().committed, 17.0);

    let no_counts = |points: f64| Scope { issues: 0, ..scope(points) };
    let table = SprintSnapshot {
        started_with: no_counts(20.0),
        todo: no_counts(20.0),
        in_progress: Scope::ZERO,
        done: Scope::ZERO,
        ..heavy()
    };
    let found = counterfactuals(&model, &table, &ten()).unwrap();
    assert_eq!(found[0].what, "take 4 of the 20 points not started out of the sprint");
}

#[test]
fn the_default_model_is_asked_too() {
    let found = RiskAssessor::default().what_would_change(&heavy(), &ten()).unwrap();
    assert!(found.iter().any(|one| removed(one).is_some() && one.effect == Effect::Lowers), "{found:?}");
    let json = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Counterfactual>>(&json).unwrap(), found);
    assert!(json.contains(r#""type":"remove_work""#) && json.contains(r#""effect":"not_known""#), "{json}");
}

/// Any sprint that could be running or planned, tidy or not.
fn any_snapshot() -> impl Strategy<Value = SprintSnapshot> {
    let any_scope = || {
        (0..40_u32, prop_oneof![Just(0.0), 0.0..80.0, Just(1e300), Just(f64::MAX)])
            .prop_map(|(issues, points)| Scope { issues, points: StoryPoints::new(points).unwrap() })
    };
    let tidy = (any_scope(), any_scope(), any_scope(), any_scope(), any::<bool>());
    let rest = (proptest::option::of(any_scope()), 0..9_u32, 0.0..1.0_f64, any::<bool>());
    (tidy, rest).prop_map(|((todo, in_progress, done, added, tidy), (blocked, members, t, planned))| {
        let all = todo + in_progress + done;
        SprintSnapshot {
            started_with: if tidy { all } else { added },
            added: if tidy { Scope::ZERO } else { in_progress },
            todo,
            in_progress,
            done,
            blocked,
            members,
            open_defects: blocked.map(|blocked| blocked.issues),
            unestimated: Some(members),
            phase: if planned { SprintPhase::Planned } else { SprintPhase::Running },
            ..running(11, "7", t, 30.0, 0.0)
        }
    })
}

/// The fields a change may touch set to those of another sprint.
fn rest_as(mut changed: SprintSnapshot, original: &SprintSnapshot) -> SprintSnapshot {
    changed.blocked = original.blocked;
    changed.open_defects = original.open_defects;
    changed.unestimated = original.unestimated;
    changed.members = original.members;
    changed.todo = original.todo;
    changed.removed = original.removed;
    if original.phase == SprintPhase::Planned {
        changed.started_with = original.started_with;
    }
    changed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn only_what_a_team_can_change_changes(
        snapshot in any_snapshot(), issues in 0..60_u32, points in 0.0..100.0_f64, people in 0..4_u32,
    ) {
        let part = Scope { issues, points: StoryPoints::new(points).unwrap() };
        let blocked = snapshot.blocked.unwrap_or(Scope::ZERO);
        for change in
            [Change::Unblock { scope: blocked }, Change::RemoveWork { scope: part }, Change::AddPeople { people }]
        {
            let changed = change.apply(&snapshot);
            prop_assert_eq!(rest_as(changed.clone(), &snapshot), snapshot.clone());
            prop_assert!(changed.todo.issues <= snapshot.todo.issues);
            prop_assert!(changed.todo.points <= snapshot.todo.points);
            // Committed stays the sum of its parts: what left is gone from it, but for rounding.
            let left = left_exactly(change, &snapshot);
            let expected = snapshot.committed().saturating_sub(left);
            prop_assert_eq!(changed.committed().issues, expected.issues);
            let (is, should) = (changed.committed().points.get(), expected.points.get());
            prop_assert!((is - should).abs() <= 1e-9 * should.max(snapshot.committed().points.get()).max(1.0));
            if snapshot.phase == SprintPhase::Running {
                prop_assert_eq!(changed.removed, snapshot.removed + left);
            }
        }
    }

    #[test]
    fn answers_are_the_models_own_and_its_history_is_left_alone(snapshot in any_snapshot(), n in 1..10_usize) {
        let history = &ten()[..n];
        let untouched = history.to_vec();
        for model in [&ShrunkHistoryModel as &dyn RiskModel, &BaseRateModel] {
            let found = counterfactuals(model, &snapshot, history).unwrap();
            prop_assert_eq!(&found, &counterfactuals(model, &snapshot, history).unwrap());
            let measure = snapshot.measure();
            for one in &found {
                let changed = one.change.apply(&snapshot);
                let (is, with) = (
                    model.predict(&snapshot, history).unwrap(),
                    model.predict(&changed, history).unwrap(),
                );
                prop_assert_eq!(one.before.p_miss, is.p_miss);
                prop_assert_eq!(one.before.delivered, is.delivered);
                prop_assert_eq!(changed.measure(), measure);
                prop_assert!(committed(&changed) > 0.0 && committed(&changed) >= committed(&snapshot) * 0.499_999);
                match one.after {
                    None => prop_assert!((is.p_miss.get() - with.p_miss.get()).abs() < 1e-9),
                    Some(after) => {
                        prop_assert_eq!((after.p_miss, after.delivered), (with.p_miss, with.delivered));
                        prop_assert_eq!(after.committed, changed.committed().in_measure(measure));
                    }
                }
                prop_assert_eq!(one.after.is_none(), one.effect == Effect::NotKnown);
                if removed(one).is_some() {
                    prop_assert!(one.effect != Effect::Raises);
                    prop_assert!(one.below.is_none_or(|below| one.after.unwrap().p_miss < below));
                }
            }
        }
        prop_assert_eq!(history, untouched);
    }

    #[test]
    fn no_model_is_asked_more_than_sixteen_times(
        snapshot in any_snapshot(), base in 0.0..1.0_f64, wave in 0.0..1.0_f64, rate in 0.0..3.0_f64,
    ) {
        // As uneven as can be.
        let model = Formula::new(|s: &SprintSnapshot| {
            base + wave * (rate * committed(s).min(1e6)).sin() + 1e-3 * f64::from(s.members)
        });
        let found = counterfactuals(&model, &snapshot, &[]).unwrap();
        prop_assert!(model.asked() <= 16);
        for one in found.iter().filter(|one| removed(one).is_some()) {
            prop_assert!(one.effect != Effect::Raises, "{:?}", one);
            prop_assert!(one.below.is_none_or(|below| one.after.is_some_and(|after| after.p_miss < below)));
        }
    }
}

/// What a change takes out of the work that is not started.
fn left_exactly(change: Change, snapshot: &SprintSnapshot) -> Scope {
    match change {
        Change::RemoveWork { scope } => Scope {
            issues: scope.issues.min(snapshot.todo.issues),
            points: if scope.points < snapshot.todo.points { scope.points } else { snapshot.todo.points },
        },
        Change::Unblock { .. } | Change::AddPeople { .. } => Scope::ZERO,
    }
}
