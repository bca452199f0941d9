use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use juno_memory::WorkingLimits;
use tokio_postgres::Row;

use crate::address::Address;
use crate::config::PostgresConfig;
use crate::error::PostgresError;
use crate::reactor::Reactor;
use crate::schema;
use crate::tx::{Params, Tx};
use crate::vault::Vault;

/// The connections to one schema of one database. Shared by the stores of it.
pub(crate) struct Database {
    /// The process that opened it: neither sockets nor threads cross a fork.
    opened_by: u32,
    pool: Option<Pool>,
    reactor: Reactor,
    working: WorkingLimits,
    vault: Option<Vault>,
    #[cfg(test)]
    pub(crate) faults: crate::faults::Faults,
}

impl Database {
    /// Connects, makes the schema if it is missing, and brings its tables up to date.
    pub(crate) fn open(url: &str, config: PostgresConfig) -> Result<Self, PostgresError> {
        schema::check_name(&config.schema)?;
        let Address { config: address, trust } = Address::parse(url, &config)?;
        let reactor = Reactor::start()?;
        let manager = Manager::from_config(
            address,
            trust.connector()?,
            // A connection known to be closed is not handed out; one that only turns out to be is replaced.
            ManagerConfig { recycling_method: RecyclingMethod::Fast },
        );
        let pool = Pool::builder(manager)
            .max_size(config.max_connections.max(1))
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(config.connect_timeout))
            .create_timeout(Some(config.connect_timeout))
            .recycle_timeout(Some(config.connect_timeout))
            .build()
            .map_err(|error| PostgresError::Internal(error.to_string()))?;
        let (connections, name) = (pool.clone(), config.schema.clone());
        reactor.wait(async move { schema::bring_up_to_date(&mut *connections.get().await?, &name).await })?;
        Ok(Self {
            opened_by: std::process::id(),
            pool: Some(pool),
            reactor,
            working: config.working,
            vault: None,
            #[cfg(test)]
            faults: crate::faults::Faults::default(),
        })
    }

    /// The same, encrypting what people wrote.
    pub(crate) fn sealed(mut self, vault: Vault) -> Self {
        self.vault = Some(vault);
        self
    }

    /// What encrypts what people wrote, if anything does.
    pub(crate) const fn vault(&self) -> Option<&Vault> {
        self.vault.as_ref()
    }

    /// The first row of one statement, if there is one.
    pub(crate) async fn one(&self, sql: &str, params: Params<'_>) -> Result<Option<Row>, PostgresError> {
        Ok(self.all(sql, params).await?.into_iter().next())
    }

    /// Every row of one statement, which is one state of the database by itself.
    pub(crate) async fn all(&self, sql: &str, params: Params<'_>) -> Result<Vec<Row>, PostgresError> {
        let rows = async {
            match self.all_at_once(sql, params).await {
                // A read can be repeated; once is enough where only the connection was stale.
                Err(PostgresError::Unavailable(_)) => self.all_at_once(sql, params).await,
                other => other,
            }
        };
        self.reactor.run(rows).await
    }

    async fn all_at_once(&self, sql: &str, params: Params<'_>) -> Result<Vec<Row>, PostgresError> {
        let client = self.connection().await?;
        let statement = client.prepare_cached(sql).await?;
        Ok(client.query(&statement, params).await?)
    }

    /// The bounds on working memory.
    pub(crate) const fn working(&self) -> &WorkingLimits {
        &self.working
    }

    pub(crate) const fn reactor(&self) -> &Reactor {
        &self.reactor
    }

    pub(crate) async fn connection(&self) -> Result<Object, PostgresError> {
        let pool = self.pool.as_ref().filter(|_| self.opened_by == std::process::id());
        let pool = pool.ok_or(PostgresError::Forked { opened_by: self.opened_by })?;
        Ok(pool.get().await?)
    }

    #[cfg(not(test))]
    pub(crate) const fn tx<'c>(&'c self, transaction: deadpool_postgres::Transaction<'c>) -> Tx<'c> {
        Tx::new(transaction, self.vault.as_ref())
    }

    #[cfg(test)]
    pub(crate) const fn tx<'c>(&'c self, transaction: deadpool_postgres::Transaction<'c>) -> Tx<'c> {
        Tx::new(transaction, self.vault.as_ref(), &self.faults)
    }

    #[cfg(test)]
    pub(crate) fn pretend_opened_by(&mut self, process: u32) {
        self.opened_by = process;
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.opened_by != std::process::id() {
            // Closing the parent's connections here could end its sessions, and would wait for threads of its.
            std::mem::forget(self.pool.take());
            self.reactor.abandon();
        }
    }
}
