//! Digests and canonical JSON (RFC 8785).
#![forbid(unsafe_code)]
