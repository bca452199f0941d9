#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod canonical_json;
mod cipher;
mod digest;
mod ed25519_signer;
mod error;
mod file_keys;
mod key;
mod key_provider;
mod keyed_digest;
mod list;
mod object;
mod ordered_object;
mod random;
mod serializer;
mod signed_note;
mod signer;
#[cfg(test)]
mod tests;
mod verifier_key;
mod writer;

pub use canonical_json::{canonical_json, payload_of};
pub use cipher::{decrypt, encrypt};
pub use digest::{digest, digest_of, digest_parts};
pub use ed25519_signer::Ed25519Signer;
pub use error::CryptoError;
pub use file_keys::FileKeys;
pub use key_provider::{InMemoryKeys, KeyProvider};
pub use keyed_digest::KeyedDigest;
pub use ordered_object::OrderedObject;
pub use random::{RandomSource, SeededRandom, SystemRandom};
pub use signed_note::{NoteSignature, SignedNote};
pub use signer::Signer;
pub use verifier_key::{KeyKind, VerifierKey};
/// A value that is overwritten when it is dropped.
pub use zeroize::Zeroizing;
