#![doc = include_str!("../README.md")]

mod calendar;
mod convert;
mod error;
mod governance;
mod plain;
mod plugin;

use napi_derive::napi;

/// The version of JUNO this addon was built from.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
