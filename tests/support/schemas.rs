//! Schemas of a PostgreSQL server for tests.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use juno_postgres::{PostgresConfig, PostgresStore};
use juno_testkit::conformance::memory_store::SUITE_LIMITS;
use juno_testkit::services::postgres_url;
use tokio_postgres::{Client, NoTls};

/// Gives fresh schemas and removes them in the end.
pub(crate) struct Schemas {
    pub(crate) url: String,
    made: std::sync::Mutex<Vec<String>>,
}

impl Schemas {
    /// Nothing where there is no server.
    pub(crate) fn new() -> Option<Self> {
        let url = postgres_url()?.replace("?sslmode=disable", "");
        Some(Self { url, made: std::sync::Mutex::default() })
    }

    pub(crate) fn next(&self) -> String {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        self.made.lock().expect("a lock").push(name.clone());
        name
    }

    pub(crate) fn open(&self, schema: &str) -> PostgresStore {
        PostgresStore::open(&self.address(), config(schema)).expect("open")
    }

    /// Without TLS, which costs a debug build a lot of time.
    pub(crate) fn address(&self) -> String {
        format!("{}?sslmode=disable", self.url)
    }

    /// Plain SQL on a schema, behind the stores' back.
    pub(crate) async fn plain(&self, schema: &str) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.address(), NoTls).await.expect("connect");
        tokio::spawn(async move { drop(connection.await) });
        client.batch_execute(&format!("SET search_path TO {schema}")).await.expect("a path");
        client
    }
}

/// Patient, as tests share the machine.
pub(crate) fn config(schema: &str) -> PostgresConfig {
    let connect_timeout = Duration::from_secs(30);
    PostgresConfig {
        schema: schema.into(),
        connect_timeout,
        working: SUITE_LIMITS,
        ..PostgresConfig::default()
    }
}

impl Drop for Schemas {
    fn drop(&mut self) {
        let (url, made) = (self.address(), std::mem::take(&mut *self.made.lock().expect("a lock")));
        let remove = async move {
            let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
            let connection = tokio::spawn(connection);
            for schema in made {
                // One at a time, so that the server's table of locks is large enough.
                client.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE")).await?;
            }
            drop(client);
            drop(connection.await);
            Ok::<(), tokio_postgres::Error>(())
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        drop(std::thread::spawn(move || drop(runtime.block_on(remove))).join());
    }
}
