//! From an approved request to at most one effect, whatever breaks on the way. A test that carries the name of a fault
//! of other systems shows that it is none here.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod guarded;
mod plans;
mod recovery;
mod runner;
