//! Keys, tokens and passwords, by their form.

use crate::sensitive_part::{SensitiveKind, SensitivePart, runs};

/// How keys of services begin, how long they are at least, and what they are.
const PREFIXES: [(&str, usize, SensitiveKind); 30] = [
    ("AKIA", 20, SensitiveKind::AwsKey),
    ("ASIA", 20, SensitiveKind::AwsKey),
    ("ABIA", 20, SensitiveKind::AwsKey),
    ("ACCA", 20, SensitiveKind::AwsKey),
    ("ghp_", 36, SensitiveKind::ForgeToken),
    ("gho_", 36, SensitiveKind::ForgeToken),
    ("ghu_", 36, SensitiveKind::ForgeToken),
    ("ghs_", 36, SensitiveKind::ForgeToken),
    ("ghr_", 36, SensitiveKind::ForgeToken),
    ("github_pat_", 33, SensitiveKind::ForgeToken),
    ("glpat-", 26, SensitiveKind::ForgeToken),
    ("xoxb-", 15, SensitiveKind::SlackToken),
    ("xoxp-", 15, SensitiveKind::SlackToken),
    ("xoxa-", 15, SensitiveKind::SlackToken),
    ("xoxr-", 15, SensitiveKind::SlackToken),
    ("xoxs-", 15, SensitiveKind::SlackToken),
    ("xapp-", 15, SensitiveKind::SlackToken),
    ("sk-", 23, SensitiveKind::ApiKey),
    ("sk_live_", 24, SensitiveKind::ApiKey),
    ("sk_test_", 24, SensitiveKind::ApiKey),
    ("rk_live_", 24, SensitiveKind::ApiKey),
    ("AIza", 39, SensitiveKind::ApiKey),
    ("npm_", 40, SensitiveKind::ApiKey),
    ("pypi-", 40, SensitiveKind::ApiKey),
    ("ATATT3", 30, SensitiveKind::ApiKey),
    ("hf_", 34, SensitiveKind::ApiKey),
    ("dop_v1_", 64, SensitiveKind::ApiKey),
    ("hvs.", 24, SensitiveKind::ApiKey),
    ("SG.", 60, SensitiveKind::ApiKey),
    ("lin_api_", 40, SensitiveKind::ApiKey),
];

/// Names before `:` or `=`, and the fewest characters of a value that is one.
const NAMES: [(&str, usize); 15] = [
    ("password", 6),
    ("passwd", 6),
    ("passphrase", 6),
    ("passwort", 6),
    ("pwd", 6),
    ("secret", 12),
    ("token", 12),
    ("api_key", 12),
    ("api-key", 12),
    ("apikey", 12),
    ("api key", 12),
    ("access_key", 12),
    ("access key", 12),
    ("private_key", 12),
    ("account_key", 12),
];

pub(crate) fn find_secrets(text: &str) -> Vec<SensitivePart> {
    let mut found = Vec::new();
    private_keys(text, &mut found);
    prefixed(text, &mut found);
    web_tokens(text, &mut found);
    slack_hooks(text, &mut found);
    let addresses = passwords_in_addresses(text, &mut found);
    named(text, &mut found);
    bearers(text, &mut found);
    random(text, &addresses, &mut found);
    found
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

fn private_keys(text: &str, found: &mut Vec<SensitivePart>) {
    let mut at = 0;
    while let Some(from) = text.get(at..).and_then(|rest| rest.find("-----BEGIN ")).map(|from| at + from) {
        let rest = text.get(from..).unwrap_or_default();
        at = from + "-----BEGIN ".len();
        let Some(head) = rest.find("PRIVATE KEY").filter(|head| *head < 40) else { continue };
        let end = rest.get(head..).and_then(|body| {
            let end = head + body.find("-----END")?;
            let close = rest.get(end + 8..)?.find("-----")?;
            Some(end + 8 + close + 5)
        });
        // One that is cut off is one all the same.
        let to = from + end.unwrap_or(rest.len());
        found.push(SensitivePart { from, to, kind: SensitiveKind::PrivateKey });
        at = to;
    }
}

fn prefixed(text: &str, found: &mut Vec<SensitivePart>) {
    for (start, run) in runs(text, is_token) {
        for (prefix, least, kind) in PREFIXES {
            let Some(at) = run.find(prefix) else { continue };
            let before = at.checked_sub(1).and_then(|at| run.as_bytes().get(at));
            let key = run.get(at..).unwrap_or_default().trim_end_matches(['.', '-', '_']);
            let alone = before.is_none_or(|before| !before.is_ascii_alphanumeric());
            let plain = kind != SensitiveKind::AwsKey
                || key.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            let digit = key.bytes().any(|byte| byte.is_ascii_digit());
            if alone && plain && digit && key.len() >= least {
                let from = start + at;
                found.push(SensitivePart { from, to: from + key.len(), kind });
            }
        }
    }
}

fn web_tokens(text: &str, found: &mut Vec<SensitivePart>) {
    for (start, run) in runs(text, is_token) {
        let run = run.trim_end_matches('.');
        let mut parts = run.split('.');
        let head = parts.next().unwrap_or_default();
        let Some(skipped) = head.find("eyJ") else { continue };
        let long = |part: Option<&str>| part.is_some_and(|part| part.len() >= 10);
        let body = parts.next();
        if head.len() - skipped >= 10 && long(body) && body.is_some_and(|body| body.starts_with("eyJ")) {
            found.push(SensitivePart {
                from: start + skipped,
                to: start + run.len(),
                kind: SensitiveKind::Jwt,
            });
        }
    }
}

fn slack_hooks(text: &str, found: &mut Vec<SensitivePart>) {
    const HOST: &str = "hooks.slack.com/services/";
    for (at, _) in text.match_indices(HOST) {
        let rest = text.get(at + HOST.len()..).unwrap_or_default();
        let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'/').count();
        if length >= 20 {
            let from = at + HOST.len();
            found.push(SensitivePart { from, to: from + length, kind: SensitiveKind::SlackToken });
        }
    }
}

