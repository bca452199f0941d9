//! A whole life of requests and executions in which one person writes at every place where people write; then what they
//! wrote is erased, and is nowhere, and everything goes on and still proves what happened.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

mod fields;
mod life;
mod memory;
mod postgres;
mod sqlite;

#[path = "../support/schemas.rs"]
mod schemas;
