//! People are told of every request, at least once and in order, whatever fails and whenever the process ends; and what
//! fails there keeps nothing else from happening.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod bureau;
mod crash;
mod delivery;
mod news;
