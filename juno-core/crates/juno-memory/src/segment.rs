use juno_crypto::digest;
use juno_domain::{Digest, TenantId};
use serde::{Deserialize, Serialize};

use crate::{Memory, MemoryError};

/// Memories of one tenant as JSON Lines, apart from any store: one memory on each line as [`Memory::to_json`] writes it,
/// then a last line that says how many they are and the digest of them. A file that was cut off or changed is found out.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// The tenant.
    pub tenant: TenantId,
    /// The memories, in order of id.
    pub memories: Vec<Memory>,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Footer {
    segment: String,
    tenant: TenantId,
    memories: u64,
    digest: Digest,
}

impl Segment {
    /// The form this version writes, as the last line says it.
    pub const FORMAT: &str = "juno-memory-segment/1";

    /// The bytes of its file. The same memories give the same bytes.
    ///
    /// # Errors
    /// If a memory has no JSON form, which a checked memory always has.
    pub fn to_bytes(&self) -> Result<Vec<u8>, MemoryError> {
        let mut bytes = Vec::new();
        for memory in &self.memories {
            bytes.extend_from_slice(memory.to_json()?.as_bytes());
            bytes.push(b'\n');
        }
        let footer = Footer {
            segment: Self::FORMAT.into(),
            tenant: self.tenant.clone(),
            memories: self.memories.len() as u64,
            digest: digest(&bytes),
        };
        serde_json::to_writer(&mut bytes, &footer)
            .map_err(|error| MemoryError::Internal { reason: error.to_string() })?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// If they are not whole, are not what was written, or a memory in them breaks a limit or is of another tenant.
    pub fn read(bytes: &[u8]) -> Result<Self, MemoryError> {
        let wrong = |reason: String| MemoryError::Segment { reason };
        let lines = bytes.strip_suffix(b"\n").ok_or_else(|| wrong("its last line is cut off".into()))?;
        let body = lines.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let (body, footer) = lines.split_at(body);
        let footer: Footer = serde_json::from_slice(footer)
            .map_err(|error| wrong(format!("its last line is none of a segment: {error}")))?;
        if footer.segment != Self::FORMAT {
            return Err(wrong(format!("its form is `{}`, not `{}`", footer.segment, Self::FORMAT)));
        }
        if digest(body) != footer.digest {
            return Err(wrong("its lines are not those that were written".into()));
        }
        let mut memories = Vec::new();
        for (nth, line) in body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).enumerate() {
            let memory: Memory =
                serde_json::from_slice(line).map_err(|error| wrong(format!("line {}: {error}", nth + 1)))?;
            memory.check()?;
            if *memory.scope.tenant() != footer.tenant {
                return Err(wrong(format!("line {} is of another tenant", nth + 1)));
            }
            memories.push(memory);
        }
        if memories.len() as u64 != footer.memories {
            let count = memories.len();
            return Err(wrong(format!("it has `{count}` memories, and should have `{}`", footer.memories)));
        }
        Ok(Self { tenant: footer.tenant, memories })
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use juno_domain::MemoryId;
    use proptest::prelude::*;

    use super::*;
    use crate::{MemoryKind, MemoryScope};

    fn segment(texts: &[String]) -> Segment {
        let tenant = TenantId::new("acme").unwrap();
        let scope = MemoryScope::tenant_wide(tenant.clone());
        let memories = texts.iter().enumerate().map(|(nth, text)| {
            let id = MemoryId::new(format!("m{nth:03}")).unwrap();
            let mut memory =
                Memory::new(id, MemoryKind::Episodic, scope.clone(), text, "test", DateTime::UNIX_EPOCH);
            memory.data = serde_json::json!({ "text": text, "n": nth, "x": 0.1 });
            memory
        });
        Segment { tenant, memories: memories.collect() }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_read_is_what_was_written_and_any_changed_byte_is_found_out(
            texts in proptest::collection::vec("[\\PC\n\r\u{2028}\"\\\\]{1,30}", 0..5),
            at in any::<proptest::sample::Index>(),
            flip in 1_u8..=255,
        ) {
            let texts: Vec<String> = texts.into_iter().map(|text| format!("x{text}")).collect();
            let whole = segment(&texts);
            let bytes = whole.to_bytes().unwrap();
            prop_assert_eq!(&Segment::read(&bytes).unwrap(), &whole);
            prop_assert_eq!(Segment::read(&bytes).unwrap().to_bytes().unwrap(), bytes.clone());
            let mut bad = bytes.clone();
            let place = at.index(bad.len());
            bad[place] ^= flip;
            prop_assert!(Segment::read(&bad).map(|read| read == whole) != Ok(true));
            prop_assert!(Segment::read(&bytes[..place]).is_err());
        }
    }
}
