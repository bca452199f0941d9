//! Data about people, by its form.

use crate::sensitive_part::{SensitiveKind, SensitivePart, runs};

/// How many characters a bank account's number has, by country.
const IBANS: [(&str, usize); 36] = [
    ("AE", 23),
    ("AT", 20),
    ("BE", 16),
    ("BG", 22),
    ("CH", 21),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("EE", 20),
    ("ES", 24),
    ("FI", 18),
    ("FR", 27),
    ("GB", 22),
    ("GR", 27),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IT", 27),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("MC", 27),
    ("MT", 31),
    ("NL", 18),
    ("NO", 15),
    ("PL", 28),
    ("PT", 25),
    ("RO", 24),
    ("SA", 24),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("TR", 26),
];

pub(crate) fn find_personal(text: &str) -> Vec<SensitivePart> {
    let mut found = Vec::new();
    emails(text, &mut found);
    numbers(text, &mut found);
    ibans(text, &mut found);
    found
}

fn emails(text: &str, found: &mut Vec<SensitivePart>) {
    let is_part =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-' | b'@');
    for (start, run) in runs(text, is_part) {
        let Some((local, host)) = run.split_once('@') else { continue };
        let host = host.trim_end_matches(['.', '-', '_', '+', '%']);
        let name = local.trim_start_matches(['.', '-', '_', '+', '%']);
        let last = host.rsplit_once('.').map(|(_, last)| last).unwrap_or_default();
        let is_host = last.len() >= 2
            && last.bytes().all(|byte| byte.is_ascii_alphabetic())
            && host.split('.').all(|part| !part.is_empty())
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        // Addresses of machines are about nobody.
        let machine =
            ["git", "noreply", "no-reply", "donotreply"].contains(&name.to_ascii_lowercase().as_str());
        if is_host && !name.is_empty() && !machine {
            let from = start + local.len() - name.len();
            let to = from + name.len() + 1 + host.len();
            found.push(SensitivePart { from, to, kind: SensitiveKind::Email });
        }
    }
}

/// Telephone numbers, cards, social security numbers: digits in groups.
fn numbers(text: &str, found: &mut Vec<SensitivePart>) {
    let is_part =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b' ' | b'-' | b'.' | b'(' | b')' | b'+' | b'/');
    for (start, run) in runs(text, is_part) {
        let words: Vec<(usize, usize)> = runs(run, |byte| byte != b' ')
            .into_iter()
            .map(|(at, word)| (start + at, start + at + word.len()))
            .collect();
        let mut at = 0;
        while let Some((from, _)) = words.get(at) {
            // The longest that is one: a card's number is four words.
            let longest = words.iter().enumerate().skip(at).take(MOST_WORDS).rev();
            let found_here = longest
                .map(|(nth, (_, to))| (nth, number(text, *from, *to)))
                .find_map(|(nth, part)| part.map(|part| (nth, part)));
            at = match found_here {
                Some((nth, part)) => {
                    found.push(part);
                    nth + 1
                }
                None => at + 1,
            };
        }
    }
}

/// Most groups between spaces of one number.
const MOST_WORDS: usize = 6;

/// The number of somebody that stands there, with nothing before or after it that it could be a part of.
fn number(text: &str, from: usize, to: usize) -> Option<SensitivePart> {
    let trimmed = text.get(from..to)?.trim_end_matches(|c: char| !c.is_ascii_digit());
    let number = trimmed.trim_start_matches(|c: char| !c.is_ascii_digit() && c != '+' && c != '(');
    let (from, to) = (from + trimmed.len() - number.len(), from + trimmed.len());
    let touches = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'#'))
    };
    let before = from.checked_sub(1).and_then(|at| text.as_bytes().get(at));
    if number.is_empty() || before == Some(&b'-') || touches(before) || touches(text.as_bytes().get(to)) {
        return None;
    }
    let kind = if is_card(number) {
        SensitiveKind::CreditCard
    } else if is_social_security(number) {
        SensitiveKind::SocialSecurity
    } else if is_phone(number) {
        SensitiveKind::Phone
    } else {
        return None;
    };
    Some(SensitivePart { from, to, kind })
}

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

/// By length, issuer and check digit (Luhn).
fn is_card(number: &str) -> bool {
    let digits = digits(number);
    let plain = number.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-'));
    let groups = number.split([' ', '-']).all(|group| group.len() >= 3);
    let issued = digits.first().is_some_and(|first| (3..=6).contains(first));
    let varied = digits.windows(2).any(|two| matches!(two, [a, b] if a != b));
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(nth, digit)| match nth % 2 {
            0 => *digit,
            _ => (digit * 2) / 10 + (digit * 2) % 10,
        })
        .sum();
    plain && groups && issued && varied && (13..=19).contains(&digits.len()) && sum.is_multiple_of(10)
}

