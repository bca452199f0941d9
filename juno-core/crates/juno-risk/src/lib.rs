//! The chance that a sprint misses its commitment, and a transparent risk index.
#![forbid(unsafe_code)]
