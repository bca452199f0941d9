//! The default model that learns: a logistic regression and Extra-Trees blended on the log odds, with a quantile forest for
//! what will be delivered.

mod adaptation;
mod delivery;
mod model;
mod params;
mod prepared;
mod risk_model;
mod rows;
mod spread;
mod stage;
mod terms;
mod trainer;

pub use model::BlendRiskModel;
pub(crate) use model::MIN_IN_MEASURE;
pub use params::BlendParams;
pub(crate) use rows::{STAGES, seen_at};
pub(crate) use spread::{InputSpread, SEASONED, Spread, team_size};
pub(crate) use stage::{StageModel, p_miss};
pub(crate) use terms::term_names;
pub use trainer::BlendTrainer;

#[cfg(test)]
mod tests;