fn groups(number: &str) -> Vec<usize> {
    number.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).map(str::len).collect()
}

fn is_social_security(number: &str) -> bool {
    let area = number.get(..3).and_then(|area| area.parse::<u32>().ok()).unwrap_or(0);
    groups(number) == [3, 2, 4]
        && number.matches('-').count() == 2
        && number.len() == 11
        && (1..900).contains(&area)
        && area != 666
}

/// An international number with its `+`, or a North American one in its groups.
fn is_phone(number: &str) -> bool {
    let count = digits(number).len();
    match number.strip_prefix('+') {
        Some(rest) => {
            (8..=15).contains(&count) && !rest.contains('+') && rest.starts_with(|c: char| c.is_ascii_digit())
        }
        None => {
            let bracketed = number.starts_with('(') && number.contains(')');
            let joined = number.matches('-').count() == 2 || number.matches('.').count() == 2;
            groups(number) == [3, 3, 4] && (bracketed || joined) && number.len() <= 15
        }
    }
}

fn ibans(text: &str, found: &mut Vec<SensitivePart>) {
    let bytes = text.as_bytes();
    for (from, window) in bytes.windows(4).enumerate() {
        let before = from.checked_sub(1).and_then(|at| bytes.get(at));
        if before.is_some_and(u8::is_ascii_alphanumeric) || !window.iter().skip(2).all(u8::is_ascii_digit) {
            continue;
        }
        let country = text.get(from..from + 2).unwrap_or_default();
        let Some((_, length)) = IBANS.iter().find(|(name, _)| *name == country) else { continue };
        let (mut number, mut to) = (Vec::new(), from);
        for byte in bytes.iter().skip(from) {
            match byte {
                b'A'..=b'Z' | b'0'..=b'9' if number.len() < *length => number.push(*byte),
                b' ' if number.len() < *length => {}
                _ => break,
            }
            to += 1;
        }
        if number.len() == *length && !bytes.get(to).is_some_and(u8::is_ascii_alphanumeric) && checks(&number)
        {
            found.push(SensitivePart { from, to, kind: SensitiveKind::Iban });
        }
    }
}

/// The remainder by 97 of ISO 7064, which is 1.
fn checks(number: &[u8]) -> bool {
    let (head, rest) = number.split_at(number.len().min(4));
    let remainder = rest.iter().chain(head).fold(0_u32, |remainder, byte| match byte {
        b'0'..=b'9' => (remainder * 10 + u32::from(byte - b'0')) % 97,
        _ => (remainder * 100 + u32::from(byte.wrapping_sub(b'A')) + 10) % 97,
    });
    remainder == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<SensitiveKind> {
        find_personal(text).into_iter().map(|part| part.kind).collect()
    }

    #[test]
    fn addresses_and_numbers_of_people_are_found() {
        use SensitiveKind::*;
        for (text, kind) in [
            ("write to Ada.Lovelace+work@mail.example.co.uk.", Email),
            ("<ada@example.com>", Email),
            ("call +49 30 901820 before noon", Phone),
            ("call (415) 555-2671", Phone),
            ("call 415-555-2671!", Phone),
            ("pay to DE89 3704 0044 0532 0130 00 today", Iban),
            ("GB82WEST12345698765432", Iban),
            ("card 4111 1111 1111 1111", CreditCard),
            ("card 5500-0000-0000-0004.", CreditCard),
            ("card 378282246310005", CreditCard),
            ("his number is 078-05-1120", SocialSecurity),
            ("on 2026-03-02 415-555-2671 called", Phone),
            ("no 12 4111 1111 1111 1111 34", CreditCard),
        ] {
            assert_eq!(kinds(text), [kind], "{text}");
        }
    }

    #[test]
    fn dates_versions_keys_and_other_numbers_are_none() {
        for text in [
            "2026-11-20 to 2026-12-04, 10:30, week 47",
            "git@github.com:acme/juno.git, noreply@example.com, @scope/package@1.2.3",
            "10.0.0.1, 192.168.100.200:5432, v1.20.300-rc.4",
            "PAY-4111111111111111 and order #4111111111111111",
            "4111 1111 1111 1112 has a wrong check digit",
            "1234567890123456 requests, 3,141,592 rows, 0000000000000000",
            "DE89 3704 0044 0532 0130 01 has a wrong check digit, DE12 is a road",
            "velocity 21 + 34 + 13 = 68 points, 50 % of 1/2",
            "me@localhost, a @ b, @team please look",
            "sprint 12-14-16, points 3 5 8 13 21 34 55",
        ] {
            assert_eq!(kinds(text), [], "{text}");
        }
    }
}
