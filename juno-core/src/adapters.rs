//! Chooses between implementations: the only place that asks which features are built in.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use juno_agent::Stores;
use juno_audit::{InMemoryAuditLog, Outbox, PersonalTexts, Sealing};
use juno_governance::Notifier;
use juno_memory::{MemoryArchive, MemoryCache, MemoryCipher, MemoryStore, WorkingLimits};

use crate::{CoreError, Settings};

/// What the log keeps apart from its records, and the folder of the keys that this is kept under where the database keeps
/// copies of what was erased.
pub(crate) struct Personal {
    pub(crate) sealing: Sealing,
    #[cfg_attr(
        not(feature = "postgres"),
        expect(dead_code, reason = "the other stores overwrite what is erased")
    )]
    pub(crate) keys: Option<PathBuf>,
}

/// Opens the stores a database address names, with a log that keeps apart what `personal` says; `working` bounds the
/// working memory of a session. What is remembered is encrypted with `cipher`, where it is kept at all.
pub(crate) fn open_stores(
    url: &str,
    personal: Option<Personal>,
    working: WorkingLimits,
    cipher: Option<MemoryCipher>,
) -> Result<Stores, CoreError> {
    let sealing = |personal: Option<Personal>| personal.map(|personal| personal.sealing);
    if url == "memory:" {
        let log = sealing(personal).map_or_else(InMemoryAuditLog::new, InMemoryAuditLog::with_sealing);
        return Ok(Stores::in_memory_within(log, working));
    }
    match url.split_once("://") {
        // `sqlite:///file.db` is relative, `sqlite:////file.db` absolute.
        Some(("sqlite", path)) => {
            sqlite(path.strip_prefix('/').unwrap_or(path), sealing(personal), working, cipher)
        }
        Some(("postgresql" | "postgres", _)) if cipher.is_some() => Err(CoreError::Unsupported {
            what: "encrypting memories in PostgreSQL",
            hint: "take `memory.encryption.keys` out, or use `sqlite:///file.db`",
        }),
        Some(("postgresql" | "postgres", _)) => postgres(url, personal, working),
        _ => Err(CoreError::DatabaseUrl),
    }
}

