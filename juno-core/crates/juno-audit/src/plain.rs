use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// As deep as canonical JSON goes.
const MAX_DEPTH: usize = 100;

/// Reads JSON as any other reader would: `serde_json::Value` takes an object with one certain key for what stands in it
/// where the feature `raw_value` is on, so that a verdict would depend on how the program was built.
///
/// # Errors
/// If the text is no JSON, holds a number no double holds, or is nested deeper than 100 levels.
pub(crate) fn read_json(text: &[u8]) -> Result<Value, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Plain { depth: 0 }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Plain {
    depth: usize,
}

impl Plain {
    fn inner<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > MAX_DEPTH {
            return Err(E::custom(format_args!("it is nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(Self { depth })
    }
}

impl<'de> DeserializeSeed<'de> for Plain {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Plain {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("a number is not finite"))?;
        Ok(Value::Number(number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let (inner, mut out) = (self.inner()?, Vec::new());
        while let Some(value) = list.next_element_seed(inner)? {
            out.push(value);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let (inner, mut out) = (self.inner()?, Map::new());
        while let Some(name) = object.next_key::<String>()? {
            // The last of two members with one name stays: the text is not canonical then.
            out.insert(name, object.next_value_seed(inner)?);
        }
        Ok(Value::Object(out))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_key_is_special_and_depth_ends_where_canonical_json_ends() {
        let raw = br#"{"$serde_json::private::RawValue":"[1]","$serde_json::private::Number":"2"}"#;
        let read = read_json(raw).unwrap();
        assert_eq!(read.as_object().unwrap().len(), 2);
        assert_eq!(read["$serde_json::private::RawValue"], json!("[1]"));
        let nested = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
        assert!(read_json(nested(100).as_bytes()).is_ok());
        assert!(read_json(nested(101).as_bytes()).is_err());
        for wrong in ["", "[1,]", "[1] 2", "1e400", "[NaN]", "\"\\ud800\"", "\"\t\"", "01", "\u{feff}1"] {
            assert!(read_json(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
