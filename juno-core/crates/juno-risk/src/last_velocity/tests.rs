use proptest::prelude::*;

use super::*;
use crate::testing::{finished, running, ten};

fn predict(committed: f64, history: &[FinishedSprint]) -> Prediction {
    LastVelocityModel.predict(&running(99, "7", 0.0, committed, 0.0), history).unwrap()
}

#[test]
fn the_velocity_is_the_mean_of_the_last_three_deliveries() {
    // 8, 9 and 10 delivered 30, 21 and 30.
    assert_eq!(predict(30.0, &ten()).delivered, 27.0);
    assert_eq!(predict(30.0, &ten()[..2]).delivered, 30.0, "two are enough to begin with");
}

#[test]
fn the_chance_is_the_share_of_alike_verdicts_that_missed() {
    // Velocities before sprints 2 to 10 are 30, 30, then 27 for good: "short" seven times, from the fourth on, and 6 and 9
    // of those missed; "enough" before 2 and 3, of which 3 missed.
    let short = predict(30.0, &ten());
    assert!((short.p_miss.get() - 3.0 / 9.0).abs() < 1e-12, "{:?}", short.p_miss);
    let enough = predict(20.0, &ten());
    assert!((enough.p_miss.get() - 2.0 / 4.0).abs() < 1e-12, "{:?}", enough.p_miss);
    assert_eq!(
        (short.basis.n_team, short.basis.n_pooled, short.basis.model.as_str()),
        (10, 10, "last_velocity")
    );
}

#[test]
fn a_new_team_goes_by_its_project() {
    let other = LastVelocityModel.predict(&running(99, "8", 0.0, 30.0, 0.0), &ten()).unwrap();
    assert_eq!((other.delivered, other.basis.n_team), (27.0, 0));
}

#[test]
fn the_first_sprint_has_too_little_history() {
    let none = LastVelocityModel.predict(&running(99, "7", 0.0, 30.0, 0.0), &[]).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::NotEnoughData);
    let mut elsewhere = ten();
    elsewhere.iter_mut().for_each(|past| past.project = ProjectKey::new("OPS").unwrap());
    let none = LastVelocityModel.predict(&running(99, "7", 0.0, 30.0, 0.0), &elsewhere).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::NotEnoughData, "the velocity of another project says nothing: {none}");
}

#[test]
fn intervals_come_from_earlier_errors_once_there_are_enough() {
    assert_eq!(predict(30.0, &ten()[..9]).intervals, []);
    // Nine ratios: 31/31 twice … with 22/31 for sprint 3, then 31/28 four times and 22/28 twice in between.
    let range = predict(30.0, &ten()).intervals;
    assert_eq!(range.len(), 1);
    let (lower, upper) = (22.0 / 31.0 * 28.0 - 1.0, 31.0 / 28.0 * 28.0 - 1.0);
    assert!((range[0].lower() - lower).abs() < 1e-9 && (range[0].upper() - upper).abs() < 1e-9, "{range:?}");
    let twenty: Vec<_> = (1..=20).map(|id| finished(id, "7", 30.0, 15.0, f64::from(id as u32))).collect();
    assert_eq!(predict(30.0, &twenty).intervals.len(), 2);
}

#[test]
fn nothing_delivered_so_far_gives_a_number_all_the_same() {
    let history: Vec<_> = (1..=12).map(|id| finished(id, "7", 30.0, 0.0, 0.0)).collect();
    let got = predict(30.0, &history);
    assert_eq!((got.delivered, got.intervals[0].upper()), (0.0, 0.0));
    assert!(got.p_miss.get() > 0.9);
}

proptest! {
    #[test]
    fn whatever_was_delivered_the_prediction_is_one(
        delivered in prop::collection::vec(prop_oneof![Just(0.0), Just(1e308), 0.0..90.0_f64], 1..30),
        committed in prop_oneof![Just(1e308), 0.01..90.0_f64]
    ) {
        let history: Vec<_> =
            delivered.iter().enumerate().map(|(i, d)| finished(i as u64, "7", 30.0, 0.0, *d)).collect();
        let snapshot = running(99, "7", 0.0, committed, 0.0);
        let got = LastVelocityModel.predict(&snapshot, &history).unwrap();
        prop_assert!(got.check("last_velocity", &snapshot).is_ok(), "{:?}", got);
        let mut turned = history.clone();
        turned.reverse();
        prop_assert_eq!(LastVelocityModel.predict(&snapshot, &turned).unwrap(), got);
    }
}
