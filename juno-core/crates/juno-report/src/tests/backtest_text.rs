use std::sync::Arc;

use juno_domain::{
    Completeness, FinishedSprint, Probability, Progress, ProjectKey, Scope, SprintId, SprintPhase,
    SprintSnapshot, StoryPoints, TeamId,
};
use juno_risk::backtest::{Backtest, BacktestReport, Part, Split};
use juno_risk::{BaseRateModel, Prediction, RiskError, RiskModel, RiskTrainer, TrainingSet};

use crate::backtest_text;

fn scope(points: f64) -> Scope {
    Scope { issues: points as u32, points: StoryPoints::new(points).unwrap() }
}

/// A sprint of 30 points, seen at its start and half way.
fn sprint(id: u64, half: f64, delivered: f64) -> FinishedSprint {
    let stage = |t: f64, done: f64| SprintSnapshot {
        project: ProjectKey::new("PAY").unwrap(),
        sprint: SprintId(id),
        team: TeamId::new("7").unwrap(),
        name: format!("Payments {id}"),
        at: None,
        t: Probability::new(t).unwrap(),
        phase: SprintPhase::Running,
        planned_days: Some(14.0),
        started_with: scope(30.0),
        added: Scope::ZERO,
        removed: Scope::ZERO,
        todo: scope(30.0 - done),
        in_progress: Scope::ZERO,
        done: scope(done),
        blocked: None,
        open_defects: None,
        unestimated: None,
        members: 5,
        completeness: Completeness::COMPLETE,
    };
    FinishedSprint {
        project: ProjectKey::new("PAY").unwrap(),
        sprint: SprintId(id),
        team: TeamId::new("7").unwrap(),
        started_at: None,
        closed_at: None,
        stages: vec![stage(0.0, 0.0), stage(0.5, half)],
        delivered: scope(delivered),
        delivered_issues_known: true,
    }
}

/// Forty sprints; every third one is late at half time and delivers 21 of 30.
fn forty() -> TrainingSet {
    let of = |id: u64| if id.is_multiple_of(3) { sprint(id, 9.0, 21.0) } else { sprint(id, 15.0, 30.0) };
    TrainingSet::new((1..=40).map(of).collect()).unwrap()
}

const TEST: Split = Split::Shares { evaluate: Part::Test };

fn run(split: &Split, candidates: &[&dyn RiskTrainer]) -> BacktestReport {
    Backtest::default().run(&forty(), split, candidates, &Progress::silent()).unwrap()
}

/// The rate of all earlier sprints, under a name from elsewhere.
struct Outside(&'static str);

impl RiskModel for Outside {
    fn name(&self) -> &str {
        self.0
    }

    fn predict(
        &self,
        snapshot: &SprintSnapshot,
        history: &[FinishedSprint],
    ) -> Result<Prediction, RiskError> {
        let mut said = BaseRateModel.predict(snapshot, history)?;
        said.intervals.clear();
        Ok(said)
    }
}

impl RiskTrainer for Outside {
    fn name(&self) -> &str {
        self.0
    }

    fn train(&self, _: &TrainingSet, _: &Progress) -> Result<Arc<dyn RiskModel>, RiskError> {
        Ok(Arc::new(Self(self.0)))
    }
}

#[test]
fn a_backtest_reads_as_tables() {
    insta::assert_snapshot!(backtest_text(&run(&TEST, &[&Outside("own rate")])));
}

#[test]
fn what_is_absent_is_a_dash_and_never_a_number() {
    let same: Vec<FinishedSprint> = (1..=20).map(|id| sprint(id, 15.0, 21.0)).collect();
    let same = TrainingSet::new(same).unwrap();
    let text = backtest_text(&Backtest::default().run(&same, &TEST, &[], &Progress::silent()).unwrap());
    assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    let row = text.lines().find(|line| line.contains("shrunk_history")).unwrap();
    assert!(row.contains(" – "), "all missed, so there is no AUC: {row}");
}

#[test]
fn each_protocol_says_what_was_evaluated() {
    let rolling = Split::Rolling { folds: 2, first: Probability::HALF };
    let text = backtest_text(&run(&rolling, &[]));
    assert!(
        text.starts_with("Backtest of 20 sprints in 2 blocks, each fitted on those before it: 20, 30."),
        "{text}"
    );
    let report = Backtest::default().run_on_other(&forty(), &forty(), &[], &Progress::silent()).unwrap();
    let text = backtest_text(&report);
    assert!(
        text.starts_with("Backtest of 40 sprints, fitted on 0 of other data.\n40 more are of the same"),
        "{text}"
    );
    assert!(text.contains("base_rate: 80 forecasts had nothing to go by and count as even odds."), "{text}");
}

#[test]
fn no_name_moves_the_cursor_or_breaks_a_line() {
    let name = "\u{1b}[2Jgone\r\n with a very long tail that would push all columns away";
    let text = backtest_text(&run(&TEST, &[&Outside(name)]));
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    assert!(text.lines().all(|line| line.chars().count() <= 130), "{text}");
}

#[test]
fn huge_and_tiny_commitments_keep_the_columns() {
    let of = |id: u64| {
        let mut sprint = if id.is_multiple_of(3) { sprint(id, 9.0, 21.0) } else { sprint(id, 15.0, 30.0) };
        let size = match id {
            35 => 1e-300,
            36.. => 1e308,
            _ => return sprint,
        };
        sprint.stages.iter_mut().for_each(|stage| stage.started_with = scope(size));
        sprint.delivered = scope(if id.is_multiple_of(2) { size } else { size / 2.0 });
        sprint
    };
    let sprints = TrainingSet::new((1..=40).map(of).collect()).unwrap();
    let report = Backtest::default().run(&sprints, &TEST, &[], &Progress::silent()).unwrap();
    let text = backtest_text(&report);
    assert!(text.contains("e305") && !text.contains("inf") && !text.contains("NaN"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 130), "{text}");
}
