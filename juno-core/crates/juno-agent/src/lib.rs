//! Joins the stages: one `Juno` with a handle per capability.
#![forbid(unsafe_code)]
