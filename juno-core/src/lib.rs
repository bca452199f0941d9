//! JUNO: forecasts, proposals, governed action and proof, in-process.
#![forbid(unsafe_code)]

pub mod settings;

pub use settings::{Settings, SettingsError};
