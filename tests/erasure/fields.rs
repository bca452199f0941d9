//! Every text in every kind of record is declared: somebody's own words, or harmless.

use std::collections::{BTreeMap, BTreeSet};

use juno_core::Stores;
use juno_core::domain::EventKind;
use serde_json::Value;

use crate::life::{Life, MIA, OTHERS};

/// Places that hold no words of a person, for each kind of record: ids, names of roles and states, times, digests, the
/// action itself, and what programs say. `*` stands for any element of a list, `**` for all below.
const HARMLESS: &str = include_str!("harmless.txt");

/// Kinds that nothing makes today.
const UNUSED: [EventKind; 2] = [EventKind::OutcomeRecorded, EventKind::ModelChanged];

fn word(kind: EventKind) -> String {
    serde_json::to_value(kind).unwrap().as_str().unwrap().to_owned()
}

/// Every text below a value, with its place.
fn texts(value: &Value, place: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => found.push((place.to_owned(), text.clone())),
        Value::Array(elements) => {
            elements.iter().for_each(|element| texts(element, &format!("{place}/*"), found))
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| texts(value, &format!("{place}/{name}"), found));
        }
        _ => {}
    }
}

fn below(place: &str, pattern: &str) -> bool {
    match pattern.strip_suffix("/**") {
        Some(above) => place.starts_with(above),
        None => place == pattern,
    }
}

/// control: GDPR-17
#[tokio::test]
async fn every_text_of_every_kind_of_record_is_declared_personal_or_harmless() {
    let life = Life::lived(Stores::in_memory()).await;
    life.juno.audit.erase("nobody", &crate::life::person("ada"), "none").await.expect("nothing");
    let mut harmless: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in HARMLESS.lines().filter(|line| !line.is_empty()) {
        let (kind, place) = line.split_once(' ').expect("a kind and a place");
        harmless.entry(kind).or_default().insert(place);
    }
    let mut undeclared = BTreeSet::new();
    let (mut kinds, mut used, mut said) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for event in life.events().await {
        let kind = word(event.kind);
        kinds.insert(kind.clone());
        let mut found = Vec::new();
        texts(&event.payload.value(), "", &mut found);
        for (place, text) in found {
            let own = event
                .kind
                .own_words()
                .iter()
                .find(|own| place == **own || place.starts_with(&format!("{own}/")));
            if let Some(own) = own {
                said.insert((kind.clone(), *own));
                assert!(
                    !text.contains(MIA) || event.actor.as_str() == "mia",
                    "{kind} {place} is not of its actor"
                );
                continue;
            }
            assert!(
                !text.contains(MIA) && !text.contains(OTHERS),
                "{kind} {place} holds somebody's words: {text}"
            );
            match harmless.get(&*kind).and_then(|places| places.iter().find(|pattern| below(&place, pattern)))
            {
                Some(pattern) => drop(used.insert((kind.clone(), *pattern))),
                None => drop(undeclared.insert(format!("{kind} {place}"))),
            }
        }
    }
    let undeclared: Vec<String> = undeclared.into_iter().collect();
    assert!(undeclared.is_empty(), "neither somebody's own words nor harmless:\n{}", undeclared.join("\n"));
    let stale: Vec<_> = harmless
        .iter()
        .flat_map(|(kind, places)| places.iter().map(|place| ((*kind).to_owned(), *place)))
        .filter(|line| !used.contains(line))
        .collect();
    assert!(stale.is_empty(), "declared and never there: {stale:?}");
    for kind in EventKind::ALL {
        let named = word(kind);
        let made = kinds.contains(&named);
        // Receipts are made where something is erased, which the other tests do.
        let elsewhere = [EventKind::PayloadErased, EventKind::MemoryErased, EventKind::NotificationGivenUp];
        assert!(made || UNUSED.contains(&kind) || elsewhere.contains(&kind), "nothing here makes {named}");
        for own in kind.own_words().iter().filter(|_| made && kind != EventKind::PolicyChanged) {
            assert!(said.contains(&(named.clone(), *own)), "nobody says anything at {own} of {named}");
        }
    }
}
