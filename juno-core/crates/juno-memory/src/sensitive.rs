use crate::personal::find_personal;
use crate::secrets::find_secrets;
use crate::sensitive_part::{SensitiveKind, SensitivePart};

/// The secrets and personal data in a text, in order, none within another.
///
/// It goes by form: keys that are known by their beginning, random characters, names such as `password:` before a value,
/// addresses, and numbers whose check digits are right. What has no form of its own (a name, a birthday, a password in
/// a sentence) is not found.
#[must_use]
pub fn find_sensitive(text: &str) -> Vec<SensitivePart> {
    let mut found = find_secrets(text);
    // What stands in a secret is not looked at again.
    let secrets = found.clone();
    let apart =
        |part: &SensitivePart| secrets.iter().all(|secret| part.to <= secret.from || secret.to <= part.from);
    found.extend(find_personal(text).into_iter().filter(apart));
    // The longest of those that begin together; of equals the one that says most.
    found.sort_by_key(|part| (part.from, usize::MAX - part.to, part.kind));
    let mut kept: Vec<SensitivePart> = Vec::new();
    for part in found {
        match kept.last_mut() {
            Some(last) if part.from < last.to => last.to = last.to.max(part.to),
            _ => kept.push(part),
        }
    }
    kept
}

/// The text with the parts that are to be masked replaced by what they are, in brackets: `[email]`.
#[must_use]
pub fn mask_sensitive(text: &str, masks: impl Fn(SensitiveKind) -> bool) -> String {
    let (mut masked, mut at) = (String::with_capacity(text.len()), 0);
    for part in find_sensitive(text).into_iter().filter(|part| masks(part.kind)) {
        masked.push_str(text.get(at..part.from).unwrap_or_default());
        masked.push_str(&format!("[{}]", part.kind.as_str()));
        at = part.to;
    }
    masked.push_str(text.get(at..).unwrap_or_default());
    masked
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_masked_is_gone_and_the_rest_stays() {
        let text = "Ask ada@example.com; the key is ghp_0123456789abcdefghijABCDEFGHIJ012345, für später.";
        assert_eq!(mask_sensitive(text, |_| true), "Ask [email]; the key is [forge_token], für später.");
        assert_eq!(mask_sensitive(text, |kind| !kind.is_secret()).matches("ghp_").count(), 1);
        assert_eq!(mask_sensitive("nothing here", |_| true), "nothing here");
    }

    proptest! {
        #[test]
        fn any_text_is_cut_at_characters_and_masking_is_done_once(text in "\\PC{0,80}|(([a-z]{1,9}|[0-9+]{1,20}|://|@|\\.|:|é|-| ){0,20})") {
            let parts = find_sensitive(&text);
            prop_assert!(parts.iter().all(|part| text.get(part.from..part.to).is_some_and(|part| !part.is_empty())));
            prop_assert!(parts.is_sorted_by(|a, b| a.to <= b.from));
            let masked = mask_sensitive(&text, |_| true);
            prop_assert_eq!(masked == text, parts.is_empty());
        }
    }
}
