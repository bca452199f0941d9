//! Every risk model keeps the contract of its trait.

use std::sync::Arc;

use juno_risk::{BaseRateModel, LastVelocityModel, RiskModel, ShrunkHistoryModel};
use juno_testkit::conformance::risk_model::{risk_assessor_suite, risk_model_suite};

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
