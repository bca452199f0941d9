//! How well models forecast sprints they were not fitted on, beside naive baselines.

mod case;
mod evaluated;
mod fitted_rate;
mod fold;
mod point_errors;
mod predict;
mod report;
mod run;
mod sampling;
mod scores;
mod split;
mod stage;

pub use case::{BacktestCase, CasePrediction};
pub use report::{BacktestReport, FoldReport, ModelReport, NotFitted, Protocol, StageReport};
pub use run::Backtest;
pub use sampling::{Difference, Estimate, Sampling};
pub use scores::{IntervalScores, Scores, StageScores};
pub use split::{Part, Parts, Split, is_estimated, parts_by_share, parts_of_rows};

#[cfg(test)]
mod tests;
