#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod config;
mod error;
mod notifier;
mod retry_after;
mod secret;

pub use config::WebhookConfig;
pub use error::WebhookError;
pub use notifier::WebhookNotifier;
pub use secret::{SignedHeaders, WebhookSecret};
