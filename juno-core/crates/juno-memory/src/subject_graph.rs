use std::collections::{BTreeMap, BTreeSet, VecDeque};

use juno_crypto::digest;
use juno_domain::{Digest, MemoryId};
use serde::{Deserialize, Serialize};

use crate::{Memory, MemoryError, MemoryScope};

/// Whose memories: those that name a subject, on request those that a person of that name said, and everything that was
/// made from them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectQuery {
    /// The subject, matched whole.
    pub subject: String,
    /// Also what is by that name in [`Memory::who`].
    #[serde(default)]
    pub also_said: bool,
}

impl SubjectQuery {
    /// What names this subject, and what was made from it.
    #[must_use]
    pub fn new(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), also_said: false }
    }

    /// Why a memory is theirs by itself; `None` where it is not.
    #[must_use]
    pub fn finds(&self, memory: &Memory) -> Option<SubjectTie> {
        if memory.subject.as_ref() == Some(&self.subject) {
            return Some(SubjectTie::Subject);
        }
        let said = self.also_said && memory.who.as_ref() == Some(&self.subject);
        said.then_some(SubjectTie::Said)
    }
}

/// Why a memory is somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectTie {
    /// It names them as its subject.
    Subject,
    /// They said it.
    Said,
    /// It was made from what is theirs, directly or over others.
    Derived,
}

/// A memory that is somebody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tied {
    /// Where it is.
    pub scope: MemoryScope,
    /// Its own subject, which may be somebody else.
    pub subject: Option<String>,
    /// The SHA-256 of its JSON.
    pub digest: Digest,
    /// Why it is theirs.
    pub tie: SubjectTie,
    /// Over how many others it was made from what is theirs by itself: 0 for that.
    pub depth: u32,
}

/// Finds out what is somebody's, out of all memories shown to it, in any order and of any tier.
#[derive(Debug, Clone)]
pub struct SubjectGraph {
    query: SubjectQuery,
    gone: BTreeSet<MemoryId>,
    nodes: BTreeMap<MemoryId, (Tied, BTreeSet<MemoryId>)>,
}

impl SubjectGraph {
    /// An empty one. What was made from one of `gone`, memories of theirs that are not there any more, is theirs too.
    #[must_use]
    pub const fn new(query: SubjectQuery, gone: BTreeSet<MemoryId>) -> Self {
        Self { query, gone, nodes: BTreeMap::new() }
    }

    /// Takes a memory note of. Only what can be theirs is kept: its id and digest, not its text.
    ///
    /// # Errors
    /// If it has no JSON form, which a checked memory always has.
    pub fn add(&mut self, memory: &Memory) -> Result<(), MemoryError> {
        let tie = self.query.finds(memory);
        if tie.is_none() && memory.derived_from.is_empty() {
            return Ok(());
        }
        let tied = Tied {
            scope: memory.scope.clone(),
            subject: memory.subject.clone(),
            digest: digest(memory.to_json()?.as_bytes()),
            tie: tie.unwrap_or(SubjectTie::Derived),
            depth: 0,
        };
        self.nodes.insert(memory.id.clone(), (tied, memory.derived_from.clone()));
        Ok(())
    }

    /// Everything that is theirs, by id.
    #[must_use]
    pub fn found(&self) -> BTreeMap<MemoryId, Tied> {
        let mut made_from: BTreeMap<&MemoryId, Vec<&MemoryId>> = BTreeMap::new();
        for (id, (_, sources)) in &self.nodes {
            for source in sources {
                made_from.entry(source).or_default().push(id);
            }
        }
        let own = self.nodes.iter().filter(|(_, (tied, _))| tied.tie != SubjectTie::Derived);
        let mut waiting: VecDeque<(&MemoryId, u32)> = own.map(|(id, _)| (id, 0)).collect();
        let of_gone = self.gone.iter().filter_map(|gone| made_from.get(gone)).flatten();
        waiting.extend(of_gone.map(|id| (*id, 1)));
        let mut found = BTreeMap::new();
        while let Some((id, depth)) = waiting.pop_front() {
            let Some((tied, _)) = self.nodes.get(id).filter(|_| !found.contains_key(id)) else { continue };
            found.insert(id.clone(), Tied { depth, ..tied.clone() });
            let next = made_from.get(id).into_iter().flatten();
            waiting.extend(next.map(|made| (*made, depth.saturating_add(1))));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use juno_domain::TenantId;

    use super::*;
    use crate::MemoryKind;

    fn memory(id: &str, subject: Option<&str>, sources: &[&str]) -> Memory {
        let scope = MemoryScope::tenant_wide(TenantId::new("acme").unwrap());
        let id = MemoryId::new(id).unwrap();
        let mut memory = Memory::new(id, MemoryKind::Episodic, scope, "x", "test", DateTime::UNIX_EPOCH);
        memory.subject = subject.map(Into::into);
        memory.derived_from = sources.iter().map(|id| MemoryId::new(*id).unwrap()).collect();
        memory
    }

    fn found(query: SubjectQuery, gone: &[&str], memories: &[Memory]) -> Vec<(String, u32)> {
        let gone = gone.iter().map(|id| MemoryId::new(*id).unwrap()).collect();
        let mut graph = SubjectGraph::new(query, gone);
        memories.iter().for_each(|memory| graph.add(memory).unwrap());
        graph.found().into_iter().map(|(id, tied)| (id.to_string(), tied.depth)).collect()
    }

    #[test]
    fn what_was_made_from_what_is_theirs_is_theirs_over_any_number_of_steps() {
        let mut said = memory("said", None, &[]);
        said.who = Some("ada".into());
        let memories = [
            memory("deep", None, &["made"]),
            memory("made", Some("bob"), &["own", "other"]),
            memory("own", Some("ada"), &[]),
            memory("other", Some("ada2"), &[]),
            memory("of-other", None, &["other"]),
            memory("round-a", None, &["round-b", "own"]),
            memory("round-b", None, &["round-a"]),
            memory("orphan", None, &["lost"]),
            said,
        ];
        let of = |found: &[(&str, u32)]| -> Vec<(String, u32)> {
            found.iter().map(|(id, depth)| ((*id).to_owned(), *depth)).collect()
        };
        let own = [("deep", 2), ("made", 1), ("own", 0), ("round-a", 1), ("round-b", 2)];
        assert_eq!(found(SubjectQuery::new("ada"), &[], &memories), of(&own));
        let said = SubjectQuery { also_said: true, ..SubjectQuery::new("ada") };
        assert_eq!(found(said, &[], &memories).last().unwrap().0, "said");
        assert_eq!(found(SubjectQuery::new("nobody"), &["lost"], &memories), of(&[("orphan", 1)]));
        assert!(found(SubjectQuery::new("ad"), &[], &memories).is_empty(), "a name is matched whole");
    }
}
