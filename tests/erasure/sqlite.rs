//! In a file: searched byte by byte.

use std::path::Path;
use std::sync::Arc;

use juno_core::Stores;
use juno_core::audit::{PersonalFields, Sealing};
use juno_core::crypto::SystemRandom;
use juno_sqlite::{SqliteConfig, SqliteStore};

use crate::life::{Life, MIA, OTHERS};

fn stores(path: &Path) -> Stores {
    let file = SqliteStore::open(path, SqliteConfig::default()).expect("open");
    let sealing = Sealing::new(PersonalFields::reasons(), Arc::new(SystemRandom));
    Stores {
        memory: Arc::new(file.memory()),
        approvals: Arc::new(file.approvals()),
        executions: Arc::new(file.executions()),
        notifications: Arc::new(file.notifications()),
        texts: Some(Arc::new(file.texts(sealing.fields().clone()))),
        audit: Arc::new(file.audit().with_sealing(sealing)),
        outbox: Arc::new(file.outbox()),
        tiers: None,
    }
}

/// Every file of the folder that holds a text: the database, its write-ahead log, the shared memory of that, and whatever
/// else there may be.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).expect("a folder") {
        let path = file.expect("a file").path();
        let bytes = std::fs::read(&path).expect("bytes");
        if bytes.windows(text.len()).any(|part| part == text.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// control: GDPR-17
#[tokio::test]
async fn no_byte_of_what_a_person_wrote_is_left_in_any_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("juno.db");
    let life = Life::lived(stores(&path)).await;
    assert!(!files_with(folder.path(), MIA).is_empty(), "the test can find it");
    life.erase_mia().await;
    assert_eq!(files_with(folder.path(), MIA), Vec::<String>::new());
    assert!(!files_with(folder.path(), OTHERS).is_empty(), "the test can still find what others wrote");
    assert!(
        SqliteStore::open(&path, SqliteConfig::default()).expect("open").check().expect("check").is_sound()
    );
}

#[tokio::test]
async fn what_is_old_leaves_no_byte_in_any_file_but_for_what_is_held() {
    let folder = tempfile::tempdir().expect("a folder");
    Life::lived(stores(&folder.path().join("juno.db"))).await.grow_old().await;
    for text in [MIA, OTHERS] {
        assert_eq!(files_with(folder.path(), text), Vec::<String>::new());
    }
}
