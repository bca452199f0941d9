//! Triage of stale tickets.

mod continuation;
mod params;
mod people;
mod rules;
mod silence;
mod stale_triage;
mod ticket;
mod view;

pub use params::{TriageParams, TriageValidParams};
pub use stale_triage::StaleTriage;
