//! Plain objects and arrays of JavaScript: the form in which values of the core cross the border, as their JSON.
use juno_domain::ErrorKind;
use napi::bindgen_prelude::{Array, FromNapiValue, JsValue, Object, Unknown};
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
