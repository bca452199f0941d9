//! Remembers events, facts and patterns by scope, and recalls them by text.
#![forbid(unsafe_code)]
