use std::time::Duration;

use juno_memory::WorkingLimits;

/// How a store uses Redis.
///
/// | field | default | meaning |
/// | --- | --- | --- |
/// | `prefix` | `juno` | what every key begins with, inside the braces of a cluster's hash tag |
/// | `cluster` | `false` | whether the address names nodes of a Redis Cluster; several nodes mean one anyway |
/// | `cache_ttl` | 3,600 s | how long the cache keeps a memory at most |
/// | `connect_timeout` | 1 s | how long to wait for a connection before giving up as unavailable |
/// | `response_timeout` | 2 s | how long to wait for an answer before giving up as unavailable |
/// | `retry_after` | 1 s | how long a failed connection is not tried again: calls are refused at once meanwhile |
/// | `working` | 1,000 entries, 30 minutes | bounds on the working memory of a session |
/// | `mirrors` | 256 | the sessions whose working memory is kept in this process too, checked against Redis at each use |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisConfig {
    /// What every key begins with: 1 to 64 letters, digits, `-`, `_`, `.` and `:`.
    pub prefix: String,
    /// Whether it is a Redis Cluster.
    pub cluster: bool,
    /// How long the cache keeps a memory: a second at least.
    pub cache_ttl: Duration,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long to wait for an answer.
    pub response_timeout: Duration,
    /// How long a failed connection is not tried again.
    pub retry_after: Duration,
    /// Bounds on the working memory of a session.
    pub working: WorkingLimits,
    /// How many sessions are kept in this process too.
    pub mirrors: usize,
}

impl Default for RedisConfig {
    fn default() -> Self {
        Self {
            prefix: "juno".into(),
            cluster: false,
            cache_ttl: Duration::from_secs(3_600),
            connect_timeout: Duration::from_secs(1),
            response_timeout: Duration::from_secs(2),
            retry_after: Duration::from_secs(1),
            working: WorkingLimits::DEFAULT,
            mirrors: 256,
        }
    }
}
