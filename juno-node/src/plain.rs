//! Plain objects and arrays of JavaScript: the form in which values of the core cross the border, as their JSON.
use juno_core::domain::ErrorKind;
use napi::bindgen_prelude::{Array, Env, FromNapiValue, Function, JsObjectValue, JsValue, Object, Unknown};
use napi::{JsDate, ValueType};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use crate::convert::instant;
use crate::error::Fault;

/// Deeper than any value of the core, and shallow enough for every stack: a cycle ends here.
const MAX_DEPTH: u32 = 64;

/// The largest number up to which a JavaScript number counts every integer.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// A value of the core out of a JavaScript one; `what` names it in errors.
///
/// As with `JSON.stringify`, a property that is `undefined` is absent and a `Date` is its instant in text; unlike
/// it, what JSON cannot say (`NaN`, infinities, functions) is an error.
pub(crate) fn from_plain<T: DeserializeOwned>(what: &str, value: Unknown<'_>) -> Result<T, Fault> {
    read(what, json(what, value)?)
}

/// A value of the core out of its JSON.
pub(crate) fn read<T: DeserializeOwned>(what: &str, value: Value) -> Result<T, Fault> {
    serde_json::from_value(value).map_err(|error| unreadable(what, error))
}

/// A value of the core as its JSON.
pub(crate) fn to_plain<T: Serialize>(value: &T) -> Result<Value, Fault> {
    serde_json::to_value(value)
        .map_err(|error| Fault::new(ErrorKind::Internal, format!("an answer cannot be written: {error}")))
}

/// A value of the core as JSON text, the form in which it leaves the thread that made it.
pub(crate) fn text<T: Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value)
        .map_err(|error| Fault::new(ErrorKind::Internal, format!("an answer cannot be written: {error}")))
}

/// What JavaScript reads in JSON text: its own `JSON.parse` has no limit of size and makes every number a number.
pub(crate) fn parse<'env>(env: &'env Env, text: String) -> napi::Result<Unknown<'env>> {
    let json: Object<'env> = env.get_global()?.get_named_property("JSON")?;
    let parse: Function<'env, String, Unknown<'env>> = json.get_named_property("parse")?;
    parse.apply(json, text)
}

/// A value of the core for JavaScript.
pub(crate) fn plain<'env, T: Serialize>(env: &'env Env, value: &T) -> Result<Unknown<'env>, Fault> {
    Ok(parse(env, text(value)?)?)
}

/// A value of the core out of an object of options, whose names are written in camel case.
pub(crate) fn options<T: DeserializeOwned>(what: &str, value: Option<Unknown<'_>>) -> Result<T, Fault> {
    read(what, named_options(what, value, &[])?)
}

/// The JSON of an object of options, whose names are written in camel case; in those called `inside` it is so too.
pub(crate) fn named_options(what: &str, value: Option<Unknown<'_>>, inside: &[&str]) -> Result<Value, Fault> {
    let mut given = snaked(value.map_or(Ok(Value::Null), |value| json(what, value))?);
    if given.is_null() {
        return Ok(Value::Object(Map::new()));
    }
    for name in inside {
        if let Some(value) = given.get_mut(name) {
            *value = snaked(value.take());
        }
    }
    Ok(given)
}

/// A list of objects whose names are written in camel case; what is inside them stays as it is.
pub(crate) fn named_items(given: Value) -> Value {
    match given {
        Value::Array(items) => items.into_iter().map(snaked).collect(),
        other => other,
    }
}

fn snaked(value: Value) -> Value {
    match value {
        Value::Object(map) => map.into_iter().map(|(name, value)| (snake(&name), value)).collect(),
        other => other,
    }
}

/// A whole number of 0 or more, or its default.
pub(crate) fn count(what: &str, given: Option<f64>, default: u64) -> Result<u64, Fault> {
    match given {
        None => Ok(default),
        Some(number) if number.fract() == 0.0 && (0.0..=MAX_SAFE_INTEGER).contains(&number) => {
            Ok(number as u64)
        }
        Some(number) => Err(unreadable(what, format!("`{number}` is no whole number of 0 or more"))),
    }
}

fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// The JSON of a JavaScript value.
pub(crate) fn json(what: &str, value: Unknown<'_>) -> Result<Value, Fault> {
    json_at(what, value, MAX_DEPTH)
}

fn json_at(what: &str, value: Unknown<'_>, depth: u32) -> Result<Value, Fault> {
    let depth =
        depth.checked_sub(1).ok_or_else(|| unreadable(what, "it is nested too deeply, or in a circle"))?;
    Ok(match value.get_type()? {
        ValueType::Null | ValueType::Undefined => Value::Null,
        ValueType::Boolean => Value::Bool(bool::from_unknown(value)?),
        ValueType::Number => Value::Number(number(what, f64::from_unknown(value)?)?),
        ValueType::String => Value::String(String::from_unknown(value)?),
        ValueType::Object if value.is_date()? => {
            let at = instant(&JsDate::from_unknown(value)?)?;
            Value::String(at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
        }
        ValueType::Object if value.is_array()? => {
            let array = Array::from_unknown(value)?;
            let element = |index| {
                json_at(what, array.get(index)?.ok_or_else(|| unreadable(what, "it shrinks"))?, depth)
            };
            Value::Array((0..array.len()).map(element).collect::<Result<_, Fault>>()?)
        }
        ValueType::Object => {
            let object = Object::from_unknown(value)?;
            let mut map = Map::new();
            for key in Object::keys(&object)? {
                let property: Option<Unknown<'_>> = object.get(&key)?;
                if let Some(property) =
                    property.filter(|p| p.get_type().is_ok_and(|t| t != ValueType::Undefined))
                {
                    map.insert(key, json_at(what, property, depth)?);
                }
            }
            Value::Object(map)
        }
        other => return Err(unreadable(what, format!("there is a {other} in it"))),
    })
}

fn number(what: &str, number: f64) -> Result<Number, Fault> {
    if number.fract() == 0.0 && number.abs() <= MAX_SAFE_INTEGER {
        return Ok(Number::from(number as i64));
    }
    Number::from_f64(number).ok_or_else(|| unreadable(what, format!("`{number}` is no finite number")))
}

fn unreadable(what: &str, why: impl std::fmt::Display) -> Fault {
    Fault::new(ErrorKind::InvalidInput, format!("{what} cannot be read: {why}"))
}
