use juno_domain::ErrorKind;

/// A value that has no canonical form, or a key or signature that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CryptoError {
    /// A number is NaN or infinite.
    #[error("a number is `{0}`: give finite numbers, or leave the field out")]
    NotFinite(String),
    /// An integer changes when it is read as a double, so that two of them would have one form.
    #[error("the integer `{0}` does not fit a double: give it as text")]
    Inexact(String),
    /// An object has one key twice.
    #[error("the key `{0}` occurs twice in one object: keep one of them")]
    DuplicateKey(String),
    /// Members that were promised in order come in another.
    #[error("the key `{0}` does not come after the one before it: give the members in order")]
    KeyOrder(&'static str),
    /// A map's key is neither text nor an integer, a boolean or a plain word of an enum.
    #[error("{0} cannot be the key of an object: use text")]
    Key(&'static str),
    /// Objects and lists are nested deeper than any reader accepts.
    #[error("the value is nested deeper than `{0}` levels: flatten it")]
    TooDeep(usize),
    /// The value refused to be written.
    #[error("the value cannot be written: {0}")]
    Value(String),
    /// A key's name would not survive being written.
    #[error("`{0}` cannot name a key: give a name without blanks and plus signs")]
    KeyName(String),
    /// A verifier key cannot be read.
    #[error("this is no verifier key, {0}: copy it again, whole")]
    KeyText(&'static str),
    /// A signed note cannot be read or made.
    #[error("this is no signed note: {0}")]
    Note(&'static str),
    /// A note has no signature by a key.
    #[error("`{0}` has not signed this: check that the key belongs to the log")]
    Unsigned(String),
    /// A signature is not by its key, or not over this text.
    #[error("the signature by `{0}` is wrong: the text or the signature was changed")]
    BadSignature(String),
    /// There is no randomness.
    #[error("there is no randomness now, retry: {0}")]
    Random(String),
    /// The keeper of keys cannot be reached.
    #[error("the keys are out of reach, retry: {0}")]
    Keys(String),
    /// A text cannot be encrypted or decrypted.
    #[error("the text cannot be encrypted or decrypted: {0}")]
    Cipher(&'static str),
    /// A key could not sign.
    #[error("the key `{key}` could not sign, retry: {reason}")]
    Signing {
        /// Its name.
        key: String,
        /// What its keeper says.
        reason: String,
    },
}

impl CryptoError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Unsigned(_) | Self::BadSignature(_) | Self::Cipher(_) => ErrorKind::Corrupt,
            Self::Signing { .. } | Self::Random(_) | Self::Keys(_) => ErrorKind::Unavailable,
            _ => ErrorKind::InvalidInput,
        }
    }
}

impl serde::ser::Error for CryptoError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::Value(message.to_string())
    }
}
