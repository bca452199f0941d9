use std::borrow::Cow;

use chrono::TimeDelta;
use serde_json::{Map, Value};

use crate::likeness::{Rarity, Said};
use crate::recent_recalls::repeated;
use crate::sensitive::{find_sensitive, mask_sensitive};
use crate::{
    Echo, Memory, MemoryKind, PersonalHandling, SecretHandling, SensitiveKind, WriteDecision, WriteEvidence,
    WriteField, WriteReason, WriteRules, WriteVerdict,
};

/// Judges what is to be remembered before it is written: whether it is safe, says something, and says something new.
///
/// It is pure: the same candidate, neighbours and echoes give the same verdict. In order, the first that applies decides:
/// 1. a secret, or personal data: by the [`WriteRules`];
/// 2. too few content words, unless data come with it;
/// 3. what a memory in quarantine says;
/// 4. what another memory of the same kind says, of the same speaker and subject: word for word, or nearly;
/// 5. what was just recalled, unless it cites its sources in [`Memory::derived_from`].
///
/// Steps 2 to 5 are not for working memory, for what has a place in a thread (what was said was said, also twice), and for
/// facts, whose values find their place by themselves. Two episodes are the same only if they happened within a minute.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct WriteGate {
    rules: WriteRules,
}

/// How far apart two episodes may be and still be one.
const EPISODE: TimeDelta = TimeDelta::seconds(60);

impl WriteGate {
    /// How many of the nearest memories to judge against: more change nothing, as what is alike comes first.
    pub const NEAR: usize = 20;

    /// A gate that goes by these rules.
    #[must_use]
    pub const fn new(rules: WriteRules) -> Self {
        Self { rules }
    }

    /// The rules.
    #[must_use]
    pub const fn rules(&self) -> &WriteRules {
        &self.rules
    }

    /// The candidate with what has to be masked masked.
    #[must_use]
    pub fn masked<'m>(&self, candidate: &'m Memory) -> Cow<'m, Memory> {
        let masks = |kind: SensitiveKind| match kind.is_secret() {
            true => self.rules.secrets == SecretHandling::Mask,
            false => self.rules.personal == PersonalHandling::Mask,
        };
        if !fields(candidate).iter().flat_map(|(_, text)| find_sensitive(text)).any(|part| masks(part.kind)) {
            return Cow::Borrowed(candidate);
        }
        let mask = |text: &String| mask_sensitive(text, masks);
        let mut memory = candidate.clone();
        memory.text = mask(&memory.text);
        memory.source = mask(&memory.source);
        memory.tags = memory.tags.iter().map(mask).collect();
        memory.data = masked_data(&memory.data, &mask);
        if let Some(fact) = &mut memory.fact {
            fact.object = mask(&fact.object);
        }
        Cow::Owned(memory)
    }

    /// Judges a candidate, after [`masked`](Self::masked), against the memories of its scope that are nearest to it,
    /// those in quarantine included, and what was just recalled there.
    #[must_use]
    pub fn judge(&self, candidate: &Memory, near: &[Memory], heard: &[Echo]) -> WriteVerdict {
        if let Some(verdict) = self.judge_sensitive(candidate) {
            return verdict;
        }
        let exempt =
            candidate.kind == MemoryKind::Working || candidate.turn.is_some() || candidate.fact.is_some();
        if exempt {
            return accept(0.0, Vec::new());
        }
        let said = Said::of(&candidate.text);
        if said.words.len() < self.rules.min_words && candidate.data.is_null() {
            let missing = 1.0 - said.words.len() as f64 / self.rules.min_words.max(1) as f64;
            return reject(WriteReason::TooVague, missing, vec![WriteEvidence::Words(said.words.len())]);
        }
        let (verdict, nearest) = self.judge_likeness(candidate, &said, near);
        if let Some(verdict) = verdict {
            return verdict;
        }
        let heard: Vec<Echo> = heard
            .iter()
            .filter(|echo| !candidate.derived_from.contains(&echo.memory) && echo.memory != candidate.id)
            .cloned()
            .collect();
        if let Some((score, sources)) = repeated(&said, &heard) {
            let cited = |(echo, _): &(&Echo, bool)| WriteEvidence::Memory {
                id: echo.memory.clone(),
                likeness: score,
            };
            let evidence = sources.iter().map(cited).collect();
            let here = sources.iter().find(|(echo, whole)| *whole && echo.of == candidate.scope);
            let decision = match here {
                Some((echo, _)) => WriteDecision::Merge { into: echo.memory.clone() },
                None => WriteDecision::Reject,
            };
            return WriteVerdict { decision, reason: WriteReason::RecallLoop, score, evidence };
        }
        accept(nearest, Vec::new())
    }

    fn judge_sensitive(&self, candidate: &Memory) -> Option<WriteVerdict> {
        let mut found: Vec<(SensitiveKind, WriteField)> = fields(candidate)
            .into_iter()
            .flat_map(|(field, text)| find_sensitive(&text).into_iter().map(move |part| (part.kind, field)))
            .collect();
        found.sort_unstable();
        found.dedup();
        let refused = |kind: SensitiveKind| match kind.is_secret() {
            true => self.rules.secrets != SecretHandling::Allow,
            false => match self.rules.personal {
                PersonalHandling::Allow => false,
                PersonalHandling::RequireSubject => candidate.subject.is_none(),
                PersonalHandling::Mask | PersonalHandling::Reject => true,
            },
        };
        found.retain(|(kind, _)| refused(*kind));
        let secret = found.iter().any(|(kind, _)| kind.is_secret());
        let evidence: Vec<WriteEvidence> =
            found.into_iter().map(|(what, field)| WriteEvidence::Sensitive { what, field }).collect();
        let reason = if secret { WriteReason::Secret } else { WriteReason::PersonalData };
        (!evidence.is_empty()).then(|| reject(reason, 1.0, evidence))
    }

    /// The verdict where another memory says the same; and how much the nearest is like it.
    fn judge_likeness(
        &self,
        candidate: &Memory,
        said: &Said,
        near: &[Memory],
    ) -> (Option<WriteVerdict>, f64) {
        let near: Vec<(&Memory, Said)> = near
            .iter()
            .filter(|memory| memory.id != candidate.id && comparable(candidate, memory))
            .map(|memory| (memory, Said::of(&memory.text)))
            .collect();
        let rarity = Rarity::among(near.iter().map(|(_, said)| said).chain([said]));
        let likeness = |(memory, other): &(&Memory, Said)| {
            let same = said.normal == other.normal;
            let likeness = if same { 1.0 } else { said.likeness(other, &rarity) };
            (likeness, same, memory.quarantined.is_some(), memory.id.clone())
        };
        let mut alike: Vec<(f64, bool, bool, juno_domain::MemoryId)> = near.iter().map(likeness).collect();
        // The most alike first; of equals what is in quarantine, then by id.
        alike.sort_by(|a, b| {
            b.0.total_cmp(&a.0).then_with(|| (b.1, b.2).cmp(&(a.1, a.2))).then_with(|| a.3.cmp(&b.3))
        });
        let nearest = alike.first().map_or(0.0, |(likeness, ..)| *likeness);
        let Some((score, same, quarantined, id)) =
            alike.into_iter().find(|(likeness, ..)| *likeness >= self.rules.alike)
        else {
            return (None, nearest);
        };
        let evidence = vec![WriteEvidence::Memory { id: id.clone(), likeness: score }];
        let verdict = match (quarantined, same) {
            (true, _) => reject(WriteReason::Quarantined, score, evidence),
            (false, same) => WriteVerdict {
                decision: WriteDecision::Merge { into: id },
                reason: if same { WriteReason::Duplicate } else { WriteReason::NearDuplicate },
                score,
                evidence,
            },
        };
        (Some(verdict), nearest)
    }
}

