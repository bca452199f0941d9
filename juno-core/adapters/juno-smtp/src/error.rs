use juno_domain::ErrorKind;

/// What is wrong with the settings of a mail server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SmtpError {
    /// An address that is none.
    #[error("`{0}` is no mail address: write `name@example.com` or `Name <name@example.com>`")]
    Address(String),
    /// No host.
    #[error("there is no mail server: give its host")]
    Host,
    /// Mail without TLS to another machine.
    #[error("`{0}` is another machine, and mail without TLS can be read on the way: use `starttls` or `tls`")]
    Plain(String),
    /// A password that everybody on the way could read, or a user without one.
    #[error("user and password go together, and only over TLS")]
    Credentials,
    /// Certificates that cannot be used.
    #[error("the certificates in `{path}` cannot be used: {reason}: give a PEM file")]
    Certificates {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl SmtpError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}
