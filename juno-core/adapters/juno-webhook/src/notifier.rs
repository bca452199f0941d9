use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use juno_governance::{Notification, Notifier, NotifyError};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::Serialize;
use tokio::sync::oneshot;
use ureq::Agent;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::retry_after::retry_after;
use crate::{WebhookConfig, WebhookError, WebhookSecret};

/// The longest header of an answer that is read.
const HEADERS: usize = 64 * 1024;

/// A channel that posts each notification to one address, signed.
#[derive(Clone)]
pub struct WebhookNotifier {
    channel: String,
    /// What messages call it: the host alone, as a path or query often is a secret.
    host: String,
    address: Uri,
    secret: WebhookSecret,
    agent: Agent,
    timeout_seconds: u64,
}

/// What is posted.
#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    timestamp: DateTime<Utc>,
    data: &'a Notification,
}

impl WebhookNotifier {
    /// A webhook at this address, which is not called yet.
    ///
    /// # Errors
    /// If the address is none of HTTP, names a user, or is not `https://` and of another machine; if certificates cannot
    /// be read.
    pub fn new(address: &str, secret: WebhookSecret, config: WebhookConfig) -> Result<Self, WebhookError> {
        let uri: Uri =
            address.trim().parse().map_err(|_| WebhookError::Address("write `https://host/path`"))?;
        let host = uri.host().filter(|host| !host.is_empty());
        let host = host.ok_or(WebhookError::Address("write `https://host/path`"))?.to_owned();
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(WebhookError::Address("leave out user and password: the message is signed"));
        }
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if config.allow_plain_http || is_loopback(&host) => {}
            Some("http") => {
                return Err(WebhookError::Address("write `https://`: others could read plain HTTP"));
            }
            _ => return Err(WebhookError::Address("write `https://host/path`")),
        }
        let roots = RootCerts::Specific(Arc::new(trusted(&config)?));
        let tls = TlsConfig::builder()
            .root_certs(roots)
            .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
            .build();
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // The signed body goes to the host that was named.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_global(Some(config.timeout))
            .max_response_header_size(HEADERS)
            // A connection kept open can be lost unnoticed, and does not survive a fork.
            .max_idle_connections(0)
            .user_agent(concat!("juno/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build()
            .new_agent();
        let timeout_seconds = config.timeout.as_secs();
        Ok(Self { channel: config.channel, host, address: uri, secret, agent, timeout_seconds })
    }

    /// One attempt, on the calling thread.
    fn post(&self, notification: &Notification, now: DateTime<Utc>) -> Result<(), NotifyError> {
        let kind = format!("juno.{}", notification.kind.as_str());
        let body = Body { r#type: kind, timestamp: notification.created_at, data: notification };
        let body =
            serde_json::to_vec(&body).map_err(|error| NotifyError::undeliverable(error.to_string()))?;
        let answer = self
            .agent
            .post(&self.address)
            .header("content-type", "application/json")
            .header("webhook-id", &notification.key)
            .header("webhook-timestamp", now.timestamp().to_string())
            .header("webhook-signature", self.secret.sign(&notification.key, now.timestamp(), &body))
            .send(&body[..]);
        let answer = answer.map_err(|error| NotifyError::unavailable(self.said(&error)))?;
        let status = answer.status().as_u16();
        let wish = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
        match status {
            200..=299 => Ok(()),
            410 => Err(NotifyError::undeliverable(format!(
                "`{}` says that there is nobody any more (410): take the webhook out or give its new address",
                self.host
            ))),
            300..=399 => Err(NotifyError::unavailable(format!(
                "`{}` answered {status}, and redirects are not followed: give the address it leads to",
                self.host
            ))),
            _ => Err(NotifyError::Unavailable {
                what: format!("`{}` answered {status}", self.host),
                not_before: wish
                    .filter(|_| matches!(status, 429 | 503))
                    .and_then(|wish| retry_after(wish, now)),
            }),
        }
    }

    /// What went wrong, in words that hold neither address nor answer.
    fn said(&self, error: &ureq::Error) -> String {
        let host = &self.host;
        match error {
            ureq::Error::Timeout(_) => format!("`{host}` did not answer within {} s", self.timeout_seconds),
            ureq::Error::HostNotFound => format!("`{host}` is not known: check the address"),
            ureq::Error::ConnectionFailed => format!("`{host}` cannot be reached"),
            ureq::Error::Io(error) if !is_tls(error) => {
                format!("the connection to `{host}` failed: {}", error.kind())
            }
            ureq::Error::Io(_) | ureq::Error::Tls(_) | ureq::Error::Rustls(_) => {
                format!("`{host}` has no certificate that is trusted here, or speaks no TLS that is")
            }
            _ => format!("`{host}` gave no answer of HTTP"),
        }
    }
}

#[async_trait]
impl Notifier for WebhookNotifier {
    fn channel(&self) -> &str {
        &self.channel
    }

    async fn notify(&self, notification: &Notification, now: DateTime<Utc>) -> Result<(), NotifyError> {
        let (tell, told) = oneshot::channel();
        let (webhook, notification) = (self.clone(), notification.clone());
        let attempt = move || drop(tell.send(webhook.post(&notification, now)));
        std::thread::Builder::new()
            .name("juno-webhook".into())
            .spawn(attempt)
            .map_err(|error| NotifyError::unavailable(format!("no thread for the call: {error}")))?;
        told.await.unwrap_or_else(|_| Err(NotifyError::unavailable("the call was broken off")))
    }
}

impl fmt::Debug for WebhookNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("WebhookNotifier");
        shown.field("channel", &self.channel).field("host", &self.host).finish_non_exhaustive()
    }
}

/// Whether TLS was what failed, and not the connection below it.
fn is_tls(error: &std::io::Error) -> bool {
    error.get_ref().is_some_and(|cause| cause.is::<rustls::Error>())
}

/// Whether a host is this machine, by its address or the one name that means it.
fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn trusted(config: &WebhookConfig) -> Result<Vec<Certificate<'static>>, WebhookError> {
    let Some(path) = &config.ca_file else {
        let found = rustls_native_certs::load_native_certs().certs;
        return Ok(found.iter().map(|der| Certificate::from_der(der).to_owned()).collect());
    };
    let bad = |reason: String| WebhookError::Certificates { path: path.display().to_string(), reason };
    let read = CertificateDer::pem_file_iter(path).map_err(|error| bad(error.to_string()))?;
    let read = read.map(|der| der.map(|der| Certificate::from_der(&der).to_owned()));
    let read: Vec<_> = read.collect::<Result<_, _>>().map_err(|error| bad(error.to_string()))?;
    if read.is_empty() { Err(bad("it holds none".into())) } else { Ok(read) }
}
