//! What every implementation of a trait has to do, as suites that any of them can run.

#![expect(clippy::expect_used, reason = "a suite fails by panicking, like a test")]

pub mod action_executor;
pub mod approval_model;
pub mod approval_sample;
pub mod approval_store;
mod at_once;
pub mod audit_erasure;
pub mod audit_log;
pub mod audit_tamper;
pub mod execution_model;
pub mod execution_store;
pub mod governance_policy;
pub mod memory_facts;
pub mod memory_recall;
pub mod memory_store;
pub mod memory_upkeep;
pub mod memory_vectors;
pub mod notification_store;
pub mod risk_model;
