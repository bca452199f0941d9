//! What would change a forecast: the model is asked again about the same sprint with one thing changed.

mod answer;
mod change;
mod search;
#[cfg(test)]
mod tests;

pub use answer::{Counterfactual, Effect, Expected, most_useful};
pub use change::Change;
pub use search::counterfactuals;
