use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use crate::config::PostgresConfig;
use crate::error::PostgresError;
use crate::tls::Trust;

/// Silence on a connection before the system asks whether the other side is still there.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// How long sent data may stay unacknowledged before a connection counts as lost.
const UNACKNOWLEDGED: Duration = Duration::from_secs(20);

/// An address taken apart. It has no `Debug`, so that it is never printed.
pub(crate) struct Address {
    pub(crate) config: Config,
    pub(crate) trust: Trust,
}

impl Address {
    /// Reads `postgresql://user:password@host:port/database?sslmode=…`. tokio-postgres knows three of libpq's six
    /// words for `sslmode` and no `sslrootcert`, so those two are read here.
    pub(crate) fn parse(url: &str, settings: &PostgresConfig) -> Result<Self, PostgresError> {
        let rest = ["postgresql://", "postgres://"].iter().find_map(|scheme| url.strip_prefix(scheme));
        let rest = rest.ok_or(PostgresError::Address("it does not begin with `postgresql://`"))?;
        // Otherwise a part of an unescaped password would be taken for the host, and named in an error.
        let after_password = rest.split_once('@').map_or(rest, |(_, rest)| rest);
        let (place, params) = after_password.split_once('?').unwrap_or((after_password, ""));
        if place.contains('@') {
            return Err(PostgresError::Address("a `@` in the password has to be written `%40`"));
        }
        let (mut mode, mut roots) = ("prefer", None);
        let mut others = Vec::new();
        for param in params.split('&').filter(|param| !param.is_empty()) {
            match param.split_once('=') {
                Some(("sslmode", value)) => mode = value,
                Some(("sslrootcert", value)) => roots = Some(unescape(value)?),
                _ => others.push(param),
            }
        }
        let head = url.len() - params.len();
        let plain = format!("{}{}", url.get(..head).unwrap_or(url), others.join("&"));
        let mut config: Config = plain.parse().map_err(unreadable)?;
        let (ssl, trust) = match mode {
            "disable" => (SslMode::Disable, Trust::Anything),
            "allow" | "prefer" => (SslMode::Prefer, Trust::for_encryption(roots)),
            "require" => (SslMode::Require, Trust::for_encryption(roots)),
            "verify-ca" => (SslMode::Require, Trust::Issuer(roots)),
            "verify-full" => (SslMode::Require, Trust::IssuerAndName(roots)),
            _ => {
                return Err(PostgresError::Address(
                    "`sslmode` is none of disable, prefer, require, verify-ca, verify-full",
                ));
            }
        };
        config.ssl_mode(ssl);
        prepare(&mut config, settings);
        Ok(Self { config, trust })
    }
}

/// Sets what every session of ours needs; what the address says about time limits stays.
fn prepare(config: &mut Config, settings: &PostgresConfig) {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(settings.connect_timeout);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNACKNOWLEDGED);
    }
    config.keepalives_idle(KEEPALIVE);
    config.keepalives_interval(KEEPALIVE / 6);
    config.keepalives_retries(3);
    if config.get_application_name().is_none() {
        config.application_name("juno");
    }
    let given = config.get_options().unwrap_or_default();
    let (statement, lock) = (settings.statement_timeout.as_millis(), settings.lock_timeout.as_millis());
    // The last word counts: the address may change the time limits, not where the tables are.
    let options = format!(
        "-c statement_timeout={statement} -c lock_timeout={lock} -c idle_in_transaction_session_timeout={} {given} \
         -c search_path={},pg_temp -c default_transaction_isolation=read\\ committed",
        statement.saturating_mul(2),
        settings.schema,
    );
    config.options(options);
}

/// What tokio-postgres says about an address can quote it; only what is known to be harmless is passed on.
fn unreadable(error: tokio_postgres::Error) -> PostgresError {
    let reason = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    PostgresError::Address(match reason.as_str() {
        reason if reason.contains("`port`") => "its port is no number",
        reason if reason.starts_with("unknown") => "it has an option that nobody knows",
        _ => "it cannot be taken apart",
    })
}

/// A percent-encoded value as text.
fn unescape(value: &str) -> Result<String, PostgresError> {
    const BAD: PostgresError = PostgresError::Address("`sslrootcert` is wrongly escaped");
    let mut parts = value.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at_checked(2).ok_or(BAD)?;
        bytes.push(u8::from_str_radix(code, 16).map_err(|_| BAD)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| BAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Address, PostgresError> {
        Address::parse(url, &PostgresConfig::default())
    }

    #[test]
    fn modes_are_those_of_libpq() {
        let mode = |query: &str| {
            let address = parse(&format!("postgresql://u:p@h/d{query}")).unwrap();
            (address.config.get_ssl_mode(), address.trust)
        };
        let roots = || Some("/etc/my roots.pem".to_owned());
        assert_eq!(mode(""), (SslMode::Prefer, Trust::Anything));
        assert_eq!(mode("?sslmode=disable"), (SslMode::Disable, Trust::Anything));
        assert_eq!(mode("?sslmode=require&application_name=a"), (SslMode::Require, Trust::Anything));
        assert_eq!(
            mode("?sslmode=require&sslrootcert=/etc/my%20roots.pem"),
            (SslMode::Require, Trust::Issuer(roots()))
        );
        assert_eq!(mode("?sslmode=verify-full"), (SslMode::Require, Trust::IssuerAndName(None)));
        assert_eq!(
            mode("?sslrootcert=/etc/my%20roots.pem&sslmode=verify-ca"),
            (SslMode::Require, Trust::Issuer(roots()))
        );
    }

    #[test]
    fn the_address_keeps_its_own_options_and_gets_ours() {
        let url =
            "postgres://u:p%40@h:7/d?options=-c%20statement_timeout%3D7&connect_timeout=3&sslmode=disable";
        let config = parse(url).unwrap().config;
        assert_eq!(config.get_password(), Some(b"p@".as_slice()));
        assert_eq!((config.get_ports(), config.get_dbname()), (&[7][..], Some("d")));
        assert_eq!(config.get_connect_timeout(), Some(&Duration::from_secs(3)));
        let options = config.get_options().unwrap();
        let at = |text: &str| options.find(text).unwrap_or_else(|| panic!("`{text}` in `{options}`"));
        assert!(at("statement_timeout=15000") < at("statement_timeout=7"));
        assert!(at("statement_timeout=7") < at("search_path=juno,pg_temp"));
    }

    #[test]
    fn what_cannot_be_read_is_refused_and_never_quoted() {
        for url in [
            "hunter2",
            "mysql://u:hunter2@h/d",
            "postgresql://u:p@hunter2@h/d",
            "postgresql://u:p@hunter2/x@h/d",
            "postgresql://u@h:hunter2/d",
            "postgresql://u:hunter2",
            "postgresql://u@h/d?hunter2=1",
            "postgresql://u@h/d?password=a&hunter2",
            "postgresql://u:hunter2@h/d?sslmode=hunter2",
            "postgresql://u:hunter2@h/d?sslrootcert=%ghunter2",
            "postgresql://u:hunter2@h/d?port=hunter2",
        ] {
            let error = parse(url).map(drop).unwrap_err();
            assert_eq!(error.kind(), juno_domain::ErrorKind::InvalidInput, "{url}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }
}
