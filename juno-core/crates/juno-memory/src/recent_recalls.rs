use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{MemoryId, TenantId};

use crate::likeness::Said;
use crate::{Memory, MemoryScope};

/// What was recalled a short time ago, so that it is not written down again as if it were news.
///
/// It lives in the process, holds words and ids and is bounded: ten minutes, 200 memories of a tenant, 100 tenants. After a
/// restart it is empty, and so is whatever a program had just recalled; what is written again later is still found to be a
/// duplicate where it stands.
#[derive(Debug, Default)]
pub struct RecentRecalls(BTreeMap<TenantId, VecDeque<Echo>>);

/// A memory that was just recalled.
#[derive(Debug, Clone)]
pub struct Echo {
    pub(crate) memory: MemoryId,
    pub(crate) of: MemoryScope,
    read_from: MemoryScope,
    at: DateTime<Utc>,
    pub(crate) said: Said,
}

impl RecentRecalls {
    /// How long something counts as just recalled.
    pub const WINDOW: TimeDelta = TimeDelta::minutes(10);
    /// The most memories of a tenant that are kept.
    pub const MAX_MEMORIES: usize = 200;
    const MAX_TENANTS: usize = 100;

    /// Keeps what a recall from `scope` gave at `now`.
    pub fn add<'m>(
        &mut self,
        scope: &MemoryScope,
        recalled: impl IntoIterator<Item = &'m Memory>,
        now: DateTime<Utc>,
    ) {
        if !self.0.contains_key(scope.tenant()) && self.0.len() >= Self::MAX_TENANTS {
            // Whoever was quiet for the longest time.
            let last = |echoes: &VecDeque<Echo>| echoes.back().map(|echo| echo.at);
            let quiet =
                self.0.iter().min_by_key(|(_, echoes)| last(echoes)).map(|(tenant, _)| tenant.clone());
            quiet.map(|tenant| self.0.remove(&tenant));
        }
        let echoes = self.0.entry(scope.tenant().clone()).or_default();
        echoes.retain(|echo| now.signed_duration_since(echo.at) <= Self::WINDOW);
        for memory in recalled {
            echoes.retain(|echo| echo.memory != memory.id || echo.read_from != *scope);
            let (of, said) = (memory.scope.clone(), Said::of(&memory.text));
            echoes.push_back(Echo { memory: memory.id.clone(), of, read_from: scope.clone(), at: now, said });
        }
        while echoes.len() > Self::MAX_MEMORIES {
            echoes.pop_front();
        }
    }

    /// What counts as just recalled for a write to `scope` at `now`: what was read from there, from what encloses it, or
    /// from within it.
    #[must_use]
    pub fn heard(&self, scope: &MemoryScope, now: DateTime<Utc>) -> Vec<Echo> {
        let related = |other: &MemoryScope| {
            other.path_upwards().contains(scope) || scope.path_upwards().contains(other)
        };
        let recent =
            |echo: &&Echo| now.signed_duration_since(echo.at) <= Self::WINDOW && related(&echo.read_from);
        self.0.get(scope.tenant()).into_iter().flatten().filter(recent).cloned().collect()
    }
}

/// Words that only wrap what was recalled.
const WRAPPING: [&str; 24] = [
    "accord",
    "assist",
    "context",
    "earlier",
    "fact",
    "follow",
    "inform",
    "know",
    "known",
    "memori",
    "mention",
    "note",
    "previous",
    "recal",
    "recall",
    "relev",
    "rememb",
    "say",
    "state",
    "store",
    "summari",
    "tell",
    "user",
    "rememberd",
];

/// How much of a text comes from echoes, 0 to 1, and from which, each with whether it alone is all of it; if the text says
/// nothing but what they say.
pub(crate) fn repeated<'e>(said: &Said, heard: &'e [Echo]) -> Option<(f64, Vec<(&'e Echo, bool)>)> {
    let content: BTreeSet<&String> =
        said.words.iter().filter(|word| !WRAPPING.contains(&word.as_str())).collect();
    let within = |pair: &&(String, String)| content.contains(&pair.0) && content.contains(&pair.1);
    let pairs: BTreeSet<&(String, String)> = said.pairs.iter().filter(within).collect();
    if pairs.len() < 2 {
        return None;
    }
    let share = |echo: &Echo| pairs.iter().filter(|pair| echo.said.pairs.contains(**pair)).count();
    let mut sources: Vec<&Echo> = heard.iter().filter(|echo| share(echo) >= 2).collect();
    sources.sort_by_key(|echo| usize::MAX - share(echo));
    let all_known = content.iter().all(|word| sources.iter().any(|echo| echo.said.words.contains(*word)));
    let tells = said.telling.keys().all(|key| sources.iter().any(|echo| echo.said.telling.contains_key(key)));
    let known =
        pairs.iter().filter(|pair| sources.iter().any(|echo| echo.said.pairs.contains(**pair))).count();
    let score = known as f64 / pairs.len() as f64;
    let sources: Vec<(&Echo, bool)> =
        sources.into_iter().map(|echo| (echo, share(echo) == pairs.len())).collect();
    (all_known && tells && score >= REPEATED && !sources.is_empty()).then_some((score, sources))
}

/// The least share of neighbouring words that come from what was recalled. What is put together of several memories has
/// seams.
const REPEATED: f64 = 0.6;

#[cfg(test)]
mod tests {
    use juno_domain::{PrincipalId, SessionId, TeamId};

    use super::*;
    use crate::MemoryKind;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn tenant(name: &str) -> MemoryScope {
        MemoryScope::tenant_wide(TenantId::new(name).unwrap())
    }

    fn memory(id: &str, scope: &MemoryScope, text: &str) -> Memory {
        Memory::new(MemoryId::new(id).unwrap(), MemoryKind::Semantic, scope.clone(), text, "test", at(0))
    }

    #[test]
    fn only_what_was_read_near_and_lately_is_heard_and_no_more_than_fits() {
        let team = tenant("acme").with_team(TeamId::new("pay").unwrap());
        let other = tenant("acme").with_team(TeamId::new("growth").unwrap());
        let session = team
            .with_agent(PrincipalId::new("juno").unwrap())
            .with_session(SessionId::new("s").unwrap())
            .unwrap();
        let mut recent = RecentRecalls::default();
        recent.add(&team, [&memory("m", &team, "the API freeze")], at(0));
        for scope in [&team, &session, &tenant("acme")] {
            assert_eq!(recent.heard(scope, at(9)).len(), 1, "{scope}");
        }
        assert!(recent.heard(&other, at(9)).is_empty() && recent.heard(&tenant("else"), at(9)).is_empty());
        assert!(recent.heard(&team, at(11)).is_empty());
        for nth in 0..1_000 {
            recent.add(&team, [&memory(&format!("m{nth}"), &team, "x")], at(1));
        }
        assert_eq!(recent.heard(&team, at(1)).len(), RecentRecalls::MAX_MEMORIES);
        for nth in 0..300 {
            recent.add(&tenant(&format!("t{nth}")), [&memory("m", &team, "x")], at(2));
        }
        assert!(recent.0.len() <= RecentRecalls::MAX_TENANTS);
    }
}
