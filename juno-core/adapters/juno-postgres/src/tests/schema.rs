//! The life of the schema: made, opened, refused.

use juno_audit::{AuditLog, AuditQuery};
use juno_domain::ErrorKind;
use juno_testkit::conformance::audit_log;

use super::fixture::Schema;
use crate::{PostgresConfig, PostgresError, PostgresStore};

#[tokio::test]
async fn what_is_not_ours_is_refused_and_left_as_it_is() {
    let Some(schema) = Schema::new() else { return };
    let name = &schema.config.schema;
    let plain = schema.plain().await;
    plain.batch_execute(&format!("CREATE SCHEMA {name}; CREATE TABLE {name}.theirs (x INT)")).await.unwrap();
    let before = schema.dump().await;
    let error = PostgresStore::open(&schema.url, schema.config.clone()).map(drop).unwrap_err();
    assert_eq!((error.kind(), &error), (ErrorKind::InvalidInput, &PostgresError::Foreign(name.clone())));
    assert_eq!(schema.dump().await, before);
    let config = PostgresConfig { schema: "Robert'); DROP".into(), ..PostgresConfig::default() };
    let error = PostgresStore::open(&schema.url, config).map(drop).unwrap_err();
    assert!(matches!(error, PostgresError::SchemaName(_)), "{error}");
}

#[tokio::test]
async fn an_empty_schema_somebody_prepared_is_used() {
    let Some(schema) = Schema::new() else { return };
    schema.plain().await.batch_execute(&format!("CREATE SCHEMA {}", schema.config.schema)).await.unwrap();
    assert_eq!(schema.open().audit().append(&[audit_log::sample_event(0)]).await.unwrap(), [0]);
    assert_eq!(schema.open().audit().head().await.unwrap().size, 1, "opened again, it is the same");
}

#[tokio::test]
async fn tables_of_the_second_version_are_brought_up_to_date() {
    let Some(schema) = Schema::new() else { return };
    schema.open().audit().append(&[audit_log::sample_event(0)]).await.unwrap();
    let plain = schema.plain().await;
    let back = "DROP TABLE memory_scopes, memories, memory_holds, memory_tags, memory_threads, memory_blocks,
            memory_speakers, memory_postings, memory_fresh, memory_index;
        DROP SEQUENCE memory_keys;
        DROP TABLE audit_payload, audit_key, audit_key_doomed, audit_search, notifications, notification_position, stops;
        DROP TABLE text_key;
        ALTER TABLE approvals DROP COLUMN authorized_at, DROP COLUMN part_keys, DROP COLUMN parts;
        ALTER TABLE executions DROP COLUMN part_keys, DROP COLUMN parts;
        ALTER TABLE outbox DROP COLUMN part_key, DROP COLUMN part;
        UPDATE juno_schema SET version = 2";
    plain.batch_execute(back).await.unwrap();
    let log = schema.open().audit();
    assert_eq!(log.append(&[audit_log::sample_event(0), audit_log::sample_event(1)]).await.unwrap(), [0, 1]);
    assert!(log.verify().await.unwrap().verified);
    assert_eq!(log.search(&AuditQuery::default()).await.unwrap().records.len(), 2);
}

#[tokio::test]
async fn tables_of_a_newer_version_are_refused() {
    let Some(schema) = Schema::new() else { return };
    drop(schema.open());
    let plain = schema.plain().await;
    plain.batch_execute("UPDATE juno_schema SET version = 99").await.unwrap();
    let error = PostgresStore::open(&schema.url, schema.config.clone()).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let said = format!("tables `99`, this version knows up to `{}`", crate::schema::CURRENT);
    assert!(error.to_string().contains(&said), "{error}");
    plain.batch_execute("DELETE FROM juno_schema").await.unwrap();
    let error = PostgresStore::open(&schema.url, schema.config.clone()).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_text_is_refused() {
    let Some(schema) = Schema::new() else { return };
    let name = format!("latin_{}", schema.config.schema);
    let plain = schema.plain().await;
    let make = format!("CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    plain.batch_execute(&make).await.unwrap();
    let url = schema.url.replacen("/postgres?", &format!("/{name}?"), 1);
    let error = PostgresStore::open(&url, schema.config.clone()).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("the server has encoding `LATIN1`"), "{error}");
    plain.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
}
