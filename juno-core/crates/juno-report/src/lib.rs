#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod html;
mod names;
mod text;
mod wording;

pub use error::ReportError;
pub use html::html;
pub use text::text;
