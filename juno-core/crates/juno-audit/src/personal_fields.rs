use std::collections::{BTreeMap, BTreeSet};

use juno_domain::{DomainEvent, ERASED, EventKind, Whose};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::AuditError;

/// Which parts of which events can be erased later, and whose they are. By default none are: a record then holds its
/// event whole, and nothing of it can ever be taken away.
///
/// Choose before the first event is recorded: what lies in a record whole stays there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<EventKind, PersonalPart>", into = "BTreeMap<EventKind, PersonalPart>")]
pub struct PersonalFields(BTreeMap<EventKind, PersonalPart>);

/// The part of one kind of event that can be erased. It belongs to one person: who erases it erases all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonalPart {
    /// Places in the payload, as JSON pointers (RFC 6901): `/vote/reason`; empty text for all of it.
    pub fields: BTreeSet<String>,
    /// Whose they are.
    #[serde(default)]
    pub person: Person,
}

/// Whose a part of an event is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Person {
    /// Who caused the event.
    #[default]
    Actor,
    /// Who is named at this place of the payload; the actor, where no text stands there.
    At(String),
}

impl PersonalFields {
    /// Nothing can be erased.
    #[must_use]
    pub const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// What is written in somebody's own words, in every kind of event: why they propose, appeal, vote, decide, escalate,
    /// cancel, withdraw, revoke, resolve and undo, stop, change roles, and put memories into quarantine. Actions, numbers,
    /// verdicts and pseudonymous ids stay in the record, and so do the reasons of legal holds and erasures, which have to
    /// be shown later.
    #[must_use]
    pub fn reasons() -> Self {
        let part = |kind: &EventKind| {
            let fields: BTreeSet<String> = kind.own_words().iter().map(|place| (*place).to_owned()).collect();
            (!fields.is_empty()).then_some((*kind, PersonalPart { fields, person: Person::Actor }))
        };
        Self(EventKind::ALL.iter().filter_map(part).collect())
    }

    /// These parts.
    ///
    /// # Errors
    /// If a place is no JSON pointer, or a kind that says what was erased or held would itself be erasable.
    pub fn new(parts: BTreeMap<EventKind, PersonalPart>) -> Result<Self, AuditError> {
        let receipts = [EventKind::PayloadErased, EventKind::HoldPlaced, EventKind::HoldLifted];
        if let Some(kind) = receipts.into_iter().find(|kind| parts.contains_key(kind)) {
            return Err(AuditError::Receipt(kind));
        }
        for part in parts.values() {
            let person = match &part.person {
                Person::Actor => None,
                Person::At(place) => Some(place),
            };
            let wrong =
                part.fields.iter().chain(person).find(|place| !place.is_empty() && !place.starts_with('/'));
            if let Some(place) = wrong {
                return Err(AuditError::Pointer(place.clone()));
            }
        }
        Ok(Self(parts))
    }

    /// Whether nothing can be erased.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.values().all(|part| part.fields.is_empty())
    }

    /// An event without its personal part, and whose that is with what it holds by place; `None` where it has none. What
    /// is left reads as if it had been erased.
    #[must_use]
    pub fn apart(&self, event: &DomainEvent) -> Option<(DomainEvent, String, Map<String, Value>)> {
        let mut payload = event.payload.value().into_owned();
        let (person, part) = self.split(event, &mut payload)?;
        let erased = part.iter().map(|(place, value)| (place.clone(), erased_like(value))).collect();
        join(&mut payload, erased);
        Some((DomainEvent { payload: payload.into(), ..event.clone() }, person, part))
    }

    /// Puts a part that was taken [`apart`](Self::apart) back; false if its places are not there.
    #[must_use]
    pub fn rejoin(event: &mut DomainEvent, part: Map<String, Value>) -> bool {
        event.payload.change(|payload| join(payload, part))
    }

    /// Erases the personal part of an event that has not reached the log, if it is meant; whether it was.
    pub fn erase_from(&self, event: &mut DomainEvent, whose: &Whose) -> bool {
        let Some((rest, person, _)) = self.apart(event) else { return false };
        let gone = whose.covers(&person, event.at) && rest.payload != event.payload;
        if gone {
            *event = rest;
        }
        gone
    }

    /// Takes the personal part out of a payload: whose it is, and what it held by place. None, and nothing is taken,
    /// where the event has no such part.
    pub(crate) fn split(
        &self,
        event: &DomainEvent,
        payload: &mut Value,
    ) -> Option<(String, Map<String, Value>)> {
        let part = self.0.get(&event.kind)?;
        let person = match &part.person {
            Person::Actor => None,
            Person::At(place) => payload.pointer(place).and_then(Value::as_str).map(str::to_owned),
        };
        // In order, so that a place inside another one is gone with it and is not looked for again.
        let taken: Map<String, Value> =
            part.fields.iter().filter_map(|place| Some((place.clone(), take(payload, place)?))).collect();
        (!taken.is_empty()).then(|| (person.unwrap_or_else(|| event.actor.to_string()), taken))
    }
}

/// What stands in the place of a part that was erased where it had not reached the log: of the same shape.
fn erased_like(value: &Value) -> Value {
    match value {
        Value::String(_) => ERASED.into(),
        Value::Array(elements) if elements.first().is_some_and(Value::is_string) => json!([ERASED]),
        Value::Array(_) => json!([]),
        _ => Value::Null,
    }
}

/// Puts a personal part back into its payload; false if a place is not there.
pub(crate) fn join(payload: &mut Value, part: Map<String, Value>) -> bool {
    part.into_iter().all(|(place, value)| put(payload, &place, value))
}

/// The place above and the last step, unescaped; None for the whole.
fn steps(place: &str) -> Option<(&str, String)> {
    let (above, last) = place.rsplit_once('/')?;
    Some((above, last.replace("~1", "/").replace("~0", "~")))
}

/// A member leaves its object; an element of a list, and the whole, leave a null behind, as the others keep their
/// places.
fn take(payload: &mut Value, place: &str) -> Option<Value> {
    match steps(place) {
        None => Some(payload.take()).filter(|whole| !whole.is_null()),
        Some((above, last)) => match payload.pointer_mut(above)? {
            Value::Object(members) => members.remove(&last),
            Value::Array(_) => payload.pointer_mut(place).map(Value::take),
            _ => None,
        },
    }
}

fn put(payload: &mut Value, place: &str, value: Value) -> bool {
    let Some((above, last)) = steps(place) else {
        *payload = value;
        return true;
    };
    match payload.pointer_mut(above) {
        Some(Value::Object(members)) => {
            members.insert(last, value);
            true
        }
        Some(Value::Array(_)) => payload.pointer_mut(place).map(|element| *element = value).is_some(),
        _ => false,
    }
}

impl TryFrom<BTreeMap<EventKind, PersonalPart>> for PersonalFields {
    type Error = AuditError;
    fn try_from(parts: BTreeMap<EventKind, PersonalPart>) -> Result<Self, AuditError> {
        Self::new(parts)
    }
}

impl From<PersonalFields> for BTreeMap<EventKind, PersonalPart> {
    fn from(fields: PersonalFields) -> Self {
        fields.0
    }
}
