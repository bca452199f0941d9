//! The whole way, from an export to an audited decision, through the facade.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod again;
mod authority;
mod bounds;
mod cut_off;
mod decisions;
mod desk;
mod learning;
mod ledger;
mod memory_gate;
mod memory_learning;
mod oversight;
mod past;
mod permits;
mod plugged;
mod recorded;
mod report;
mod rules;
mod scripted;
mod together;
