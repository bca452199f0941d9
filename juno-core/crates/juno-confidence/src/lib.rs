//! How far to trust a number: weighted factors, levels, calibration.
#![forbid(unsafe_code)]
