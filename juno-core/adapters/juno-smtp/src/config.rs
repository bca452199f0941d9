use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroizing;

/// How a mail server is reached.
///
/// | field | default | meaning |
/// | --- | --- | --- |
/// | `channel` | `mail` | the name of the channel |
/// | `host` | – | the mail server |
/// | `port` | of the security | 587 with STARTTLS, 465 with TLS, 25 with neither |
/// | `security` | STARTTLS | how the connection is made secret |
/// | `user`, `password` | none | to log in with; both or neither |
/// | `from` | – | the sender: `JUNO <juno@example.com>` |
/// | `addresses` | none | principal → address |
/// | `timeout` | 30 s | for one attempt |
/// | `ca_file` | none | trust these certificates (PEM) instead of the system's |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpConfig {
    /// The name of the channel.
    pub channel: String,
    /// The mail server.
    pub host: String,
    /// Its port.
    pub port: Option<u16>,
    /// How the connection is made secret.
    pub security: SmtpSecurity,
    /// To log in with.
    pub user: Option<String>,
    /// To log in with.
    pub password: Option<Password>,
    /// The sender.
    pub from: String,
    /// Where principals are reached.
    pub addresses: BTreeMap<String, String>,
    /// For one attempt.
    pub timeout: Duration,
    /// Certificates to trust.
    pub ca_file: Option<PathBuf>,
}

impl Default for SmtpConfig {
    fn default() -> Self {
        Self {
            channel: "mail".into(),
            host: String::new(),
            port: None,
            security: SmtpSecurity::StartTls,
            user: None,
            password: None,
            from: String::new(),
            addresses: BTreeMap::new(),
            timeout: Duration::from_secs(30),
            ca_file: None,
        }
    }
}

/// How the connection to a mail server is made secret.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SmtpSecurity {
    /// It begins in the open and must become secret before anything is said.
    #[default]
    StartTls,
    /// It is secret from the first byte.
    Tls,
    /// It is not; only to this machine.
    None,
}

impl SmtpSecurity {
    /// The usual port.
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

/// A password. It shows nowhere and is overwritten when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// The password itself, for the one call that needs it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
