use juno_crypto::digest_of;
use juno_domain::MemoryId;

use crate::{FactChange, FactOutcome, Memory, MemoryError};

/// What a store has to write so that a fact takes its place among the values that are known: it calls this with what it
/// holds, inside the transaction in which it writes.
///
/// `known` are the memories of the new one's scope with the same [`Fact::key`](crate::Fact::key), in any order. What is
/// written replaces what has its id.
///
/// The values of one subject and predicate follow each other by the time since when they are true, in whatever order
/// they arrive:
/// - the one before ends where the new one begins;
/// - the new one ends where the one after begins;
/// - the same value again, at a time it is known for, changes nothing;
/// - another value from the very same instant on contradicts it, and the one recorded later holds.
///
/// A memory is never changed but by what is learnt later: the old one is kept as superseded at that time, and a copy
/// with its new end, which cites it, says what is known since.
///
/// # Errors
/// If the new memory states no fact, or has no JSON form.
pub fn arrange(known: &[Memory], new: &Memory) -> Result<(FactOutcome, Vec<Memory>), MemoryError> {
    let fact = new.fact.as_ref().ok_or_else(|| MemoryError::NoFact { id: new.id.clone() })?;
    let value = |memory: &Memory| memory.fact.as_ref().map(|fact| fact.object.clone());
    let taken = known.iter().any(|memory| memory.id == new.id);
    // The very same statement again is known, also where something has taken its place since: it is no news.
    let again = known.iter().find(|memory| {
        memory.id == new.id
            && memory.fact == new.fact
            && memory.text == new.text
            && memory.valid_from == new.valid_from
    });
    if let Some(again) = again {
        let outcome =
            FactOutcome { change: FactChange::Known, memory: again.id.clone(), superseded: Vec::new() };
        return Ok((outcome, Vec::new()));
    }
    // What is in quarantine has no say in what is true.
    let held = |memory: &&Memory| memory.superseded_at.is_none() && memory.quarantined.is_none();
    let mut known: Vec<&Memory> = known.iter().filter(held).collect();
    known.sort_by(|a, b| (a.valid_from, &a.id).cmp(&(b.valid_from, &b.id)));
    let same = known.iter().find(|memory| {
        value(memory).as_ref() == Some(&fact.object)
            && memory.valid_from <= new.valid_from
            && memory.valid_to.is_none_or(|over| new.valid_from < over)
            && (new.valid_to.is_none() || memory.valid_to.is_none_or(|over| new.valid_to <= Some(over)))
    });
    if let Some(same) = same {
        let outcome =
            FactOutcome { change: FactChange::Known, memory: same.id.clone(), superseded: Vec::new() };
        return Ok((outcome, Vec::new()));
    }
    // Nothing is learnt before what it corrects.
    let learnt = known.iter().map(|memory| memory.recorded_at).chain([new.recorded_at]).max();
    let learnt = learnt.unwrap_or(new.recorded_at);
    let begins = new.valid_from;
    let mut stated = Memory { recorded_at: learnt, superseded_at: None, ..new.clone() };
    let after = known.iter().find(|memory| memory.valid_from > begins);
    if let Some(after) = after
        && stated.valid_to.is_none_or(|over| over > after.valid_from)
    {
        stated.valid_to = Some(after.valid_from);
    }
    let mut change = match after {
        Some(_) => FactChange::Late,
        None => FactChange::New,
    };
    let (mut writes, mut superseded) = (Vec::new(), Vec::new());
    for old in known {
        let ended = old.valid_to.is_some_and(|over| over <= begins);
        if ended || old.valid_from > begins {
            continue;
        }
        superseded.push(old.id.clone());
        writes.push(Memory { superseded_at: Some(learnt), ..old.clone() });
        if old.valid_from == begins {
            change = FactChange::Contradicts;
            continue;
        }
        if change == FactChange::New {
            change = FactChange::Supersedes;
        }
        let mut closed = Memory { valid_to: Some(begins), recorded_at: learnt, ..old.clone() };
        closed.derived_from.insert(old.id.clone());
        closed.id = version_id(&closed)?;
        writes.push(closed);
    }
    if taken {
        // Another value under a known id does not overwrite what was known under it.
        stated.id = version_id(&stated)?;
    }
    let outcome = FactOutcome { change, memory: stated.id.clone(), superseded };
    writes.push(stated);
    Ok((outcome, writes))
}