/// Gives the places of all addresses too.
fn passwords_in_addresses(text: &str, found: &mut Vec<SensitivePart>) -> Vec<(usize, usize)> {
    let mut addresses = Vec::new();
    for (at, _) in text.match_indices("://") {
        let from = at + 3;
        let rest = text.get(from..).unwrap_or_default();
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`'));
        let address = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        addresses.push((at, from + address.len()));
        let authority = address.split(['/', '?', '#']).next().unwrap_or_default();
        let Some((user, _)) = authority.rsplit_once('@') else { continue };
        let Some((name, password)) = user.split_once(':') else { continue };
        if !is_placeholder(password) {
            let from = from + name.len() + 1;
            found.push(SensitivePart { from, to: from + password.len(), kind: SensitiveKind::UrlPassword });
        }
    }
    addresses
}

/// What stands where a secret will stand.
fn is_placeholder(value: &str) -> bool {
    let inner = value.trim_matches(|c: char| !c.is_alphanumeric());
    let first = value.chars().next();
    inner.is_empty()
        || matches!(first, Some('$' | '<' | '{' | '%' | '*' | '['))
        || value.chars().all(|c| matches!(c, 'x' | 'X' | '*' | '.' | '…'))
        || [
            "password", "pass", "secret", "token", "changeme", "redacted", "example", "none", "null", "true",
            "false",
        ]
        .contains(&inner.to_ascii_lowercase().as_str())
}

fn named(text: &str, found: &mut Vec<SensitivePart>) {
    let lower = text.to_ascii_lowercase();
    for (name, least) in NAMES {
        for (at, _) in lower.match_indices(name) {
            let before = at.checked_sub(1).and_then(|at| lower.as_bytes().get(at));
            if before.is_some_and(u8::is_ascii_alphanumeric) {
                continue;
            }
            let Some(from) = value_after(&lower, at + name.len(), least == 6) else { continue };
            let rest = text.get(from..).unwrap_or_default();
            let end = |c: char| {
                c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';' | ')' | '}' | '&' | '<')
            };
            let value = rest.get(..rest.find(end).unwrap_or(rest.len())).unwrap_or_default();
            let value = value.trim_end_matches(['.', '!', '?']);
            if value.len() >= least && !is_placeholder(value) && is_no_word(value, least > 6) {
                found.push(SensitivePart { from, to: from + value.len(), kind: SensitiveKind::Password });
            }
        }
    }
}

/// Where the value of a name begins: behind `:`, `=` or, of a password, `is`.
fn value_after(lower: &str, after: usize, says_is: bool) -> Option<usize> {
    let rest = lower.get(after..)?;
    let trimmed = rest.trim_start_matches(['"', '\'', ' ', '`']);
    let value = match trimmed.strip_prefix([':', '=']) {
        Some(value) => value.trim_start_matches(['=', '>']),
        None if says_is => trimmed.strip_prefix("is ")?,
        None => return None,
    };
    let value = value.trim_start_matches(['"', '\'', ' ', '`']);
    Some(lower.len() - value.len())
}

/// Whether a value is made up and no word of a sentence.
fn is_no_word(value: &str, of_a_machine: bool) -> bool {
    let has = |is: fn(&char) -> bool| value.chars().any(|c| is(&c));
    let letters = has(|c| c.is_alphabetic());
    let digits = has(|c| c.is_ascii_digit());
    let marks = value
        .trim_matches(|c: char| !c.is_alphanumeric())
        .chars()
        .any(|c| !c.is_alphanumeric() && !matches!(c, '-' | '/' | '\'' | '’' | '.'));
    match of_a_machine {
        true => letters && digits && entropy(value) >= 3.0,
        false => letters && (digits || marks),
    }
}

fn bearers(text: &str, found: &mut Vec<SensitivePart>) {
    let lower = text.to_ascii_lowercase();
    for scheme in ["bearer ", "authorization: basic "] {
        for (at, _) in lower.match_indices(scheme) {
            let from = at + scheme.len();
            let rest = text.get(from..).unwrap_or_default();
            let is_part = |byte: &u8| is_token(*byte) || matches!(byte, b'+' | b'/' | b'=' | b'~');
            let length = rest.bytes().take_while(is_part).count();
            let token = rest.get(..length).unwrap_or_default();
            if length >= 16 && token.bytes().any(|byte| byte.is_ascii_digit()) {
                found.push(SensitivePart { from, to: from + length, kind: SensitiveKind::BearerToken });
            }
        }
    }
}

/// Fewest characters of a run that chance may have made.
const RANDOM_LEAST: usize = 24;

fn random(text: &str, addresses: &[(usize, usize)], found: &mut Vec<SensitivePart>) {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+');
    for (from, run) in runs(text, is_part) {
        // An address names documents by random characters too; what opens something there has a name.
        let named = addresses.iter().any(|(start, end)| (*start..*end).contains(&from));
        let checksum = ["sha256-", "sha384-", "sha512-"].iter().any(|prefix| run.starts_with(prefix));
        if !named && !checksum && is_random(run) {
            found.push(SensitivePart { from, to: from + run.len(), kind: SensitiveKind::RandomToken });
        }
    }
}

/// Whether chance made it: letters of both cases and digits, much mixed. Digests and ids in hexadecimal are of one case, and
/// words that were run together change their class only where one ends.
fn is_random(run: &str) -> bool {
    let class = |byte: u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let count = |wanted: u8| run.bytes().filter(|byte| class(*byte) == wanted).count();
    if run.len() < RANDOM_LEAST || count(0) < 3 || count(1) < 3 || count(2) < 2 {
        return false;
    }
    let changes =
        run.as_bytes().windows(2).filter(|two| matches!(two, [a, b] if class(*a) != class(*b))).count();
    changes * 100 >= (run.len() - 1) * 40 && entropy(run) >= 3.8
}

/// Bits for each character, by how often each occurs.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    text.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let length = text.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length)
        .map(|p| -p * p.log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sensitive::find_sensitive;

    fn kinds(text: &str) -> Vec<SensitiveKind> {
        find_sensitive(text).into_iter().map(|part| part.kind).collect()
    }

    #[test]
    fn keys_tokens_and_passwords_are_found() {
        use SensitiveKind::*;
        for (text, kind) in [
            ("use AKIAIOSFODNN7EXAMPLE for the bucket", AwsKey),
            ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", Password),
            ("push with ghp_16C7e42F292c6912E7710c838347Ae178B4a", ForgeToken),
            ("github_pat_11ABCDEFG0aBcDeFgHiJkLmNoPqRsTuVwXyZ", ForgeToken),
            ("CI has glpat-Zx81kQ0pLm5Rt7Vw2Yb9", ForgeToken),
            ("bot: xoxb-123456789012-abcdefABCDEF", SlackToken),
            ("https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXX1", SlackToken),
            ("OPENAI uses sk-proj-abc123DEF456ghi789JKL012", ApiKey),
            ("stripe sk_live_4eC39HqLyjWDarjtT1zdp7dc", ApiKey),
            ("maps AIzaSyA1234567890abcdefghijklmnopqrstuv", ApiKey),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P", Jwt),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----", PrivateKey),
            ("it begins -----BEGIN OPENSSH PRIVATE KEY----- b3BlbnNzaC1rZXk", PrivateKey),
            ("postgresql://juno:tr0ub4dor@db.internal:5432/juno", UrlPassword),
            ("the database password is hunter2!", Password),
            ("DB_PASSWORD=s3cr3t-enough", Password),
            ("{\"client_secret\": \"9f8e7d6c5b4a39281706\"}", Password),
            ("curl -H 'Authorization: Bearer abcdef0123456789abcdef'", BearerToken),
            ("it is tK9dQ2mX7vB4nL8sR1wZ6yF3", RandomToken),
        ] {
            assert_eq!(kinds(text), [kind], "{text}");
        }
    }

    /// What delivery teams write all day.
    #[test]
    fn hashes_ids_and_talk_about_secrets_are_none() {
        for text in [
            "fixed in 9fceb02d0ae598e95dc970b74767f19372d61af8 on main",
            "build 3f2504e0-4f89-11d3-9a0c-0305e82c3301 failed",
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "integrity sha256-47DEQpj8HBSa+TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "PAY-1234 blocks PAY-12345 and PLATFORM-99812",
            "the password policy: at least twelve characters, and no reuse",
            "password: please reset it on Monday",
            "the secret to a good retro is honesty",
            "token: expired, the pipeline has to be run again",
            "api key: rotate it every quarter",
            "postgresql://juno:$PASSWORD@db/juno and https://user:***@example.com",
            "see https://docs.google.com/document/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit",
            "SprintRiskForecasterV2WithCalibrationAndIntervals replaces DefaultTeamVelocityEstimator2024",
            "release-2026-03-02-candidate-17-for-the-payments-team",
            "risk-adjusted velocity of the task-force, ask-me-anything on Friday",
            "jeu d'essai numéro 1, 支払いチーム、12時",
            "-----BEGIN CERTIFICATE----- is public",
            "BEARER of bad news: the build is red",
            "MAX_CONCURRENT_REQUESTS_PER_TENANT_2 = 40",
        ] {
            assert_eq!(kinds(text), [], "{text}");
        }
    }
}
