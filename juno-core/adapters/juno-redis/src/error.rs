use juno_audit::AuditError;
use juno_domain::ErrorKind;
use juno_memory::MemoryError;
use redis::{ErrorKind as Kind, RedisError, ServerErrorKind};

/// What can go wrong with Redis. No message ever holds the address, because it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedisStoreError {
    /// An address that cannot be read.
    #[error(
        "the Redis address cannot be used: write `redis://user:password@host:port/0`, `rediss://…` for TLS"
    )]
    Address,
    /// A prefix of keys that is none.
    #[error("`{0}` is no prefix of keys: use 1 to 64 letters, digits, `-`, `_`, `.` and `:`")]
    Prefix(String),
    /// A time to live that is none.
    #[error("the cache cannot keep memories for less than a second: set `cache_ttl`")]
    Ttl,
    /// The store was opened before a fork.
    #[error("the store was opened by process `{opened_by}`, before a fork: open it again in this process")]
    Forked {
        /// The process that opened it.
        opened_by: u32,
    },
    /// The server does not let this user in.
    #[error("Redis refuses access: {0}: check user, password and ACL")]
    Refused(String),
    /// The server cannot be reached, or cannot answer now.
    #[error("Redis cannot be reached or is busy: {0}: retry")]
    Unavailable(String),
    /// Others changed the same session at the same time, again and again.
    #[error("others changed the same working memory at the same time, again and again: retry")]
    Contended,
    /// Keys of another program, or of a newer version.
    #[error("Redis holds something else under the keys of this store: {0}: give another prefix")]
    Foreign(String),
    /// Stored data is damaged.
    #[error("Redis holds damaged data: {0}: restore it from a backup")]
    Damaged(String),
    /// Anything else Redis says.
    #[error("Redis failed: {0}")]
    Internal(String),
}

impl RedisStoreError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Address | Self::Prefix(_) | Self::Ttl | Self::Foreign(_) => ErrorKind::InvalidInput,
            Self::Refused(_) => ErrorKind::Denied,
            Self::Forked { .. } | Self::Unavailable(_) | Self::Contended => ErrorKind::Unavailable,
            Self::Damaged(_) => ErrorKind::Corrupt,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }

    /// Whether a new connection might help.
    pub(crate) const fn is_loss(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl From<RedisError> for RedisStoreError {
    fn from(error: RedisError) -> Self {
        // Of what the server says the code and its words: they name no key content that this crate did not send. The
        // address never stands in them.
        let text = match (error.code(), error.detail()) {
            (Some(code), Some(detail)) => format!("{code} {detail}"),
            (Some(code), None) => code.to_owned(),
            (None, _) => error.category().to_owned(),
        };
        match error.kind() {
            Kind::AuthenticationFailed => Self::Refused(text),
            Kind::InvalidClientConfig => Self::Address,
            Kind::Io | Kind::ClusterConnectionNotFound => Self::Unavailable(text),
            Kind::Server(
                ServerErrorKind::BusyLoading
                | ServerErrorKind::TryAgain
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ReadOnly,
            ) => Self::Unavailable(text),
            _ => match error.code() {
                Some("NOAUTH" | "WRONGPASS" | "NOPERM") => Self::Refused(text),
                Some("OOM" | "MISCONF" | "BUSY" | "NOREPLICAS") => Self::Unavailable(text),
                Some("FOREIGN" | "WRONGTYPE") => Self::Foreign(text),
                _ if error.is_io_error() || error.is_timeout() || error.is_connection_dropped() => {
                    Self::Unavailable(text)
                }
                _ => Self::Internal(text),
            },
        }
    }
}

impl From<RedisStoreError> for MemoryError {
    fn from(error: RedisStoreError) -> Self {
        let reason = error.to_string();
        match error.kind() {
            ErrorKind::Unavailable | ErrorKind::Denied => Self::Unavailable { reason },
            ErrorKind::Corrupt => Self::Corrupt { id: "*".into(), reason },
            _ => Self::Internal { reason },
        }
    }
}

impl From<RedisStoreError> for AuditError {
    fn from(error: RedisStoreError) -> Self {
        let what = error.to_string();
        match error.kind() {
            ErrorKind::Unavailable | ErrorKind::Denied => Self::Unavailable(what),
            _ => Self::Internal(what),
        }
    }
}
