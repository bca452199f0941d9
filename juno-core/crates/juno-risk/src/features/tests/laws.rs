use std::collections::BTreeSet;

use juno_domain::{FinishedSprint, Scope, SprintId, SprintSnapshot};
use proptest::prelude::*;

use super::{amount, bits, day, fourth_of};
use crate::testing::{finished, p, running};
use crate::{Features, Input, known_before};

fn any_points() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        0.0..100.0_f64,
        Just(f64::MIN_POSITIVE),
        Just(5e-324),
        Just(1e-300),
        Just(1e300),
        Just(f64::MAX),
    ]
}

fn any_scope() -> impl Strategy<Value = Scope> {
    (prop_oneof![Just(0), 1..40_u32, Just(u32::MAX)], any_points()).prop_map(|(n, pts)| amount(n, pts))
}

fn any_snapshot(sprint: u64) -> impl Strategy<Value = SprintSnapshot> {
    let days = prop_oneof![Just(None), Just(Some(0.0)), Just(Some(5873.0)), (0.0..30.0_f64).prop_map(Some)];
    let counts = (prop::option::of(0..50_u32), prop::option::of(Just(u32::MAX)), 0..3_u32);
    let scopes = (any_scope(), any_scope(), any_scope(), any_scope(), any_scope(), any_scope());
    (scopes, prop::option::of(any_scope()), days, counts, 0.0..=1.0_f64, 0..2_u8).prop_map(
        move |(scopes, blocked, planned_days, (open_defects, unestimated, members), t, team)| {
            SprintSnapshot {
                started_with: scopes.0,
                added: scopes.1,
                removed: scopes.2,
                todo: scopes.3,
                in_progress: scopes.4,
                done: scopes.5,
                blocked,
                open_defects,
                unestimated,
                members,
                planned_days,
                ..running(sprint, &team.to_string(), t, 1.0, 0.0)
            }
        },
    )
}

fn any_past(sprint: u64) -> impl Strategy<Value = FinishedSprint> {
    (prop::collection::vec(any_snapshot(sprint), 0..3), any_scope(), any::<bool>(), 0..9_i64, 0..3_u8)
        .prop_map(move |(mut stages, delivered, delivered_issues_known, length, dates)| {
            stages.sort_by(|a, b| a.t.get().total_cmp(&b.t.get()));
            // Sprints overlap: one starts every other day and may last eight.
            let start = 2 * sprint as i64;
            let (started_at, closed_at) =
                if dates > 0 { (day(start), day(start + length)) } else { (None, None) };
            if dates > 0 {
                stages.iter_mut().for_each(|stage| stage.at = day(start));
            }
            FinishedSprint {
                started_at,
                closed_at,
                stages,
                delivered,
                delivered_issues_known,
                ..finished(sprint, &(sprint % 2).to_string(), 1.0, 0.0, 1.0)
            }
        })
}

fn any_history() -> impl Strategy<Value = Vec<FinishedSprint>> {
    (0..12_u64).prop_flat_map(|n| (0..n).map(any_past).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Fault: NaN or zero crashes.
    #[test]
    fn fault_nan_or_zero_crashes(
        snapshot in any_snapshot(12), history in any_history(), stage in 0.0..=1.0_f64
    ) {
        prop_assume!(snapshot.committed().in_measure(snapshot.measure()) > 0.0);
        let features = Features::of(&snapshot, p(stage), &history).unwrap();
        for input in Input::ALL {
            let unknown = match input {
                Input::PlannedLength => snapshot.planned_days.is_none_or(|days| days <= 0.0),
                Input::LoadPerMember => snapshot.members == 0,
                Input::Blocked => snapshot.blocked.is_none(),
                Input::Defects => snapshot.open_defects.is_none(),
                Input::Unestimated => snapshot.unestimated.is_none(),
                _ => false,
            };
            let value = features.values()[input.index()];
            prop_assert!(if unknown { value.is_nan() } else { value.is_finite() }, "{:?} is {}", input, value);
        }
        let shares = [
            Input::DoneIssues, Input::InProgressIssues, Input::NothingOpen, Input::NothingDone, Input::Added,
            Input::Removed, Input::AddedIssues, Input::RemovedIssues, Input::ProjectMissRate, Input::TeamMissRate,
            Input::AlikeMissRate, Input::Blocked, Input::Defects, Input::Unestimated,
        ];
        for input in shares {
            prop_assert!(features.get(input).is_none_or(|v| (0.0..=1.0).contains(&v)), "{:?} of {:?}", input, features);
        }
        for input in [Input::Load, Input::Need, Input::NetChange] {
            prop_assert!(features.get(input).unwrap().abs() <= 3.0);
        }
    }

    #[test]
    fn the_order_of_the_history_changes_no_bit(
        (history, turned) in any_history().prop_flat_map(|h| (Just(h.clone()), Just(h).prop_shuffle())),
        stage in 0.0..=1.0_f64
    ) {
        let of = |history: &[FinishedSprint]| bits(&Features::of(&fourth_of(12), p(stage), history).unwrap());
        prop_assert_eq!(of(&history), of(&turned));
    }

    /// What was not over when the snapshot was taken may turn out any way, or not be there at all.
    #[test]
    fn later_sprints_change_no_earlier_input(
        (history, other) in any_history().prop_flat_map(|h| {
            let n = h.len() as u64;
            (Just(h), (0..n).map(any_past).collect::<Vec<_>>())
        }),
        seen in 0..24_i64, dated in any::<bool>()
    ) {
        let sprint = seen.unsigned_abs() / 2;
        let snapshot = SprintSnapshot { at: day(seen).filter(|_| dated), ..fourth_of(sprint) };
        let known = known_before(&snapshot, &history).into_owned();
        let was_known: BTreeSet<SprintId> = known.iter().map(|past| past.sprint).collect();
        // Whatever was known stays; the rest turns out otherwise.
        let altered: Vec<FinishedSprint> = history
            .iter()
            .zip(&other)
            .map(|(past, other)| match was_known.contains(&past.sprint) {
                true => past.clone(),
                false => FinishedSprint {
                    started_at: past.started_at, closed_at: past.closed_at, ..other.clone()
                },
            })
            .collect();
        let again = known_before(&snapshot, &altered).into_owned();
        let of = |history: &[FinishedSprint]| bits(&Features::of(&snapshot, p(0.5), history).unwrap());
        prop_assert_eq!(of(&known), of(&again));
    }
}
