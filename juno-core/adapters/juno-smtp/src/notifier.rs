use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::mpsc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_domain::PrincipalId;
use juno_governance::{Notification, Notifier, NotifyError};
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{Address, Message, SmtpTransport, Transport};
use tokio::sync::oneshot;

use crate::letter::letter;
use crate::{SmtpConfig, SmtpError, SmtpSecurity};

/// As much of what a server said as is kept.
const SAID: usize = 200;

/// A channel that writes a mail to each recipient.
#[derive(Clone)]
pub struct SmtpNotifier {
    config: SmtpConfig,
    from: Mailbox,
    addresses: BTreeMap<String, Address>,
    mailer: SmtpTransport,
}

impl SmtpNotifier {
    /// A channel over this mail server, which is not called yet.
    ///
    /// # Errors
    /// If an address is none, the connection would not be secret, user and password do not go together, or certificates
    /// cannot be read.
    pub fn new(config: SmtpConfig) -> Result<Self, SmtpError> {
        let host = config.host.trim();
        if host.is_empty() {
            return Err(SmtpError::Host);
        }
        let from: Mailbox = config.from.parse().map_err(|_| SmtpError::Address(config.from.clone()))?;
        let read = |(who, address): (&String, &String)| {
            let parsed = address.parse().map_err(|_| SmtpError::Address(address.clone()))?;
            Ok((who.clone(), parsed))
        };
        let addresses = config.addresses.iter().map(read).collect::<Result<_, SmtpError>>()?;
        let tls = match config.security {
            SmtpSecurity::None if !is_loopback(host) => return Err(SmtpError::Plain(host.to_owned())),
            SmtpSecurity::None => Tls::None,
            SmtpSecurity::StartTls => Tls::Required(tls(host, &config)?),
            SmtpSecurity::Tls => Tls::Wrapper(tls(host, &config)?),
        };
        let mut mailer = SmtpTransport::builder_dangerous(host)
            .port(config.port.unwrap_or(config.security.port()))
            .tls(tls)
            .timeout(Some(config.timeout));
        mailer = match (&config.user, &config.password) {
            (None, None) => mailer,
            (Some(user), Some(password)) if config.security != SmtpSecurity::None => {
                mailer.credentials(Credentials::new(user.clone(), password.expose().to_owned()))
            }
            _ => return Err(SmtpError::Credentials),
        };
        Ok(Self { from, addresses, mailer: mailer.build(), config })
    }

    /// How it was made.
    #[must_use]
    pub const fn config(&self) -> &SmtpConfig {
        &self.config
    }

    /// Where somebody is reached: as the table says, or at the address that their name is.
    fn address(&self, recipient: &PrincipalId) -> Option<Address> {
        self.addresses.get(recipient.as_str()).cloned().or_else(|| recipient.as_str().parse().ok())
    }

    fn failed(&self, error: &lettre::transport::smtp::Error) -> NotifyError {
        let said: String = error.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let said: String = said.chars().take(SAID).collect();
        let what = format!("`{}`: {said}", self.config.host);
        match error.status().map(u16::from) {
            Some(550 | 551 | 553) => NotifyError::undeliverable(what),
            _ => NotifyError::unavailable(what),
        }
    }
}

#[async_trait]
impl Notifier for SmtpNotifier {
    fn channel(&self) -> &str {
        &self.config.channel
    }

    fn per_recipient(&self) -> bool {
        true
    }

    fn reaches(&self, recipient: &PrincipalId) -> bool {
        self.address(recipient).is_some()
    }

    async fn notify(&self, notification: &Notification, _now: DateTime<Utc>) -> Result<(), NotifyError> {
        let [recipient] = &notification.recipients[..] else {
            let what = "a mail has one recipient: deliver it to each";
            return Err(NotifyError::undeliverable(what));
        };
        let address = self.address(recipient).ok_or_else(|| {
            let what = format!("no address of `{recipient}` is known: add it to the addresses, then retry");
            NotifyError::undeliverable(what)
        })?;
        let letter = letter(notification, &self.from, address)
            .map_err(|error| NotifyError::undeliverable(format!("there is no such mail: {error}")))?;
        let (tell, told) = oneshot::channel();
        let (smtp, timeout) = (self.clone(), self.config.timeout);
        spawn(move || drop(tell.send(smtp.send_within(letter, timeout))))?;
        told.await.unwrap_or_else(|_| Err(NotifyError::unavailable("the mail was broken off")))
    }
}

impl SmtpNotifier {
    /// The mailer bounds each step of the conversation; this bounds all of it.
    fn send_within(self, letter: Message, timeout: Duration) -> Result<(), NotifyError> {
        let (tell, told) = mpsc::sync_channel(1);
        let smtp = self.clone();
        spawn(move || {
            let sent = smtp.mailer.send(&letter).map(drop).map_err(|error| smtp.failed(&error));
            drop(tell.send(sent));
        })?;
        let late = || {
            let what = format!("`{}` did not take it within {} s", self.config.host, timeout.as_secs());
            NotifyError::unavailable(what)
        };
        told.recv_timeout(timeout).unwrap_or_else(|_| Err(late()))
    }
}

impl fmt::Debug for SmtpNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpNotifier").field("config", &self.config).finish_non_exhaustive()
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) -> Result<(), NotifyError> {
    let thread = std::thread::Builder::new().name("juno-smtp".into()).spawn(work);
    thread.map(drop).map_err(|error| NotifyError::unavailable(format!("no thread for the mail: {error}")))
}

/// Whether a host is this machine, by its address or the one name that means it.
fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn tls(host: &str, config: &SmtpConfig) -> Result<TlsParameters, SmtpError> {
    let path = config.ca_file.as_ref();
    let place = path.map_or_else(|| "the system's store".to_owned(), |path| path.display().to_string());
    let bad = |reason: String| SmtpError::Certificates { path: place.clone(), reason };
    let mut tls = TlsParameters::builder(host.to_owned());
    if let Some(path) = path {
        let pem = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
        let text = String::from_utf8_lossy(&pem);
        if !text.contains("BEGIN CERTIFICATE") {
            return Err(bad("it holds none".into()));
        }
        let certificate = Certificate::from_pem(&pem).map_err(|error| bad(error.to_string()))?;
        tls = tls.certificate_store(CertificateStore::None).add_root_certificate(certificate);
    }
    tls.build().map_err(|error| bad(error.to_string()))
}
