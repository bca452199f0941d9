#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod event;
mod filter;
mod health;
mod in_memory;
mod kind;
mod memory;
mod rank;
mod recall;
mod scope;
mod stop_words;
mod store;
mod tokenize;
mod working;
mod working_limits;

pub use error::MemoryError;
pub use event::{ForgetReason, forgotten_event, written_event};
pub use filter::{MemoryFilter, Reach};
pub use health::{CorruptMemory, MemoryHealth};
pub use in_memory::InMemoryMemoryStore;
pub use kind::MemoryKind;
pub use memory::Memory;
pub use rank::{Candidate, Corpus, Ranked, WordCounter, rank};
pub use recall::{RankReason, RankSignal, RecallQuery, Recalled};
pub use scope::MemoryScope;
pub use store::{MemoryStore, check_events};
pub use tokenize::{TOKENIZER_VERSION, index_words, query_words};
pub use working_limits::WorkingLimits;
