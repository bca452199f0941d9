//! Proves what happened: an RFC 9162 Merkle log over canonical records.
#![forbid(unsafe_code)]
