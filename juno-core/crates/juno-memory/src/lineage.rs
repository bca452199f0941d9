use std::collections::{BTreeMap, BTreeSet};

use juno_domain::MemoryId;
use serde::{Deserialize, Serialize};

use crate::{Memory, MemoryScope, Quarantine};

/// What is put into quarantine, with everything that was made from it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuarantineTarget {
    /// Everything that comes from there: [`Memory::source`], the whole text.
    Source(String),
    /// One memory.
    Memory(MemoryId),
}

impl QuarantineTarget {
    fn is(&self, id: &MemoryId, source: &str) -> bool {
        match self {
            Self::Source(bad) => bad == source,
            Self::Memory(bad) => bad == id,
        }
    }
}

/// What was made from what, in one tenant.
#[derive(Debug, Clone, Default)]
pub struct Lineage {
    of: BTreeMap<MemoryId, Origin>,
    makes: BTreeMap<MemoryId, BTreeSet<MemoryId>>,
}

#[derive(Debug, Clone)]
struct Origin {
    scope: MemoryScope,
    source: String,
    quarantined: Option<Quarantine>,
}

impl Lineage {
    /// Takes a memory in.
    pub fn add(&mut self, memory: &Memory) {
        for origin in &memory.derived_from {
            self.makes.entry(origin.clone()).or_default().insert(memory.id.clone());
        }
        let (scope, source) = (memory.scope.clone(), memory.source.clone());
        self.of.insert(memory.id.clone(), Origin { scope, source, quarantined: memory.quarantined.clone() });
    }

    /// The scope of a memory.
    #[must_use]
    pub fn scope(&self, id: &MemoryId) -> Option<&MemoryScope> {
        self.of.get(id).map(|origin| &origin.scope)
    }

    /// The target and everything that was made from it, however many steps away.
    #[must_use]
    pub fn spread(&self, target: &QuarantineTarget) -> BTreeSet<MemoryId> {
        let seeds = self.of.iter().filter(|(id, origin)| target.is(id, &origin.source));
        self.reached(seeds.map(|(id, _)| id.clone()).collect())
    }

    /// What may leave quarantine with the target: what came in with it, unless it was also made from something that stays.
    #[must_use]
    pub fn released_with(&self, target: &QuarantineTarget) -> BTreeSet<MemoryId> {
        let spread = self.spread(target);
        let mark = |id: &MemoryId| self.of.get(id).and_then(|origin| origin.quarantined.as_ref());
        let seeds = self.of.iter().filter(|(id, origin)| target.is(id, &origin.source));
        let marks: Vec<&Quarantine> = seeds.filter_map(|(id, _)| mark(id)).collect();
        let goes = |id: &MemoryId| spread.contains(id) && mark(id).is_some_and(|mark| marks.contains(&mark));
        let stays = self.of.keys().filter(|id| mark(id).is_some() && !goes(id)).cloned().collect();
        let stays = self.reached(stays);
        self.of.keys().filter(|id| goes(id) && !stays.contains(*id)).cloned().collect()
    }

    fn reached(&self, from: Vec<MemoryId>) -> BTreeSet<MemoryId> {
        let (mut reached, mut open) = (BTreeSet::new(), from);
        while let Some(id) = open.pop() {
            if self.of.contains_key(&id) && reached.insert(id.clone()) {
                open.extend(self.makes.get(&id).into_iter().flatten().cloned());
            }
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use juno_domain::TenantId;

    use super::*;
    use crate::MemoryKind;

    fn id(name: &str) -> MemoryId {
        MemoryId::new(name).unwrap()
    }

    fn memory(name: &str, source: &str, from: &[&str], mark: Option<&str>) -> Memory {
        let scope = MemoryScope::tenant_wide(TenantId::new("acme").unwrap());
        let at: DateTime<Utc> = DateTime::UNIX_EPOCH;
        let mut memory = Memory::new(id(name), MemoryKind::Semantic, scope, "x", source, at);
        memory.derived_from = from.iter().map(|from| id(from)).collect();
        memory.quarantined = mark.map(|reason| Quarantine::new(at, reason));
        memory
    }

    fn names(ids: BTreeSet<MemoryId>) -> Vec<String> {
        ids.into_iter().map(|id| id.to_string()).collect()
    }

    #[test]
    fn a_source_spreads_to_all_that_was_made_from_it_and_to_nothing_else() {
        let mut lineage = Lineage::default();
        for memory in [
            memory("a", "mail", &[], None),
            memory("b", "notes", &["a"], None),
            memory("c", "notes", &["b", "d"], None),
            memory("d", "notes", &["c"], None),
            memory("e", "notes", &["gone"], None),
            memory("f", "mail list", &[], None),
        ] {
            lineage.add(&memory);
        }
        let source = QuarantineTarget::Source("mail".into());
        assert_eq!(names(lineage.spread(&source)), ["a", "b", "c", "d"], "circles end");
        assert_eq!(names(lineage.spread(&QuarantineTarget::Memory(id("c")))), ["c", "d"]);
        assert!(lineage.spread(&QuarantineTarget::Memory(id("gone"))).is_empty());
    }

    #[test]
    fn what_two_sources_made_stays_until_both_are_released() {
        let mut lineage = Lineage::default();
        for memory in [
            memory("a", "mail", &[], Some("one")),
            memory("b", "web", &[], Some("two")),
            memory("both", "notes", &["a", "b"], Some("one")),
            memory("mine", "notes", &["a"], Some("one")),
            memory("other", "notes", &["a"], Some("by hand")),
        ] {
            lineage.add(&memory);
        }
        let mail = QuarantineTarget::Source("mail".into());
        assert_eq!(names(lineage.released_with(&mail)), ["a", "mine"]);
        assert_eq!(names(lineage.released_with(&QuarantineTarget::Source("web".into()))), ["b"]);
    }
}
