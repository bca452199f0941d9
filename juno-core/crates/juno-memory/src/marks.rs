use juno_crypto::KeyedDigest;
use juno_domain::{MemoryId, TenantId};

use crate::tokenize::index_words;
use crate::{FactOutcome, Memory, MemoryError, MemoryScope};

/// How an encrypted store names what it has to find again without knowing it: keyed digests, cut to 80 bits.
///
/// Subjects and those who say something have the same mark in all of a tenant, so that a legal hold and a name in a
/// question reach every scope. Everything else has a mark of its own in each scope. No two tenants share a key.
#[derive(Debug, Clone)]
pub struct MemoryMarks {
    key: KeyedDigest,
    subjects: KeyedDigest,
    names: KeyedDigest,
}

/// The marks of one scope; see [`MemoryMarks`].
#[derive(Debug, Clone)]
pub struct ScopeMarks {
    words: KeyedDigest,
    tags: KeyedDigest,
    threads: KeyedDigest,
    facts: KeyedDigest,
}

impl MemoryMarks {
    /// The marks of a tenant under its key.
    #[must_use]
    pub fn new(tenant: &TenantId, key: &[u8; 32]) -> Self {
        let key =
            KeyedDigest::new(key).derived(&[b"juno memory marks ", tenant.as_str().as_bytes()].concat());
        Self { subjects: key.derived(b"subjects"), names: key.derived(b"names"), key }
    }

    /// The marks of one of the tenant's scopes.
    ///
    /// # Errors
    /// Never for a scope that was made.
    pub fn scope(&self, scope: &MemoryScope) -> Result<ScopeMarks, MemoryError> {
        let scope = serde_json::to_vec(scope);
        let scope = scope.map_err(|error| MemoryError::Internal { reason: error.to_string() })?;
        let key = self.key.derived(&[b"scope ".as_slice(), &scope].concat());
        Ok(ScopeMarks {
            words: key.derived(b"words"),
            tags: key.derived(b"tags"),
            threads: key.derived(b"threads"),
            facts: key.derived(b"facts"),
        })
    }

    /// The mark of a subject.
    #[must_use]
    pub fn subject(&self, subject: &str) -> String {
        mark(&self.subjects, subject)
    }

    /// The mark of somebody's name: the same for every spelling that folds to the same words.
    #[must_use]
    pub fn name(&self, name: &str) -> String {
        let words = index_words(name);
        match words.is_empty() {
            true => mark(&self.names, name),
            false => mark(&self.names, &words.join(" ")),
        }
    }
}

impl ScopeMarks {
    /// The mark of a word, as [`index_words`](crate::index_words) gives it.
    #[must_use]
    pub fn word(&self, word: &str) -> String {
        mark(&self.words, word)
    }

    /// The mark of a tag.
    #[must_use]
    pub fn tag(&self, tag: &str) -> String {
        mark(&self.tags, tag)
    }

    /// The mark of a thread.
    #[must_use]
    pub fn thread(&self, thread: &str) -> String {
        mark(&self.threads, thread)
    }

    /// The mark of a [`Fact::key`](crate::Fact::key).
    #[must_use]
    pub fn fact(&self, key: &str) -> String {
        mark(&self.facts, key)
    }
}

impl ScopeMarks {
    /// What [`arrange`](crate::arrange) gave for a new memory, with marks in the place of the ids it made: those are digests
    /// of what the memories say, and ids stay in the clear.
    ///
    /// # Errors
    /// Never: a mark is an id.
    pub fn hide_versions(
        &self,
        (known, new): (&[Memory], &Memory),
        (mut outcome, mut writes): (FactOutcome, Vec<Memory>),
    ) -> Result<(FactOutcome, Vec<Memory>), MemoryError> {
        for write in &mut writes {
            if write.id == new.id || known.iter().any(|known| known.id == write.id) {
                continue;
            }
            let hidden = MemoryId::new(format!("fact-{}", mark(&self.facts, write.id.as_str())))?;
            if outcome.memory == write.id {
                outcome.memory = hidden.clone();
            }
            write.id = hidden;
        }
        Ok((outcome, writes))
    }
}

/// 80 bits as 16 of the letters a to z and digits 2 to 7: one word to every tokenizer.
fn mark(key: &KeyedDigest, text: &str) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let digest = key.of(text.as_bytes()).0;
    let bits = digest
        .first_chunk::<10>()
        .map_or(0, |ten| ten.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte)));
    let letter = |place: u32| LETTERS.get((bits >> (75 - 5 * place) & 31) as usize).copied().unwrap_or(b'a');
    (0..16).map(|place| char::from(letter(place))).collect()
}

#[cfg(test)]
mod tests {
    use juno_domain::TeamId;

    use super::*;

    #[test]
    fn tenants_scopes_and_uses_share_no_mark() {
        let (acme, other) = (TenantId::new("acme").unwrap(), TenantId::new("other").unwrap());
        let marks = MemoryMarks::new(&acme, &[7; 32]);
        let whole = MemoryScope::tenant_wide(acme.clone());
        let team = whole.with_team(TeamId::new("pay").unwrap());
        let of = |scope| marks.scope(scope).unwrap();
        let mut all = vec![of(&whole).word("salary"), of(&team).word("salary"), of(&team).tag("salary")];
        all.extend([of(&team).thread("salary"), of(&team).fact("salary")]);
        all.extend([marks.subject("salary"), marks.name("salary")]);
        all.push(MemoryMarks::new(&other, &[7; 32]).subject("salary"));
        all.push(MemoryMarks::new(&acme, &[8; 32]).subject("salary"));
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
        assert!(all.iter().all(|mark| index_words(mark).len() == 1 && mark.len() == 16));
        assert_eq!(of(&team).word("salary"), of(&team).word("salary"));
        assert_eq!(marks.name("ZOË"), marks.name("zoe"));
        assert!(!format!("{marks:?}{:?}", of(&team)).contains('7'));
    }
}
