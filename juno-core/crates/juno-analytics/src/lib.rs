//! What history says: as-of replay, sprint reports, snapshots, velocity, flow.
#![forbid(unsafe_code)]
