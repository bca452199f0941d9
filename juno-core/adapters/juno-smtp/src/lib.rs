#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod config;
mod error;
mod letter;
mod notifier;

pub use config::{Password, SmtpConfig, SmtpSecurity};
pub use error::SmtpError;
pub use notifier::SmtpNotifier;
