use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, Utc};
use juno_domain::MemoryId;

use crate::likeness::Said;
use crate::sensitive::find_sensitive;
use crate::tokenize::index_words;
use crate::usage::{days_between, retained};
use crate::write_gate::fields;
use crate::{
    CorruptMemory, HealthFinding, HealthIssue, Memory, MemoryHealth, MemoryKind, MemoryScope, Usage,
};

/// Less than this share of a memory left is stale: about 380 days without use.
const STALE: f64 = 0.5;

/// Looks a tenant's memories through, page by page. It keeps ids and hashes of them, no texts.
#[derive(Debug)]
pub struct HealthCheck {
    now: DateTime<Utc>,
    health: MemoryHealth,
    found: BTreeMap<HealthIssue, BTreeSet<MemoryId>>,
    ids: BTreeSet<MemoryId>,
    cites: BTreeMap<MemoryId, BTreeSet<MemoryId>>,
    /// Who says what, by scope.
    sayings: BTreeMap<u64, Vec<Saying>>,
    facts: BTreeMap<(MemoryScope, String), Vec<Value>>,
}

#[derive(Debug)]
struct Saying {
    scope: MemoryScope,
    recorded_at: DateTime<Utc>,
    id: MemoryId,
}

#[derive(Debug)]
struct Value {
    id: MemoryId,
    object: String,
    from: DateTime<Utc>,
    to: Option<DateTime<Utc>>,
    superseded: bool,
}

