use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Memory, MemoryKind, Recalled, Trust};

/// A memory, or one that was found, with its score.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum MemoryRow {
    /// One that was found.
    Found(Box<Recalled>),
    /// A memory.
    Memory(Box<Memory>),
}

/// Memories as columns of equal length, for a data frame.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct MemoryColumns {
    /// The ids.
    pub id: Vec<String>,
    /// Their kinds.
    pub kind: Vec<MemoryKind>,
    /// Their teams.
    pub team: Vec<Option<String>>,
    /// Their agents.
    pub agent: Vec<Option<String>>,
    /// Their sessions.
    pub session: Vec<Option<String>>,
    /// What they say.
    pub text: Vec<String>,
    /// What they say as data, as JSON; `None` where the text says it all.
    pub data: Vec<Option<String>>,
    /// Their tags.
    pub tags: Vec<Vec<String>>,
    /// How much they matter.
    pub importance: Vec<f64>,
    /// How sure they are.
    pub confidence: Vec<Option<f64>>,
    /// Where they come from.
    pub source: Vec<String>,
    /// Who said it.
    pub who: Vec<Option<String>>,
    /// Whose personal data it is.
    pub subject: Vec<Option<String>>,
    /// How far they are trusted.
    pub trust: Vec<Trust>,
    /// How often they were of use.
    pub used: Vec<u32>,
    /// Whether they are in quarantine.
    pub quarantined: Vec<bool>,
    /// Since when they are true.
    pub valid_from: Vec<DateTime<Utc>>,
    /// Until when.
    pub valid_to: Vec<Option<DateTime<Utc>>>,
    /// When they were written down.
    pub recorded_at: Vec<DateTime<Utc>>,
    /// When they expire.
    pub expires_at: Vec<Option<DateTime<Utc>>>,
    /// How well they match; `None` for what was not looked for.
    pub score: Vec<Option<f64>>,
}

impl MemoryColumns {
    fn add(&mut self, memory: &Memory, score: Option<f64>) {
        let name = |name: Option<&str>| name.map(str::to_owned);
        self.id.push(memory.id.to_string());
        self.kind.push(memory.kind);
        self.team.push(name(memory.scope.team().map(|team| team.as_str())));
        self.agent.push(name(memory.scope.agent().map(|agent| agent.as_str())));
        self.session.push(name(memory.scope.session().map(|session| session.as_str())));
        self.text.push(memory.text.clone());
        self.data.push(Some(&memory.data).filter(|data| !data.is_null()).map(ToString::to_string));
        self.tags.push(memory.tags.iter().cloned().collect());
        self.importance.push(memory.importance.get());
        self.confidence.push(memory.confidence.map(|confidence| confidence.get()));
        self.source.push(memory.source.clone());
        self.who.push(memory.who.clone());
        self.subject.push(memory.subject.clone());
        self.trust.push(memory.trust);
        self.used.push(memory.used.map_or(0, |used| used.count));
        self.quarantined.push(memory.quarantined.is_some());
        self.valid_from.push(memory.valid_from);
        self.valid_to.push(memory.valid_to);
        self.recorded_at.push(memory.recorded_at);
        self.expires_at.push(memory.expires_at);
        self.score.push(score);
    }
}

impl<'a> FromIterator<&'a MemoryRow> for MemoryColumns {
    fn from_iter<I: IntoIterator<Item = &'a MemoryRow>>(rows: I) -> Self {
        let mut columns = Self::default();
        for row in rows {
            match row {
                MemoryRow::Found(found) => columns.add(&found.memory, Some(found.score)),
                MemoryRow::Memory(memory) => columns.add(memory, None),
            }
        }
        columns
    }
}

#[cfg(test)]
mod tests {
    use juno_domain::{MemoryId, TenantId};
    use serde_json::json;

    use super::*;
    use crate::MemoryScope;

    #[test]
    fn columns_are_of_one_length_and_know_hits_from_memories() {
        let scope = MemoryScope::tenant_wide(TenantId::new("acme").unwrap());
        let id = MemoryId::new("m1").unwrap();
        let mut memory =
            Memory::new(id, MemoryKind::Semantic, scope, "the freeze", "test", DateTime::UNIX_EPOCH);
        memory.data = json!({"a": 1});
        let hit = json!({"memory": memory, "score": 0.5, "why": []});
        let rows: Vec<MemoryRow> = serde_json::from_value(json!([hit, memory])).unwrap();
        let columns = rows.iter().collect::<MemoryColumns>();
        assert_eq!(columns.score, [Some(0.5), None]);
        assert_eq!(columns.data[1].as_deref(), Some("{\"a\":1}"));
        let json = serde_json::to_value(&columns).unwrap();
        assert!(json.as_object().unwrap().values().all(|column| column.as_array().unwrap().len() == 2));
        assert!(serde_json::from_value::<Vec<MemoryRow>>(json!([{"id": "m1"}])).is_err());
    }
}