/// Whether one could say what the other says: of one kind, speaker, subject and scope, and for one time.
fn comparable(candidate: &Memory, memory: &Memory) -> bool {
    let same_time =
        candidate.kind != MemoryKind::Episodic || (candidate.valid_from - memory.valid_from).abs() <= EPISODE;
    same_time
        && memory.scope == candidate.scope
        && memory.kind == candidate.kind
        && memory.who == candidate.who
        && memory.subject == candidate.subject
        && memory.valid_to == candidate.valid_to
        && memory.superseded_at.is_none()
        && memory.turn.is_none()
        && memory.fact.is_none()
        && (candidate.data.is_null() || candidate.data == memory.data)
}

fn accept(score: f64, evidence: Vec<WriteEvidence>) -> WriteVerdict {
    WriteVerdict { decision: WriteDecision::Accept, reason: WriteReason::New, score, evidence }
}

fn reject(reason: WriteReason, score: f64, evidence: Vec<WriteEvidence>) -> WriteVerdict {
    WriteVerdict { decision: WriteDecision::Reject, reason, score, evidence }
}

/// Every text of a memory in which something sensitive could lie. Who said it and whose it is are names by their nature.
pub(crate) fn fields(memory: &Memory) -> Vec<(WriteField, Cow<'_, str>)> {
    let mut fields =
        vec![(WriteField::Text, Cow::from(&memory.text)), (WriteField::Source, Cow::from(&memory.source))];
    fields.extend(memory.tags.iter().map(|tag| (WriteField::Tags, Cow::from(tag))));
    fields.extend(memory.fact.iter().map(|fact| (WriteField::Fact, Cow::from(&fact.object))));
    let mut open = vec![&memory.data];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => fields.push((WriteField::Data, Cow::from(text))),
            Value::Array(items) => open.extend(items),
            Value::Object(entries) => {
                // With its name, as `password` says what a value is.
                for (name, value) in entries {
                    match value {
                        Value::String(text) => {
                            fields.push((WriteField::Data, format!("{name}: {text}").into()))
                        }
                        other => {
                            fields.push((WriteField::Data, Cow::from(name)));
                            open.push(other);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    fields
}

/// A checked memory is at most 64 levels deep.
fn masked_data(data: &Value, mask: &impl Fn(&String) -> String) -> Value {
    match data {
        Value::String(text) => mask(text).into(),
        Value::Array(items) => items.iter().map(|item| masked_data(item, mask)).collect(),
        Value::Object(entries) => Value::Object(
            entries.iter().map(|(name, value)| masked_entry(name, value, mask)).collect::<Map<_, _>>(),
        ),
        other => other.clone(),
    }
}

fn masked_entry(name: &String, value: &Value, mask: &impl Fn(&String) -> String) -> (String, Value) {
    let Value::String(text) = value else { return (mask(name), masked_data(value, mask)) };
    let head = format!("{name}: ");
    let both = mask(&format!("{head}{text}"));
    match both.strip_prefix(&head) {
        Some(value) => (name.clone(), value.into()),
        None => (mask(name), mask(text).into()),
    }
}

#[cfg(test)]
#[path = "write_gate_tests.rs"]
mod tests;
