use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use juno_domain::MemoryId;

use crate::{Memory, MemoryPage, MemoryScope, Recalled};

/// What "newest" orders by.
fn age(memory: &Memory) -> (DateTime<Utc>, &MemoryId) {
    (memory.recorded_at, &memory.id)
}

/// The newest of both.
pub(crate) fn newest(mut one: Vec<Memory>, other: Vec<Memory>, limit: usize) -> Vec<Memory> {
    one.extend(other);
    one.sort_by(|a, b| age(b).cmp(&age(a)));
    one.truncate(limit);
    one
}

/// The best of both; equal ones newest first.
pub(crate) fn best(mut one: Vec<Recalled>, other: Vec<Recalled>, limit: usize) -> Vec<Recalled> {
    if !other.is_empty() {
        one.extend(other);
        one.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| age(&b.memory).cmp(&age(&a.memory))));
        one.truncate(limit);
    }
    one
}

/// One page of pages that all begin behind the same id. Of a memory that several have, the first one's counts; `over`
/// says whether a later one counts instead.
pub(crate) fn page(
    pages: Vec<MemoryPage>,
    limit: usize,
    over: impl Fn(&Memory, &Memory) -> bool,
) -> MemoryPage {
    // Behind where one of them stops, it has more that is not here.
    let known = pages.iter().filter_map(|page| page.next.clone()).min();
    let within = |id: &str| known.as_ref().is_none_or(|known| id <= known.as_str());
    let mut all: BTreeMap<(MemoryId, MemoryScope), Memory> = BTreeMap::new();
    let mut corrupt = Vec::new();
    for page in pages {
        for memory in page.memories.into_iter().filter(|memory| within(memory.id.as_str())) {
            let place = (memory.id.clone(), memory.scope.clone());
            if all.get(&place).is_none_or(|held| over(held, &memory)) {
                all.insert(place, memory);
            }
        }
        corrupt.extend(page.corrupt);
    }
    let found = all.len();
    let mut memories: Vec<Memory> = all.into_values().collect();
    // The same id of two scopes stays on one page, so that the next begins behind it.
    let cut = memories.get(limit.saturating_sub(1)).map(|last| last.id.clone());
    if let Some(cut) = &cut {
        memories.retain(|memory| memory.id <= *cut);
    }
    let next = match cut {
        Some(cut) if memories.len() < found || known.is_some() => Some(cut),
        _ => known,
    };
    corrupt.retain(|damaged: &crate::CorruptMemory| {
        next.as_ref().is_none_or(|next| damaged.id.as_str() <= next.as_str())
    });
    corrupt.sort_by(|a, b| a.id.cmp(&b.id));
    MemoryPage { memories, corrupt, next }
}

#[cfg(test)]
mod tests {
    use juno_domain::TenantId;
    use proptest::prelude::*;

    use super::*;
    use crate::MemoryKind;

    fn memory(id: u8, text: &str) -> Memory {
        let scope = MemoryScope::tenant_wide(TenantId::new("acme").unwrap());
        let id = MemoryId::new(format!("m{id:03}")).unwrap();
        Memory::new(id, MemoryKind::Episodic, scope, text, "test", DateTime::UNIX_EPOCH)
    }

    fn part(held: &[Memory], after: Option<&MemoryId>, limit: usize) -> MemoryPage {
        let rest: Vec<&Memory> = held.iter().filter(|memory| Some(&memory.id) > after).collect();
        let memories: Vec<Memory> = rest.iter().take(limit).map(|memory| (*memory).clone()).collect();
        let next = memories.last().map(|last| last.id.clone()).filter(|_| rest.len() > limit);
        MemoryPage { memories, corrupt: Vec::new(), next }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// Page by page, everything of all tiers comes once, in order, the warm one first.
        #[test]
        fn pages_of_several_tiers_lose_and_double_nothing(
            warm in proptest::collection::btree_set(0_u8..60, 0..40),
            cold in proptest::collection::btree_set(0_u8..60, 0..40),
            limit in 1_usize..9,
        ) {
            let warms: Vec<Memory> = warm.iter().map(|id| memory(*id, "warm")).collect();
            let colds: Vec<Memory> = cold.iter().map(|id| memory(*id, "cold")).collect();
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let pages = vec![part(&warms, after.as_ref(), limit), part(&colds, after.as_ref(), limit)];
                let page = page(pages, limit, |_, _| false);
                prop_assert!(page.memories.len() <= limit);
                seen.extend(page.memories);
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            let expected: Vec<Memory> = (0..60)
                .filter(|id| warm.contains(id) || cold.contains(id))
                .map(|id| memory(id, if warm.contains(&id) { "warm" } else { "cold" }))
                .collect();
            prop_assert_eq!(seen, expected);
        }
    }
}
