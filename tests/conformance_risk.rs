//! Every risk model keeps the contract of its trait.

use std::sync::Arc;

use juno_domain::{FinishedSprint, Progress, ProjectKey};
use juno_risk::{BaseRateModel, BlendParams, LastVelocityModel, RiskModel, ShrunkHistoryModel, TrainingSet};
use juno_testkit::conformance::risk_model::{risk_assessor_suite, risk_model_suite, usual_history};

fn keeps_the_contract(model: Arc<dyn RiskModel>) {
    risk_model_suite(&model);
    risk_assessor_suite(model);
}

#[test]
fn base_rate() {
    keeps_the_contract(Arc::new(BaseRateModel));
}

#[test]
fn shrunk_history() {
    keeps_the_contract(Arc::new(ShrunkHistoryModel));
}

#[test]
fn last_velocity() {
    keeps_the_contract(Arc::new(LastVelocityModel));
}

/// Fitted on sprints of another project, so that it is the model that speaks, also of teams it does not know.
#[test]
fn blend() {
    let elsewhere = |mut past: FinishedSprint| {
        past.project = ProjectKey::new("WEB").unwrap();
        past.stages.iter_mut().for_each(|stage| stage.project = past.project.clone());
        past
    };
    let sprints = usual_history(120).into_iter().map(elsewhere);
    let training = TrainingSet::new(sprints.collect()).unwrap();
    let trainer = BlendParams { n_trees: 20, ..BlendParams::default() }.check().unwrap();
    keeps_the_contract(Arc::new(trainer.fit(&training, &Progress::silent()).unwrap()));
}
