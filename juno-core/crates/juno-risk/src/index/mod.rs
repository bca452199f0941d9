mod category;
mod from_snapshot;
mod inputs;
mod level;
mod risk_index;
mod rules;
mod signal;
#[cfg(test)]
mod tests;

pub use category::{CategoryThresholds, CategoryWeights, RiskCategory};
pub use inputs::RiskIndexInputs;
pub use level::RiskLevel;
pub use risk_index::{CategoryScore, RiskIndex};
pub use rules::RiskIndexRules;
