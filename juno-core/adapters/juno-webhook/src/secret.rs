use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::WebhookError;

/// What webhooks are signed and verified with. It shows nowhere and is overwritten when dropped.
#[derive(Clone)]
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

/// The three headers of a signed message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedHeaders<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: &'a str,
    /// `webhook-signature`: signatures between spaces, each with its version.
    pub signature: &'a str,
}

impl WebhookSecret {
    /// Reads `whsec_` and the Base64 of 24 to 64 bytes.
    ///
    /// # Errors
    /// If it is anything else.
    pub fn parse(text: &str) -> Result<Self, WebhookError> {
        let encoded = text.trim().strip_prefix("whsec_").ok_or(WebhookError::Secret)?;
        let bytes = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| WebhookError::Secret)?);
        if (24..=64).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(WebhookError::Secret) }
    }

    /// The header `webhook-signature` of a message: `v1,` and the Base64 of HMAC-SHA256 over `id.timestamp.body`.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mac = self.mac(id, &timestamp.to_string(), body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }

    /// Whether a message was signed with this secret not longer than `tolerance` ago, nor in the future by more; five
    /// minutes are usual. Signatures are compared in constant time. Whoever takes a message drops those whose id was seen.
    ///
    /// # Errors
    /// [`Timestamp`](WebhookError::Timestamp) or [`Signature`](WebhookError::Signature).
    pub fn verify(
        &self,
        headers: SignedHeaders<'_>,
        body: &[u8],
        now: DateTime<Utc>,
        tolerance: Duration,
    ) -> Result<(), WebhookError> {
        let signed_at: i64 = headers.timestamp.parse().map_err(|_| WebhookError::Timestamp)?;
        if now.timestamp().abs_diff(signed_at) > tolerance.as_secs() {
            return Err(WebhookError::Timestamp);
        }
        let signatures = headers.signature.split(' ').filter_map(|signature| signature.strip_prefix("v1,"));
        let fits = |signature: &str| {
            let Ok(signature) = STANDARD.decode(signature) else { return false };
            self.mac(headers.id, headers.timestamp, body).verify_slice(&signature).is_ok()
        };
        if signatures.take(16).any(fits) { Ok(()) } else { Err(WebhookError::Signature) }
    }

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length");
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        mac
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &str = r#"{"test": 2432232314}"#;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn the_published_example_is_signed_alike() {
        let secret = WebhookSecret::parse(SECRET).unwrap();
        assert_eq!(
            secret.sign(ID, 1_614_265_330, BODY.as_bytes()),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn every_other_id_time_body_signature_or_secret_is_refused() {
        let secret = WebhookSecret::parse(SECRET).unwrap();
        let signature = secret.sign(ID, 1000, BODY.as_bytes());
        let good = SignedHeaders { id: ID, timestamp: "1000", signature: &signature };
        let window = Duration::from_secs(300);
        let verify = |headers, body: &str, now| secret.verify(headers, body.as_bytes(), at(now), window);
        for now in [1000, 700, 1300] {
            assert_eq!(verify(good, BODY, now), Ok(()));
        }
        for now in [699, 1301, -5, i64::from(i32::MAX)] {
            assert_eq!(verify(good, BODY, now), Err(WebhookError::Timestamp));
        }
        let two = format!("v1a,abc v1,AAAA {signature}");
        assert_eq!(verify(SignedHeaders { signature: &two, ..good }, BODY, 1000), Ok(()));
        let cut = &signature[..signature.len() - 4];
        for headers in [
            SignedHeaders { id: "msg_other", ..good },
            SignedHeaders { timestamp: "1001", ..good },
            SignedHeaders { signature: "", ..good },
            SignedHeaders { signature: "v1,", ..good },
            SignedHeaders { signature: cut, ..good },
            SignedHeaders { signature: signature.trim_start_matches("v1,"), ..good },
        ] {
            assert_eq!(verify(headers, BODY, 1000), Err(WebhookError::Signature), "{headers:?}");
        }
        assert_eq!(verify(good, "{}", 1000), Err(WebhookError::Signature));
        for timestamp in ["", "x", "1000.5", "99999999999999999999"] {
            let headers = SignedHeaders { timestamp, ..good };
            assert_eq!(verify(headers, BODY, 1000), Err(WebhookError::Timestamp));
        }
        let other = WebhookSecret::parse("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
        assert_eq!(other.verify(good, BODY.as_bytes(), at(1000), window), Err(WebhookError::Signature));
    }

    #[test]
    fn a_secret_has_its_form_and_shows_nowhere() {
        for bad in
            ["", "whsec_", "secret", "whsec_AAAA", "whsec_!!!!", &format!("whsec_{}", "AAAA".repeat(22))]
        {
            let error = WebhookSecret::parse(bad).unwrap_err();
            assert_eq!(error, WebhookError::Secret);
        }
        assert_eq!(format!("{:?}", WebhookSecret::parse(SECRET).unwrap()), "***");
    }
}
