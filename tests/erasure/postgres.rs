//! On a server, which keeps copies of what was deleted: in dead rows, in its write-ahead log, in backups. Without a server
//! this says so and passes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use juno_core::Stores;
use juno_core::audit::{PersonalFields, Sealing};
use juno_core::crypto::{FileKeys, KeyProvider, SystemRandom};
use juno_core::governance::ApprovalStore;
use juno_crypto::decrypt;
use juno_postgres::PostgresStore;
use tokio_postgres::Client;

use crate::life::{Life, MIA, OTHERS};
use crate::schemas::{Schemas, config};

fn stores(schemas: &Schemas, schema: &str, keys: &Arc<FileKeys>) -> Stores {
    let sealing = Sealing::new(PersonalFields::reasons(), Arc::new(SystemRandom));
    let store =
        PostgresStore::open_sealed(&schemas.address(), config(schema), sealing, keys.clone()).expect("open");
    Stores {
        memory: Arc::new(store.memory()),
        approvals: Arc::new(store.approvals()),
        executions: Arc::new(store.executions()),
        notifications: Arc::new(store.notifications()),
        texts: store.texts().map(|texts| Arc::new(texts) as _),
        audit: Arc::new(store.audit()),
        outbox: Arc::new(store.outbox()),
        tiers: None,
    }
}

/// Every column of every table of a schema, as text; bytes as hexadecimal, as `pg_dump` writes them.
async fn dump(sql: &Client, schema: &str) -> String {
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = $1";
    let mut text = String::new();
    for table in sql.query(tables, &[&schema]).await.expect("tables") {
        let table: String = table.get(0);
        for row in sql.query(&format!("SELECT t::text FROM {table} t"), &[]).await.expect("rows") {
            text.push_str(row.get(0));
        }
    }
    text
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// The files of a folder, and of those in it, that hold a text.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if std::fs::read(&path)
            .is_ok_and(|all| all.windows(text.len()).any(|part| part == text.as_bytes()))
        {
            found.push(path.display().to_string());
        }
    }
    found
}

/// Every encrypted part there is, with what it is bound to and the name of its key: what a backup of now would hold.
async fn ciphertexts(sql: &Client) -> Vec<(String, String, Vec<u8>)> {
    let copies = "
        SELECT 'approvals ' || id, unnest(part_keys), unnest(parts) FROM approvals
        UNION ALL SELECT 'executions ' || request, unnest(part_keys), unnest(parts) FROM executions
        UNION ALL SELECT event_id, part_key, part FROM outbox WHERE part IS NOT NULL
        UNION ALL SELECT event_id, key_name, p.content FROM audit_payload p JOIN audit USING (place)";
    let rows = sql.query(copies, &[]).await.expect("rows");
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

/// What can be read of copies with the keys there are, by whether Mia wrote it.
fn readable(copies: &[(String, String, Vec<u8>)], keys: &FileKeys) -> BTreeMap<bool, usize> {
    let mut readable = BTreeMap::from([(false, 0), (true, 0)]);
    for (of, name, part) in copies {
        let Some(key) = keys.find(name).expect("keys") else { continue };
        let text = decrypt(&key, part, of.as_bytes()).expect("the text");
        let hers = text.windows(MIA.len()).any(|part| part == MIA.as_bytes());
        *readable.entry(hers).or_default() += 1;
    }
    readable
}

/// control: GDPR-17
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn only_ciphertext_whose_key_is_destroyed_is_left_of_what_a_person_wrote() {
    let Some(schemas) = Schemas::new() else { return };
    let schema = schemas.next();
    let folder = tempfile::tempdir().expect("a folder");
    let keys = Arc::new(FileKeys::open(folder.path(), Arc::new(SystemRandom)).expect("keys"));
    let life = Life::lived(stores(&schemas, &schema, &keys)).await;
    assert!(life.told().await.contains(MIA), "who has the keys reads it");

    // Without the keys a store says so, and takes it for no damage.
    let requests = schemas.open(&schema).approvals().list(&Default::default()).await;
    let refused = requests.expect_err("no keys").to_string();
    assert!(refused.contains("open the store with its keys"), "{refused}");

    // The server never sees what anybody wrote, from the first write on.
    let sql = schemas.plain(&schema).await;
    let unseen = async || {
        let shown = dump(&sql, &schema).await;
        for text in [MIA, OTHERS] {
            assert!(!shown.contains(text) && !shown.contains(&hex(text)), "{text} stands in a table");
        }
        sql.batch_execute("CHECKPOINT").await.expect("checkpoint");
        let data: String = sql.query_one("SHOW data_directory", &[]).await.expect("a folder").get(0);
        let data = Path::new(&data);
        if std::fs::read_dir(data.join("pg_wal")).is_err() {
            return false;
        }
        assert!(!files_with(&data.join("pg_wal"), "abcdefghij").is_empty(), "the search finds what is there");
        assert!(!files_with(&data.join("base"), "abcdefghij").is_empty(), "the search finds what is there");
        for text in [MIA, OTHERS] {
            assert_eq!(files_with(data, text), Vec::<String>::new());
        }
        true
    };
    let searched = unseen().await;
    let copies = ciphertexts(&sql).await;
    let before = readable(&copies, &keys);
    assert!(before[&true] >= 20 && before[&false] >= 20, "{before:?}");

    life.erase_mia().await;
    assert_eq!(unseen().await, searched);
    let after = readable(&copies, &keys);
    assert_eq!(after[&true], 0, "a copy of the rows is of no use without the keys");
    assert!(after[&false] > 0, "what others wrote can be read");
    let doomed = sql.query("SELECT 1 FROM audit_key_doomed", &[]).await.expect("keys");
    assert!(doomed.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_old_goes_with_its_keys_but_for_what_is_held() {
    let Some(schemas) = Schemas::new() else { return };
    let schema = schemas.next();
    let folder = tempfile::tempdir().expect("a folder");
    let keys = Arc::new(FileKeys::open(folder.path(), Arc::new(SystemRandom)).expect("keys"));
    let life = Life::lived(stores(&schemas, &schema, &keys)).await;
    let copies = ciphertexts(&schemas.plain(&schema).await).await;
    life.grow_old().await;
    assert_eq!(readable(&copies, &keys), BTreeMap::from([(false, 0), (true, 0)]));
}
