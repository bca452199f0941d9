//! In memory.

use std::sync::Arc;

use juno_core::Stores;
use juno_core::audit::{InMemoryAuditLog, PersonalFields, Sealing};
use juno_core::crypto::SystemRandom;

use crate::life::{Life, MIA};

/// control: GDPR-17
#[tokio::test]
async fn what_a_person_wrote_is_erased_everywhere_and_what_is_open_goes_on() {
    let sealing = Sealing::new(PersonalFields::reasons(), Arc::new(SystemRandom));
    let life = Life::lived(Stores::in_memory_with(InMemoryAuditLog::with_sealing(sealing))).await;
    assert!(life.told().await.contains(MIA));
    life.erase_mia().await;
}

/// control: AIA-19-1
#[tokio::test]
async fn what_is_old_goes_everywhere_but_for_what_is_held() {
    let sealing = Sealing::new(PersonalFields::reasons(), Arc::new(SystemRandom));
    Life::lived(Stores::in_memory_with(InMemoryAuditLog::with_sealing(sealing))).await.grow_old().await;
}

/// Nothing is personal unless that was said before: then nothing is half erased.
#[tokio::test]
async fn where_nothing_is_personal_nothing_is_erased() {
    let life = Life::lived(Stores::in_memory()).await;
    let before = life.told().await;
    let done = life.juno.audit.erase("mia", &crate::life::person("ada"), "request 12").await.expect("erase");
    assert_eq!((done.receipt, done.texts), (None, 0));
    assert_eq!(life.told().await, before);
}
