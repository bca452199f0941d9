use juno_domain::ErrorKind;

use crate::SettingsError;

/// Why a [`Juno`](crate::Juno) could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CoreError {
    /// A setting cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A value breaks a rule of the vocabulary.
    #[error(transparent)]
    Domain(#[from] juno_domain::DomainError),
    /// A setting about reading exports cannot be used.
    #[error(transparent)]
    Connector(#[from] juno_connectors::ConnectorError),
    /// The policy's rules contradict themselves.
    #[error(transparent)]
    Governance(#[from] juno_governance::GovernanceError),
    /// The rules that `governance.rules` names cannot be used.
    #[error("`governance.rules`: {0}")]
    Rules(#[source] juno_governance::GovernanceError),
    /// The rules that `governance.compliance_rules` names cannot be used.
    #[error("`governance.compliance_rules`: {0}")]
    ComplianceRules(#[source] juno_governance::GovernanceError),
    /// Rules and changes to the default policy at once.
    #[error(
        "`governance.rules` and `governance.approval_rules` are both set, and only one policy decides: take one out"
    )]
    TwoPolicies,
    /// The model that `risk.model` names cannot be used.
    #[error("`risk.model`: {0}")]
    Model(#[source] juno_risk::RiskError),
    /// The stores could not be joined.
    #[error(transparent)]
    Agent(#[from] juno_agent::AgentError),
    /// The database could not be opened.
    #[cfg(feature = "sqlite")]
    #[error(transparent)]
    Sqlite(#[from] juno_sqlite::SqliteError),
    /// The database could not be opened.
    #[cfg(feature = "postgres")]
    #[error(transparent)]
    Postgres(#[from] juno_postgres::PostgresError),
    /// Personal parts of the log in a database that keeps copies of what was erased, and no keys.
    #[error(
        "`audit.personal` in PostgreSQL needs `audit.keys`: name a folder for the keys, outside the database and its backups"
    )]
    AuditKeys,
    /// The folder that `audit.keys` names cannot be used.
    #[error("`audit.keys`: {0}")]
    Keys(#[source] juno_crypto::CryptoError),
    /// The webhook that settings name cannot be used.
    #[cfg(feature = "webhook")]
    #[error("`notifications.webhook`: {0}")]
    Webhook(#[from] juno_webhook::WebhookError),
    /// The mail server that settings name cannot be used.
    #[cfg(feature = "smtp")]
    #[error("`notifications.smtp`: {0}")]
    Smtp(#[from] juno_smtp::SmtpError),
    /// A webhook without a secret.
    #[error(
        "`notifications.webhook.url` and `notifications.webhook.secret` go together: without one nobody can tell who speaks"
    )]
    HalfWebhook,
    /// The folder that `memory.encryption.keys` names cannot be used.
    #[error("`memory.encryption.keys`: {0}")]
    MemoryKeys(#[source] juno_crypto::CryptoError),
    /// Redis could not be opened.
    #[cfg(feature = "redis")]
    #[error("`cache`: {0}")]
    Redis(#[from] juno_redis::RedisStoreError),
    /// The archive could not be opened.
    #[cfg(feature = "object-store")]
    #[error("`archive.url`: {0}")]
    Archive(#[from] juno_object_store::ArchiveError),
    /// A board that is not a number.
    #[error(
        "`teams` maps board ids to team names, and `{board}` is no board id: use the number in the board's address"
    )]
    Teams {
        /// What was given.
        board: String,
    },
    /// A role nobody knows.
    #[error(
        "`{word}` is no role: use admin, team_lead, project_manager, engineering_manager or director, or a table of them under a team's id"
    )]
    Role {
        /// What was given.
        word: String,
    },
    /// A database address that cannot be read. It may hold a password and is not shown.
    #[error(
        "`database.url` is no address of a database: use `sqlite:///file.db`, `postgresql://user@host/name` or `memory:`"
    )]
    DatabaseUrl,
    /// Roles, terms or delegations of a wrong shape.
    #[error("`roles`: {0}")]
    Roles(String),
    /// Time that cannot be moved.
    #[error(
        "the time is the machine's and cannot be moved: give `now` when JUNO is made, then the clock stands"
    )]
    MachineClock,
    /// A choice this build or version does not have.
    #[error("{what} is not built in: {hint}")]
    Unsupported {
        /// What was asked for.
        what: &'static str,
        /// What would make it work.
        hint: &'static str,
    },
}

impl CoreError {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Settings(e) => e.kind(),
            Self::Domain(e) => e.kind(),
            Self::Connector(e) => e.kind(),
            Self::Governance(e) | Self::Rules(e) | Self::ComplianceRules(e) => e.kind(),
            Self::Model(e) => e.kind(),
            Self::Agent(e) => e.kind(),
            Self::Keys(e) | Self::MemoryKeys(e) => e.kind(),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(e) => e.kind(),
            #[cfg(feature = "postgres")]
            Self::Postgres(e) => e.kind(),
            #[cfg(feature = "webhook")]
            Self::Webhook(e) => e.kind(),
            #[cfg(feature = "smtp")]
            Self::Smtp(e) => e.kind(),
            #[cfg(feature = "redis")]
            Self::Redis(e) => e.kind(),
            #[cfg(feature = "object-store")]
            Self::Archive(e) => e.kind(),
            Self::Teams { .. }
            | Self::HalfWebhook
            | Self::Role { .. }
            | Self::Roles(_)
            | Self::TwoPolicies
            | Self::AuditKeys
            | Self::DatabaseUrl
            | Self::MachineClock => ErrorKind::InvalidInput,
            Self::Unsupported { .. } => ErrorKind::Unsupported,
        }
    }
}
