#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod canonical_json;
mod digest;
mod error;
mod key;
mod list;
mod object;
mod serializer;
#[cfg(test)]
mod tests;
mod writer;

pub use canonical_json::canonical_json;
pub use digest::{digest, digest_of, digest_parts};
pub use error::CryptoError;
