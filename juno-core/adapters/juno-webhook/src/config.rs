use std::path::PathBuf;
use std::time::Duration;

/// How a webhook is called.
///
/// | field | default | meaning |
/// | --- | --- | --- |
/// | `channel` | `webhook` | the name of the channel |
/// | `timeout` | 10 s | for one attempt, from the look-up of the name to the answer |
/// | `ca_file` | none | trust these certificates (PEM) instead of the system's |
/// | `allow_plain_http` | no | `http://` to other machines, too: anybody on the way can read it |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookConfig {
    /// The name of the channel.
    pub channel: String,
    /// For one attempt.
    pub timeout: Duration,
    /// Certificates to trust.
    pub ca_file: Option<PathBuf>,
    /// Whether other machines are called without TLS.
    pub allow_plain_http: bool,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self {
            channel: "webhook".into(),
            timeout: Duration::from_secs(10),
            ca_file: None,
            allow_plain_http: false,
        }
    }
}
