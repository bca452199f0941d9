#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod address;
mod archive;
mod change;
mod error;
mod folder;
mod manifest;
mod objects;
mod reactor;
mod segment;
mod sieve;

pub use address::S3Access;
pub use archive::ObjectArchive;
pub use error::ArchiveError;