#[cfg(feature = "sqlite")]
fn sqlite(
    path: &str,
    sealing: Option<Sealing>,
    working: WorkingLimits,
    cipher: Option<MemoryCipher>,
) -> Result<Stores, CoreError> {
    let config = juno_sqlite::SqliteConfig { working, ..juno_sqlite::SqliteConfig::default() };
    let store = juno_sqlite::SqliteStore::open_with(path, config, cipher)?;
    let audit = store.audit();
    let texts = sealing.as_ref().map(|sealing| store.texts(sealing.fields().clone()));
    let audit = match sealing {
        Some(sealing) => audit.with_sealing(sealing),
        None => audit,
    };
    Ok(Stores {
        texts: texts.map(|texts| Arc::new(texts) as Arc<dyn PersonalTexts>),
        memory: Arc::new(store.memory()),
        approvals: Arc::new(store.approvals()),
        executions: Arc::new(store.executions()),
        notifications: Arc::new(store.notifications()),
        audit: Arc::new(audit),
        outbox: Arc::new(store.outbox()),
        tiers: None,
    })
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(
    _: &str,
    _: Option<Sealing>,
    _: WorkingLimits,
    _: Option<MemoryCipher>,
) -> Result<Stores, CoreError> {
    Err(CoreError::Unsupported { what: "SQLite", hint: "build with the feature `sqlite`, or use `memory:`" })
}

#[cfg(feature = "postgres")]
fn postgres(url: &str, personal: Option<Personal>, working: WorkingLimits) -> Result<Stores, CoreError> {
    use juno_crypto::{FileKeys, SystemRandom};

    let keys = match personal {
        None => None,
        Some(Personal { keys: None, .. }) => return Err(CoreError::AuditKeys),
        Some(Personal { sealing, keys: Some(folder) }) => {
            let keys = FileKeys::open(folder, Arc::new(SystemRandom)).map_err(CoreError::Keys)?;
            Some((sealing, keys))
        }
    };
    let config = juno_postgres::PostgresConfig { working, ..juno_postgres::PostgresConfig::default() };
    let store = match keys {
        Some((sealing, keys)) => {
            juno_postgres::PostgresStore::open_sealed(url, config, sealing, Arc::new(keys))?
        }
        None => juno_postgres::PostgresStore::open(url, config)?,
    };
    Ok(Stores {
        texts: store.texts().map(|texts| Arc::new(texts) as Arc<dyn PersonalTexts>),
        memory: Arc::new(store.memory()),
        approvals: Arc::new(store.approvals()),
        executions: Arc::new(store.executions()),
        notifications: Arc::new(store.notifications()),
        audit: Arc::new(store.audit()),
        outbox: Arc::new(store.outbox()),
        tiers: None,
    })
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &str, _: Option<Personal>, _: WorkingLimits) -> Result<Stores, CoreError> {
    Err(CoreError::Unsupported {
        what: "PostgreSQL",
        hint: "build with the feature `postgres`, or use `sqlite:///file.db`",
    })
}

/// The channels that settings name.
pub(crate) fn open_notifiers(settings: &Settings) -> Result<Vec<Arc<dyn Notifier>>, CoreError> {
    let mut notifiers = Vec::new();
    match (settings.text("notifications.webhook.url"), settings.text("notifications.webhook.secret")) {
        (None, None) => {}
        (Some(url), Some(secret)) => notifiers.push(webhook(settings, &url, &secret)?),
        _ => return Err(CoreError::HalfWebhook),
    }
    if let Some(host) = settings.text("notifications.smtp.host") {
        notifiers.push(smtp(settings, host)?);
    }
    Ok(notifiers)
}

#[cfg(feature = "webhook")]
fn webhook(settings: &Settings, url: &str, secret: &str) -> Result<Arc<dyn Notifier>, CoreError> {
    use juno_webhook::{WebhookConfig, WebhookNotifier, WebhookSecret};

    let ca_file = settings.text("notifications.webhook.ca_file").map(Into::into);
    let config = WebhookConfig { ca_file, ..WebhookConfig::default() };
    Ok(Arc::new(WebhookNotifier::new(url, WebhookSecret::parse(secret)?, config)?))
}

#[cfg(not(feature = "webhook"))]
fn webhook(_: &Settings, _: &str, _: &str) -> Result<Arc<dyn Notifier>, CoreError> {
    let hint = "build with the feature `webhook`, or take `notifications.webhook` out";
    Err(CoreError::Unsupported { what: "the webhook", hint })
}

#[cfg(feature = "smtp")]
fn smtp(settings: &Settings, host: String) -> Result<Arc<dyn Notifier>, CoreError> {
    use juno_smtp::{SmtpConfig, SmtpNotifier, SmtpSecurity};

    let security = match settings.text("notifications.smtp.security").as_deref() {
        Some("tls") => SmtpSecurity::Tls,
        Some("none") => SmtpSecurity::None,
        _ => SmtpSecurity::StartTls,
    };
    let port = u16::try_from(settings.int("notifications.smtp.port")).ok().filter(|port| *port > 0);
    Ok(Arc::new(SmtpNotifier::new(SmtpConfig {
        host,
        port,
        security,
        user: settings.text("notifications.smtp.user"),
        password: settings.text("notifications.smtp.password").map(Into::into),
        from: settings.text("notifications.smtp.from").unwrap_or_default(),
        addresses: settings.parsed("notifications.smtp.addresses")?,
        ca_file: settings.text("notifications.smtp.ca_file").map(Into::into),
        ..SmtpConfig::default()
    })?))
}

#[cfg(not(feature = "smtp"))]
fn smtp(_: &Settings, _: String) -> Result<Arc<dyn Notifier>, CoreError> {
    let hint = "build with the feature `smtp`, or take `notifications.smtp` out";
    Err(CoreError::Unsupported { what: "mail", hint })
}

/// The parts of a hot tier: working memory, its outbox, a cache.
pub(crate) type Hot = (Arc<dyn MemoryStore>, Arc<dyn Outbox>, Arc<dyn MemoryCache>);

/// The hot tier at an address.
#[cfg(feature = "redis")]
pub(crate) fn open_hot(
    url: &str,
    prefix: &str,
    cluster: bool,
    cache_ttl: Duration,
    working: WorkingLimits,
) -> Result<Hot, CoreError> {
    let prefix = prefix.to_owned();
    let config =
        juno_redis::RedisConfig { prefix, cluster, cache_ttl, working, ..juno_redis::RedisConfig::default() };
    let store = juno_redis::RedisStore::open(url, config)?;
    Ok((Arc::new(store.memory()), Arc::new(store.outbox()), Arc::new(store.cache())))
}

#[cfg(not(feature = "redis"))]
pub(crate) fn open_hot(_: &str, _: &str, _: bool, _: Duration, _: WorkingLimits) -> Result<Hot, CoreError> {
    Err(CoreError::Unsupported {
        what: "Redis",
        hint: "build with the feature `redis`, or take out `cache.config` (CACHE_CONFIG) and `cache.url`",
    })
}

/// The archive at an address.
#[cfg(feature = "object-store")]
pub(crate) fn open_archive(url: &str, endpoint: Option<String>) -> Result<Arc<dyn MemoryArchive>, CoreError> {
    let access = juno_object_store::S3Access { endpoint, ..juno_object_store::S3Access::default() };
    Ok(Arc::new(juno_object_store::ObjectArchive::open_with(url, &access)?))
}

#[cfg(not(feature = "object-store"))]
pub(crate) fn open_archive(_: &str, _: Option<String>) -> Result<Arc<dyn MemoryArchive>, CoreError> {
    Err(CoreError::Unsupported {
        what: "an archive",
        hint: "build with the feature `object-store`, or take out `archive.url`",
    })
}
