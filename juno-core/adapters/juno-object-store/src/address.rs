use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};

use crate::error::ArchiveError;

/// How to reach S3, where that is not taken from the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
/// `AWS_REGION`, `AWS_ENDPOINT`, a role of the machine, …). What is set here goes before it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct S3Access {
    /// Where the service is, for another than Amazon's. Over `http://` nothing is encrypted on the way.
    pub endpoint: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The id of the key.
    pub access_key_id: Option<String>,
    /// The key. Never printed.
    pub secret_access_key: Option<String>,
}

/// Without the key.
impl fmt::Debug for S3Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Access")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("access_key_id", &self.access_key_id)
            .field("secret_access_key", &self.secret_access_key.as_ref().map(|_| "***"))
            .finish()
    }
}

/// An opened object store, and the folder in it.
pub(crate) struct Target {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) folder: String,
    /// Where the files are, for a folder of this machine.
    pub(crate) local: Option<PathBuf>,
}

pub(crate) fn open(url: &str, access: &S3Access) -> Result<Target, ArchiveError> {
    // An address may hold what is not to be repeated.
    let wrong =
        || ArchiveError::Address(url.split(['?', '@']).next().unwrap_or_default().chars().take(80).collect());
    match url.split_once("://") {
        Some(("file", path)) if path.starts_with('/') && path.len() > 1 => {
            std::fs::create_dir_all(path).map_err(|error| ArchiveError::Unavailable(error.to_string()))?;
            let store = LocalFileSystem::new_with_prefix(path)?.with_fsync(true);
            Ok(Target { store: Arc::new(store), folder: String::new(), local: Some(path.into()) })
        }
        Some(("s3", place)) => {
            let (bucket, folder) = place.split_once('/').unwrap_or((place, ""));
            let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
            if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(good) {
                return Err(wrong());
            }
            Ok(Target {
                store: s3(bucket, access)?,
                folder: folder.trim_matches('/').to_owned(),
                local: None,
            })
        }
        _ => Err(wrong()),
    }
}

fn s3(bucket: &str, access: &S3Access) -> Result<Arc<dyn ObjectStore>, ArchiveError> {
    // The client is built without a provider of its own; whoever embeds this may have chosen another one before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let retry = RetryConfig {
        backoff: BackoffConfig { init_backoff: Duration::from_millis(100), ..BackoffConfig::default() },
        max_retries: 4,
        retry_timeout: Duration::from_secs(30),
    };
    let options = ClientOptions::new().with_connect_timeout(Duration::from_secs(5));
    let mut builder = AmazonS3Builder::from_env()
        .with_bucket_name(bucket)
        .with_retry(retry)
        .with_client_options(options.with_timeout(Duration::from_secs(60)));
    if let Some(endpoint) = &access.endpoint {
        builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
    }
    if let Some(region) = &access.region {
        builder = builder.with_region(region);
    }
    if let Some(id) = &access.access_key_id {
        builder = builder.with_access_key_id(id);
    }
    if let Some(secret) = &access.secret_access_key {
        builder = builder.with_secret_access_key(secret);
    }
    Ok(Arc::new(builder.build().map_err(|error| ArchiveError::Internal(error.to_string()))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_refused_and_keys_are_not_shown() {
        for bad in
            ["", "/tmp/x", "file://", "file:///", "file://tmp", "s3://", "s3://ab", "s3://UP", "gs://bucket"]
        {
            assert!(matches!(open(bad, &S3Access::default()), Err(ArchiveError::Address(_))), "{bad}");
        }
        let access = S3Access { secret_access_key: Some("hunter2".into()), ..S3Access::default() };
        assert!(!format!("{access:?}").contains("hunter2"));
        let Err(error) = open("s3://A?secret=hunter2", &access) else { panic!("no address") };
        assert!(!error.to_string().contains("hunter2"));
    }
}
