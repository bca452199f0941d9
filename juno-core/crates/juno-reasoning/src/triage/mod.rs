//! Triage of stale tickets.

mod checks;
mod confidence;
mod continuation;
mod finding;
mod links;
mod params;
mod people;
mod records;
mod replay;
mod rules;
mod seen;
mod silence;
mod stale_triage;
mod ticket;
mod view;
mod words;

pub use params::{TriageParams, TriageValidParams};
pub use stale_triage::StaleTriage;

#[cfg(test)]
mod tests;
