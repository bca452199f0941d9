use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use juno_memory::WorkingLimits;
use juno_testkit::services::postgres_url;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::{PostgresConfig, PostgresStore};

/// A fresh schema, removed in the end.
pub(crate) struct Schema {
    pub(crate) url: String,
    pub(crate) config: PostgresConfig,
}

impl Schema {
    /// Nothing where there is no server.
    pub(crate) fn new() -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let schema = format!("u{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        // With room for two working memories, so that a third makes one go. Patient, as tests share the machine.
        let working = WorkingLimits { max_entries: 2, ..WorkingLimits::DEFAULT };
        let connect_timeout = Duration::from_secs(30);
        let config = PostgresConfig { schema, working, connect_timeout, ..PostgresConfig::default() };
        Some(Self { url: postgres_url()?, config })
    }

    pub(crate) fn open(&self) -> PostgresStore {
        PostgresStore::open(&self.url, self.config.clone()).unwrap()
    }

    /// Plain SQL on the schema, behind the store's back.
    pub(crate) async fn plain(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
        tokio::spawn(async move { drop(connection.await) });
        client.batch_execute(&format!("SET search_path TO {}", self.config.schema)).await.unwrap();
        client
    }

    /// Every row of every table, as text.
    pub(crate) async fn dump(&self) -> Vec<String> {
        let plain = self.plain().await;
        let sql = "SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1";
        let mut rows = Vec::new();
        for table in plain.query(sql, &[&self.config.schema]).await.unwrap() {
            let table: &str = table.get(0);
            for message in
                plain.simple_query(&format!("SELECT t::text FROM {table} t ORDER BY 1")).await.unwrap()
            {
                if let SimpleQueryMessage::Row(row) = message {
                    rows.push(format!("{table} {}", row.get(0).unwrap()));
                }
            }
        }
        rows
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let (url, schema) = (self.url.clone(), self.config.schema.clone());
        let remove = async move {
            let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
            let connection = tokio::spawn(connection);
            client.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE")).await?;
            drop(client);
            drop(connection.await);
            Ok::<(), tokio_postgres::Error>(())
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        drop(std::thread::spawn(move || drop(runtime.block_on(remove))).join());
    }
}
