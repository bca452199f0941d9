use std::cmp::Ordering;
use std::collections::BTreeMap;

use juno_memory::MemoryError;
use serde_json::{Map, Value};

/// Whether a value meets every condition of a filter. A field that is not there counts as null; `a.b` is the field `b` of
/// the field `a`, where none has that whole name.
pub(crate) fn meets(value: &Map<String, Value>, filter: &BTreeMap<String, Value>) -> bool {
    filter.iter().all(|(field, condition)| {
        let found = value.get(field).or_else(|| {
            let (first, rest) = field.split_once('.')?;
            rest.split('.').try_fold(value.get(first)?, |inner, name| inner.get(name))
        });
        meets_one(found.unwrap_or(&Value::Null), condition)
    })
}

/// Checks the operators of a filter.
pub(crate) fn check(filter: &BTreeMap<String, Value>) -> Result<(), MemoryError> {
    filter.values().try_for_each(check_one)
}

fn check_one(condition: &Value) -> Result<(), MemoryError> {
    match condition {
        Value::Object(fields) if is_operators(fields) => {
            match fields.keys().find(|name| !OPERATORS.contains(&name.as_str())) {
                Some(name) => {
                    let known = OPERATORS.join(", ");
                    Err(MemoryError::Item { reason: format!("`{name}` is no operator: use {known}") })
                }
                None => Ok(()),
            }
        }
        Value::Object(fields) => fields.values().try_for_each(check_one),
        Value::Array(items) => items.iter().try_for_each(check_one),
        _ => Ok(()),
    }
}

const OPERATORS: [&str; 6] = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"];

fn is_operators(fields: &Map<String, Value>) -> bool {
    fields.keys().any(|name| name.starts_with('$'))
}

fn meets_one(value: &Value, condition: &Value) -> bool {
    match condition {
        Value::Object(operators) if is_operators(operators) => {
            operators.iter().all(|(operator, bound)| compare(value, operator, bound))
        }
        Value::Object(fields) => value.as_object().is_some_and(|value| {
            fields.iter().all(|(name, inner)| meets_one(value.get(name).unwrap_or(&Value::Null), inner))
        }),
        Value::Array(items) => value.as_array().is_some_and(|value| {
            value.len() == items.len()
                && value.iter().zip(items).all(|(value, inner)| meets_one(value, inner))
        }),
        _ => equal(value, condition),
    }
}

fn compare(value: &Value, operator: &str, bound: &Value) -> bool {
    let is = |wanted: &[Ordering]| order(value, bound).is_some_and(|order| wanted.contains(&order));
    match operator {
        "$eq" => equal(value, bound),
        "$ne" => !equal(value, bound),
        "$gt" => is(&[Ordering::Greater]),
        "$gte" => is(&[Ordering::Greater, Ordering::Equal]),
        "$lt" => is(&[Ordering::Less]),
        "$lte" => is(&[Ordering::Less, Ordering::Equal]),
        _ => false,
    }
}

/// Numbers by size, also those written as text; other texts by their characters. What has no order meets no bound.
fn order(value: &Value, bound: &Value) -> Option<Ordering> {
    let number = |value: &Value| match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse::<f64>().ok(),
        _ => None,
    };
    match (number(value), number(bound)) {
        (Some(value), Some(bound)) => value.partial_cmp(&bound),
        _ => Some(value.as_str()?.cmp(bound.as_str()?)),
    }
}

/// Equal as JSON, where `1` and `1.0` are one number.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| equal(a, b)))
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn met(value: &Value, filter: Value) -> bool {
        let filter: BTreeMap<String, Value> = serde_json::from_value(filter).unwrap();
        check(&filter).is_ok() && meets(value.as_object().unwrap(), &filter)
    }

    #[test]
    fn conditions_are_those_of_langgraph() {
        let value = json!({"a": 1, "b": {"c": "x", "d": 2.5}, "e": [1, 2], "f": "2026-03-01", "g": null});
        for (filter, wanted) in [
            (json!({}), true),
            (json!({"a": 1.0}), true),
            (json!({"a": true}), false),
            (json!({"a": 1, "f": "no"}), false),
            (json!({"b": {"c": "x"}}), true),
            (json!({"b": {"c": "x", "z": 1}}), false),
            (json!({"b": {"d": {"$gt": 2}}}), true),
            (json!({"e": [1, 2]}), true),
            (json!({"e": [2, 1]}), false),
            (json!({"e": [1]}), false),
            (json!({"missing": null, "g": null}), true),
            (json!({"missing": {"$ne": 3}}), true),
            (json!({"missing": {"$lt": 3}}), false),
            (json!({"a": {"$gte": 1, "$lt": 2}}), true),
            (json!({"a": {"$gt": "0.5"}}), true),
            (json!({"f": {"$gt": "2026-02-28", "$lte": "2026-03-01"}}), true),
            (json!({"b": {"$eq": {"c": "x", "d": 2.5}}}), true),
            (json!({"b.c": "x", "b.d": 2.5}), true),
            (json!({"b.c.z": "x"}), false),
            (json!({"a": {"$lt": "inf"}}), true),
            (json!({"b": {}}), true),
            (json!({"a": {}}), false),
        ] {
            assert_eq!(met(&value, filter.clone()), wanted, "{filter}");
        }
    }

    #[test]
    fn an_unknown_operator_is_refused_by_name() {
        let filter = BTreeMap::from([("a".to_owned(), json!({"b": [{"$regex": "x"}]}))]);
        assert!(check(&filter).unwrap_err().to_string().contains("`$regex`"));
    }
}
