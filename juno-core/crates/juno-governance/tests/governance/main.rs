//! The promises of governance, tested from outside the crate.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod access;
mod appeals;
mod common;
mod compliance;
mod diagram;
mod faults;
mod gate;
mod lifecycle;
mod look;
mod model;
mod narrowing;
mod oversight;
mod rules;
mod standing;
