//! Laws that need more than one crate: the past does not depend on the future, and nothing that can be in a file brings
//! a load down.
//!
//! Laws of one crate are tested there: the risk index rises with its inputs (`juno-risk`), confidence stays within
//! bounds (`juno-confidence`), no path around governance (`juno-governance`), no edit of the log unnoticed
//! (`juno-audit`, and over SQL in `conformance_sqlite.rs`).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod any_bytes;
mod as_of;
