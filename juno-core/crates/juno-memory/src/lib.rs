#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod filter;
mod health;
mod kind;
mod memory;
mod recall;
mod scope;
mod store;
mod working;

pub use error::MemoryError;
pub use filter::{MemoryFilter, Reach};
pub use health::{CorruptMemory, MemoryHealth};
pub use kind::MemoryKind;
pub use memory::Memory;
pub use recall::{RankReason, RankSignal, RecallQuery, Recalled};
pub use scope::MemoryScope;
pub use store::{MemoryStore, check_events};
pub use working::WorkingLimits;
