//! From records of many sources to one [`juno_domain::Dataset`] that does not depend on their order.

mod issue_state;
mod merger;
mod normalise;
mod pages;
mod people;
mod quarantine;
mod shared;
mod sprints;

pub(crate) use merger::Merger;
