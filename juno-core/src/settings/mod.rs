//! Settings: data from a TOML file, `.env` and the environment, each value checked and its source known.

mod error;
mod key;
mod key_kind;
mod secret;
mod source;
mod values;

pub use error::SettingsError;
pub use key::{KEYS, Key};
pub use key_kind::KeyKind;
pub use secret::Secret;
pub use source::{Source, Sources};
pub use values::Settings;
