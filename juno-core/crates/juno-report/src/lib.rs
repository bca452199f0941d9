//! Text and HTML for people.
#![forbid(unsafe_code)]
