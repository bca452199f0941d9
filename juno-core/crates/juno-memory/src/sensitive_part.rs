use serde::{Deserialize, Serialize};

/// What sort of thing should not lie about in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SensitiveKind {
    /// A private key in PEM form.
    PrivateKey,
    /// An access key of Amazon Web Services.
    AwsKey,
    /// A token of GitHub or GitLab.
    ForgeToken,
    /// A token or a web hook of Slack.
    SlackToken,
    /// A key of another service that is known by its beginning.
    ApiKey,
    /// A JSON web token.
    Jwt,
    /// A password in an address.
    UrlPassword,
    /// A password, key or token that is called so.
    Password,
    /// A token of an `Authorization` header.
    BearerToken,
    /// Random characters as only keys have them.
    RandomToken,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A bank account's number (IBAN).
    Iban,
    /// A credit card's number.
    CreditCard,
    /// A social security number of the United States.
    SocialSecurity,
}

impl SensitiveKind {
    /// The word for it, as it stands in place of what is masked.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PrivateKey => "private_key",
            Self::AwsKey => "aws_key",
            Self::ForgeToken => "forge_token",
            Self::SlackToken => "slack_token",
            Self::ApiKey => "api_key",
            Self::Jwt => "jwt",
            Self::UrlPassword => "url_password",
            Self::Password => "password",
            Self::BearerToken => "bearer_token",
            Self::RandomToken => "random_token",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Iban => "iban",
            Self::CreditCard => "credit_card",
            Self::SocialSecurity => "social_security",
        }
    }

    /// Whether it opens something, and is not only about somebody.
    #[must_use]
    pub const fn is_secret(self) -> bool {
        !matches!(self, Self::Email | Self::Phone | Self::Iban | Self::CreditCard | Self::SocialSecurity)
    }
}

/// A part of a text that should not lie about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SensitivePart {
    /// Its first byte.
    pub from: usize,
    /// The byte after its last.
    pub to: usize,
    /// What it is.
    pub kind: SensitiveKind,
}

/// The runs of bytes that `belongs` takes, each with its place.
pub(crate) fn runs(text: &str, belongs: impl Fn(u8) -> bool) -> Vec<(usize, &str)> {
    let (bytes, mut found, mut from) = (text.as_bytes(), Vec::new(), None);
    for (at, byte) in bytes.iter().copied().chain([0]).enumerate() {
        match (belongs(byte) && at < bytes.len(), from) {
            (true, None) => from = Some(at),
            (false, Some(start)) => {
                found.extend(text.get(start..at).map(|run| (start, run)));
                from = None;
            }
            _ => {}
        }
    }
    found
}
