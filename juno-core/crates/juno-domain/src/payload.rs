use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The data of a [`DomainEvent`](crate::DomainEvent). Clones share it.
///
/// It is either a JSON value, or canonical JSON text (RFC 8785) that was written once, where it was known best, and goes
/// into the audit log as it is; `juno-crypto` writes such text. As a value both are the same, except that canonical
/// text has no `1.0`, only `1`.
#[derive(Clone)]
pub struct Payload(Form);

#[derive(Clone)]
enum Form {
    Value(Arc<Value>),
    Canonical(Arc<str>),
}

impl Payload {
    /// Takes text that *is* canonical JSON nested at most 99 levels deep. It is not checked: anything else makes a
    /// record of the audit log that nobody can verify.
    #[must_use]
    pub fn from_canonical(text: impl Into<Arc<str>>) -> Self {
        Self(Form::Canonical(text.into()))
    }

    /// The canonical JSON, if it was made from such text.
    #[must_use]
    pub fn as_canonical(&self) -> Option<&str> {
        match &self.0 {
            Form::Canonical(text) => Some(text),
            Form::Value(_) => None,
        }
    }

    /// The data as a value; canonical text is read each time.
    #[must_use]
    pub fn value(&self) -> Cow<'_, Value> {
        match &self.0 {
            Form::Value(value) => Cow::Borrowed(value),
            Form::Canonical(text) => Cow::Owned(read(text)),
        }
    }

    /// Changes the data, and gives what the change gives.
    pub fn change<T>(&mut self, change: impl FnOnce(&mut Value) -> T) -> T {
        let mut value = self.value().into_owned();
        let given = change(&mut value);
        *self = value.into();
        given
    }
}

/// What is canonical can be read; text that was passed off as such is shown as text.
fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

impl From<Value> for Payload {
    fn from(value: Value) -> Self {
        Self(Form::Value(Arc::new(value)))
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Form::Canonical(one), Form::Canonical(two)) => one == two,
            (Form::Value(one), Form::Value(two)) => one == two,
            _ => self.value() == other.value(),
        }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Value(value) => value.fmt(f),
            Form::Canonical(text) => f.write_str(text),
        }
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_and_value_of_the_same_data_are_the_same() {
        let text = Payload::from_canonical(r#"{"a":[1,"x"],"b":null}"#);
        let value = Payload::from(json!({ "b": null, "a": [1, "x"] }));
        assert_eq!(text, value);
        assert_eq!(value, text.clone());
        assert_eq!(serde_json::to_string(&text).unwrap(), serde_json::to_string(&value).unwrap());
        assert_eq!(serde_json::from_str::<Payload>(r#"{"b":null,"a":[1,"x"]}"#).unwrap(), text);
        assert_ne!(text, Payload::from_canonical(r#"{"a":[1,"y"],"b":null}"#));
        assert_ne!(value, json!({}).into());
        assert_eq!((text.as_canonical().is_some(), value.as_canonical()), (true, None));
    }

    #[test]
    fn a_change_touches_no_clone() {
        for mut changed in [Payload::from_canonical(r#"{"a":1}"#), json!({ "a": 1 }).into()] {
            let before = changed.clone();
            changed.change(|data| data["a"] = json!(2));
            assert_eq!((before.value()["a"].as_i64(), changed.value()["a"].as_i64()), (Some(1), Some(2)));
        }
    }
}
