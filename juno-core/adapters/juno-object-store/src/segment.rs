use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use juno_crypto::digest;
use juno_domain::MemoryId;
use juno_memory::{Memory, MemoryScope};

use crate::error::ArchiveError;
use crate::manifest::SegmentInfo;
use crate::sieve::Sieve;

/// A segment holds no more memories than this,
pub(crate) const MOST: usize = 1_000;
/// and no more bytes, unless one memory has more.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Memories of one tenant in order of id, one JSON line each.
pub(crate) struct Segment {
    pub(crate) info: SegmentInfo,
    pub(crate) content: Vec<u8>,
}

/// What is in a segment: id → scope, and when it expires.
pub(crate) type Index = BTreeMap<MemoryId, (MemoryScope, Option<DateTime<Utc>>)>;

/// As few segments as hold them all.
pub(crate) fn write(
    memories: &BTreeMap<MemoryId, Memory>,
    number: u64,
) -> Result<Vec<Segment>, ArchiveError> {
    let mut segments = Vec::new();
    let (mut held, mut content): (Vec<&Memory>, Vec<u8>) = (Vec::new(), Vec::new());
    for memory in memories.values() {
        let line = memory.to_json().map_err(|error| ArchiveError::Internal(error.to_string()))?;
        if held.len() >= MOST || (!held.is_empty() && content.len() + line.len() >= MOST_BYTES) {
            segments.extend(close(&std::mem::take(&mut held), std::mem::take(&mut content), number));
        }
        content.extend_from_slice(line.as_bytes());
        content.push(b'\n');
        held.push(memory);
    }
    segments.extend(close(&held, content, number));
    Ok(segments)
}

fn close(held: &[&Memory], content: Vec<u8>, number: u64) -> Option<Segment> {
    let digest = digest(&content);
    let info = SegmentInfo {
        name: format!("{number:020}-{:.32}.jsonl", digest.to_string()),
        digest,
        count: held.len(),
        first: held.first()?.id.clone(),
        last: held.last()?.id.clone(),
        sieve: Sieve::of(held.iter().map(|memory| &memory.id)),
        expires: held.iter().filter_map(|memory| memory.expires_at).min(),
    };
    Some(Segment { info, content })
}

/// The memories of a segment, all of it checked.
pub(crate) fn read(info: &SegmentInfo, content: &[u8]) -> Result<BTreeMap<MemoryId, Memory>, ArchiveError> {
    let damaged = |what: String| ArchiveError::Damaged(format!("segment `{}`: {what}", info.name));
    if digest(content) != info.digest {
        return Err(damaged("its content has another digest".into()));
    }
    let mut memories = BTreeMap::new();
    for line in content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let memory: Memory = serde_json::from_slice(line).map_err(|error| damaged(error.to_string()))?;
        memories.insert(memory.id.clone(), memory);
    }
    match memories.len() == info.count {
        true => Ok(memories),
        false => Err(damaged(format!("it has {} memories and not {}", memories.len(), info.count))),
    }
}

pub(crate) fn index(memories: &BTreeMap<MemoryId, Memory>) -> Index {
    memories.iter().map(|(id, memory)| (id.clone(), (memory.scope.clone(), memory.expires_at))).collect()
}