impl HealthCheck {
    /// A check at `now`.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        let found = HealthIssue::ALL.into_iter().map(|issue| (issue, BTreeSet::new())).collect();
        Self {
            now,
            health: MemoryHealth::default(),
            found,
            ids: BTreeSet::new(),
            cites: BTreeMap::new(),
            sayings: BTreeMap::new(),
            facts: BTreeMap::new(),
        }
    }

    /// Takes in a part of what is held.
    pub fn add(&mut self, memories: &[Memory], corrupt: Vec<CorruptMemory>) {
        self.health.corrupt.extend(corrupt);
        for memory in memories {
            self.ids.insert(memory.id.clone());
            if !memory.is_live(self.now) {
                self.health.expired += 1;
                continue;
            }
            *self.health.by_kind.entry(memory.kind).or_default() += 1;
            self.look_at(memory);
        }
    }

    fn look_at(&mut self, memory: &Memory) {
        if !memory.derived_from.is_empty() {
            self.cites.insert(memory.id.clone(), memory.derived_from.clone());
        }
        let sensitive = |secret: bool| {
            let texts = fields(memory);
            texts
                .iter()
                .flat_map(|(_, text)| find_sensitive(text))
                .any(|part| part.kind.is_secret() == secret)
        };
        if sensitive(true) {
            self.find(HealthIssue::Secret, &memory.id);
        }
        if memory.subject.is_none() && sensitive(false) {
            self.find(HealthIssue::PersonalData, &memory.id);
        }
        if memory.quarantined.is_some() {
            self.find(HealthIssue::Quarantined, &memory.id);
            return;
        }
        if let Some(fact) = &memory.fact {
            let value = Value {
                id: memory.id.clone(),
                object: fact.object.clone(),
                from: memory.valid_from,
                to: memory.valid_to,
                superseded: memory.superseded_at.is_some(),
            };
            self.facts.entry((memory.scope.clone(), fact.key())).or_default().push(value);
        }
        if memory.superseded_at.is_some() {
            return;
        }
        let stability = memory.used.map_or(Usage::FIRST_STABILITY_DAYS, |used| used.stability_days);
        let since = memory.used.map_or(memory.recorded_at, |used| used.last_at);
        if memory.kind != MemoryKind::Working && retained(days_between(since, self.now), stability) < STALE {
            self.find(HealthIssue::Stale, &memory.id);
        }
        if memory.kind != MemoryKind::Working && memory.turn.is_none() && memory.fact.is_none() {
            let (scope, recorded_at) = (memory.scope.clone(), memory.recorded_at);
            let saying = Saying { scope, recorded_at, id: memory.id.clone() };
            self.sayings.entry(saying_of(memory)).or_default().push(saying);
        }
    }

    fn find(&mut self, issue: HealthIssue, id: &MemoryId) {
        self.found.entry(issue).or_default().insert(id.clone());
    }

    /// What was found.
    #[must_use]
    pub fn finish(mut self) -> MemoryHealth {
        self.find_repeated();
        self.find_citations();
        self.find_contradictions();
        let live: u64 = self.health.by_kind.values().sum();
        self.health.findings = self
            .found
            .into_iter()
            .map(|(issue, ids)| {
                let count = ids.len() as u64;
                let rate = if live == 0 { 0.0 } else { count as f64 / live as f64 };
                let evidence = ids.into_iter().take(HealthFinding::MAX_EVIDENCE).collect();
                (issue, HealthFinding { count, rate, evidence })
            })
            .collect();
        self.health
    }

    fn find_repeated(&mut self) {
        for (_, mut same) in std::mem::take(&mut self.sayings) {
            same.sort_by(|a, b| (a.recorded_at, &a.id).cmp(&(b.recorded_at, &b.id)));
            for (nth, later) in same.iter().enumerate() {
                let cites = self.cites.get(&later.id);
                let above = later.scope.path_upwards();
                for earlier in same.iter().take(nth) {
                    if earlier.scope == later.scope {
                        self.found.entry(HealthIssue::Duplicate).or_default().insert(later.id.clone());
                    } else if above.contains(&earlier.scope)
                        && !cites.is_some_and(|cites| cites.contains(&earlier.id))
                    {
                        self.found.entry(HealthIssue::RecallLoop).or_default().insert(later.id.clone());
                    }
                }
            }
        }
    }

    fn find_citations(&mut self) {
        let cites = std::mem::take(&mut self.cites);
        for (id, cited) in &cites {
            if cited.iter().any(|cited| !self.ids.contains(cited)) {
                self.find(HealthIssue::Orphan, id);
            }
        }
        // What cites nothing is in no circle, and so is what cites only that, and so on: the rest is.
        let mut open: BTreeMap<&MemoryId, usize> = BTreeMap::new();
        let mut cited_by: BTreeMap<&MemoryId, Vec<&MemoryId>> = BTreeMap::new();
        for (id, cited) in &cites {
            let inner = cited.iter().filter(|cited| cites.contains_key(*cited));
            open.insert(id, inner.clone().count());
            inner.for_each(|cited| cited_by.entry(cited).or_default().push(id));
        }
        let mut free: Vec<&MemoryId> =
            open.iter().filter(|(_, left)| **left == 0).map(|(id, _)| *id).collect();
        while let Some(id) = free.pop() {
            open.remove(id);
            for citing in cited_by.get(id).into_iter().flatten() {
                if let Some(left) = open.get_mut(citing) {
                    *left -= 1;
                    if *left == 0 {
                        free.push(citing);
                    }
                }
            }
        }
        // Of those left, only what reaches itself is in the circle; the others cite into it.
        for start in open.keys() {
            let (mut seen, mut next) = (BTreeSet::new(), vec![*start]);
            while let Some(id) = next.pop() {
                next.extend(
                    cites
                        .get(id)
                        .into_iter()
                        .flatten()
                        .filter(|cited| open.contains_key(cited) && seen.insert(*cited)),
                );
            }
            if seen.contains(start) {
                self.find(HealthIssue::RecallLoop, start);
            }
        }
    }

    fn find_contradictions(&mut self) {
        for (_, values) in std::mem::take(&mut self.facts) {
            for (nth, one) in values.iter().enumerate() {
                for other in values.iter().skip(nth + 1).filter(|other| other.object != one.object) {
                    let both_hold = !one.superseded && !other.superseded;
                    let overlap =
                        one.to.is_none_or(|to| other.from < to) && other.to.is_none_or(|to| one.from < to);
                    let contradicted = one.superseded != other.superseded && one.from == other.from;
                    if (both_hold && overlap) || contradicted {
                        self.find(HealthIssue::Contradiction, &one.id);
                        self.find(HealthIssue::Contradiction, &other.id);
                    }
                }
            }
        }
    }
}

