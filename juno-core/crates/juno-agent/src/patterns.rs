use std::collections::BTreeMap;

use juno_confidence::wilson_interval;
use juno_crypto::digest;
use juno_domain::{Decision, Interval, MemoryId, Outcome, OutcomeResult, Probability, TeamId, Verdict};
use juno_memory::{Memory, MemoryKind, written_event};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::core::Core;
use crate::experience::{BY_PERSON, DECISION, OUTCOME, action_tag};
use crate::judged::part;
use crate::memory_ids::{decision_memory, outcome_memory};
use crate::{AgentError, MemoryHandle};

/// The fewest cases that make a pattern.
const MIN_CASES: u32 = 5;
/// How many of the newest cases are named.
const EVIDENCE: usize = 20;

/// What a pattern is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatternKind {
    /// What a team's people approve when they are asked.
    Preference,
    /// What works when it is carried out.
    Workflow,
}

/// How often something went well for a team.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pattern {
    /// What it is about.
    pub kind: PatternKind,
    /// The action.
    pub action: String,
    /// How often people approved it, or it succeeded.
    pub right: u32,
    /// How often people decided on it, or it ended with a known result.
    pub total: u32,
    /// The share of `right`.
    pub rate: Probability,
    /// Wilson's 95 % interval of the rate.
    pub interval: Interval,
    /// Whether it counts as a pattern: at least five cases, and a rate from `memory.pattern_threshold` on; of a preference
    /// also one as far below, for then the team declines.
    pub holds: bool,
    /// The memories of the newest cases, the newest first: at most twenty.
    pub evidence: Vec<MemoryId>,
}

impl MemoryHandle {
    /// What a team's people approve, and what works for it, counted over what JUNO remembers of decisions and outcomes: by
    /// kind, then action. Preferences are left out where `memory.team_preference_learning` is off.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn patterns(&self, team: &TeamId) -> Result<Vec<Pattern>, AgentError> {
        let core = &self.0;
        let now = core.parts.clock.now();
        let mut cases: BTreeMap<(PatternKind, String), Vec<(bool, MemoryId)>> = BTreeMap::new();
        if core.config.learn_preferences {
            for memory in core.known(team, &[DECISION, BY_PERSON], now).await? {
                let Some(right) = approved(&memory) else { continue };
                let Some(action) = action_of(&memory) else { continue };
                cases.entry((PatternKind::Preference, action)).or_default().push((right, memory.id));
            }
        }
        for memory in core.known(team, &[OUTCOME], now).await? {
            let Some(right) = succeeded(&memory) else { continue };
            let Some(action) = action_of(&memory) else { continue };
            cases.entry((PatternKind::Workflow, action)).or_default().push((right, memory.id));
        }
        cases.into_iter().map(|((kind, action), cases)| core.pattern(kind, action, cases)).collect()
    }

    /// Counts the [`patterns`](Self::patterns) of a team and remembers those that hold, each citing its newest cases:
    /// preferences as semantic memories, workflows as procedural ones. What held before and does not any more is superseded.
    /// The same again changes nothing.
    ///
    /// # Errors
    /// If a store cannot be reached.
    pub async fn learn_patterns(&self, team: &TeamId) -> Result<Vec<Pattern>, AgentError> {
        let patterns = self.patterns(team).await?;
        for pattern in &patterns {
            self.0.keep(team, pattern).await?;
        }
        self.0.drain().await?;
        Ok(patterns)
    }
}

impl Core {
    fn pattern(
        &self,
        kind: PatternKind,
        action: String,
        cases: Vec<(bool, MemoryId)>,
    ) -> Result<Pattern, AgentError> {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (right, total) = (count(cases.iter().filter(|(right, _)| *right).count()), count(cases.len()));
        let interval = wilson_interval(right, total, Probability::new(0.95)?)?;
        let rate = Probability::new(f64::from(right) / f64::from(total.max(1)))?;
        let threshold = self.config.pattern_threshold.get();
        let declined = kind == PatternKind::Preference && rate.get() <= 1.0 - threshold;
        let holds = total >= MIN_CASES && (rate.get() >= threshold || declined);
        let evidence = cases.into_iter().take(EVIDENCE).map(|(_, id)| id).collect();
        Ok(Pattern { kind, action, right, total, rate, interval, holds, evidence })
    }

    async fn keep(&self, team: &TeamId, pattern: &Pattern) -> Result<(), AgentError> {
        let (store, now) = (&self.parts.stores.memory, self.parts.clock.now());
        let scope = self.scope_of(team);
        let (word, kind) = match pattern.kind {
            PatternKind::Preference => ("preference", MemoryKind::Semantic),
            PatternKind::Workflow => ("workflow", MemoryKind::Procedural),
        };
        let name = digest(pattern.action.as_bytes()).to_string();
        let id = MemoryId::new(format!("pattern-{word}-{}", name.get(..32).unwrap_or(&name)))?;
        let before = store.get(&scope, &id, now).await?;
        if !pattern.holds {
            self.change(&scope, &id, |memory| {
                memory.superseded_at.get_or_insert(now);
            })
            .await?;
            return Ok(());
        }
        let mut memory = Memory::new(id, kind, scope, said(pattern), "patterns", now);
        memory.data = json!({ "pattern": pattern });
        memory.tags = ["pattern".to_owned(), format!("pattern:{word}"), action_tag(&pattern.action)].into();
        memory.confidence = Some(pattern.rate);
        memory.derived_from = pattern.evidence.iter().cloned().collect();
        if let Some(before) = before {
            if before.data == memory.data && before.superseded_at.is_none() {
                return Ok(());
            }
            (memory.used, memory.quarantined) = (before.used, before.quarantined);
        }
        Ok(store.put(&memory, &[written_event(&memory, &self.config.instance)?]).await?)
    }
}

fn said(pattern: &Pattern) -> String {
    let Pattern { action, right, total, rate, interval, .. } = pattern;
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let range = format!("{} to {}", percent(interval.lower()), percent(interval.upper()));
    match pattern.kind {
        PatternKind::Preference if rate.get() < 0.5 => {
            format!("People of this team decline {action}: they approved {right} of {total} ({range})")
        }
        PatternKind::Preference => {
            format!("People of this team approve {action}: {right} of {total} ({range})")
        }
        PatternKind::Workflow => {
            format!("For this team {action} works: {right} of {total} succeeded ({range})")
        }
    }
}

/// Whether people approved it. What is not what its id says tells nothing.
fn approved(memory: &Memory) -> Option<bool> {
    let decision: Decision = part(memory, DECISION)?;
    let own = decision_memory(&decision.proposal).ok()? == memory.id;
    match decision.verdict {
        Verdict::Approved if own => Some(true),
        Verdict::Denied if own => Some(false),
        _ => None,
    }
}

fn succeeded(memory: &Memory) -> Option<bool> {
    let outcome: Outcome = part(memory, OUTCOME)?;
    let own = outcome_memory(&outcome.proposal).ok()? == memory.id;
    match outcome.result {
        OutcomeResult::Succeeded if own => Some(true),
        OutcomeResult::Failed | OutcomeResult::Reversed if own => Some(false),
        _ => None,
    }
}

fn action_of(memory: &Memory) -> Option<String> {
    memory.tags.iter().find_map(|tag| tag.strip_prefix("action:")).map(str::to_owned)
}
