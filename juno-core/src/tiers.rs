use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use juno_agent::Stores;
use juno_memory::{TierPolicy, TieredMemoryStore, WorkingLimits};
use serde::Deserialize;

use crate::adapters::{open_archive, open_hot};
use crate::outboxes::{Outboxes, Patient};
use crate::settings::{SettingsError, Source};
use crate::{CoreError, Settings};

/// What `cache.config` and `cache.url` say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CacheSettings {
    #[serde(rename = "type")]
    kind: CacheKind,
    host: String,
    port: u16,
    ttl_seconds: u64,
    /// Whether working memory is in Redis too.
    working: bool,
    cluster: bool,
    prefix: String,
    #[serde(skip)]
    url: Option<Address>,
}

/// An address that may hold a password.
#[derive(Clone)]
struct Address(String);

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CacheKind {
    Redis,
    None,
}

/// The defaults that `cache.config` shows.
impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            kind: CacheKind::Redis,
            host: "localhost".into(),
            port: 6379,
            ttl_seconds: 3_600,
            working: true,
            cluster: false,
            prefix: "juno".into(),
            url: None,
        }
    }
}

impl CacheSettings {
    /// What was set, or `None` where nobody asked for Redis.
    fn from(settings: &Settings) -> Result<Option<Self>, SettingsError> {
        let url = settings.text("cache.url").map(Address);
        let stated =
            settings.rows().any(|(key, _, source)| key.path == "cache.config" && *source != Source::Default);
        if !stated && url.is_none() {
            return Ok(None);
        }
        let config = Self { url, ..settings.parsed("cache.config")? };
        Ok(Some(config).filter(|config| config.kind == CacheKind::Redis))
    }

    /// Where Redis is.
    fn address(&self) -> String {
        self.url
            .as_ref()
            .map_or_else(|| format!("redis://{}:{}/0", self.host, self.port), |url| url.0.clone())
    }
}

/// Puts the tiers that settings ask for around the memory of `stores`. Tiers do not encrypt, so they refuse to stand beside
/// a database that does.
pub(crate) fn with_tiers(
    mut stores: Stores,
    settings: &Settings,
    working: WorkingLimits,
    encrypts: bool,
) -> Result<Stores, CoreError> {
    let cache = CacheSettings::from(settings)?;
    let archive = settings.text("archive.url");
    if cache.is_none() && archive.is_none() {
        return Ok(stores);
    }
    if encrypts {
        return Err(CoreError::Unsupported {
            what: "encryption of memories in Redis and the archive",
            hint: "take out `memory.encryption.keys`, or `cache` and `archive.url`",
        });
    }
    let idle = TimeDelta::days(settings.int("archive.after_days"));
    let policy = TierPolicy { idle, ..TierPolicy::DEFAULT };
    let mut tiers = TieredMemoryStore::new(stores.memory).with_policy(policy);
    if let Some(cache) = cache {
        let ttl = Duration::from_secs(cache.ttl_seconds);
        let (memory, outbox, kept) = open_hot(&cache.address(), &cache.prefix, cache.cluster, ttl, working)?;
        tiers = tiers.with_cache(kept);
        if cache.working {
            tiers = tiers.with_hot(memory);
            stores.outbox = Arc::new(Outboxes(vec![stores.outbox, Arc::new(Patient(outbox))]));
        }
    }
    if let Some(url) = archive {
        let endpoint = settings.text("archive.endpoint");
        tiers = tiers.with_archive(open_archive(&url, endpoint)?);
    }
    let tiers = Arc::new(tiers);
    stores.memory = tiers.clone();
    stores.tiers = Some(tiers);
    Ok(stores)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(key: &str, value: serde_json::Value) -> Settings {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Settings::default().with("database.url", "memory:").unwrap().with(key, &text).unwrap()
    }

    #[test]
    fn redis_is_asked_for_by_setting_it_and_never_by_the_defaults() {
        assert!(CacheSettings::from(&Settings::default()).unwrap().is_none());
        let given = |value| CacheSettings::from(&settings("cache.config", value));
        let all = given(serde_json::json!({})).unwrap().unwrap();
        assert_eq!(
            (all.address().as_str(), all.ttl_seconds, all.working),
            ("redis://localhost:6379/0", 3_600, true)
        );
        let some = given(serde_json::json!({ "type": "redis", "host": "cache", "ttl_seconds": 60 }))
            .unwrap()
            .unwrap();
        assert_eq!((some.address().as_str(), some.ttl_seconds), ("redis://cache:6379/0", 60));
        assert!(given(serde_json::json!({ "type": "none" })).unwrap().is_none());
        for wrong in
            [serde_json::json!({ "type": "memcached" }), serde_json::json!({ "password": "hunter2" })]
        {
            assert!(given(wrong).is_err());
        }
        let url = "redis://:hunter2@cache:6380/1";
        let settings = settings("cache.url", url.into());
        let given = CacheSettings::from(&settings).unwrap().unwrap();
        assert_eq!(given.address(), url);
        assert!(!format!("{given:?} {settings:?} {settings}").contains("hunter2"));
    }

    #[test]
    fn tiers_do_not_stand_beside_a_database_that_encrypts() {
        let settings = settings("cache.config", serde_json::json!({}));
        let error = with_tiers(Stores::in_memory(), &settings, WorkingLimits::DEFAULT, true).err().unwrap();
        assert_eq!(error.kind(), juno_domain::ErrorKind::Unsupported);
    }

    #[cfg(not(any(feature = "redis", feature = "object-store")))]
    #[test]
    fn a_tier_that_is_not_built_in_names_its_feature() {
        for (key, value, feature) in [
            ("cache.config", serde_json::json!({}), "`redis`"),
            ("archive.url", serde_json::json!("file:///tmp/archive"), "`object-store`"),
        ] {
            let error = with_tiers(Stores::in_memory(), &settings(key, value), WorkingLimits::DEFAULT, false)
                .err()
                .unwrap();
            assert_eq!(error.kind(), juno_domain::ErrorKind::Unsupported);
            assert!(error.to_string().contains(feature), "{error}");
        }
    }
}
