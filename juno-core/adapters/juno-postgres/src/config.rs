use std::time::Duration;

use juno_memory::WorkingLimits;

/// How a store uses its database.
///
/// | field | default | meaning |
/// | --- | --- | --- |
/// | `schema` | `juno` | the PostgreSQL schema that holds the tables; made where it is missing |
/// | `max_connections` | 8 | connections open at once; further calls wait for one |
/// | `connect_timeout` | 5 s | how long to wait for a connection, new or free, before giving up as unavailable |
/// | `statement_timeout` | 15 s | how long the server works on one statement before it gives up |
/// | `lock_timeout` | 5 s | how long one statement waits for another writer before it gives up |
/// | `working` | 1,000 entries, 30 minutes | bounds on the working memory of a session |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresConfig {
    /// The schema that holds the tables: a lower-case letter or `_`, then up to 62 of these and digits.
    pub schema: String,
    /// Connections open at once, 1 or more.
    pub max_connections: usize,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long the server may work on one statement.
    pub statement_timeout: Duration,
    /// How long a statement may wait for another writer.
    pub lock_timeout: Duration,
    /// Bounds on the working memory of a session.
    pub working: WorkingLimits,
}

impl Default for PostgresConfig {
    fn default() -> Self {
        Self {
            schema: "juno".into(),
            max_connections: 8,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(15),
            lock_timeout: Duration::from_secs(5),
            working: WorkingLimits::DEFAULT,
        }
    }
}
