use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use juno_crypto::digest_of;
use juno_domain::{MemoryId, PrincipalId, Probability, SessionId, TeamId};
use juno_memory::{
    Fact, FactChange, Memory, MemoryFilter, MemoryKind, MemoryScope, Reach, RecallQuery, Recalled, Trust,
    Turn, WriteDecision, WriteReason, WriteVerdict,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::remembered::accepted;
use crate::{AgentError, MemoryHandle, Remembered};

/// Where in the tenant a memory stands: a team, an agent in it, a session of that agent; nothing for all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Place {
    /// The team.
    pub team: Option<TeamId>,
    /// The agent.
    pub agent: Option<PrincipalId>,
    /// The session; it needs an agent.
    pub session: Option<SessionId>,
}

/// Something to remember, as a program notes it down: only the text must be said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// What recall searches.
    pub text: String,
    /// Its id; by default a digest of place, kind and text, so that the same note is kept once.
    pub id: Option<MemoryId>,
    /// Its kind; default semantic, a fact.
    pub kind: Option<MemoryKind>,
    /// The team.
    pub team: Option<TeamId>,
    /// The agent.
    pub agent: Option<PrincipalId>,
    /// The session; it needs an agent.
    pub session: Option<SessionId>,
    /// What it says, as data.
    #[serde(default)]
    pub data: Value,
    /// Labels.
    #[serde(default)]
    pub tags: BTreeSet<String>,
    /// How much it matters; default 0.5.
    pub importance: Option<Probability>,
    /// How sure it is.
    pub confidence: Option<Probability>,
    /// Where it comes from; default the instance.
    pub source: Option<String>,
    /// Who said or did it.
    pub who: Option<String>,
    /// Whose personal data it is.
    pub subject: Option<String>,
    /// How far its source is trusted; default unverified.
    #[serde(default)]
    pub trust: Trust,
    /// The memories it was made from.
    #[serde(default)]
    pub derived_from: BTreeSet<MemoryId>,
    /// The fact it states: its value ends the one that was known before, and nothing is overwritten.
    pub fact: Option<Fact>,
    /// Its place in a conversation or another thread.
    pub turn: Option<Turn>,
    /// Since when it is true; default now. Of something that happened, when.
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when it is true; default as long as is known.
    pub valid_to: Option<DateTime<Utc>>,
    /// From when on nobody is told any more; default never, for working memory 30 minutes.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Which memories to look in, and how many to give.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lookup {
    /// The team.
    pub team: Option<TeamId>,
    /// The agent.
    pub agent: Option<PrincipalId>,
    /// The session; it needs an agent.
    pub session: Option<SessionId>,
    /// Also the places that enclose it; default only the very place.
    pub upwards: bool,
    /// Wanted kinds; all by default.
    pub kinds: BTreeSet<MemoryKind>,
    /// Tags a memory must all carry.
    pub all_tags: BTreeSet<String>,
    /// Tags of which a memory must carry one.
    pub any_tags: BTreeSet<String>,
    /// Only what was true at this instant.
    pub as_of: Option<DateTime<Utc>>,
    /// Only what was known at this instant.
    pub known_at: Option<DateTime<Utc>>,
    /// Only what is trusted at least so far.
    pub min_trust: Option<Trust>,
    /// Also what is in quarantine.
    pub with_quarantined: bool,
}

impl MemoryHandle {
    /// The scope of a place in this tenant.
    ///
    /// # Errors
    /// If it names a session without an agent.
    pub fn at(&self, place: &Place) -> Result<MemoryScope, AgentError> {
        let Place { team, agent, session } = place.clone();
        Ok(MemoryScope::new(self.0.config.tenant.clone(), team, agent, session)?)
    }

    /// Remembers a note, and gives what was remembered and what the write gate said to it; of what was known already, the
    /// memory that says it.
    ///
    /// # Errors
    /// If the gate refuses it, it breaks a limit, its id is taken in another scope, or a store cannot be reached.
    pub async fn note(&self, note: Note) -> Result<Remembered, AgentError> {
        let memory = self.noted(note)?;
        if memory.fact.is_none() {
            return self.remember(&memory).await;
        }
        let outcome = self.record_fact(&memory).await?;
        let mut written = accepted();
        if outcome.change == FactChange::Known {
            written.decision = WriteDecision::Merge { into: outcome.memory.clone() };
            (written.reason, written.score) = (WriteReason::Duplicate, 1.0);
        }
        let stated = self.get(&memory.scope, &outcome.memory).await?;
        Ok(Remembered { memory: stated.unwrap_or(memory), written })
    }

    /// What would become of a note if it were remembered now; nothing is written.
    ///
    /// # Errors
    /// If it breaks a limit, or a store cannot be reached.
    pub async fn consider(&self, note: Note) -> Result<WriteVerdict, AgentError> {
        self.judge(&self.noted(note)?).await
    }

    /// The memory that a note is.
    fn noted(&self, note: Note) -> Result<Memory, AgentError> {
        let scope = self.at(&Place { team: note.team, agent: note.agent, session: note.session })?;
        let kind = note.kind.unwrap_or(MemoryKind::Semantic);
        let id = match note.id {
            Some(id) => id,
            None => {
                let digest = digest_of(&(&scope, kind, &note.text))?.to_string();
                MemoryId::new(format!("note-{}", digest.get(..32).unwrap_or(&digest)))?
            }
        };
        let source = note.source.unwrap_or_else(|| self.0.config.instance.to_string());
        let mut memory = Memory::new(id, kind, scope, note.text, source, self.0.parts.clock.now());
        memory.data = note.data;
        memory.tags = note.tags;
        memory.importance = note.importance.unwrap_or(memory.importance);
        memory.confidence = note.confidence;
        memory.who = note.who;
        memory.subject = note.subject;
        memory.trust = note.trust;
        memory.derived_from = note.derived_from;
        memory.turn = note.turn;
        memory.fact = note.fact;
        memory.valid_to = note.valid_to;
        memory.valid_from = note.valid_from.unwrap_or(memory.valid_from);
        memory.expires_at = note.expires_at.or(memory.expires_at);
        Ok(memory)
    }

    /// At most `limit` memories that match the words best; the newest ones where there is no word to look for.
    ///
    /// # Errors
    /// If the query breaks a limit, or a store cannot be reached.
    pub async fn look_up(
        &self,
        text: &str,
        limit: usize,
        lookup: Lookup,
    ) -> Result<Vec<Recalled>, AgentError> {
        let Lookup { team, agent, session, upwards, kinds, all_tags, any_tags, as_of, known_at, .. } = lookup;
        let (min_trust, with_quarantined) = (lookup.min_trust, lookup.with_quarantined);
        let scope = self.at(&Place { team, agent, session })?;
        let reach = if upwards { Reach::Upwards } else { Reach::Exact };
        let filter = MemoryFilter {
            reach,
            kinds,
            all_tags,
            any_tags,
            as_of,
            known_at,
            min_trust,
            with_quarantined,
            limit,
            ..MemoryFilter::new(scope)
        };
        self.recall(&RecallQuery::new(text, filter)).await
    }
}
