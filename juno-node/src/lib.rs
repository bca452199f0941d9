#![doc = include_str!("../README.md")]

mod arrays;
mod audit;
mod blend;
mod calendar;
mod calibration;
mod call;
mod command;
mod confidence;
mod convert;
mod data;
mod error;
mod forecast;
mod gate;
mod items;
mod juno;
mod memory;
mod memory_life;
mod model;
mod notifications;
mod oversight;
mod patterns;
mod permit;
mod plain;
mod plugin;
mod policy;
mod progress;
mod records;
mod report;
mod rules;
mod rules_in_force;
mod runtime;
mod scores;
mod session;
mod training;
mod triage;

use napi_derive::napi;

/// The version of JUNO this addon was built from.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
