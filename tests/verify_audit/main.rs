//! Two verifiers that share no code, the one in Rust and `examples/python/verify_audit.py`, say the same of good,
//! damaged and oddly written bundles.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/example.rs"]
mod example;

mod ask;
mod bundles;
mod damage;
mod forms;
mod programs;
