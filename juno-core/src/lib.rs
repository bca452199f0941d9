//! JUNO: forecasts, proposals, governed action and proof, in-process.
#![forbid(unsafe_code)]
