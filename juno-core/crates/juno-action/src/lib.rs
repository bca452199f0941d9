//! Carries out what was permitted, at most once.
#![forbid(unsafe_code)]
