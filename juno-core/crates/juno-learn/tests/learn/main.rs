//! What must hold for the learners, whatever the data.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod common;
mod laws;
mod logistic;
mod quantile;
