use std::sync::LazyLock;

use juno_domain::FinishedSprint;

use super::*;
use crate::testing::{drawn, scope, small_blend};

const FITTED: u64 = 50;

/// Fitted on the first fifty sprints of four projects.
static MODEL: LazyLock<BlendRiskModel> = LazyLock::new(|| {
    let training = TrainingSet::new(drawn(4, FITTED, 21)).unwrap();
    small_blend().check().unwrap().fit(&training, &Progress::silent()).unwrap()
});

/// The fitted sprints, and thirty more of each project drawn with another seed and then changed.
fn later(seed: u64, change: impl Fn(&mut FinishedSprint)) -> TrainingSet {
    let mut sprints = drawn(4, FITTED, 21);
    sprints.extend(drawn(4, FITTED + 30, seed).into_iter().filter(|sprint| sprint.sprint.0 > FITTED).map(
        |mut sprint| {
            change(&mut sprint);
            sprint
        },
    ));
    TrainingSet::new(sprints).unwrap()
}

fn report(sprints: &TrainingSet) -> DriftReport {
    MODEL.drift(sprints, &Progress::silent()).unwrap()
}

#[test]
fn where_nothing_changed_there_is_hardly_ever_an_alarm() {
    let tries = 10;
    let mut inputs = 0;
    for seed in 100..100 + tries {
        let report = report(&later(seed, |_| ()));
        assert_eq!(report.sprints, 120);
        assert!(report.inputs.len() > 40, "{}", report.inputs.len());
        for of in report.inputs.iter().filter(|of| of.level > DriftLevel::None) {
            eprintln!("FLAG {} {:?} {:.2}", of.input.name(), of.t, of.psi);
        }
        inputs += u32::from(report.inputs.iter().any(|of| of.level > DriftLevel::None));
    }
    // At a rate of 5 % more than three of ten come in 1 of 1,000 cases.
    assert!(inputs <= 3, "{inputs} of {tries}");
}

#[test]
fn inputs_that_remember_are_not_compared() {
    let report = report(&later(9, |_| ()));
    assert!(report.inputs.iter().all(|of| !MEMORY.contains(&of.input)));
    assert!(report.inputs.iter().any(|of| of.input == Input::Load));
}

#[test]
fn twice_the_load_is_an_alarm_about_inputs() {
    let double = later(5, |sprint| {
        for stage in &mut sprint.stages {
            stage.started_with = stage.started_with + stage.started_with;
            stage.todo = stage.todo + stage.started_with.saturating_sub(stage.todo);
        }
    });
    let report = report(&double);
    assert_eq!(report.level, DriftLevel::Alarm);
    let moved = |input| report.inputs.iter().any(|of| of.input == input && of.level == DriftLevel::Alarm);
    assert!(moved(Input::LogCommitted) && !moved(Input::PlannedLength), "{report}");
    assert!(report.reasons()[0].starts_with("alarm: "));
    assert!(report.to_string().starts_with("Drift: alarm\n"), "{report}");
}

#[test]
fn misses_that_forecasts_do_not_see_are_an_alarm_about_calibration() {
    // Nothing to be seen on the way, but one point less in the end.
    let missed = later(6, |sprint| {
        let points = sprint.delivered.points.get();
        sprint.delivered = scope((points - 1.0).max(0.0));
        sprint.stages.iter_mut().for_each(|stage| stage.done = stage.done.min_of(sprint.delivered));
    });
    let report = report(&missed);
    let worst = report.calibration.iter().map(|of| of.level).max();
    assert_eq!(worst, Some(DriftLevel::Alarm), "{report}");
    assert!(report.reasons().iter().any(|reason| reason.contains("are too low")), "{report}");
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<DriftReport>(&json).unwrap(), report);
}

/// Scopes have no minimum of two; what is done cannot be more than what was delivered.
trait MinOf {
    fn min_of(self, most: Self) -> Self;
}

impl MinOf for juno_domain::Scope {
    fn min_of(self, most: Self) -> Self {
        self.saturating_sub(self.saturating_sub(most))
    }
}

#[test]
fn with_nothing_new_there_is_nothing_to_say() {
    let none = report(&TrainingSet::new(drawn(4, FITTED, 21)).unwrap());
    assert_eq!(
        (none.sprints, none.level, none.inputs.len(), none.calibration.len()),
        (0, DriftLevel::None, 0, 0)
    );
    assert!(none.reasons().is_empty());
    assert!(none.to_string().contains("Nothing beyond chance."), "{none}");
    assert!(!none.to_string().contains("mean forecast"), "no table without a row: {none}");
    let stop = Progress::silent();
    stop.cancel();
    assert_eq!(MODEL.drift(&later(7, |_| ()), &stop).unwrap_err().kind(), juno_domain::ErrorKind::Cancelled);
}