/// The id of a version that a store makes: the same for the same content.
fn version_id(memory: &Memory) -> Result<MemoryId, MemoryError> {
    let content =
        (&memory.scope, &memory.fact, &memory.text, memory.valid_from, memory.valid_to, memory.recorded_at);
    let digest =
        digest_of(&content).map_err(|error| MemoryError::Internal { reason: error.to_string() })?.to_string();
    Ok(MemoryId::new(format!("fact-{}", digest.get(..32).unwrap_or(&digest)))?)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use juno_domain::TenantId;
    use proptest::prelude::*;

    use super::*;
    use crate::{Fact, MemoryFilter, MemoryKind, MemoryScope};

    fn day(day: i64) -> DateTime<Utc> {
        "2026-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(day)
    }

    fn owner(who: &str, since: i64, learnt: i64) -> Memory {
        let scope = MemoryScope::tenant_wide(TenantId::new("acme").unwrap());
        let id = MemoryId::new(format!("{who}-{since}-{learnt}")).unwrap();
        let text = format!("{who} owns billing");
        let mut memory = Memory::new(id, MemoryKind::Semantic, scope, text, "test", day(learnt));
        memory.valid_from = day(since);
        memory.fact = Some(Fact::new("billing", "owner", who));
        memory
    }

    fn record(held: &mut Vec<Memory>, new: &Memory) -> FactOutcome {
        let (outcome, writes) = arrange(held, new).unwrap();
        for write in writes {
            write.check().unwrap();
            held.retain(|memory| memory.id != write.id);
            held.push(write);
        }
        outcome
    }

    /// The owners that a filter sees on the 500th day.
    fn seen(held: &[Memory], as_of: Option<i64>, known_at: Option<i64>) -> Vec<String> {
        let scope = held[0].scope.clone();
        let filter =
            MemoryFilter { as_of: as_of.map(day), known_at: known_at.map(day), ..MemoryFilter::new(scope) };
        let seen = held.iter().filter(|memory| filter.sees(memory, day(500)));
        seen.map(|memory| memory.fact.as_ref().unwrap().object.clone()).collect()
    }

    /// control: GDPR-16, ASI06
    #[test]
    fn a_new_value_ends_the_old_one_and_history_stays() {
        let mut held = Vec::new();
        assert_eq!(record(&mut held, &owner("ada", 0, 0)).change, FactChange::New);
        assert_eq!(record(&mut held, &owner("bob", 10, 12)).change, FactChange::Supersedes);
        assert_eq!(seen(&held, None, None), ["bob"]);
        assert_eq!(seen(&held, Some(9), None), ["ada"]);
        assert_eq!(seen(&held, Some(10), None), ["bob"]);
        assert_eq!(seen(&held, Some(11), Some(11)), ["ada"], "nobody knew of bob yet");
        assert_eq!(record(&mut held, &owner("bob", 15, 20)).change, FactChange::Known);
    }

    #[test]
    fn a_late_value_takes_its_place_between() {
        let mut held = Vec::new();
        record(&mut held, &owner("ada", 0, 0));
        record(&mut held, &owner("cyd", 20, 21));
        assert_eq!(record(&mut held, &owner("bob", 10, 30)).change, FactChange::Late);
        assert_eq!(seen(&held, None, None), ["cyd"]);
        assert_eq!(seen(&held, Some(15), None), ["bob"]);
        assert_eq!(seen(&held, Some(15), Some(25)), ["ada"]);
    }

    #[test]
    fn two_values_of_one_instant_contradict_and_the_later_record_holds() {
        let mut held = Vec::new();
        record(&mut held, &owner("ada", 5, 5));
        let outcome = record(&mut held, &owner("bob", 5, 6));
        assert_eq!((outcome.change, outcome.superseded.len()), (FactChange::Contradicts, 1));
        assert_eq!(seen(&held, None, None), ["bob"]);
        assert_eq!(seen(&held, None, Some(5)), ["ada"]);
        assert_eq!(
            record(&mut held, &owner("ada", 5, 5)).change,
            FactChange::Known,
            "said again, it is no news"
        );
        assert_eq!(seen(&held, None, None), ["bob"]);
        let plain = Memory { fact: None, ..owner("ada", 0, 0) };
        assert!(arrange(&held, &plain).is_err());
        let mut renamed = owner("cyd", 9, 9);
        renamed.id = held[0].id.clone();
        record(&mut held, &renamed);
        assert_eq!(seen(&held, None, None), ["cyd"]);
        assert_eq!(seen(&held, None, Some(5)), ["ada"], "an id used again overwrites no history");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Against the plain model: of what was recorded by then, the latest value that had begun.
        #[test]
        fn any_order_of_arrival_gives_the_same_answers(
            starts in proptest::collection::btree_set(0_i64..200, 1..8),
            order in any::<u64>(),
        ) {
            let mut values: Vec<(i64, String)> =
                starts.iter().enumerate().map(|(nth, start)| (*start, format!("v{nth}"))).collect();
            values.sort_by_key(|(start, _)| (start.wrapping_mul(7919) as u64) ^ order.rotate_left(*start as u32));
            let mut held = Vec::new();
            for (arrival, (start, value)) in values.iter().enumerate() {
                record(&mut held, &owner(value, *start, 300 + arrival as i64));
                record(&mut held, &owner(value, *start, 300 + arrival as i64));
            }
            for known in 0..values.len() {
                let arrived = &values[..=known];
                for at in (0..210).step_by(3) {
                    let expected = arrived.iter().filter(|(start, _)| *start <= at).max();
                    let expected: Vec<String> = expected.map(|(_, value)| value.clone()).into_iter().collect();
                    prop_assert_eq!(seen(&held, Some(at), Some(300 + known as i64)), expected);
                }
            }
            prop_assert_eq!(seen(&held, None, None), [values.iter().max().unwrap().1.clone()]);
        }
    }
}
