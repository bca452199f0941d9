//! Every store of memories does what the contract says: here the one in memory.

use std::sync::Arc;

use juno_domain::EventBuffer;
use juno_memory::InMemoryMemoryStore;
use juno_testkit::conformance::memory_store::{MemoryFixture, SUITE_LIMITS};

fn in_memory() -> MemoryFixture {
    let outbox = Arc::new(EventBuffer::default());
    let store = InMemoryMemoryStore::new(Arc::clone(&outbox)).with_working_limits(SUITE_LIMITS);
    MemoryFixture { store: Arc::new(store), outbox, guard: Arc::new(()) }
}

juno_testkit::memory_store_tests!(in_memory());