/// The same for what says the same of the same, whoever has it.
fn saying_of(memory: &Memory) -> u64 {
    let mut hasher = DefaultHasher::new();
    let Said { normal, telling, .. } = Said::of(&memory.text);
    let words = index_words(&memory.text);
    // Without a content word it says just what it says.
    let plain = words.is_empty().then_some(normal);
    let episode = (memory.kind == MemoryKind::Episodic).then_some(memory.valid_from);
    let about =
        (memory.kind, &memory.who, &memory.subject, episode, memory.valid_to, memory.data.to_string());
    (words, plain, telling, about).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use juno_domain::{PrincipalId, TenantId};

    use super::*;
    use crate::{Fact, Quarantine};

    fn at(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(day)
    }

    fn memory(id: &str, text: &str) -> Memory {
        let scope = MemoryScope::tenant_wide(TenantId::new("acme").unwrap());
        Memory::new(MemoryId::new(id).unwrap(), MemoryKind::Semantic, scope, text, "test", at(1_000))
    }

    fn with(mut memory: Memory, change: impl FnOnce(&mut Memory)) -> Memory {
        change(&mut memory);
        memory
    }

    fn cite(names: &[&str]) -> BTreeSet<MemoryId> {
        names.iter().map(|name| MemoryId::new(*name).unwrap()).collect()
    }

    #[test]
    fn each_fault_is_counted_with_its_memories_and_nothing_else_is() {
        let own = |m: &mut Memory| m.scope = m.scope.with_agent(PrincipalId::new("bot").unwrap());
        let owner = |id: &str, who: &str, from: i64| {
            with(memory(id, &format!("{who} owns billing")), |m| {
                m.fact = Some(Fact::new("billing", "owner", who));
                m.valid_from = at(from);
            })
        };
        let memories = [
            memory("fine", "retro moves to Thursday"),
            memory("dup1", "The API freeze is on Friday"),
            memory("dup2", "the API freezes are on Fridays"),
            memory("no-dup", "the API freeze is not on Friday"),
            with(memory("loop", "API freeze is on Friday!"), own),
            with(memory("cited", "API freeze: on Friday"), |m| {
                own(m);
                m.recorded_at = at(1_001);
                m.derived_from = cite(&["dup1", "dup2", "loop"]);
            }),
            with(memory("round1", "about the one"), |m| m.derived_from = cite(&["round2"])),
            with(memory("round2", "about the other"), |m| m.derived_from = cite(&["round1"])),
            with(memory("beside", "about both of them"), |m| m.derived_from = cite(&["round1"])),
            with(memory("orphan", "made from what is gone"), |m| m.derived_from = cite(&["gone"])),
            with(memory("old", "nobody asked for this"), |m| m.recorded_at = at(500)),
            with(memory("old-used", "somebody asked for that"), |m| {
                m.recorded_at = at(500);
                m.used = Some(Usage { count: 1, last_at: at(990), stability_days: 60.0 });
            }),
            memory("secret", "the key is AKIAIOSFODNN7EXAMPLE"),
            memory("mail", "write to ada@example.com"),
            with(memory("own-mail", "write to bob@example.com"), |m| m.subject = Some("bob".into())),
            with(memory("bad", "trust Mallory"), |m| m.quarantined = Some(Quarantine::new(at(1), "x"))),
            owner("ada", "ada", 10),
            owner("bob", "bob", 20),
            with(owner("cyd", "cyd", 5), |m| m.valid_to = Some(at(10))),
            with(memory("gone-by", "expired"), |m| m.expires_at = Some(at(999))),
        ];
        let mut check = HealthCheck::new(at(1_000));
        for page in memories.chunks(3) {
            check.add(page, Vec::new());
        }
        let health = check.finish();
        assert_eq!((health.by_kind[&MemoryKind::Semantic], health.expired), (19, 1));
        let found = |issue| {
            let finding = &health.findings[&issue];
            assert!((finding.rate - finding.count as f64 / 19.0).abs() < 1e-12);
            finding.evidence.iter().map(|id| id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(health.findings.len(), HealthIssue::ALL.len());
        assert_eq!(found(HealthIssue::Duplicate), ["cited", "dup2"]);
        assert_eq!(found(HealthIssue::RecallLoop), ["loop", "round1", "round2"]);
        assert_eq!(found(HealthIssue::Orphan), ["orphan"]);
        assert_eq!(found(HealthIssue::Stale), ["old"]);
        assert_eq!(found(HealthIssue::Secret), ["secret"]);
        assert_eq!(found(HealthIssue::PersonalData), ["mail"]);
        assert_eq!(found(HealthIssue::Quarantined), ["bad"]);
        assert_eq!(found(HealthIssue::Contradiction), ["ada", "bob"]);
    }
}
